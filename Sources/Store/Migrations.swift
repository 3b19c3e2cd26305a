// SPDX-License-Identifier: MIT

import Foundation
import GRDB

/// Brings a database file to the schema of this version. Shipped files are never edited.
enum Migrations {
  /// The schema files, first to last; a database's `user_version` says how many it has seen.
  private static let files: [[UInt8]] = [
    PackageResources.m0001_library_sql, PackageResources.m0002_tally_sql,
    PackageResources.m0003_packed_sql,
  ]

  /// The newest schema that this version knows.
  static var newest: Int { files.count }

  /// How many schema files the database has seen; 0 for a new one.
  static func version(_ db: Database) throws -> Int {
    try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
  }

  /// Refuses a database of a newer version, untouched.
  static func check(_ version: Int, path: String) throws {
    guard version <= newest else {
      throw StoreError(
        .newerStore,
        "the store \(path) was written by a newer version (schema \(version), and this program "
          + "knows \(newest)); it was not touched: upgrade this program")
    }
  }

  /// Runs what is missing, in the caller's transaction.
  static func run(_ db: Database, from version: Int) throws {
    for (index, file) in files.enumerated() where index >= version {
      try db.execute(sql: String(decoding: file, as: UTF8.self))
      try db.execute(sql: "PRAGMA user_version = \(index + 1)")
    }
  }
}
