// SPDX-License-Identifier: MIT

import Foundation
import GRDB
import Merge

/// What `doctor` looked at, and what is wrong.
public struct DoctorReport: Hashable, Sendable {
  /// Changes whose bytes and chain were verified.
  public var changes = 0
  /// Entities whose state was compared with what the log says; in a fast check, that were read.
  public var entities = 0
  /// Texts whose hash was verified.
  public var texts = 0
  /// Words of the search index that were compared with what the log says.
  public var words = 0
  /// How often a writer's history was forked: both branches are kept, and nothing is wrong.
  public var forks = 0
  /// What is wrong, a sentence each; empty when all is well.
  public var problems: [String] = []
  /// Which SQLite runs underneath.
  public var sqliteVersion = ""
  /// Whether that SQLite can lose pages when one connection resets the write-ahead log while
  /// another checkpoints it (before 3.51.3), but for the store's lock, which guards against that.
  public var isGuardNeeded = true

  /// Problems that are listed before the rest is only counted.
  static let problemsMax = 100

  mutating func add(_ problem: String) {
    if problems.count < Self.problemsMax { problems.append(problem) }
  }

  /// What brings out what can be read when the log or a page is damaged.
  static let salvage = "bring out what is left with: clientctl doctor --salvage"
  /// What mends anything that follows from the log.
  static let rebuild = "mend it with: clientctl doctor --rebuild"

  /// Runs a part of the check; a page that SQLite can't read is a problem, and ends that part.
  mutating func part(_ body: (inout DoctorReport) throws -> Void) throws {
    do {
      try body(&self)
    } catch let error as DatabaseError
      where [.SQLITE_CORRUPT, .SQLITE_NOTADB].contains(error.resultCode)
    {
      add("SQLite: \(error.message ?? "\(error.resultCode)"); \(Self.salvage)")
    } catch let error as StoreError where error.code == .damaged {
      add("\(error.message); \(Self.salvage)")
    } catch let error as MergeError {
      add("\(StoreError.sentence(error)); \(Self.rebuild)")
    }
  }
}

extension Store {
  /// Verifies the store: SQLite's own integrity, every change's bytes and chain, the state and the
  /// indexes, word for word, against a replay of the log, and every text against its hash. Nothing
  /// is changed.
  ///
  /// A fast check takes about a second however large the library is. It looks at what goes wrong
  /// first and at what was written last: the header, the small tables, the newest changes of every
  /// writer, the newest entities, some texts; of a small database at every page.
  ///
  /// - Parameters:
  ///   - aside: where the replay's private directory is made; the store's own when nil.
  ///   - progress: changes done, and changes in all; each counts once for its bytes, and once for
  ///     its replay.
  public func doctor(
    fast: Bool = false, aside: String? = nil,
    progress: @escaping (Int, Int) -> Void = { _, _ in }
  ) throws -> DoctorReport {
    // Before the view: what is written while it is looked at is no loss.
    let identity = Result { try WriterIdentity.read(directory.identity) }
    return try reading { db in
      var report = DoctorReport()
      report.sqliteVersion = try db.first("SELECT sqlite_version()")?[0] ?? "?"
      report.isGuardNeeded = Self.needsGuard(report.sqliteVersion)
      try report.part { try Self.verifyPages(db, fast: fast, &$0) }
      guard report.problems.isEmpty else { return report }
      try report.part { report in
        let transaction = try ReadTransaction(db, environment: environment)
        report.forks = transaction.writers.forkCount
        let total = Int(transaction.writers.held.total) * 2
        try verifyMark(of: try identity.get(), transaction, &report)
        if fast {
          try report.part { try transaction.verifyNewest(&$0) }
          return
        }
        try report.part { try transaction.verifyChains(&$0) { progress($0, total) } }
        try report.part { try transaction.verifyTexts(&$0) }
        try report.part { report in
          let folder = try WorkFolder(
            in: aside ?? directory.path, prefix: "doctor-", random: environment.random())
          try transaction.verifyState(&report, aside: folder.path) { done, changes in
            progress(changes + done, total)
          }
        }
      }
      return report
    }
  }

