// SPDX-License-Identifier: MIT

import GRDB
import Merge
import Testing

@testable import Store

/// How many articles and annotations there are is kept, not counted.
@Suite struct TallyTests {
  private static let text = "The river rose at night. Two villages were cut off."

  /// What the table says beside what a count says.
  private func expectRight(_ store: Store, articles: Int, annotations: Int) throws {
    let status = try store.status()
    #expect(status.articles == articles)
    #expect(status.annotations == annotations)
    let counted = try store.read { transaction in
      try [1, 2].map { kind in
        try Int.fetchOne(
          transaction.db, sql: "SELECT count(*) FROM entity WHERE kind = ? AND visible = 1",
          arguments: [kind])
      }
    }
    #expect(counted == [articles, annotations])
  }

  @Test("counts follow adding, deleting, restoring and rebuilding")
  func counts() throws {
    let scratch = try Scratch()
    let store = try scratch.store("a")
    try expectRight(store, articles: 0, annotations: 0)
    let article = try store.add(Self.text)
    let first = try store.highlight(article, "river", note: "one")
    _ = try store.highlight(article, "night", note: "two")
    try expectRight(store, articles: 1, annotations: 2)
    _ = try store.delete(first)
    try expectRight(store, articles: 1, annotations: 1)
    _ = try store.restore(first)
    try expectRight(store, articles: 1, annotations: 2)
    try store.rebuild()
    try expectRight(store, articles: 1, annotations: 2)
    #expect(try store.doctor().problems == [])
  }

  @Test("a store without the table gets it when it is opened")
  func migration() throws {
    let scratch = try Scratch()
    let store = try scratch.store("a")
    let article = try store.add(Self.text)
    _ = try store.highlight(article, "river", note: "one")
    try store.write { transaction in
      try transaction.db.execute(
        sql: "DROP TABLE tally; DROP INDEX entity_not_shown; PRAGMA user_version = 1")
    }
    let again = try Store(directory: store.directory, environment: store.environment)
    try expectRight(again, articles: 1, annotations: 1)
    #expect(try again.doctor().problems == [])
  }
}
