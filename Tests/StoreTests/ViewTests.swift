// SPDX-License-Identifier: MIT

import GRDB
import GRDBSQLite
import Merge
import Testing

@testable import Store

/// How the store is looked at.
@Suite struct ViewTests {
  @Test("reads leave prepared statements as they are", arguments: [false, true])
  func prepared(reader: Bool) throws {
    let scratch = try Scratch()
    let store = try scratch.store("a", reader: reader)
    try store.add("The river rose at night.")
    func count(_ db: Database) throws -> Statement {
      let statement = try db.cachedStatement(sql: "SELECT count(*) FROM entity")
      #expect(try Int.fetchOne(statement) != 0)
      return statement
    }
    try store.read { _ = try count($0.db) }
    for _ in 0..<5 { _ = try store.holdings() }
    let again = try store.read { transaction in
      sqlite3_stmt_status(
        try count(transaction.db).sqliteStatement, SQLITE_STMTSTATUS_REPREPARE, 0)
    }
    #expect(again == 0)
  }

  @Test("reads that belong together see the store at one moment")
  func together() throws {
    let scratch = try Scratch()
    let store = try scratch.store("a", reader: true)
    let other = try scratch.store("a", seed: 2)
    let before = try store.holdings().fingerprint
    try store.reading {
      #expect(try store.holdings().fingerprint == before)
      try other.add("The river rose at night.")
      #expect(try store.holdings().fingerprint == before)
      #expect(try store.tips().isEmpty)
    }
    #expect(try store.holdings().fingerprint == other.holdings().fingerprint)
    #expect(try store.tips().count == 1)
  }

  @Test("a view that fails leaves the store as able as before")
  func failing() throws {
    struct Stop: Error {}
    let scratch = try Scratch()
    let store = try scratch.store("a")
    #expect(throws: Stop.self) {
      try store.reading { try store.read { _ in throw Stop() } }
    }
    try store.add("The river rose at night.")
    #expect(try store.holdings().version.total == 1)
  }
}
