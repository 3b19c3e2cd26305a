// SPDX-License-Identifier: MIT

import Foundation
import GRDB
import Merge
import Synchronization

/// One directory with one library: its log, its merged state, and who this machine is in it.
///
/// All calls block: they read and write files. A program that must not block calls them from a
/// thread of its own. Any number of stores may be open on one directory, in one process or several.
public final class Store: Sendable {
  /// Where it lies.
  public let directory: StoreDirectory
  /// What was handed in.
  public let environment: StoreEnvironment
  /// Why it can only be read, as the system says it; nil when it can be written.
  public var whyUnwritable: String? { unwritable?.reason }
  private let unwritable: StoreDirectory.Unwritable?
  /// Nil where nothing can be written.
  private let lock: StoreLock?
  private let writerConnection: DatabaseQueue
  private let readerConnection: DatabaseQueue?
  private let databaseIdentity: String
  /// Whether a write went through.
  private let hasCommitted = Atomic(false)

  /// The write-ahead log is folded into the database when it has grown beyond this many bytes.
  private static let checkpointBytes: Int64 = 8 << 20

  /// Opens the store in `directory`, and makes it if there is none. One that can't be written is
  /// opened for reading.
  ///
  /// - Parameter reader: true opens a second connection, so that reads go on while a long write
  ///   runs; a daemon wants that, a command that runs once does not.
  /// - Throws: `StoreError`: not allowed, a newer store, damaged, disk.
  public init(
    directory: StoreDirectory, environment: StoreEnvironment, reader: Bool = false
  ) throws {
    self.directory = directory
    self.environment = environment
    try directory.prepare()
    let unwritable = try directory.whyUnwritable()
    self.unwritable = unwritable
    let lock = unwritable == nil ? try StoreLock(path: directory.lock) : nil
    self.lock = lock
    writerConnection = try Self.translating(directory) {
      guard let lock else { return try Self.openUnwritable(directory, unwritable) }
      return try Self.open(directory, lock, environment)
    }
    readerConnection =
      reader && lock != nil
      ? try Self.translating(directory) {
        try Connection.open(path: directory.database, readOnly: true)
      } : nil
    databaseIdentity = try WriterIdentity.binding(
      database: directory.database, machineID: environment.machineID)
  }

  /// Who leaves last folds the write-ahead log into the database, if nobody else writes at that
  /// moment; nobody waits for that.
  deinit {
    try? readerConnection?.close()
    _ = try? lock?.ifFree {
      try writerConnection.inDatabase { try Connection.foldOnClose($0, true) }
      try writerConnection.close()
    }
  }

  private static func openUnwritable(
    _ directory: StoreDirectory, _ why: StoreDirectory.Unwritable?
  ) throws -> DatabaseQueue {
    let queue =
      if case .full = why {
        try Connection.openWithoutRoom(path: directory.database)
      } else {
        try Connection.openUnwritable(path: directory.database)
      }
    let version = try queue.read { try Migrations.version($0) }
    try Migrations.check(version, path: directory.path)
    guard version == Migrations.newest else {
      throw StoreError(
        .notAllowed,
        "the store \(directory.path) must be brought up to date first, and can't be written; "
          + "copy it to a disk that you may write to")
    }
    return queue
  }

  private static func open(
    _ directory: StoreDirectory, _ lock: StoreLock, _ environment: StoreEnvironment
  ) throws -> DatabaseQueue {
    // A rollback journal is there only while a database is made, before it has its write-ahead log:
    // whoever made it was killed, and nothing can be read until that is rolled back.
    let isNew =
      try FileSystem.status(directory.database)?.st_size ?? 0 == 0
      || FileSystem.status(directory.database + "-journal") != nil
    // A database that isn't whole yet must not be seen by anybody else: made under the lock.
    if !isNew {
      // Refused before anything that may write is opened.
      let version = try Connection.version(path: directory.database)
      try Migrations.check(version, path: directory.path)
    }
    let queue =
      isNew
      ? try lock.exclusive { try create(directory, environment) }
      : try Connection.open(path: directory.database)
    let version = try queue.read { try Migrations.version($0) }
    try Migrations.check(version, path: directory.path)
    if version < Migrations.newest {
      try lock.exclusive {
        try queue.write { db in
          // Somebody else may have been here first.
          let now = try Migrations.version(db)
          try Migrations.check(now, path: directory.path)
          try Migrations.run(db, from: now)
          try Migrations.orderTexts(db, from: now, environment: environment)
          if now == 0 { try setLibrary(db, LibraryID(environment.random16())) }
        }
      }
    }
    return queue
  }

