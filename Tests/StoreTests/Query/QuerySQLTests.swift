// SPDX-License-Identifier: MIT

import Testing

@testable import Store

private let articleQueries: [(String, [Int64])] = [
  ("", [3, 2, 1, 5]),
  ("sort:created", [5, 1, 2, 3]),
  ("sort:-modified", [1, 3, 2, 5]),
  ("limit:2", [3, 2]),
  ("war", [3, 1]),
  ("war river", [1]),
  ("river or bread", [2, 1]),
  ("war -river", [3]),
  ("-war", [2, 5]),
  ("not (war or bread)", [5]),
  ("\"river war\"", [1]),
  ("\"war river\"", []),
  ("riv*", [1]),
  ("\"the riv\"*", [1]),
  ("unicode CAFE", [5]),
  ("news", [2, 1]),
  ("newsp*", [3]),
  ("bridge", []),
  ("title:flour", []),
  ("text:flour", [3, 2]),
  ("(text:flour or text:boats) -title:bread", [3, 1]),
  ("tag:news", [1]),
  ("tag:news/*", [2, 1]),
  ("tag:News", []),
  ("-tag:news/*", [3, 5]),
  ("#newsroom or #news/asia", [3, 2]),
  ("site:example.org", [2, 1]),
  ("site:EXAMPLE.org", [2, 1]),
  ("site:ample.org", []),
  ("site:www.blog.example.org", [2]),
  ("site:\"the guardian\"", [3]),
  ("site:%", []),
  ("-site:example.org", [3, 5]),
  ("device:laptop", [2]),
  ("device:nobody", []),
  ("-device:nobody limit:1", [3]),
  ("id:a0", [3, 2, 1, 5]),
  ("id:a00", [3, 2, 1, 5]),
  ("id:a002", [2]),
  ("id:b0", []),
  ("-id:a002", [3, 1, 5]),
  ("is:conflict", [3]),
  ("-has:conflict", [2, 1, 5]),
  ("has:tag", [3, 2, 1]),
  ("has:annotation", [2, 1]),
  ("-has:annotation", [3, 5]),
  ("created:..1970", [3, 2, 1, 5]),
  ("created:1971..", []),
  ("modified:<1h", [3, 2, 1, 5]),
  // What is at home in annotations: there is a visible one.
  ("quote:bridge", [1]),
  ("note:bridge", [2]),
  ("note:disagree", [1]),
  ("-note:bridge", [3, 1, 5]),
  ("quote:ghost", []),
  ("note:lost", []),
  ("-note:lost", [3, 2, 1, 5]),
  ("color:yellow", [1]),
  ("color:RED", [2]),
  ("-color:red", [3, 1, 5]),
  ("has:note", [2, 1]),
  ("has:quote", [2, 1]),
  ("has:reply", [1]),
  ("kind:highlight", [1]),
  ("kind:note", [2]),
  ("kind:page-note", [2]),
  ("kind:reply", [1]),
  ("war note:disagree color:yellow tag:news", [1]),
]

private let annotationQueries: [(String, [Int64])] = [
  ("", [13, 12, 11, 10, 15]),
  ("bridge", [13, 10]),
  ("quote:bridge", [10]),
  ("note:bridge", [13]),
  ("bridge nowhere", [13]),
  ("cook", [12]),
  ("ghost", []),
  ("war", []),
  ("tag:cooking", [12]),
  ("tag:cook", []),
  ("-tag:cooking", [13, 11, 10, 15]),
  ("has:tag", [12]),
  ("has:note", [13, 12, 11, 15]),
  ("has:quote", [12, 10]),
  ("has:reply", [10]),
  ("has:annotation", [13, 12, 11, 10]),
  ("-has:annotation", [15]),
  ("is:conflict", [15]),
  ("kind:highlight", [10]),
  ("kind:note", [12]),
  ("kind:page-note", [13, 15]),
  ("kind:reply", [11]),
  ("-kind:reply", [13, 12, 10, 15]),
  ("color:yellow", [10]),
  ("-color:yellow", [13, 12, 11, 15]),
  ("device:laptop", [13, 11]),
  ("id:b00a", [10]),
  // What is at home in articles: the annotation's.
  ("title:river", [11, 10]),
  ("-title:river", [13, 12, 15]),
  ("text:flour", [13, 12]),
  ("site:example.org", [13, 12, 11, 10]),
  ("-site:example.org", [15]),
  ("bridge title:bread", [13]),
  ("title:river or tag:cooking", [12, 11, 10]),
]

@Suite("A query finds")
struct QuerySQLTests {
  let fixture: QueryFixture

  init() throws { fixture = try QueryFixture() }

  @Test("the articles that fit, and no others", arguments: articleQueries)
  func articles(text: String, expected: [Int64]) throws {
    #expect(try fixture.find(text, .articles) == expected)
  }

  @Test("the annotations that fit, and no others", arguments: annotationQueries)
  func annotations(text: String, expected: [Int64]) throws {
    #expect(try fixture.find(text, .annotations) == expected)
  }

  @Test("or leaves out every row: a query and its negation share the rows between them")
  func negation() throws {
    for (context, table) in [
      (QuerySQL.Context.articles, articleQueries), (.annotations, annotationQueries),
    ] {
      let all = Set(try fixture.find("", context))
      let texts = table.map(\.0).filter { text in
        text != "" && !text.contains("sort:") && !text.contains("limit:")
      }
      for text in texts {
        let fits = Set(try fixture.find(text, context))
        let rest = Set(try fixture.find("-(\(text))", context))
        #expect(fits.isDisjoint(with: rest), "\(text)")
        #expect(fits.union(rest) == all, "\(text)")
      }
    }
  }

