// SPDX-License-Identifier: MIT

import Foundation
import GRDB
import Merge
import Testing

@testable import Store

/// Bytes that changed on the disk: noticed when they are used, and never passed on.
@Suite struct DamageTests {
  /// Changes the database behind the store's back.
  private func damage(_ store: Store, _ sql: String) throws {
    let queue = try DatabaseQueue(path: store.directory.database)
    try queue.writeWithoutTransaction { try $0.execute(sql: sql) }
    try queue.close()
  }

  @Test(
    "a damaged change, and what comes after it, stays here",
    arguments: [
      "UPDATE change SET body = CAST(body || x'00' AS BLOB) WHERE id = 3",
      "UPDATE change SET hash = zeroblob(32) WHERE id = 3", "DELETE FROM change WHERE id = 3",
    ])
  func change(sql: String) throws {
    let scratch = try Scratch()
    let stores = try scratch.stores(2)
    for number in 1...5 { try stores[0].add("Text number \(number).") }
    try damage(stores[0], sql)
    let sent = try stores[0].changes(missingFrom: VersionVector(), bytesMax: 1 << 20)
    #expect(sent.changes.map(\.sequence) == [1, 2])
    #expect(!sent.more)
    #expect(try stores[1].merge(sent.changes).merged == 2)
    let error = #expect(throws: StoreError.self) {
      try stores[0].changes(missingFrom: stores[1].holdings().version, bytesMax: 1 << 20)
    }
    #expect(error?.code == .damaged)
    #expect(error?.message.contains("doctor") == true)
    #expect(try stores[0].doctor(fast: true).problems != [])
    #expect(throws: StoreError.self) { try stores[0].rebuild() }
  }

  @Test("a change that is missing at the end of a history is noticed as well")
  func lastChange() throws {
    let scratch = try Scratch()
    let store = try scratch.store("a")
    for number in 1...3 { try store.add("Text number \(number).") }
    try damage(store, "DELETE FROM change WHERE id = 3")
    #expect(try store.changes(missingFrom: VersionVector(), bytesMax: 1 << 20).changes.count == 2)
    var held = VersionVector()
    held.advance(
      try #require(try store.status().writer ?? store.holdings().version.entries.first?.writer),
      to: 2)
    #expect(throws: StoreError.self) { try store.changes(missingFrom: held, bytesMax: 1) }
  }

  @Test("a look that fails after a commit says so: what was asked for is done")
  func afterCommit() throws {
    let scratch = try Scratch()
    let store = try scratch.store("a")
    try store.add("Written, and on the disk.")
    try damage(store, "DROP TABLE tally")
    let error = #expect(throws: StoreError.self) { try store.status() }
    #expect(error?.isAfterCommit == true)
    let fresh = try scratch.store("a")
    let other = #expect(throws: StoreError.self) { try fresh.status() }
    #expect(other?.isAfterCommit == false)
  }

  @Test(
    "a packed change that was altered is noticed, by the doctor too",
    arguments: ["x'00'", "x'0009'", "substr(body, 1, length(body) - 1)"])
  func packedChange(bytes: String) throws {
    let scratch = try Scratch()
    let store = try scratch.store("a")
    let article = try store.add("The river rose by two metres in one night.")
    try store.set(
      [(.title, .text(String(repeating: "Long ", count: 200)))], of: article, action: "title")
    try damage(store, "UPDATE change SET body = \(bytes) WHERE substr(body, 1, 1) = x'00'")
    let sent = try store.changes(missingFrom: VersionVector(), bytesMax: 1 << 20)
    #expect(sent.changes.map(\.sequence) == [1])
    let problems = try store.doctor().problems
    #expect(problems.contains { $0.contains("can't be unpacked") }, "\(problems)")
    #expect(throws: StoreError.self) { try store.rebuild() }
  }

  @Test("a damaged text is not sent, not shown, and keeps no other from being sent")
  func text() throws {
    let scratch = try Scratch()
    let stores = try scratch.stores(2)
    let good = try stores[0].add("Bread is flour, water, salt and time.")
    let bad = try stores[0].add("The river rose at night.")
    let hash = try #require(try stores[0].article(bad).revision)
    try damage(
      stores[0],
      "UPDATE blob SET content = CAST(replace(content, 'river', 'liver') AS BLOB)")
    #expect(try stores[0].textPart(hash: hash, offset: 0, bytesMax: 100) == nil)
    let error = #expect(throws: StoreError.self) { try stores[0].text(hash: hash) }
    #expect(error?.code == .damaged)
    let other = try #require(try stores[0].article(good).revision)
    let part = try #require(try stores[0].textPart(hash: other, offset: 0, bytesMax: 5))
    #expect(part.bytes == Array("Bread".utf8))
    #expect(part.total == 37)
    // What can be read can still be taken out.
    var texts: [[UInt8]?] = []
    try stores[0].exportItems { item in
      if case .article(let article) = item { texts += article.texts.map(\.content) }
    }
    #expect(texts.compactMap(\.self) == [Array("Bread is flour, water, salt and time.".utf8)])
    #expect(texts.count == 2)
    #expect(try stores[0].doctor().problems.count == 1)
  }

  @Test(
    "of a disk, the last part is kept for local edits",
    arguments: [(UInt64(1) << 20, UInt64(65_536)), (1 << 40, 64 << 20), (0, 0)])
  func reserve(disk: UInt64, kept: UInt64) {
    #expect(Store.reserve(ofDisk: disk) == kept)
  }
}
