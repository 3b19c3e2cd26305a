// SPDX-License-Identifier: MIT

import Foundation
import GRDB
import Merge
import Testing

@testable import Store

/// Backups: whole, without identity, and restored without losing anything.
@Suite struct BackupTests {
  private func backup(_ store: Store, _ scratch: Scratch, _ name: String = "b.backup") throws
    -> BackupFile
  {
    let path = scratch.path + "/" + name
    _ = try store.backup(to: path)
    return try BackupFile(path: path)
  }

  @Test("a restored library is the library, under a writer of its own")
  func restored() throws {
    let scratch = try Scratch()
    let store = try scratch.store("a")
    var user = RandomUser(store, seed: 7)
    for _ in 0..<60 { try user.act() }
    let file = try backup(store, scratch)
    #expect(try file.problems() == [])
    #expect(file.contents.changes == Int(try store.holdings().version.total))
    #expect(file.contents.fingerprint == (try store.holdings().fingerprint))
    let other = try scratch.store("b", seed: 2)
    let report = try other.restore(file)
    #expect(report.merged == file.contents.changes)
    #expect(report.problems == [])
    try expectSame(store, other)
    try expectSound(other)
    #expect(try other.holdings().library == store.holdings().library)
    let writer = try store.status().writer
    try other.add("Written after the restore.")
    #expect(try other.status().writer != writer)
    let attributes = try FileManager.default.attributesOfItem(atPath: file.path)
    #expect(attributes[.posixPermissions] as? Int == 0o600)
  }

  @Test("nothing of what the machine is gets into the file")
  func withoutIdentity() throws {
    let scratch = try Scratch()
    let store = try scratch.store("a")
    try store.add("The river rose at night.")
    let secret = [UInt8]("a token that nobody else may see".utf8)
    try store.write { transaction in
      try transaction.save(
        Peer(
          id: Bytes16(high: 1, low: 2), name: "somebody", addresses: ["https://peer.example"],
          role: .write, ownRole: .write, key: secret, token: secret, tokenHash: secret,
          code: "123456"))
    }
    let file = try backup(store, scratch)
    let bytes = try Data(contentsOf: URL(filePath: file.path))
    for hidden in ["a token that nobody", "peer.example", "somebody", "machine of a"] {
      #expect(bytes.range(of: Data(hidden.utf8)) == nil, "\(hidden) is in the backup")
    }
    #expect(bytes.range(of: Data("The river rose".utf8)) != nil)
  }

  @Test("restored into the same library: what is here stays, what was deleted since stays deleted")
  func merged() throws {
    let scratch = try Scratch()
    let store = try scratch.store("a")
    let deleted = try store.add("The river rose at night.")
    let kept = try store.add("Bread is flour, water, salt and time.")
    let file = try backup(store, scratch)
    _ = try store.delete(deleted)
    try store.addTag("since", to: kept)
    let new = try store.add("Written since.")
    let before = try store.holdings()
    let report = try store.restore(file)
    #expect(report.merged == 0)
    #expect(report.present == file.contents.changes)
    #expect(try store.holdings() == before)
    #expect(Set(try store.allArticles().map(\.id)) == [kept, new])
    #expect(try store.article(kept).tags == ["since"])
    try expectSound(store)
  }

  @Test("a store that was set back gets its own later changes, and writes under another name")
  func setBack() throws {
    let scratch = try Scratch()
    do { try scratch.store("a").add("The river rose at night.") }
    try scratch.copy("a", to: "old")
    let file: BackupFile
    let writer: WriterID?
    do {
      let store = try scratch.store("a")
      try store.add("Bread is flour, water, salt and time.")
      file = try backup(store, scratch)
      writer = try store.status().writer
    }
    let old = try scratch.store("old", device: "a", machine: "machine of a")
    #expect(try old.restore(file).merged == 1)
    #expect(try old.allArticles().count == 2)
    try old.add("And more.")
    #expect(try old.status().writer != writer)
    #expect(try old.status().forks == 0)
  }

  @Test("forked histories are restored as they are")
  func forked() throws {
    let scratch = try Scratch()
    do { try scratch.store("a").add("The river rose at night.") }
    let store: Store
    do {
      let first = try scratch.store("a")
      try scratch.copy("a", to: "left")
      try first.add("One way.")
    }
    // The same name, bound to the other file: as a file system that was set back has it.
    let identity = try String(contentsOfFile: scratch.directory("left").identity, encoding: .utf8)
    let binding = try WriterIdentity.binding(
      database: scratch.directory("left").database, machineID: "machine of a")
    var lines = identity.split(separator: "\n", omittingEmptySubsequences: false)
    lines[3] = binding[...]
    try Data(lines.joined(separator: "\n").utf8).write(
      to: URL(filePath: scratch.directory("left").identity))
    store = try scratch.store("left", seed: 9, device: "a", machine: "machine of a")
    try store.add("The other way.")
    let first = try scratch.store("a")
    _ = try store.merge(first.changes(missingFrom: VersionVector(), bytesMax: .max).changes)
    try store.pullTexts(from: first)
    #expect(try store.forkCount() == 1)
    let other = try scratch.store("c", seed: 3)
    #expect(try other.restore(backup(store, scratch)).refusals == [])
    try expectSame(store, other)
    try expectSound(other)
  }

