// SPDX-License-Identifier: MIT

import CPostilSystem
import Foundation
import GRDB
import GRDBSQLite

/// How this program opens SQLite.
enum Connection {
  /// How long a statement waits for another connection, seconds.
  static let busySeconds = 10

  /// Opens the database at `path` with what durability and safety need, and makes sure that it
  /// took. GRDB sets `synchronous` to NORMAL when *it* turns on WAL, so WAL is turned on here by
  /// hand, and FULL is set after that: under NORMAL a power cut loses acknowledged commits
  /// (https://www.sqlite.org/pragma.html#pragma_synchronous).
  static func open(path: String, readOnly: Bool = false) throws -> DatabaseQueue {
    var configuration = base()
    configuration.prepareDatabase { db in
      try foldOnClose(db, false)
      if !readOnly { try db.execute(sql: "PRAGMA journal_mode = WAL") }
      try db.execute(
        sql: """
          PRAGMA synchronous = FULL;
          PRAGMA wal_autocheckpoint = 0;
          """)
      try setCommon(db)
      if readOnly { try db.execute(sql: "PRAGMA query_only = 1") }
    }
    let queue = try DatabaseQueue(path: path, configuration: configuration)
    try queue.inDatabase { db in
      let synchronous = try Int.fetchOne(db, sql: "PRAGMA synchronous")
      let mode = try String.fetchOne(db, sql: "PRAGMA journal_mode")
      let automatic = try Int.fetchOne(db, sql: "PRAGMA wal_autocheckpoint")
      guard synchronous == 2, mode == "wal", automatic == 0 else {
        throw StoreError(
          .internal,
          "SQLite did not take the settings that keep edits safe (journal_mode \(mode ?? "?"), "
            + "synchronous \(synchronous ?? -1)); is the file system read-only?")
      }
    }
    return queue
  }

  /// Opens the database at `path` by a connection that can't change a byte of it: in a store that
  /// can't be written, a backup, or a damaged file.
  ///
  /// - Parameter isFixed: nobody changes the file while it is open, and it has no write-ahead log
  ///   that counts. Then no other file is needed, nor made (`immutable`,
  ///   https://www.sqlite.org/uri.html#uriimmutable).
  static func openToRead(path: String, isFixed: Bool) throws -> DatabaseQueue {
    var configuration = base()
    configuration.readonly = true
    configuration.prepareDatabase { db in
      try foldOnClose(db, false)
      try setCommon(db)
    }
    let name = isFixed ? "file:\(escaped(path))?immutable=1" : path
    return try DatabaseQueue(path: name, configuration: configuration)
  }

  /// Opens the database of a store that can't be written: with its write-ahead log where there is
  /// one, else as a file that nobody changes.
  static func openUnwritable(path: String) throws -> DatabaseQueue {
    do {
      let queue = try openToRead(path: path, isFixed: false)
      _ = try queue.read { try Migrations.version($0) }
      return queue
    } catch let error as DatabaseError where error.resultCode == .SQLITE_CANTOPEN {
      // The log's index can't be made there (https://www.sqlite.org/wal.html#readonly).
      guard try FileSystem.status(path + "-wal")?.st_size ?? 0 == 0 else {
        throw StoreError(
          .notAllowed,
          "\(path)-wal holds edits that can't be read without \(path)-shm, which can't be made "
            + "there; copy the directory to a disk that you may write to, and use the copy")
      }
      return try openToRead(path: path, isFixed: true)
    }
  }

  /// Opens the database of a store on a full disk, to read: alone, and so with the index of its
  /// write-ahead log in memory, for which a file would have no room
  /// (https://www.sqlite.org/wal.html#noshm). While others have the store open, theirs is used.
  static func openWithoutRoom(path: String) throws -> DatabaseQueue {
    var configuration = base()
    configuration.busyMode = .immediateError
    configuration.prepareDatabase { db in
      try foldOnClose(db, false)
      try db.execute(sql: "PRAGMA locking_mode = EXCLUSIVE")
      try setCommon(db)
    }
    do {
      let queue = try DatabaseQueue(path: path, configuration: configuration)
      _ = try queue.read { try Migrations.version($0) }
      return queue
    } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {
      return try openToRead(path: path, isFixed: false)
    }
  }

  /// The schema version of the database at `path`, by a connection that can't change a byte of it.
  /// Opened by hand, since every command looks here first: GRDB would have the whole schema read.
  static func version(path: String) throws -> Int {
    var connection: SQLiteConnection?
    var statement: SQLiteStatement?
    defer {
      sqlite3_finalize(statement)
      sqlite3_close_v2(connection)
    }
    func check(_ code: Int32, is expected: Int32 = SQLITE_OK) throws {
      guard code == expected else {
        throw DatabaseError(
          resultCode: ResultCode(rawValue: code),
          message: connection.map { String(cString: sqlite3_errmsg($0)) })
      }
    }
    try check(
      sqlite3_open_v2(path, &connection, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, nil))
    sqlite3_extended_result_codes(connection, 1)
    sqlite3_busy_timeout(connection, Int32(busySeconds * 1000))
    try check(postil_sqlite_folds_on_close(connection, 0))
    try check(sqlite3_prepare_v2(connection, "PRAGMA user_version", -1, &statement, nil))
    try check(sqlite3_step(statement), is: SQLITE_ROW)
    return Int(sqlite3_column_int(statement, 0))
  }

