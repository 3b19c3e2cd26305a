// SPDX-License-Identifier: MIT

import GRDB
public import Merge

/// What a store holds, in numbers.
public struct StoreStatus: Hashable, Sendable {
  /// What it holds, as peers need to know it.
  public var holdings: Holdings
  /// The name under which it writes; nil before its first write.
  public var writer: WriterID?
  /// Articles that can be seen.
  public var articles: Int
  /// Annotations that can be seen, replies among them.
  public var annotations: Int
  /// Fields in conflict count their entity once.
  public var conflicts: Int
  /// Texts that are still to come.
  public var wantedTexts: Int
  /// How often a writer's history was forked; both branches are kept.
  public var forks: Int
  /// Which SQLite runs underneath.
  public var sqliteVersion: String
}

extension Store {
  /// How often a writer's history was forked, as far as is known here.
  public func forkCount() throws -> Int { try read { $0.writers.forkCount } }

  /// What the store holds, in numbers.
  public func status() throws -> StoreStatus {
    return try read { transaction in
      func count(_ sql: String) throws -> Int { try transaction.db.first(sql)?[0] ?? 0 }
      let holdings = Holdings(
        library: try transaction.library(), version: transaction.writers.held,
        fingerprint: Chain.fingerprint(transaction.writers.all))
      return StoreStatus(
        holdings: holdings, writer: try currentWriter(transaction.db, transaction.writers),
        articles: try count("SELECT visible FROM tally WHERE kind = 1"),
        annotations: try count("SELECT visible FROM tally WHERE kind = 2"),
        conflicts: try count(
          "SELECT count(*) FROM entity WHERE flags & 2 != 0 AND visible = 1"),
        wantedTexts: try count("SELECT count(*) FROM blob WHERE content IS NULL"),
        forks: transaction.writers.forkCount,
        sqliteVersion: try transaction.db.first("SELECT sqlite_version()")?[0] ?? "?")
    }
  }
}
