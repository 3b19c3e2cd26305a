// SPDX-License-Identifier: MIT

import Foundation
import GRDB
import Merge
import TestSupport
import Testing

@testable import Store

/// What is brought out of damaged stores.
@Suite struct SalvageTests {
  private func salvage(
    _ scratch: Scratch, _ name: String, into new: String
  ) throws -> (Store, SalvageReport) {
    let report = try Salvage(of: scratch.directory(name)).build(
      in: scratch.directory(new), environment: scratch.environment(seed: 77, device: name))
    return (try scratch.store(new, seed: 78, device: name), report)
  }

  /// A store after a random user's day, with small and large texts; what it held.
  private func fill(_ scratch: Scratch, _ name: String, seed: UInt64) throws -> Merged {
    let store = try scratch.store(name, seed: seed)
    var user = RandomUser(store, seed: seed)
    for _ in 0..<80 { try user.act() }
    try store.add(String(repeating: "A long text goes over many pages. ", count: 700))
    let article = try store.add("The river rose at night.")
    try store.highlight(article, "river", note: String(repeating: "a long note ", count: 900))
    return try Merged(store)
  }

  @Test(
    "out of a sound store everything is brought, by the same bytes", arguments: [1, 2] as [UInt64])
  func sound(seed: UInt64) throws {
    let scratch = try Scratch()
    let before = try fill(scratch, "a", seed: seed)
    let (store, report) = try salvage(scratch, "a", into: "b")
    #expect(report.lost == 0)
    #expect(report.losses == [])
    #expect(report.rewritten == 0)
    #expect(report.textsMissing == 0)
    #expect(try Merged(store) == before)
    #expect(try store.holdings().library == scratch.store("a").holdings().library)
    try store.add("Written since.")
    #expect(try store.status().writer != scratch.store("a").status().writer)
  }

  @Test("edits that wait in the write-ahead log are brought out, also behind a damaged frame")
  func log() throws {
    let scratch = try Scratch()
    let copy = scratch.directory("copy")
    let before: Merged
    do {
      let store = try scratch.store("a")
      var user = RandomUser(store, seed: 3)
      for _ in 0..<40 { try user.act() }
      before = try Merged(store)
      try scratch.copy("a", to: "copy")
    }
    try FileManager.default.removeItem(atPath: copy.database + "-shm")
    var log = try Data(contentsOf: URL(filePath: copy.database + "-wal"))
    // The second frame's checksum: SQLite shows nothing from there on.
    log[32 + 4120 + 16] ^= 1
    try log.write(to: URL(filePath: copy.database + "-wal"))
    let files = try [copy.database, copy.database + "-wal"].map {
      try Data(contentsOf: URL(filePath: $0))
    }
    let (store, report) = try salvage(scratch, "copy", into: "b")
    #expect(report.lost == 0)
    #expect(try Merged(store) == before)
    #expect(
      try [copy.database, copy.database + "-wal"].map { try Data(contentsOf: URL(filePath: $0)) }
        == files, "the damaged files were touched")
  }

  @Test("with any page gone, what is left is sound, and a peer makes it whole")
  func pages() throws {
    let scratch = try Scratch()
    let before = try fill(scratch, "a", seed: 5)
    let path = scratch.directory("a").database
    let sound = try Data(contentsOf: URL(filePath: path))
    let peer = try scratch.store("peer", seed: 50)
    try peer.pull(from: scratch.store("a"))
    var generator = SeededGenerator(seed: 11)
    let pages = sound.count / 4096
    var whole = 0
    for round in 0..<12 {
      let page = round == 0 ? 0 : Int.random(in: 0..<pages, using: &generator)
      var bytes = sound
      for place in page * 4096..<min(bytes.count, (page + 1) * 4096) {
        bytes[place] = UInt8.random(in: 0...255, using: &generator)
      }
      try bytes.write(to: URL(filePath: path))
      let (store, report) = try salvage(scratch, "a", into: "s\(round)")
      #expect(report.isLibraryKnown, "page \(page)")
      if report.lost == 0 { whole += 1 }
      try store.pull(from: peer)
      try peer.pull(from: store)
      #expect(try store.holdings().fingerprint == peer.holdings().fingerprint, "page \(page)")
      #expect(try store.doctor().problems == [], "page \(page)")
      let articles = Set(before.articles.keys)
      #expect(Set(try store.allArticles().map(\.id)).isSuperset(of: articles), "page \(page)")
    }
    #expect(whole >= 6, "most pages hold no changes")
  }

  @Test("what a lost change had said is read from the state, and written anew")
  func rewritten() throws {
    let scratch = try Scratch()
    let article: EntityID
    let mark: EntityID
    do {
      let store = try scratch.store("a")
      article = try store.add("The river rose at night.", title: "Flood")
      try store.add("Bread is flour, water, salt and time.")
      mark = try store.highlight(article, "river", note: "as it was", tags: ["first"])
      try store.setNote(of: mark, to: "as it is now")
      try store.addTag("second", to: mark)
      try store.set([(.title, .text("High water"))], of: article, action: "title")
      // The second change goes; with it the proof of all that came after it.
      try store.write { try $0.db.run("UPDATE change SET body = zeroblob(40) WHERE id = 2") }
    }
    let (store, report) = try salvage(scratch, "a", into: "b")
    #expect(report.changes == 1)
    #expect(report.lost == 5)
    #expect(report.losses.count == 1)
    #expect(report.rewritten == 3)
    #expect(report.textsMissing == 0)
    #expect(try store.allArticles().count == 2)
    #expect(try store.article(article).title == "High water")
    let found = try store.annotation(mark)
    #expect(found.note == "as it is now")
    #expect(found.tags == ["first", "second"])
    #expect(found.target.quote == "river")
    try expectSound(store)
  }

  @Test("forked histories and peers are kept, and a newer store is refused")
  func forksAndPeers() throws {
    let scratch = try Scratch()
    do { try scratch.store("a").add("The river rose at night.") }
    try scratch.copy("a", to: "b")
    let identity = try #require(try WriterIdentity.read(scratch.directory("b").identity))
    var bound = identity
    bound.binding = try WriterIdentity.binding(
      database: scratch.directory("b").database, machineID: "machine of a")
    try bound.write(scratch.directory("b").identity)
    let before: Merged
    do {
      let store = try scratch.store("a")
      try store.add("One way.")
      let other = try scratch.store("b", device: "a", machine: "machine of a")
      try other.add("The other way.")
      _ = try store.merge(other.changes(missingFrom: VersionVector(), bytesMax: .max).changes)
      try store.pullTexts(from: other)
      #expect(try store.forkCount() == 1)
      try store.write { transaction in
        try transaction.save(
          Peer(
            id: Bytes16(high: 1, low: 2), name: "somebody", addresses: ["https://peer.example"],
            role: .write, ownRole: .read, key: [UInt8](repeating: 3, count: 32), token: [4],
            tokenHash: [UInt8](repeating: 5, count: 32), code: "123456"))
      }
      before = try Merged(store)
    }
    let (store, report) = try salvage(scratch, "a", into: "c")
    #expect(report.losses.filter { !$0.contains("device's key") } == [])
    #expect(try Merged(store) == before)
    let peer = try #require(try store.peers().first)
    #expect(peer.name == "somebody" && peer.ownRole == .read && peer.version.isEmpty)
    let queue = try DatabaseQueue(path: scratch.directory("a").database)
    try queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA user_version = 9") }
    try queue.close()
    #expect(throws: StoreError.self) { try Salvage(of: scratch.directory("a")) }
    #expect(throws: StoreError.self) { try Salvage(of: scratch.directory("nowhere")) }
  }
}
