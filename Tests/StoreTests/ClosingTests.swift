// SPDX-License-Identifier: MIT

import Foundation
import GRDB
import Testing

@testable import Store

/// When the write-ahead log is folded into the database: under the store's lock, or not at all.
@Suite struct ClosingTests {
  /// Holds a store's lock, as another process would.
  private final class Holder {
    private let file: Int32

    init(_ directory: StoreDirectory) throws {
      file = open(directory.lock, O_RDWR | O_CLOEXEC)
      guard file >= 0, flock(file, LOCK_EX | LOCK_NB) == 0 else { throw Missing(what: "the lock") }
    }

    deinit { close(file) }
  }

  private func bytes(_ path: String) -> Data {
    (try? Data(contentsOf: URL(filePath: path))) ?? .init()
  }

  @Test("who leaves while another writes neither waits nor touches the database")
  func heldLock() throws {
    let scratch = try Scratch()
    let path = scratch.directory("a").database
    let holder: Holder
    let before: Data
    do {
      let store = try scratch.store("a")
      try store.add("The river rose at night.")
      before = bytes(path)
      #expect(!bytes(path + "-wal").isEmpty)
      holder = try Holder(store.directory)
    }
    #expect(bytes(path) == before)
    #expect(!bytes(path + "-wal").isEmpty, "folded in without the lock")
    withExtendedLifetime(holder) {}
  }

  @Test("who leaves last folds the log in, and one that fails to open never does")
  func lastOne() throws {
    let scratch = try Scratch()
    let path = scratch.directory("a").database
    let files = FileManager.default
    try {
      let store = try scratch.store("a")
      try store.add("The river rose at night.")
      // As a kill leaves it, with a header that nobody here knows.
      try files.createDirectory(
        atPath: scratch.directory("b").path, withIntermediateDirectories: false,
        attributes: [.posixPermissions: 0o700])
      for suffix in ["", "-wal"] {
        try files.copyItem(
          atPath: path + suffix, toPath: scratch.directory("b").database + suffix)
      }
    }()
    #expect(bytes(path + "-wal").isEmpty)
    #expect(try scratch.store("a").allArticles().count == 1)
    // The identity can't be bound: the store's opening fails after SQLite's.
    let copy = scratch.directory("b").database
    let log = bytes(copy + "-wal")
    let queue = try Connection.open(path: copy)
    try queue.close()
    #expect(bytes(copy + "-wal") == log, "closing a connection folded the log in without the lock")
    #expect(try scratch.store("b").allArticles().count == 1)
  }

  @Test("a clean end leaves the whole store in the database file")
  func folded() throws {
    let scratch = try Scratch()
    let store = try scratch.store("a", reader: true)
    try store.add("The river rose at night.")
    #expect(!bytes(store.directory.database + "-wal").isEmpty)
    #expect(try store.foldLog())
    #expect(bytes(store.directory.database + "-wal").isEmpty)
    let alone = scratch.directory("alone")
    try alone.prepare()
    try FileManager.default.copyItem(atPath: store.directory.database, toPath: alone.database)
    #expect(try scratch.store("alone").allArticles().count == 1)
    let holder = try Holder(store.directory)
    #expect(try !store.foldLog(), "folded in while another held the lock")
    withExtendedLifetime(holder) {}
  }

  @Test("a store that was put in another's place is not taken for it")
  func replaced() throws {
    let scratch = try Scratch()
    let store = try scratch.store("a")
    try store.add("The river rose at night.")
    do { try scratch.store("b").add("Bread is flour, water, salt and time.") }
    let files = FileManager.default
    try files.moveItem(atPath: store.directory.path, toPath: scratch.path + "/old")
    try files.moveItem(atPath: scratch.directory("b").path, toPath: store.directory.path)
    let error = #expect(throws: StoreError.self) { try store.add("Never acknowledged.") }
    #expect(error?.code == .busy)
    #expect(error?.message.contains("replaced") == true)
  }

  @Test("a log without its database is left alone, and named")
  func logAlone() throws {
    let scratch = try Scratch()
    let path = scratch.directory("a").database
    do { try scratch.store("a").add("The river rose at night.") }
    let log = Data(repeating: 7, count: 5000)
    try log.write(to: URL(filePath: path + "-wal"))
    try FileManager.default.removeItem(atPath: path)
    let error = #expect(throws: StoreError.self) { try scratch.store("a") }
    #expect(error?.code == .damaged)
    #expect(error?.message.contains("postil.db-wal") == true)
    #expect(bytes(path + "-wal") == log)
    #expect(!FileManager.default.fileExists(atPath: path))
  }
}
