// SPDX-License-Identifier: MIT

import Foundation
import GRDB
import Merge
import TestSupport
import Testing

@testable import Store

/// What keeps edits safe on the disk, and what a store refuses to stand on.
@Suite struct DurabilityTests {
  private struct Broken: Error {}

  @Test("a store whose making was cut off by a crash is made by the next command")
  func cutOffWhileMade() throws {
    let scratch = try Scratch()
    let half = scratch.path + "/half"
    let folder = scratch.path + "/a"
    for path in [half, folder] {
      try FileManager.default.createDirectory(
        atPath: path, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
    }
    let database = try DatabaseQueue(path: half + "/postil.db")
    try database.inDatabase { db in
      // More than the cache holds, so that pages are in the file and the journal before the commit.
      try db.execute(sql: "PRAGMA cache_size = 1; BEGIN; CREATE TABLE t (x)")
      for _ in 0..<50 { try db.execute(sql: "INSERT INTO t VALUES (zeroblob(9000))") }
      for name in ["postil.db", "postil.db-journal"] {
        try FileManager.default.copyItem(atPath: half + "/" + name, toPath: folder + "/" + name)
      }
      try db.execute(sql: "ROLLBACK")
    }
    let store = try scratch.store("a")
    #expect(try store.status().articles == 0)
    #expect(try store.doctor().problems == [])
    #expect(!FileManager.default.fileExists(atPath: folder + "/postil.db-journal"))
  }

  @Test(
    "a database that is missing or empty beside its write-ahead log is not made anew",
    arguments: [false, true])
  func logAlone(isEmpty: Bool) throws {
    let scratch = try Scratch()
    let store = try scratch.store("a")
    try store.add("Some words.")
    let (from, to) = (store.directory.path, scratch.directory("b").path)
    try FileManager.default.createDirectory(
      atPath: to, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
    for name in ["postil.db-wal", "identity", "lock"] {
      try FileManager.default.copyItem(atPath: from + "/" + name, toPath: to + "/" + name)
    }
    if isEmpty { _ = FileManager.default.createFile(atPath: to + "/postil.db", contents: nil) }
    let log = try Data(contentsOf: URL(filePath: to + "/postil.db-wal"))
    #expect(log.count > 4096)
    let error = #expect(throws: StoreError.self) { try scratch.store("b") }
    #expect(error?.code == .damaged)
    #expect(try Data(contentsOf: URL(filePath: to + "/postil.db-wal")) == log)
  }

  @Test(
    "every connection has the settings that make acknowledged edits durable",
    arguments: [false, true])
  func settings(reader: Bool) throws {
    let scratch = try Scratch()
    let store = try scratch.store("a", reader: reader)
    func check(_ db: Database) throws {
      #expect(try Int.fetchOne(db, sql: "PRAGMA synchronous") == 2)
      #expect(try Int.fetchOne(db, sql: "PRAGMA wal_autocheckpoint") == 0)
      #expect(try String.fetchOne(db, sql: "PRAGMA journal_mode") == "wal")
      #expect(try Int.fetchOne(db, sql: "PRAGMA trusted_schema") == 0)
    }
    try store.read { try check($0.db) }
    try store.write { try check($0.db) }
  }

  @Test("every file of a store is its owner's alone, and so is the directory")
  func modes() throws {
    let scratch = try Scratch()
    let old = umask(0)
    defer { umask(old) }
    let store = try scratch.store("deep/er/a")
    try store.add("Some words.")
    let path = store.directory.path
    func mode(_ path: String) throws -> Int? {
      try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }
    for directory in [path, scratch.path + "/deep/er", scratch.path + "/deep"] {
      #expect(try mode(directory) == 0o700)
    }
    let files = try FileManager.default.contentsOfDirectory(atPath: path)
    #expect(Set(files) == ["postil.db", "postil.db-wal", "postil.db-shm", "lock", "identity"])
    for file in files { #expect(try mode(path + "/" + file) == 0o600, "\(file)") }
  }

  @Test("a store's directory that others could read is made private")
  func madePrivate() throws {
    let scratch = try Scratch()
    let path = scratch.directory("a").path
    try FileManager.default.createDirectory(
      atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
    _ = try scratch.store("a")
    let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    #expect(mode == 0o700)
  }

  /// A kind of file system: its number in `statfs`, its type in the mount table, what it is called.
  struct Kind: Sendable {
    var number: UInt64
    var mounted: String?
    var name: String?
  }

  @Test(
    "network file systems are known by their numbers, and FUSE by its name",
    arguments: [
      Kind(number: 0x6969, name: "NFS"), Kind(number: 0x517B, name: "SMB"),
      Kind(number: 0xFF53_4D42, name: "SMB"), Kind(number: 0xFE53_4D42, name: "SMB"),
      Kind(number: 0x0102_1997, name: "9p"), Kind(number: 0x5346_414F, name: "AFS"),
      Kind(number: 0x00C3_6400, name: "Ceph"), Kind(number: 0x7375_7245, name: "Coda"),
      Kind(number: 0x6573_5546, mounted: "fuse.sshfs", name: "sshfs"),
      Kind(number: 0x6573_5546, mounted: "fuse.rclone", name: "rclone"),
      Kind(number: 0x6573_5546, mounted: "fuse.gocryptfs", name: nil),
      Kind(number: 0x6573_5546, mounted: nil, name: nil),
      Kind(number: 0xEF53, name: nil), Kind(number: 0x0102_1994, name: nil),
      Kind(number: 0x9123_683E, name: nil), Kind(number: 0, name: nil),
    ])
  func networkFileSystems(kind: Kind) {
    #expect(FileSystem.networkFileSystem(type: kind.number) { kind.mounted } == kind.name)
  }

  @Test("a store of a newer version is refused, and not a byte of it changes")
  func newerVersion() throws {
    let scratch = try Scratch()
    let path = scratch.directory("a").database
    do { try scratch.store("a").add("Some words.") }
    let queue = try DatabaseQueue(path: path)
    try queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA user_version = 99") }
    try queue.close()
    let before = try Data(contentsOf: URL(filePath: path))
    let error = #expect(throws: StoreError.self) { try scratch.store("a") }
    #expect(error?.code == .newerStore)
    #expect(error?.message.contains("99") == true)
    #expect(try Data(contentsOf: URL(filePath: path)) == before)
  }

  @Test("a program that has a store open which a newer one brings up to date writes no more")
  func newerVersionMeanwhile() throws {
    let scratch = try Scratch()
    let store = try scratch.store("a")
    try store.add("Some words.")
    let queue = try DatabaseQueue(path: store.directory.database)
    try queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA user_version = 99") }
    try queue.close()
    let error = #expect(throws: StoreError.self) { try store.add("More words.") }
    #expect(error?.code == .newerStore)
    #expect(try store.allArticles().count == 1)
  }

  @Test("notes that were merged by an older version are merged anew when its store is opened")
  func olderTexts() throws {
    let scratch = try Scratch()
    let stores = try scratch.stores(2)
    let article = try stores[0].add("Some words.")
    let note = try stores[0].highlight(article, "words", note: "one")
    try stores[1].pull(from: stores[0])
    try stores[1].setNote(of: note, to: "one two")
    try stores[0].pull(from: stores[1])
    let queue = try DatabaseQueue(path: stores[0].directory.database)
    try queue.writeWithoutTransaction { db in
      // As if it had come out otherwise then.
      let other =
        try Data.fetchOne(
          db, sql: "SELECT state FROM entity WHERE kind = 1") ?? Data()
      try db.execute(
        sql: "UPDATE entity SET state = ? WHERE kind = 2", arguments: [other])
      try db.execute(sql: "DROP INDEX entity_not_shown; PRAGMA user_version = 4")
    }
    try queue.close()
    let again = try Store(directory: stores[0].directory, environment: stores[0].environment)
    #expect(try again.annotation(note).note == "one two")
    #expect(try again.doctor().problems == [])
  }

  @Test("a newer version's edits that wait in the write-ahead log are not touched either")
  func newerVersionWithLog() throws {
    let scratch = try Scratch()
    let path = scratch.directory("a").database
    do { try scratch.store("a").add("Some words.") }
    // As a daemon of the newer version leaves it when it is killed: all three files as they are.
    let queue = try DatabaseQueue(path: path)
    try queue.writeWithoutTransaction { db in
      try db.execute(sql: "PRAGMA wal_autocheckpoint = 0; PRAGMA user_version = 99")
    }
    try FileManager.default.createDirectory(
      atPath: scratch.directory("b").path, withIntermediateDirectories: false,
      attributes: [.posixPermissions: 0o700])
    for suffix in ["", "-wal"] {
      try FileManager.default.copyItem(
        atPath: path + suffix, toPath: scratch.directory("b").database + suffix)
    }
    let copy = scratch.directory("b").database
    let before = try [copy, copy + "-wal"].map { try Data(contentsOf: URL(filePath: $0)) }
    let error = #expect(throws: StoreError.self) { try scratch.store("b") }
    #expect(error?.code == .newerStore)
    #expect(try [copy, copy + "-wal"].map { try Data(contentsOf: URL(filePath: $0)) } == before)
    try queue.close()
  }

  @Test("a file that is no database is refused, and not a byte of it changes")
  func notADatabase() throws {
    let scratch = try Scratch()
    let directory = scratch.directory("a")
    try directory.prepare()
    let garbage = Data(repeating: 0x41, count: 5000)
    try garbage.write(to: URL(filePath: directory.database))
    let error = #expect(throws: StoreError.self) { try scratch.store("a") }
    #expect(error?.code == .damaged)
    #expect(error?.message.contains("doctor") == true)
    #expect(try Data(contentsOf: URL(filePath: directory.database)) == garbage)
  }

  @Test("a symbolic link, a file and a dangling link are refused as a store's directory")
  func oddDirectories() throws {
    let scratch = try Scratch()
    do { _ = try scratch.store("real") }
    let files = FileManager.default
    try files.createSymbolicLink(
      atPath: scratch.path + "/link", withDestinationPath: scratch.directory("real").path)
    try files.createSymbolicLink(
      atPath: scratch.path + "/dangling", withDestinationPath: scratch.path + "/nowhere")
    _ = files.createFile(atPath: scratch.path + "/file", contents: Data("x".utf8))
    for (name, code) in [
      ("link", StoreError.Code.notAllowed), ("dangling", .notAllowed), ("file", .badInput),
    ] {
      let error = #expect(throws: StoreError.self) { try scratch.store(name) }
      #expect(error?.code == code, "\(name)")
    }
    #expect(!files.fileExists(atPath: scratch.path + "/nowhere"))
  }

  @Test("another user's store is refused")
  func otherOwner() throws {
    guard geteuid() == 0 else {
      print("SKIPPED: only root can give a directory away; run StoreTests as root to test owners")
      return
    }
    let scratch = try Scratch()
    do { _ = try scratch.store("a") }
    #expect(chown(scratch.directory("a").path, 12_345, 12_345) == 0)
    let error = #expect(throws: StoreError.self) { try scratch.store("a") }
    #expect(error?.code == .notAllowed)
    #expect(error?.message.contains("12345") == true)
  }

  @Test("a write that breaks in the middle leaves everything as it was")
  func interrupted() throws {
    let scratch = try Scratch()
    let store = try scratch.store("a")
    let article = try store.add("The river rose at night.", tags: ["news"])
    let (before, terms) = (try store.dump(), try store.terms())
    #expect(throws: Broken.self) {
      try store.write { transaction in
        let edit = try Edit(transaction, writer: store.writer(transaction), action: "add")
        try edit.set(.title, of: article, to: .text("never"))
        try edit.commit()
        try transaction.putText(hash: Chain.sha256([1]), content: [1])
        try transaction.flush()
        throw Broken()
      }
    }
    #expect(try store.dump() == before)
    #expect(try store.terms() == terms)
    // And the next write goes on where the last one that counted ended.
    try store.set([(.title, .text("after"))], of: article, action: "title")
    #expect(try store.holdings().version.total == 2)
    try expectSound(store)
  }

  @Test("an edit does not wait for somebody who reads for long, however large the log is")
  func longReader() throws {
    let scratch = try Scratch()
    let store = try scratch.store("a")
    var configuration = Configuration()
    configuration.allowsUnsafeTransactions = true
    let reader = try DatabaseQueue(path: store.directory.database, configuration: configuration)
    try reader.inDatabase { db in
      try db.execute(sql: "BEGIN; SELECT count(*) FROM change")
    }
    try store.write { transaction in
      let content = [UInt8](repeating: 0x61, count: 12 << 20)
      try transaction.putText(hash: Chain.sha256(content), content: content)
    }
    let time = try ContinuousClock().measure { try store.add("The river rose at night.") }
    #expect(time < .seconds(5) * Sanitizer.patience)
    try reader.inDatabase { try $0.execute(sql: "COMMIT") }
  }

  @Test("the log is folded into the database when it has grown, and nothing is lost by it")
  func checkpoint() throws {
    let scratch = try Scratch()
    let store = try scratch.store("a")
    let words = String(repeating: "river ", count: 400_000)
    for number in 0..<5 { try store.add("\(number) \(words)") }
    let log = store.directory.database + "-wal"
    let size = try FileManager.default.attributesOfItem(atPath: log)[.size] as? Int ?? .max
    #expect(size < 12 << 20)
    #expect(try store.allArticles().count == 5)
    #expect(try store.doctor(fast: true).problems == [])
  }
}
