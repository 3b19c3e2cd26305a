// SPDX-License-Identifier: MIT

import TestSupport
import Testing

@testable import Store

/// Saturday 21 November 2026, 04:30 UTC.
private let now: Int64 = 1_795_235_400_000
private let hour: Int64 = 3_600_000
private let day: Int64 = 24 * hour

private func parse(_ text: String, offset: Int = 0) throws(QueryError) -> Query {
  try Query.parse(text, now: now, utcOffsetSeconds: offset)
}

private func word(_ text: String, prefix: Bool = false) -> Query.Expression {
  .words(Query.Words(text, isPrefix: prefix))
}

private func phrase(
  _ text: String, in column: Query.Column? = nil, prefix: Bool = false
) -> Query.Expression {
  .words(Query.Words(text, in: column, isPhrase: true, isPrefix: prefix))
}

private func tag(_ name: String, subtree: Bool = false) -> Query.Expression {
  .tag(name: name, includingSubtree: subtree)
}

private let table: [(String, Query.Expression)] = [
  ("", .all),
  ("  \t\n ", .all),
  ("river", word("river")),
  ("river bank", .and([word("river"), word("bank")])),
  ("river AND bank", .and([word("river"), word("bank")])),
  ("a or b c", .or([word("a"), .and([word("b"), word("c")])])),
  ("a b OR c", .or([.and([word("a"), word("b")]), word("c")])),
  ("a or (b or c)", .or([word("a"), word("b"), word("c")])),
  ("a (b c)", .and([word("a"), word("b"), word("c")])),
  ("(a or b) c", .and([.or([word("a"), word("b")]), word("c")])),
  ("((((a))))", word("a")),
  ("not a b", .and([.not(word("a")), word("b")])),
  ("-a", .not(word("a"))),
  ("Not -a", word("a")),
  ("-(a or b)", .not(.or([word("a"), word("b")]))),
  ("-tag:x", .not(tag("x"))),
  ("well-known", word("well-known")),
  ("wor*", word("wor", prefix: true)),
  ("\"two words\"", phrase("two words")),
  ("“two words”", phrase("two words")),
  ("„zwei Wörter“", phrase("zwei Wörter")),
  ("“two words\"", phrase("two words")),
  ("\"two wor\"*", phrase("two wor", prefix: true)),
  ("\"a “b” c\"", phrase("a “b” c")),
  (#""say \"hi\" C:\dir""#, phrase(#"say "hi" C:\dir"#)),
  ("\"or\"", phrase("or")),
  ("a\"b c\"d", .and([word("a"), phrase("b c"), word("d")])),
  ("#news", tag("news")),
  ("#news/*", tag("news", subtree: true)),
  ("tag:news/*", tag("news", subtree: true)),
  ("TAG:News", tag("News")),
  ("tag:\"my  news\"/*", tag("my news", subtree: true)),
  ("tag:cafe\u{301}", tag("caf\u{E9}")),
  ("quote:\"a river\"", phrase("a river", in: .quote)),
  ("note:idea*", .words(Query.Words("idea", in: .note, isPrefix: true))),
  ("text:war", .words(Query.Words("war", in: .text))),
  ("title:war", .words(Query.Words("war", in: .title))),
  ("site:example.org", .site("example.org")),
  ("site:WWW.example.org.", .site("example.org")),
  ("color:#ffcc00", .color("#ffcc00")),
  ("device:\"Ann's laptop\"", .device("Ann's laptop")),
  ("id:019A-bc", .id(prefix: "019abc")),
  ("is:conflict", .has(.conflict)),
  ("is:reply", .kind(.reply)),
  ("kind:highlight", .kind(.highlight)),
  ("kind:page-note", .kind(.page)),
  ("kind:\"page note\"", .kind(.page)),
  ("has:note has:tag", .and([.has(.note), .has(.tag)])),
  ("https://example.org/a", word("https://example.org/a")),
  ("12:30", word("12:30")),
]

@Suite("Queries are read")
struct QueryParserTests {
  @Test("A query becomes the expression that it says", arguments: table)
  func expression(text: String, expected: Query.Expression) throws {
    var query = Query()
    query.expression = expected
    #expect(try parse(text) == query)
  }

  @Test("A tag's name is brought to NFC byte for byte")
  func normalization() throws {
    guard case .tag(let name, false) = try parse("#cafe\u{301}").expression else {
      Issue.record("no tag")
      return
    }
    #expect(Array(name.utf8) == Array("caf\u{E9}".utf8))
  }

  private static let times: [(String, Int, Int64?, Int64?)] = [
    ("2026-11-01..", 0, 1_793_491_200_000, nil),
    ("..2026-11-30", 0, nil, 1_796_083_200_000),
    ("2026-11", 0, 1_793_491_200_000, 1_796_083_200_000),
    ("2026", 0, 1_767_225_600_000, 1_798_761_600_000),
    ("2026-11-01..2026-11-07", 0, 1_793_491_200_000, 1_793_491_200_000 + 7 * day),
    ("2026-11-01", 3600, 1_793_491_200_000 - hour, 1_793_491_200_000 + 23 * hour),
    ("2024-02-29", 0, 1_709_164_800_000, 1_709_251_200_000),
    ("2026-12", 0, 1_796_083_200_000, 1_798_761_600_000),
    ("<7d", 0, now - 7 * day, nil),
    (">2w", 0, nil, now - 14 * day),
    ("<12h", -7200, now - 12 * hour, nil),
    ("<1m", 0, now - 31 * day, nil),
    ("<9m", 0, now - 273 * day, nil),
    (">1y", 0, nil, now - 365 * day),
    ("today", 0, now - 9 * hour / 2, now - 9 * hour / 2 + day),
    ("today", -5 * 3600, now - 9 * hour / 2 + 5 * hour - day, now - 9 * hour / 2 + 5 * hour),
    ("YESTERDAY..", 0, now - 9 * hour / 2 - day, nil),
    ("yesterday..today", 0, now - 9 * hour / 2 - day, now - 9 * hour / 2 + day),
  ]

  @Test("A time becomes milliseconds, its end included", arguments: times)
  func time(text: String, offset: Int, from: Int64?, until: Int64?) throws {
    #expect(
      try parse("created:" + text, offset: offset).expression
        == .time(.created, from: from, until: until))
    #expect(
      try parse("modified:\"" + text + "\"", offset: offset).expression
        == .time(.modified, from: from, until: until))
  }

  @Test("A month ago is the last day of a shorter month")
  func shortMonth() throws {
    // 31 March 2026, 12:00 UTC → 28 February 2026, 12:00 UTC.
    let query = try Query.parse("created:<1m", now: 1_774_958_400_000, utcOffsetSeconds: 0)
    #expect(query.expression == .time(.created, from: 1_772_280_000_000, until: nil))
  }

  @Test("A clock or an offset beyond all bounds is no trouble", arguments: [Int64.min, .max, 0])
  func absurdClock(clock: Int64) throws {
    for offset in [Int.min, .max] {
      for text in ["today", "<999999y", ">999999w", "2026", "9999", "0001"] {
        _ = try Query.parse("created:" + text, now: clock, utcOffsetSeconds: offset)
      }
    }
  }

  @Test("Order and limit stand anywhere outside parentheses")
  func modifiers() throws {
    let first = try parse("sort:-modified a limit:20 or b")
    #expect(first.sort == Query.Sort(.modified, ascending: false))
    #expect(first.limit == 20)
    #expect(first.expression == .or([word("a"), word("b")]))
    let second = try parse("SORT:created")
    #expect(second.sort == Query.Sort(.created, ascending: true))
    #expect(second.limit == nil)
    #expect(second.expression == .all)
  }

  @Test("What is as large as may be is read")
  func bounds() throws {
    _ = try parse(String(repeating: "a ", count: 200))
    _ = try parse(String(repeating: "(", count: 50) + "a" + String(repeating: ")", count: 50))
    _ = try parse(String(repeating: "a", count: 10_000))
    _ = try parse(String(repeating: "-", count: 9_999) + "a")
    _ = try parse(String(repeating: "not ", count: 2_400) + "a")
  }

  @Test("Random bytes and random words are read or refused, and never crash")
  func fuzz() {
    var random = SeededGenerator(seed: 20_261_121)
    let pieces = [
      "(", ")", "-", "\"", "“", "”", "or", "and", "not", "tag:", "#", "/*", "*", "created:", "<",
      ">", "7d", "..", "2026-11-01", "is:", "has:", "kind:", "sort:", "limit:", "9", ":", "title:",
      "é",
      "\u{0}", "\\", "word", "'", ";", "\u{202E}", "id:", "f", "site:", ".", "🙂", "\u{301}", "--",
      " ", " ", " ", " ",
    ]
    var read = 0
    for round in 0..<10_000 {
      let text: String
      if round % 2 == 0 {
        let bytes = (0..<random.below(60)).map { _ in UInt8(random.below(256)) }
        text = String(decoding: bytes, as: UTF8.self)
      } else {
        text = (0..<random.below(14)).map { _ in pieces[random.below(pieces.count)] }.joined()
      }
      do {
        let query = try parse(text)
        read += 1
        for context in [QuerySQL.Context.articles, .annotations] {
          _ = QuerySQL(query, context) { _ in [1] }.select().sql
        }
      } catch {
        #expect((0...text.unicodeScalars.count).contains(error.offset))
        #expect(error.rendered.split(separator: "\n").count == 2)
      }
    }
    #expect(read > 500)
  }
}
