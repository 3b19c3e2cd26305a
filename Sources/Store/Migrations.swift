// SPDX-License-Identifier: MIT

import Foundation
import GRDB
import Merge

/// Brings a database file to the schema of this version. Shipped files are never edited.
enum Migrations {
  /// The schema files, first to last; a database's `user_version` says how many it has seen.
  private static let files: [[UInt8]] = [
    PackageResources.m0001_library_sql, PackageResources.m0002_tally_sql,
    PackageResources.m0003_packed_sql, PackageResources.m0004_search_rows_sql,
    PackageResources.m0005_hidden_sql,
  ]

  /// From this schema on, an article's row in the search index has its ordinal's negative.
  private static let searchRows = 4

  /// From this schema on, words that were put at one place of a note stand in the order of
  /// `DotOrder`.
  private static let textOrder = 5

  /// The newest schema that this version knows.
  static var newest: Int { files.count }

  /// How many schema files the database has seen; 0 for a new one.
  static func version(_ db: Database) throws -> Int {
    try db.first("PRAGMA user_version").map { $0.count(0) } ?? 0
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

  /// Refuses to write where a newer program has brought the database up to its own schema since it
  /// was opened: what this one writes would be wrong there.
  static func checkUnchanged(_ db: Database, path: String) throws {
    let version = try version(db)
    guard version != newest else { return }
    try check(version, path: path)
    throw StoreError(
      .damaged, "the store \(path) has schema \(version), and had \(newest) when it was opened")
  }

  /// Runs what is missing, in the caller's transaction.
  static func run(_ db: Database, from version: Int) throws {
    try Connection.widen(db)
    for (index, file) in files.enumerated() where index >= version {
      try db.execute(sql: String(decoding: file, as: UTF8.self))
      try db.execute(sql: "PRAGMA user_version = \(index + 1)")
    }
    // What SQL can't do is done when the tables are what this version's code knows.
    if version > 0 && version < searchRows { try moveArticles(db) }
  }

  /// Makes the state anew where notes may have been merged in another order, after `run`. A log
  /// that can't be replayed in this order leaves the state as it is; doctor tells.
  static func orderTexts(
    _ db: Database, from version: Int, environment: StoreEnvironment
  ) throws {
    // What one writer wrote was never merged.
    guard version > 0, version < textOrder,
      try db.first("SELECT count(*) FROM writer")?.count(0) ?? 0 > 1
    else { return }
    do {
      try db.inSavepoint {
        let transaction = try WriteTransaction(db, environment: environment)
        try transaction.makeStateAnew()
        try transaction.finish()
        return .commit
      }
    } catch is MergeError {
    } catch let error as StoreError where error.code == .damaged {
    }
  }

  /// Brings the words of every article into the row that they have from schema 4 on.
  private static func moveArticles(_ db: Database) throws {
    let writers = try WriterRegistry(db).table
    let search = SearchIndex(WriteStatements(db))
    let articles = try BoundStatement(
      db, "SELECT ordinal, state FROM entity WHERE kind = \(EntityKind.article.code)")
    try articles.each { row in
      let state = try EntityStateCodec.stored(row.bytes(1), writers: writers)
      let (ordinal, index) = (row.integer(0), EntityIndex(state, kind: .article))
      try search.move(index, from: ordinal, to: SearchIndex.row(ordinal, .article))
    }
  }
}
