// SPDX-License-Identifier: MIT

import GRDB
import Merge
import TestSupport
import Testing

@testable import Store

/// Rows that another thread writes while the transaction goes on are the same rows.
@Suite struct RowsAheadTests {
  private func store(_ scratch: Scratch, _ name: String, rowsAheadMin: Int) throws -> Store {
    var environment = scratch.environment(seed: 9, device: "d", machine: "m")
    environment.rowsAheadMin = rowsAheadMin
    return try Store(directory: scratch.directory(name), environment: environment)
  }

  /// What three people wrote and did to each other's things.
  private func history(_ scratch: Scratch, seed: UInt64) throws -> [EncodedChange] {
    let stores = try scratch.stores(3, seed: seed)
    var users = stores.enumerated().map { RandomUser($1, seed: seed &* 31 &+ UInt64($0)) }
    for round in 0..<4 {
      for user in users.indices {
        for _ in 0..<12 { try users[user].act() }
      }
      if round.isMultiple(of: 2) { try converge(stores) }
    }
    try converge(stores)
    return try stores[0].changes(missingFrom: VersionVector(), bytesMax: .max).changes
  }

  @Test(
    "one message leaves the same tables and the same index, whoever writes the rows",
    arguments: UInt64(1)...8)
  func same(seed: UInt64) throws {
    let scratch = try Scratch()
    let changes = try history(scratch, seed: seed)
    let plain = try store(scratch, "plain", rowsAheadMin: .max)
    #expect(try plain.merge(changes).merged == changes.count)
    for least in [1, 2, 7] {
      let ahead = try store(scratch, "ahead \(least)", rowsAheadMin: least)
      #expect(try ahead.merge(changes).merged == changes.count)
      #expect(try ahead.dump() == plain.dump(), "seed \(seed), from \(least) on")
      #expect(try ahead.terms() == plain.terms(), "seed \(seed), from \(least) on")
      #expect(try ahead.doctor().problems == [], "seed \(seed), from \(least) on")
    }
  }

  @Test("when a row can't be written, nothing is, and the next message is merged whole")
  func failing() throws {
    let scratch = try Scratch()
    let changes = try history(scratch, seed: 3)
    let ahead = try store(scratch, "ahead", rowsAheadMin: 1)
    let empty = try ahead.dump()
    try ahead.write {
      try $0.db.execute(
        sql: """
          CREATE TRIGGER refuse BEFORE INSERT ON entity WHEN new.kind = 2
          BEGIN SELECT raise(ABORT, 'no room here'); END
          """)
    }
    let error = #expect(throws: StoreError.self) { try ahead.merge(changes) }
    #expect("\(try #require(error))".contains("no room here"))
    try ahead.write { try $0.db.execute(sql: "DROP TRIGGER refuse") }
    #expect(try ahead.dump() == empty)
    #expect(try ahead.merge(changes).merged == changes.count)
    #expect(try ahead.doctor().problems == [])
  }

  @Test("a change that is refused in the midst takes back what was written ahead of it")
  func refused() throws {
    let scratch = try Scratch()
    var changes = try history(scratch, seed: 5)
    let last = changes.removeLast()
    var bad = last
    bad.body = Array(bad.body.dropLast(3))
    let ahead = try store(scratch, "ahead", rowsAheadMin: 1)
    let report = try ahead.merge(changes + [bad])
    #expect(report.merged == changes.count)
    #expect(report.refusals.map(\.name.writer) == [last.writer])
    #expect(try ahead.doctor().problems == [])
    let plain = try store(scratch, "plain", rowsAheadMin: .max)
    #expect(try plain.merge(changes).merged == changes.count)
    #expect(try ahead.dump() == plain.dump())
    #expect(try ahead.terms() == plain.terms())
  }
}