  private static func create(
    _ directory: StoreDirectory, _ environment: StoreEnvironment
  ) throws -> DatabaseQueue {
    let log = directory.database + "-wal"
    if try FileSystem.status(directory.database)?.st_size ?? 0 == 0,
      try FileSystem.status(log)?.st_size ?? 0 > 0
    {
      // SQLite would delete it, and edits may be in there that are nowhere else.
      throw StoreError(
        .damaged,
        "the database \(directory.database) is missing or empty, and its write-ahead log is there; "
          + "put the database back, or move \(log) away")
    }
    // SQLite would make it by the process's mask; its other files get the mode that it has.
    try FileSystem.makeFile(directory.database)
    let queue = try Connection.open(path: directory.database)
    try queue.write { db in
      let version = try Migrations.version(db)
      guard version == 0 else { return }
      try Migrations.run(db, from: 0)
      try setLibrary(db, LibraryID(environment.random16()))
    }
    try FileSystem.syncDirectory(of: directory.database)
    return queue
  }

  private static func setLibrary(_ db: Database, _ library: LibraryID) throws {
    try db.run(
      "INSERT OR REPLACE INTO fact (name, value) VALUES ('library', ?)", [library.raw.bytes.blob])
  }

  /// A connection for a check, which may make temporary tables. On a full disk there can be no
  /// second one.
  func readingConnection() throws -> DatabaseQueue {
    switch unwritable {
    case nil: try Connection.openToRead(path: directory.database, isFixed: false)
    case .forbidden: try Connection.openUnwritable(path: directory.database)
    case .full: writerConnection
    }
  }

  // MARK: - Reading and writing

  /// Runs `body` on a consistent view of the store.
  func read<Result>(_ body: (ReadTransaction) throws -> Result) throws -> Result {
    try view { try body(try ReadTransaction($0, environment: environment)) }
  }

  /// Runs `body` in a transaction that only reads.
  func view<Result>(_ body: (Database) throws -> Result) throws -> Result {
    do {
      return try Self.translating(directory, isReading: true) {
        try Connection.view(readerConnection ?? writerConnection, body)
      }
    } catch var error as StoreError {
      error.isAfterCommit = hasCommitted.load(ordering: .relaxed)
      throw error
    }
  }

  /// Runs `body`, whose reads all see the store as it is at one moment, which also costs less than
  /// one by one. `body` must not write to this store, nor hand its work to another thread.
  public func reading<Result>(_ body: () throws -> Result) throws -> Result {
    try view { _ in try body() }
  }

  /// A number that is another one when somebody else has committed since, in whatever process: far
  /// cheaper than a look at what is held. Says nothing of the commits of a store without a reader's
  /// connection itself (https://www.sqlite.org/pragma.html#pragma_data_version).
  public func commitMark() throws -> Int64 {
    try Self.translating(directory) {
      // A statement is a view of its own.
      try (readerConnection ?? writerConnection).unsafeReentrantRead { db in
        try db.first("PRAGMA data_version")?[0] ?? 0
      }
    }
  }

  /// Runs `body` as one transaction: when this returns, what it did is on the disk, and when it
  /// throws, nothing was done.
  func write<Result>(_ body: (WriteTransaction) throws -> Result) throws -> Result {
    try Self.translating(directory) {
      guard let lock else {
        if case .full = unwritable {
          throw StoreError(
            .disk,
            "the disk that holds \(directory.path) is full; nothing was changed: make room, and try "
              + "again")
        }
        throw StoreError(
          .notAllowed,
          "the store \(directory.path) can only be read (\(whyUnwritable ?? "")); "
            + "nothing was changed")
      }
      return try lock.exclusive {
        let (result, mark) = try forgettingFailures {
          try writerConnection.write { db in
            try Migrations.checkUnchanged(db, path: directory.path)
            let transaction = try WriteTransaction(db, environment: environment)
            defer { transaction.abandon() }
            let result = try body(transaction)
            try transaction.finish()
            return (result, transaction.ownMark)
          }
        }
        hasCommitted.store(true, ordering: .relaxed)
        // Nothing is lost when this fails: the mark may lag.
        if let mark { try? WriterIdentity.write(mark, to: directory.identity) }
        checkpointIfLarge()
        return result
      }
    }
  }