  @Test("another library is refused, and the store is not touched")
  func otherLibrary() throws {
    let scratch = try Scratch()
    let stores = try [scratch.store("a", seed: 1), scratch.store("b", seed: 2)]
    for store in stores { try store.add("Some words of \(store.environment.deviceName).") }
    let before = try stores[1].dump()
    let error = try #require(
      throws: StoreError.self
    ) { try stores[1].restore(backup(stores[0], scratch)) }
    #expect(error.code == .ambiguous)
    #expect(error.message.contains("--store"))
    #expect(try stores[1].dump() == before)
  }

  @Test("a file that is there is kept unless it may be replaced, and no part is left behind")
  func existing() throws {
    let scratch = try Scratch()
    let store = try scratch.store("a")
    try store.add("Some words.")
    let path = scratch.path + "/x"
    try Data("mine".utf8).write(to: URL(filePath: path))
    #expect(throws: StoreError.self) { try store.backup(to: path) }
    #expect(try Data(contentsOf: URL(filePath: path)) == Data("mine".utf8))
    _ = try store.backup(to: path, isReplacing: true)
    #expect(try BackupFile(path: path).contents.changes == 1)
    #expect(throws: StoreError.self) {
      try store.backup(to: store.directory.path + "/x", isReplacing: true)
    }
    #expect(throws: StoreError.self) { try store.backup(to: scratch.path + "/nowhere/x") }
    let names = try FileManager.default.contentsOfDirectory(atPath: scratch.path)
    #expect(Set(names) == ["a", "x"])
  }

  @Test("a damaged library is not backed up")
  func damagedStore() throws {
    let scratch = try Scratch()
    let store = try scratch.store("a")
    for number in 1...3 { try store.add("Text \(number).") }
    try store.write { try $0.db.run("UPDATE change SET body = zeroblob(9) WHERE id = 2") }
    let error = #expect(throws: StoreError.self) { try backup(store, scratch) }
    #expect(error?.code == .damaged)
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path) == ["a"])
  }

  @Test("every flipped byte of a backup is noticed, or changes nothing that it holds")
  func flipped() throws {
    let scratch = try Scratch()
    let store = try scratch.store("a")
    for number in 1...4 { try store.add("Text number \(number), with some words.", tags: ["t"]) }
    let path = try backup(store, scratch).path
    let sound = try Data(contentsOf: URL(filePath: path))
    let fingerprint = try store.holdings().fingerprint
    var noticed = 0
    for place in stride(from: 3, to: sound.count, by: 397) {
      var bytes = sound
      bytes[place] ^= 0x20
      try bytes.write(to: URL(filePath: path))
      let outcome = try? BackupRehearsal.run(
        BackupFile(path: path), in: scratch.path,
        environment: scratch.environment(seed: 5, device: "v"))
      if outcome?.problems == [] {
        let other = try scratch.store("v\(place)", seed: UInt64(place))
        _ = try other.restore(BackupFile(path: path))
        #expect(try other.holdings().fingerprint == fingerprint, "byte \(place)")
      } else {
        noticed += 1
      }
    }
    #expect(noticed > 3)
  }

  @Test("backups of a directory sort by time, and the oldest go")
  func folder() throws {
    let scratch = try Scratch()
    let library = LibraryID(Bytes16(high: 0x1234_5678_9ABC_DEF0, low: 1))
    let folder = BackupFolder(path: scratch.path, library: library)
    let times: [Int64] = [1_795_219_200_000, 1_795_219_200_001, 1_795_305_600_000]
    for time in times { try Data().write(to: URL(filePath: folder.newFile(at: time))) }
    try Data().write(to: URL(filePath: scratch.path + "/postil-ffffffff-2020.backup"))
    #expect(folder.files == times.map { folder.newFile(at: $0) })
    #expect(folder.removeOldest(keeping: 2) == [folder.newFile(at: times[0])])
    #expect(folder.files.count == 2)
    try Data().write(to: URL(filePath: folder.newFile(at: 5) + ".part"))
    folder.removeLeftovers()
    #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path).count == 3)
  }

  @Test("a newer format, and what is no backup, are refused")
  func strangers() throws {
    let scratch = try Scratch()
    let store = try scratch.store("a")
    try store.add("Some words.")
    let file = try backup(store, scratch)
    let queue = try DatabaseQueue(path: file.path)
    try queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA user_version = 2") }
    try queue.close()
    #expect(throws: StoreError.self) { try BackupFile(path: file.path) }
    let error = #expect(throws: StoreError.self) {
      try BackupFile(path: store.directory.database)
    }
    #expect(error?.code == .badInput)
    try Data("hello".utf8).write(to: URL(filePath: file.path))
    #expect(throws: StoreError.self) { try BackupFile(path: file.path) }
    #expect(throws: StoreError.self) { try BackupFile(path: scratch.path + "/none") }
  }
}