  @Test("the annotations of one article")
  func ofArticle() throws {
    let all = try QueryFixture.compile("", .annotations, article: 1)
    #expect(try fixture.run(all.select()) == [11, 10])
    let some = try QueryFixture.compile("has:note", .annotations, article: 1)
    #expect(try fixture.run(some.select()) == [11])
    #expect(try fixture.run(some.count()) == [1])
  }

  @Test("how many rows fit, whatever the limit")
  func count() throws {
    #expect(try fixture.run(QueryFixture.compile("war limit:1", .articles).count()) == [2])
  }

  @Test("the best first, when there are words to rank by")
  func ranked() throws {
    let words = try QueryFixture.compile("river war or bread", .articles)
    #expect(words.match != nil)
    #expect(Set(try fixture.run(try #require(words.ranked()))) == [1, 2])
    let mixed = try QueryFixture.compile("flour -tag:newsroom color:red limit:5", .articles)
    #expect(mixed.match == "\"flour\"")
    #expect(try fixture.run(try #require(mixed.ranked())) == [2])
    let ordered = try QueryFixture.compile("war sort:created", .articles)
    #expect(try fixture.run(try #require(ordered.ranked())) == [1, 3])
    let notes = try QueryFixture.compile("note:bridge title:bread", .annotations)
    #expect(notes.match == "{note} : \"bridge\"")
    #expect(try fixture.run(try #require(notes.ranked())) == [13])
    for text in ["tag:news", "war or tag:news", "-war", "quote:bridge", ""] {
      #expect(try QueryFixture.compile(text, .articles).ranked() == nil)
    }
  }

  @Test("of what fits as well, what was made last; never what is hidden or of another kind")
  func rankedTies() throws {
    // 11, 13 and 15 fit alike, and were made in the order 15, 11, 13.
    let query = "disagree or note:nowhere or lost"
    for limit in 1...4 {
      let compiled = try QueryFixture.compile("\(query) limit:\(limit)", .annotations)
      let found = try fixture.run(try #require(compiled.ranked()))
      let all = try fixture.run(
        try #require(QueryFixture.compile(query, .annotations).ranked()))
      #expect(Set(all) == [11, 13, 15])
      #expect(found == Array(all.prefix(limit)))
    }
    let ghosts = try QueryFixture.compile("ghost limit:1", .annotations)
    #expect(try fixture.run(try #require(ghosts.ranked())) == [])
    let alike = try QueryFixture.compile("river limit:1", .annotations)
    #expect(try fixture.run(try #require(alike.ranked())) == [15])
  }

  @Test(
    "nothing more when a value is dressed up as SQL or as FTS5 syntax",
    arguments: [
      "title:x'OR'1'='1", "\"') OR 1=1 --\"", "#\"x'); DROP TABLE entity\"", "site:x'OR'1'='1",
      "zzz'--", "\"zzz\\\" OR title:war\"", "zzz;DELETE", "\"zzz) OR (war\"", "\"title : zzz\"",
      "\"zzz\\\" NEAR \\\"zzz\"", "^zzz", "zzz+war", "\"zzz\u{0}\\\" OR war\"", "{title}:zzz",
      "\"zzz* OR war*\"", "device:\"1) OR (1=1\"", "color:\"x' OR 1=1\"", "id:a0 zzz'",
      "tag:\"news' OR 't'='t\"", "site:\"%\" or tag:\"%\" or tag:\"_ews\"",
    ])
  func injection(text: String) throws {
    let before = try fixture.counts()
    for context in [QuerySQL.Context.articles, .annotations] {
      #expect(try fixture.find(text, context).isEmpty)
      if let ranked = try QueryFixture.compile(text, context).ranked() {
        #expect(try fixture.run(ranked).isEmpty)
      }
      _ = try fixture.find("-(\(text))", context)
    }
    #expect(try fixture.counts() == before)
  }

  @Test("its rows however deep and long it is, within the bounds")
  func bounds() throws {
    var nested = "tag:news/*"
    for level in 0..<50 {
      let term = ["-war", "note:bridge", "site:example.org", "kind:reply", "riv*"][level % 5]
      nested = "(\(term) \(level % 2 == 0 ? "or" : "and") \(nested))"
    }
    var mirrored = "tag:news/*"
    for level in 0..<50 {
      mirrored = "-(\(mirrored) \(level % 2 == 0 ? "or" : "and") -quote:bridge)"
    }
    var words = "war"
    for level in 0..<50 { words = "(river \(level % 2 == 0 ? "or" : "and") \(words))" }
    // A full binary tree with 128 leaves.
    var tree = "-color:red"
    for level in 0..<7 { tree = "(\(tree) \(level % 2 == 0 ? "or" : "and") \(tree))" }
    // As many deep branches beside each other as the terms allow.
    var branches = "color:red"
    for level in 0..<12 {
      let side = "(color:a or (color:b (color:c or (color:d (color:e or (color:f or has:note))))))"
      branches = "(\(side) \(level % 2 == 0 ? "or" : "and") \(branches))"
    }
    let many = (0..<200).map { "word\($0)" }
    let others = (0..<200).map { "-quote:x\($0)" }
    for text in [
      nested, mirrored, words, tree, branches, many.joined(separator: " "),
      many.joined(separator: " or "), others.joined(separator: " "),
      others.joined(separator: " or "),
    ] {
      for context in [QuerySQL.Context.articles, .annotations] {
        let compiled = try QueryFixture.compile(text, context)
        let rows = try fixture.run(compiled.select())
        if let ranked = compiled.ranked() { #expect(Set(try fixture.run(ranked)) == Set(rows)) }
      }
    }
  }
}