  /// Whether the write-ahead log is folded into the database when the last connection is closed.
  /// Only for those who hold the store's lock: every checkpoint happens under it.
  static func foldOnClose(_ db: Database, _ folds: Bool) throws {
    let code = postil_sqlite_folds_on_close(db.sqliteConnection, folds ? 1 : 0)
    guard code == 0 else {
      throw StoreError(.internal, "SQLite did not take a setting that keeps edits safe (\(code))")
    }
  }

  /// Runs `body` on one view of the database.
  ///
  /// GRDB's own `read` sets `query_only` before and takes it back after. SQLite prepares every
  /// statement of a connection anew after a pragma of that kind (`OP_Expire` in its `pragma.c`),
  /// which was more than half of what a small read cost. So a connection that is there to read has
  /// it set for good, and nothing else here may write in a view.
  ///
  /// A view within a view is that one.
  static func view<Result>(
    _ queue: DatabaseQueue, _ body: (Database) throws -> Result
  ) throws -> Result {
    try queue.unsafeReentrantRead { db in
      if db.isInsideTransaction { return try body(db) }
      let changes = db.totalChangesCount
      try db.run("BEGIN DEFERRED")
      let result: Result
      do {
        result = try body(db)
      } catch {
        try? db.rollback()
        throw error
      }
      assert(db.totalChangesCount == changes, "something was written where all is read")
      try db.run("COMMIT")
      return result
    }
  }

  private static func base() -> Configuration {
    var configuration = Configuration()
    configuration.busyMode = .timeout(TimeInterval(busySeconds))
    configuration.label = "postil"
    return configuration
  }

  private static func setCommon(_ db: Database) throws {
    try db.execute(
      sql: """
        PRAGMA trusted_schema = 0;
        PRAGMA mmap_size = 0;
        PRAGMA temp_store = MEMORY;
        """)
    try keepPages(db, readingPages)
    try SearchFit.install(db)
  }

  /// KiB of pages that a connection keeps which reads. A search goes through many pages of a large
  /// store and looks at each once: memory that is used again costs less than fresh memory for each.
  private static let readingPages = 2_000
  /// KiB of pages that a connection keeps which writes: what a batch changes should not have to
  /// leave before the batch ends.
  private static let writingPages = 16_000

  /// Lets a connection that reads keep as many pages as one needs that writes.
  static func widen(_ db: Database) throws { try keepPages(db, writingPages) }

  private static func keepPages(_ db: Database, _ kibibytes: Int) throws {
    try db.run("PRAGMA cache_size = -\(kibibytes)")
  }

  /// A path as a `file:` URI holds it.
  private static func escaped(_ path: String) -> String {
    var out = ""
    for byte in path.utf8 {
      let isPlain =
        byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: "?") && byte != UInt8(ascii: "#")
        && byte != UInt8(ascii: "%")
      if isPlain {
        out.unicodeScalars.append(Unicode.Scalar(byte))
      } else {
        out += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
      }
    }
    return out
  }
}

extension Database {
  /// Runs a statement that returns nothing; prepared once a connection.
  func run(_ sql: String, _ arguments: [DatabaseValue] = []) throws {
    let statement = try cachedStatement(sql: sql)
    statement.setUncheckedArguments(arguments.asArguments)
    try statement.execute()
  }

  /// The first row; prepared once a connection.
  func first(_ sql: String, _ arguments: [DatabaseValue] = []) throws -> Row? {
    let statement = try cachedStatement(sql: sql)
    statement.setUncheckedArguments(arguments.asArguments)
    return try Row.fetchOne(statement)
  }

  /// Every row, one at a time; prepared once a connection. The row must not leave `body`.
  func each(
    _ sql: String, _ arguments: [DatabaseValue] = [], _ body: (Row) throws -> Void
  ) throws {
    let statement = try cachedStatement(sql: sql)
    statement.setUncheckedArguments(arguments.asArguments)
    let cursor = try Row.fetchCursor(statement)
    while let row = try cursor.next() { try body(row) }
  }
}

extension [DatabaseValue] {
  /// The same as GRDB takes them. Given as they are, it would copy them by a key path, which takes
  /// longer than most statements.
  fileprivate var asArguments: StatementArguments {
    StatementArguments(map { $0 as (any DatabaseValueConvertible)? })
  }
}

extension Array<UInt8> {
  /// These bytes as SQLite's BLOB.
  var blob: DatabaseValue { Data(self).databaseValue }
}

// A flipped bit can turn a number or a text into NULL, which nothing notices before it is read, and
// GRDB's own subscript ends the program then.
extension Row {
  /// The whole number in a column; 0 for NULL.
  func whole(_ column: Int) -> Int64 { (self[column] as Int64?) ?? 0 }

  /// The whole number in a column, as a count; 0 for NULL.
  func count(_ column: Int) -> Int { Int(clamping: whole(column)) }

  /// The text in a column; empty for NULL.
  func text(_ column: Int) -> String { (self[column] as String?) ?? "" }

  /// The BLOB in a column; empty for NULL.
  func bytes(_ column: Int) -> [UInt8] {
    (try? withUnsafeData(atIndex: column) { data in data.map { Array($0) } ?? [] }) ?? []
  }
}
