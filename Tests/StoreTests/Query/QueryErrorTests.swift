// SPDX-License-Identifier: MIT

import Testing

@testable import Store

private func failure(_ text: String) -> QueryError? {
  do {
    _ = try Query.parse(text, now: 1_795_235_400_000, utcOffsetSeconds: 0)
    return nil
  } catch {
    return error
  }
}

/// A query with `|` where the caret must stand, and the whole description.
private let table: [(String, String)] = [
  ("a |titel:x", "unknown field 'titel'; did you mean title?"),
  ("|url:x", "unknown field 'url'; did you mean site?"),
  ("|colour:red", "unknown field 'colour'; did you mean color?"),
  ("|xyzzy:red", "unknown field 'xyzzy'"),
  ("|author:ann", "author: can't be searched: the store has no index of it"),
  ("|published:2026", "published: can't be searched: the store has no index of it"),
  ("is:|orphan", "is:orphan comes with re-anchoring"),
  ("is:|Changed", "is:changed comes with re-anchoring"),
  ("-is:|ambiguous", "is:ambiguous comes with re-anchoring"),
  ("is:|conflit", "is: doesn't know 'conflit'; did you mean is:conflict?"),
  ("is:|zzz", "is: doesn't know 'zzz', only conflict, highlight, note, page-note, reply"),
  ("has:|notes", "has: doesn't know 'notes'; did you mean has:note?"),
  ("kind:|repyl", "kind: doesn't know 'repyl'; did you mean kind:reply?"),
  ("kind:|article", "kind: doesn't know 'article', only highlight, note, page-note, reply"),
  ("title:|", "title: needs a value right after the colon"),
  ("title:| x", "title: needs a value right after the colon"),
  ("title:|(a or b)", "title: needs a value right after the colon"),
  ("site:|\"  \"", "site: needs a value right after the colon"),
  ("#|", "# needs a tag's name right after it"),
  ("tag:|*", "tag: needs a tag's name right after it; did you mean has:tag?"),
  (
    "tag:|news*",
    "a tag takes no star but after a slash, for all below it; did you mean tag:news/*?"
  ),
  ("site:|*", "site: takes no star"),
  ("a |\"b c", "this quotation mark is never closed"),
  ("a |“b c", "this quotation mark is never closed"),
  ("a |(b (c)", "this parenthesis is never closed"),
  ("a|)", "nothing opens this parenthesis"),
  ("a |()", "nothing stands between these parentheses"),
  ("|or a", "“or” needs something before it"),
  ("a |or", "“or” needs something after it"),
  ("(a |or) b", "“or” needs something after it"),
  ("a or |or b", "“or” needs something before it"),
  ("|and a", "“and” needs something before it"),
  ("a |and", "“and” needs something after it"),
  ("a |and or b", "“and” needs something after it"),
  ("a |not", "“not” needs something after it"),
  ("(|-) a", "“-” needs something after it"),
  ("a |- b", "there is no letter or digit to search for in '-'"),
  ("|!?", "there is no letter or digit to search for in '!?'"),
  ("é |🙂", "there is no letter or digit to search for in '🙂'"),
  ("|*", "there is no letter or digit to search for in '*'"),
  ("wo|*rd", "a star may stand only at the end of a word"),
  ("id:|xyz", "an id is made of up to 32 hexadecimal digits, and 'xyz' is not"),
  ("sort:|title", "sort:title is not possible: the store has no index of titles"),
  ("sort:|creatd", "sort: doesn't know 'creatd'; did you mean sort:created?"),
  ("a -|sort:created", "sort: can't be negated"),
  ("(|limit:3 a)", "limit: belongs outside the parentheses"),
  ("limit:3 |limit:4", "limit: stands here a second time"),
  ("limit:|0", "limit: takes a number from 1 to 1000000"),
  ("limit:|99999999999999999999", "limit: takes a number from 1 to 1000000"),
  ("limit:|-3", "limit: takes a number from 1 to 1000000"),
  ("created:|..", "created: a range needs a date before or after the two dots"),
  ("created:2026-|13", "created: months go from 01 to 12"),
  ("created:2026-02-|29", "created: this month has days 01 to 28"),
  ("created:..2026-|00", "created: months go from 01 to 12"),
  ("created:|0000", "created: there is no year 0"),
  ("created:2026-11-07..|2026-11-01", "created: this range ends before it begins"),
  (
    "created:|7d",
    "created: dates look like 2026-11-30, 2026-11, 2026, today or yesterday; "
      + "did you mean created:<7d?"
  ),
  ("created:|soon", "created: dates look like 2026-11-30, 2026-11, 2026, today or yesterday"),
  ("created:|2026-1", "created: dates look like 2026-11-30, 2026-11, 2026, today or yesterday"),
  ("modified:<7|q", "modified: the unit must be h, d, w, m (months) or y"),
  (
    "modified:<|d",
    "modified: after < goes a number of at most 6 digits and a unit: h, d, w, m or y"
  ),
  (
    "modified:>|1234567d",
    "modified: after > goes a number of at most 6 digits and a unit: h, d, w, m or y"
  ),
  (
    "created:|>2026-11-01",
    "created: > compares an age, such as 7d; dates take two dots; "
      + "did you mean created:2026-11-01..?"
  ),
]

@Suite("A query that can't be read")
struct QueryErrorTests {
  @Test("says what is wrong, and where", arguments: table)
  func message(marked: String, expected: String) throws {
    let text = marked.replacing("|", with: "")
    let error = try #require(failure(text), "was read")
    #expect(error.description == expected)
    #expect(error.offset == Array(marked.unicodeScalars).firstIndex(of: "|"))
    #expect(error.query == text)
  }

  @Test("is refused at the place where it grows too large")
  func bounds() throws {
    let long = try #require(failure("é" + String(repeating: "a", count: 9_999)))
    #expect(long.message == "a query may have 10000 bytes, and this one has 10001")
    #expect(long.offset == 9_999)
    let many = try #require(failure(String(repeating: "a ", count: 201)))
    #expect(many.message == "a query may have 200 terms, and here is one more")
    #expect(many.offset == 400)
    let deep = try #require(failure(String(repeating: "(", count: 9_000)))
    #expect(deep.message == "parentheses may stand 50 deep, not deeper")
    #expect(deep.offset == 50)
  }

  @Test("is shown with a caret below the place")
  func caret() throws {
    #expect(try #require(failure("tag:news titel:x")).rendered == "tag:news titel:x\n         ^")
    #expect(try #require(failure("河流 titel:x")).rendered == "河流 titel:x\n     ^")
    #expect(
      try #require(failure("e\u{301} titel:x")).rendered == "e\u{301} titel:x\n  ^")
  }

  @Test("is shown without anything that could upset a terminal")
  func terminal() throws {
    let shown = try #require(failure("\u{1B}[31m \u{202E}x\n titel:x")).rendered
    #expect(shown == "\u{FFFD}[31m \u{FFFD}x  titel:x\n          ^")
    let name = try #require(failure("is:\"\u{1B}]0;x\u{7}\"")).message
    #expect(!name.unicodeScalars.contains { $0.properties.generalCategory == .control })
  }

  @Test("is shown in part when it is long")
  func window() throws {
    let text = String(repeating: "a", count: 500) + " titel:x " + String(repeating: "b", count: 500)
    let lines = try #require(failure(text)).rendered.split(separator: "\n")
    #expect(lines.count == 2)
    #expect(lines[0].hasPrefix("…a") && lines[0].hasSuffix("b…") && lines[0].count == 82)
    #expect(lines[1] == String(repeating: " ", count: 41) + "^")
  }
}