  /// Runs a transaction; when SQLite fails in it, the connection forgets what it knows of the
  /// tables. After a page that couldn't be read, FTS5 remembers more of its index than was rolled
  /// back, and calls the sound database malformed from then on.
  private func forgettingFailures<Result>(_ transaction: () throws -> Result) throws -> Result {
    do {
      return try transaction()
    } catch let error as DatabaseError {
      // Reads the schema again, and connects virtual tables anew
      // (https://www.sqlite.org/pragma.html#pragma_writable_schema).
      try? writerConnection.writeWithoutTransaction {
        try $0.execute(sql: "PRAGMA writable_schema = RESET")
      }
      throw error
    }
  }

  /// Folds the write-ahead log into the database when it has grown. Must hold the lock. A failure
  /// is no loss: the log stays, and the next write tries again.
  private func checkpointIfLarge() {
    guard let status = try? FileSystem.status(directory.database + "-wal"),
      status.st_size > Self.checkpointBytes
    else { return }
    _ = try? writerConnection.writeWithoutTransaction { db in
      // Somebody who reads for long must not make every edit wait for him.
      try db.execute(sql: "PRAGMA busy_timeout = 0")
      defer { try? db.execute(sql: "PRAGMA busy_timeout = \(Connection.busySeconds * 1000)") }
      try db.checkpoint(.truncate)
    }
  }

  /// Folds the whole write-ahead log into the database, so that the database file alone is the
  /// store: at a clean end. False when somebody writes or reads just then; nothing is lost by that.
  @discardableResult
  public func foldLog() throws -> Bool {
    try Self.translating(directory) {
      guard let lock else { return false }
      return try lock.ifFree {
        try writerConnection.writeWithoutTransaction { db in
          try db.execute(sql: "PRAGMA busy_timeout = 0")
          defer { try? db.execute(sql: "PRAGMA busy_timeout = \(Connection.busySeconds * 1000)") }
          let row = try db.first("PRAGMA wal_checkpoint(TRUNCATE)")
          return row?[0] == 0
        }
      } ?? false
    }
  }

  /// The name under which this store writes; minted before the first write, and again when the
  /// store was copied or set back, or when somebody else wrote under the name.
  ///
  /// Looked up anew for every edit, since another process may have minted one.
  func writer(_ transaction: WriteTransaction) throws -> WriterID {
    if let writer = try currentWriter(transaction.db, transaction.writers) { return writer }
    let reading = try ReadTransaction(transaction.db, environment: environment)
    let minted = WriterIdentity(
      writer: WriterID(environment.random16()), binding: databaseIdentity,
      library: try reading.library())
    try minted.write(directory.identity)
    return minted.writer
  }

  /// The name under which this store would write now; nil before the first write, or when it will
  /// write under a new one.
  func currentWriter(_ db: Database, _ writers: WriterRegistry) throws -> WriterID? {
    guard let stored = try WriterIdentity.read(directory.identity),
      stored.binding == databaseIdentity
    else { return nil }
    let mark = stored.mark
    guard let ordinal = writers.known(stored.writer) else {
      return mark.sequence == 0 ? stored.writer : nil
    }
    // A change under our name came from elsewhere: we wrote it and were set back since, or somebody
    // else writes under our name. Either way the next number may be taken.
    if writers.isForeign(ordinal) { return nil }
    let head = writers.head(ordinal)
    if mark.sequence == 0 { return stored.writer }
    let hash =
      head.sequence == mark.sequence
      ? head.hash : try ChangeLog.hash(db, key: ChangeLog.key(ordinal, mark.sequence))
    return hash == mark.hash ? stored.writer : nil
  }

  /// Turns what SQLite and the layers below throw into a `StoreError`.
  static func translating<Result>(
    _ directory: StoreDirectory, isReading: Bool = false, _ body: () throws -> Result
  ) throws -> Result {
    do {
      return try body()
    } catch let error as DatabaseError {
      throw StoreError(error, directory, isReading: isReading)
    } catch let error as MergeError {
      throw StoreError(refused: error)
    }
  }
}