  /// What this machine wrote last must be there. SQLite takes a damaged write-ahead log for one
  /// that ends before the damage, and shows what was before: nothing else tells.
  private func verifyMark(
    of identity: WriterIdentity?, _ transaction: ReadTransaction, _ report: inout DoctorReport
  ) throws {
    guard let identity, identity.mark.sequence > 0 else { return }
    let writers = transaction.writers
    let isThere =
      try writers.known(identity.writer).map { root in
        try ChangeLog.places(
          transaction.db, root: root, number: identity.mark.sequence, writers
        ).contains { $0.hash == identity.mark.hash }
      } ?? false
    if !isThere {
      report.add(
        "this machine wrote change \(identity.mark.sequence) of writer "
          + "\(identity.writer.raw.uuidText), and it is not here: the database was set back, or its "
          + "write-ahead log is damaged; \(DoctorReport.salvage)")
    }
  }

  /// Whether this SQLite resets the write-ahead log unsafely (https://www.sqlite.org/wal.html).
  static func needsGuard(_ version: String) -> Bool {
    let parts = version.split(separator: ".").map { Int($0) ?? 0 }
    return parts.lexicographicallyPrecedes([3, 51, 3])
  }

  private static func verifyPages(
    _ db: Database, fast: Bool, _ report: inout DoctorReport
  ) throws {
    var checks = ["integrity_check(20)"]
    if fast {
      let pages: Int64 = try db.first("PRAGMA page_count")?[0] ?? 0
      let size: Int64 = try db.first("PRAGMA page_size")?[0] ?? 0
      checks =
        pages * size <= fastPagesBytes
        ? ["quick_check(20)"]
        : ["fact", "writer", "peer", "invite", "tag"].map { "quick_check(\($0))" }
    }
    for check in checks {
      for line in try String.fetchAll(db, sql: "PRAGMA \(check)") where line != "ok" {
        report.add("SQLite: \(line); \(DoctorReport.salvage)")
      }
    }
  }

  /// A database up to this size is read whole by a fast check too.
  private static let fastPagesBytes: Int64 = 32 << 20

  /// One consistent view by a connection of its own, which can make temporary tables and can't
  /// change the store.
  private func reading<Result>(_ body: (Database) throws -> Result) throws -> Result {
    try Self.translating(directory) {
      let queue = try readingConnection()
      return try queue.inDatabase { db in
        var result: Result?
        try db.inTransaction(.deferred) {
          result = try body(db)
          return .rollback
        }
        guard let result else { throw StoreError(.internal, "a check ended without an answer") }
        return result
      }
    }
  }

  /// Makes the state and all indexes anew from the log, in one transaction.
  public func rebuild(progress: @escaping (Int, Int) -> Void = { _, _ in }) throws {
    try write { transaction in
      try transaction.makeStateAnew(progress: progress)
    }
  }
}

extension WriteTransaction {
  /// Makes the state and all indexes anew from the log. What was not flushed is lost.
  func makeStateAnew(progress: @escaping (Int, Int) -> Void = { _, _ in }) throws {
    let held = writers
    for table in ["entity", "history", "tag", "tagging", "revision", "tally"] {
      try db.execute(sql: "DELETE FROM \(table)")
    }
    try db.execute(sql: "INSERT INTO search (search) VALUES ('delete-all')")
    let replay = try WriteTransaction(
      db, environment: environment, writers: held.rewound(), isLogged: true)
    try replay.replay(progress: progress, total: Int(held.held.total)) { body in
      try ChangeLog.eachMissing(from: VersionVector(), db, writers: held, body)
    }
    writers = replay.writers
    entities = EntityCache()
    try forgetRows()
  }

  /// Appends every change that `source` hands out, and writes the result out in batches.
  func replay(
    progress: @escaping (Int, Int) -> Void, total: Int,
    from source: ((EncodedChange) throws -> Bool) throws -> Void
  ) throws {
    var done = 0
    var pendingBytes = 0
    try source { encoded in
      let change = try ChangeCodec.decode(
        encoded.body, writer: encoded.writer, sequence: encoded.sequence)
      try writeAhead(expecting: change.expectedEntities)
      try append(change, body: encoded.body, to: encoded.line)
      done += 1
      pendingBytes += encoded.body.count
      if pendingBytes > 4 << 20 {
        try flush()
        pendingBytes = 0
      }
      if done % 256 == 0 || done == total { progress(done, total) }
      return true
    }
    try finish()
  }
}
