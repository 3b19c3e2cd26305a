// SPDX-License-Identifier: MIT

import Foundation
import GRDB

/// How this program opens SQLite.
enum Connection {
  /// How long a statement waits for another connection, seconds.
  static let busySeconds = 10

  /// Opens the database at `path` with what durability and safety need, and makes sure that it
  /// took. GRDB sets `synchronous` to NORMAL when *it* turns on WAL, so WAL is turned on here by
  /// hand, and FULL is set after that: under NORMAL a power cut loses acknowledged commits
  /// (https://www.sqlite.org/pragma.html#pragma_synchronous).
  static func open(path: String, readOnly: Bool = false) throws -> DatabaseQueue {
    var configuration = Configuration()
    configuration.busyMode = .timeout(TimeInterval(busySeconds))
    configuration.label = "postil"
    configuration.prepareDatabase { db in
      if !readOnly { try db.execute(sql: "PRAGMA journal_mode = WAL") }
      try db.execute(
        sql: """
          PRAGMA synchronous = FULL;
          PRAGMA wal_autocheckpoint = 0;
          PRAGMA trusted_schema = 0;
          PRAGMA mmap_size = 0;
          PRAGMA temp_store = MEMORY;
          PRAGMA cache_size = -16000;
          """)
      try SearchFit.install(db)
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

  /// The schema version of the database at `path`, by a connection that can't change a byte of it.
  static func version(path: String) throws -> Int {
    var configuration = Configuration()
    configuration.readonly = true
    configuration.busyMode = .timeout(TimeInterval(busySeconds))
    return try DatabaseQueue(path: path, configuration: configuration).read {
      try Migrations.version($0)
    }
  }
}

extension Database {
  /// Runs a statement that returns nothing; prepared once a connection.
  func run(_ sql: String, _ arguments: [DatabaseValue] = []) throws {
    let statement = try cachedStatement(sql: sql)
    statement.setUncheckedArguments(StatementArguments(arguments))
    try statement.execute()
  }

  /// The first row; prepared once a connection.
  func first(_ sql: String, _ arguments: [DatabaseValue] = []) throws -> Row? {
    let statement = try cachedStatement(sql: sql)
    statement.setUncheckedArguments(StatementArguments(arguments))
    return try Row.fetchOne(statement)
  }

  /// Every row, one at a time; prepared once a connection. The row must not leave `body`.
  func each(
    _ sql: String, _ arguments: [DatabaseValue] = [], _ body: (Row) throws -> Void
  ) throws {
    let statement = try cachedStatement(sql: sql)
    statement.setUncheckedArguments(StatementArguments(arguments))
    let cursor = try Row.fetchCursor(statement)
    while let row = try cursor.next() { try body(row) }
  }
}

extension Array<UInt8> {
  /// These bytes as SQLite's BLOB.
  var blob: DatabaseValue { Data(self).databaseValue }
}

extension Row {
  /// The BLOB in a column; empty for NULL.
  func bytes(_ column: Int) -> [UInt8] {
    (try? withUnsafeData(atIndex: column) { data in data.map { Array($0) } ?? [] }) ?? []
  }
}
