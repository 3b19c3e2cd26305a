// SPDX-License-Identifier: MIT

import Foundation
import GRDB
import Merge
import Testing

@testable import Store

/// Rows that a flipped bit made unreadable: told as damage of this store, and no crash.
@Suite struct DamagedRowTests {
  /// Changes a database behind its owner's back.
  private func damage(_ path: String, _ sql: String) throws {
    let queue = try DatabaseQueue(path: path)
    try queue.writeWithoutTransaction { try $0.execute(sql: sql) }
    try queue.close()
  }

  @Test("a state that can't be read is this store's damage, for edits, reading and peers' changes")
  func state() throws {
    let scratch = try Scratch()
    let stores = try scratch.stores(2)
    let article = try stores[0].add("The river rose at night.")
    try stores[1].pull(from: stores[0])
    try stores[0].set([(.title, .text("Deluge"))], of: article, action: "edit")
    try damage(stores[1].directory.database, "UPDATE entity SET state = x'FF' WHERE kind = 1")
    func code(_ body: () throws -> Void) -> StoreError.Code? {
      #expect(throws: StoreError.self, performing: body)?.code
    }
    #expect(
      code { try stores[1].set([(.site, .text("x"))], of: article, action: "edit") } == .damaged)
    #expect(code { _ = try stores[1].allArticles() } == .damaged)
    // It is not the peer that did something wrong: its change is not refused.
    #expect(code { try stores[1].pull(from: stores[0]) } == .damaged)
    try stores[1].rebuild()
    try stores[1].pull(from: stores[0])
    try expectSame(stores[0], stores[1])
  }

  @Test("a number that became NULL is read as none")
  func null() throws {
    let scratch = try Scratch()
    let store = try scratch.store("a")
    let article = try store.add("The river rose at night.", tags: ["a"])
    _ = try store.highlight(article, "river")
    // The table without its rules, as no statement but a flipped bit could get around them.
    try damage(
      store.directory.database,
      """
      CREATE TABLE loose AS SELECT * FROM entity;
      DROP TABLE entity;
      ALTER TABLE loose RENAME TO entity;
      UPDATE entity SET children = NULL, first = NULL;
      """)
    #expect(try store.allArticles().map(\.id) == [article])
    #expect(try store.article(article).id == article)
    #expect(try store.log(of: article, limit: 5).count == 0)
    #expect(try store.doctor().problems != [])
  }

  @Test("a backup in which a number became NULL is restored")
  func nullInBackup() throws {
    let scratch = try Scratch()
    let store = try scratch.store("a")
    try store.add("The river rose at night.")
    let path = scratch.path + "/b.backup"
    _ = try store.backup(to: path)
    try damage(
      path,
      """
      CREATE TABLE loose AS SELECT * FROM change;
      DROP TABLE change;
      ALTER TABLE loose RENAME TO change;
      UPDATE change SET line = NULL WHERE line = 0;
      """)
    let other = try scratch.store("b", seed: 2)
    #expect(try other.restore(try BackupFile(path: path)).problems == [])
    try expectSame(store, other)
  }
}
