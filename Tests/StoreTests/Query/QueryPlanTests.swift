// SPDX-License-Identifier: MIT

import Foundation
import GRDB
import Testing

@testable import Store

@Suite("A query is answered by an index")
struct QueryPlanTests {
  let fixture: QueryFixture

  init() throws { fixture = try QueryFixture() }

  private func plan(
    _ text: String, _ context: QuerySQL.Context, article: Int64? = nil
  ) throws -> [String] {
    let compiled = try QueryFixture.compile(text, context, article: article)
    return try fixture.plan(compiled.select("e.ordinal, e.state"))
  }

  @Test("The newest twenty articles come in the index's order, without sorting")
  func newest() throws {
    #expect(
      try plan("limit:20", .articles)
        == ["SEARCH e USING INDEX entity_by_time (kind=? AND visible=?)"])
    #expect(
      try plan("sort:created limit:20", .annotations)
        == ["SEARCH e USING INDEX entity_by_time (kind=? AND visible=?)"])
  }

  @Test("A span of time is a range of the index")
  func span() throws {
    #expect(
      try plan("created:2026-11 limit:20", .articles) == [
        "SEARCH e USING INDEX entity_by_time (kind=? AND visible=? AND created>? AND created<?)"
      ])
  }

  @Test("The annotations of an article come in the index's order, without sorting")
  func ofArticle() throws {
    #expect(
      try plan("", .annotations, article: 1)
        == ["SEARCH e USING INDEX entity_by_article (article=?)"])
  }

  @Test("The annotations of a tag are looked up by it")
  func tag() throws {
    let plain = try plan("tag:news limit:20", .annotations)
    #expect(plain.first == "SEARCH e USING INTEGER PRIMARY KEY (rowid=?)")
    #expect(plain.contains("SEARCH t USING COVERING INDEX tag_by_shown (shown=?)"))
    #expect(plain.contains("SEARCH g USING PRIMARY KEY (tag=?)"))
    let subtree = try plan("tag:news/* limit:20", .annotations)
    #expect(subtree.first == "SEARCH e USING INTEGER PRIMARY KEY (rowid=?)")
    #expect(subtree.contains("SEARCH t USING COVERING INDEX tag_by_shown (shown>? AND shown<?)"))
    #expect(!subtree.contains { $0.hasPrefix("SCAN") })
  }

  @Test("Words are looked up once, in the full-text index")
  func words() throws {
    let plan = try plan("river war boats limit:20", .articles)
    #expect(plan.first == "SEARCH e USING INTEGER PRIMARY KEY (rowid=?)")
    #expect(plan.filter { $0.hasPrefix("SCAN search VIRTUAL TABLE INDEX") }.count == 1)
  }

  @Test("Ranked words begin in the full-text index")
  func ranked() throws {
    let compiled = try QueryFixture.compile("river tag:news limit:20", .articles)
    let plan = try fixture.plan(try #require(compiled.ranked("e.ordinal, found.fit")))
    let first = plan.firstIndex { $0.hasPrefix("SCAN search VIRTUAL TABLE INDEX") }
    let search = try #require(first)
    #expect(plan[search + 1] == "SEARCH e USING INTEGER PRIMARY KEY (rowid=?)")
    // Read from its end, and not sorted before the best are looked for: once for how well the last
    // of them fits, once for their order.
    #expect(plan.filter { $0.contains("TEMP B-TREE") }.count == 2)
    let materialized = try #require(plan.firstIndex { $0.contains("MATERIALIZE") })
    #expect(plan[materialized + 1].hasPrefix("SCAN search"))
  }

  @Test("Words alone are ranked by the full-text index, without the rows of what has them")
  func rankedWordsOnly() throws {
    let compiled = try QueryFixture.compile("river limit:20", .annotations)
    let plan = try fixture.plan(try #require(compiled.ranked("e.ordinal, found.fit")))
    let found = try #require(plan.firstIndex { $0.hasPrefix("SCAN search VIRTUAL TABLE INDEX") })
    #expect(plan.contains { $0.hasPrefix("SEARCH h USING INDEX entity_not_shown (ordinal=?") })
    // The rows themselves are looked up when the best are known.
    let rows = plan.indices.filter { plan[$0].contains("e USING INTEGER PRIMARY KEY") }
    #expect(rows.count == 1 && rows.allSatisfy { $0 > found })
  }

  @Test(
    "Nothing reads the whole table of entities",
    arguments: [
      "", "war", "-war", "tag:a or tag:b", "tag:a or color:red", "quote:x", "note:x title:y",
      "site:x", "color:red", "device:laptop", "kind:reply", "has:note", "has:reply", "is:conflict",
      "id:a0", "title:x or tag:y", "(a or tag:b) (c or note:d)", "-(tag:a note:b)",
    ])
  func noScan(text: String) throws {
    for context in [QuerySQL.Context.articles, .annotations] {
      let plan = try plan(text, context)
      #expect(!plan.contains { $0.hasPrefix("SCAN") && !$0.contains("VIRTUAL TABLE INDEX") })
    }
  }

  @Test("The ids next to one are looked up, however many there are", arguments: [0, 1])
  func neighbours(side: Int) throws {
    let sql = SQLText(sql: Store.neighbours[side], arguments: [Data(count: 16).databaseValue])
    let order = side == 0 ? "<" : ">"
    #expect(
      try fixture.plan(sql) == ["SEARCH entity USING COVERING INDEX entity_by_id (id\(order)?)"])
  }

  @Test("Rows in conflict are listed by their own index, ids by theirs")
  func conflictsAndIDs() throws {
    #expect(try plan("is:conflict", .annotations).contains { $0.contains("entity_in_conflict") })
    #expect(try plan("id:a0", .annotations).first?.contains("entity_by_id") == true)
  }

  @Test("What an article's annotations have is looked up by the article")
  func related() throws {
    for text in ["color:red", "kind:reply", "has:note"] {
      #expect(
        try plan(text, .articles).contains("SEARCH a USING INDEX entity_by_article (article=?)"))
    }
  }
}
