// SPDX-License-Identifier: MIT

import Foundation
import GRDB
import Merge

/// What `doctor` looked at, and what is wrong.
public struct DoctorReport: Hashable, Sendable {
  /// Changes whose bytes and chain were verified.
  public var changes = 0
  /// Entities whose state was compared with what the log says.
  public var entities = 0
  /// Texts whose hash was verified.
  public var texts = 0
  /// How often a writer's history was forked: both branches are kept, and nothing is wrong.
  public var forks = 0
  /// What is wrong, a sentence each; empty when all is well.
  public var problems: [String] = []
  /// Which SQLite runs underneath.
  public var sqliteVersion = ""

  /// Problems that are listed before the rest is only counted.
  static let problemsMax = 100

  mutating func add(_ problem: String) {
    if problems.count < Self.problemsMax { problems.append(problem) }
  }
}

extension Store {
  /// Verifies the store: SQLite's own integrity, every change's bytes and chain, the state against
  /// a replay of the log, the full-text index, and every text against its hash.
  ///
  /// - Parameter fast: true leaves out the replay and the texts.
  /// - Parameter progress: changes done and changes in all.
  public func doctor(
    fast: Bool = false, progress: @escaping (Int, Int) -> Void = { _, _ in }
  ) throws -> DoctorReport {
    try read { transaction in
      var report = DoctorReport()
      let db = transaction.db
      report.sqliteVersion = try db.first("SELECT sqlite_version()")?[0] ?? "?"
      try db.each(fast ? "PRAGMA quick_check(20)" : "PRAGMA integrity_check(20)") { row in
        let line: String = row[0]
        if line != "ok" { report.add("SQLite: \(line)") }
      }
      guard report.problems.isEmpty else { return report }
      report.forks = transaction.writers.forkCount
      try transaction.verifyChains(&report, newestOnly: fast)
      if !fast {
        try transaction.verifyTexts(&report)
        try transaction.verifyState(&report, aside: directory.path, progress: progress)
      }
      return report
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
    tags = TagIndex()
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

extension ReadTransaction {
  /// Every change must decode, follow its predecessor, and hash to what the log and the head say.
  fileprivate func verifyChains(_ report: inout DoctorReport, newestOnly: Bool) throws {
    for (ordinal, (writer, head)) in writers.all.enumerated() where head.sequence > 0 {
      let name = writer.raw.uuidText
      let root = writers.id(writers.root(of: ordinal))
      var previous =
        try ChangeLog.hash(db, at: HeldPlace(ordinal: ordinal, sequence: 0), writers) ?? []
      var expected: UInt64 = 1
      if writers.segments[ordinal].base != nil,
        let first = try ChangeLog.hash(db, key: ChangeLog.key(ordinal, 1)),
        Segment.name(root: root, first: first) != writer
      {
        report.add("the branch \(name) of writer \(root.raw.uuidText) has a wrong name")
      }
      // The newest thousand always; everything in a full check.
      if newestOnly && head.sequence > 1000 {
        expected = head.sequence - 999
        let key = ChangeLog.key(ordinal, expected - 1)
        previous =
          try db.first("SELECT hash FROM change WHERE id = ?", [key.databaseValue])?.bytes(0)
          ?? previous
      }
      try db.each(
        "SELECT id, hash, body, lamport, time FROM change WHERE id BETWEEN ? AND ? ORDER BY id",
        [
          ChangeLog.key(ordinal, expected).databaseValue,
          ChangeLog.key(ordinal + 1, 0).databaseValue,
        ]
      ) { row in
        let sequence = ChangeLog.parts(of: row[0]).sequence
        let body = row.bytes(2)
        guard sequence == expected else {
          report.add("change \(expected) of writer \(name) is missing")
          expected = sequence + 1
          previous = row.bytes(1)
          return
        }
        previous = Chain.hash(
          after: previous, writer: root,
          sequence: writers.number(HeldPlace(ordinal: ordinal, sequence: sequence)), body: body)
        if previous != row.bytes(1) {
          report.add("change \(sequence) of writer \(name) is not what its chain hash says")
          previous = row.bytes(1)
        }
        do {
          let change = try ChangeLog.raw(
            body, HeldPlace(ordinal: ordinal, sequence: sequence), writers)
          if Int64(bitPattern: change.lamport) != row[3] || change.time != row[4] {
            report.add("change \(sequence) of writer \(name) has a wrong Lamport number or time")
          }
        } catch let error as MergeError {
          report.add("change \(sequence) of writer \(name): \(StoreError.sentence(error))")
        }
        expected += 1
        report.changes += 1
      }
      if expected != head.sequence + 1 || previous != head.hash {
        report.add("the head of writer \(name) is not the end of its chain")
      }
    }
  }

  fileprivate func verifyTexts(_ report: inout DoctorReport) throws {
    try db.each("SELECT hash, content FROM blob WHERE content IS NOT NULL") { row in
      if Chain.sha256(row.bytes(1)) != row.bytes(0) {
        let name = row.bytes(0).prefix(4).map { String($0, radix: 16) }.joined()
        report.add("the text \(name)… is not what its hash says")
      }
      report.texts += 1
    }
  }

  /// Replays the log into a database of its own, and compares.
  fileprivate func verifyState(
    _ report: inout DoctorReport, aside: String, progress: @escaping (Int, Int) -> Void
  ) throws {
    let path = aside + "/doctor-\(String(environment.random(), radix: 36)).db"
    defer {
      for suffix in ["", "-wal", "-shm"] {
        try? FileManager.default.removeItem(atPath: path + suffix)
      }
    }
    let copy = try Connection.open(path: path)
    // This copy is thrown away: it need not survive a power cut.
    try copy.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = OFF") }
    try copy.write { other in
      try Migrations.run(other, from: 0)
      var rewound = writers.rewound()
      try rewound.insertAll(other)
      try db.each("SELECT hash, length, content FROM blob") { row in
        try other.run(
          "INSERT INTO blob (hash, length, content) VALUES (?,?,?)", [row[0], row[1], row[2]])
      }
      let replay = try WriteTransaction(
        other, environment: environment, writers: rewound, isLogged: false)
      do {
        try replay.replay(progress: progress, total: Int(writers.held.total)) { body in
          try ChangeLog.eachMissing(from: VersionVector(), db, writers: writers, body)
        }
      } catch let error as MergeError {
        report.add("the log can't be replayed: \(StoreError.sentence(error))")
        return
      }
      try compare(other, &report)
    }
    try copy.close()
  }

  private func compare(_ other: Database, _ report: inout DoctorReport) throws {
    let tables: [(name: String, sql: String)] = [
      (
        "entity",
        """
        SELECT e.kind, e.id, e.state, e.visible, e.children, e.flags, e.created, e.modified,
          e.device, e.color, e.site, e.first, a.id, p.id
        FROM entity e LEFT JOIN entity a ON a.ordinal = e.article
          LEFT JOIN entity p ON p.ordinal = e.parent ORDER BY e.id, e.kind
        """
      ),
      (
        "tags",
        """
        SELECT t.name, t.shown, e.id FROM tag t JOIN tagging g ON g.tag = t.ordinal
          JOIN entity e ON e.ordinal = g.entity ORDER BY t.name, e.id
        """
      ),
      (
        "history",
        "SELECT e.id, h.change FROM history h JOIN entity e ON e.ordinal = h.entity ORDER BY 1, 2"
      ),
      ("counts", "SELECT kind, visible FROM tally WHERE visible != 0 ORDER BY kind"),
    ]
    for (name, sql) in tables {
      let left = try Row.fetchCursor(db, sql: sql)
      let right = try Row.fetchCursor(other, sql: sql)
      var place = 0
      while true {
        let (ours, theirs) = (try left.next(), try right.next())
        if ours == nil && theirs == nil { break }
        place += 1
        if ours != theirs {
          report.add(
            "the table of \(name) is not what the log says (row \(place)); "
              + "mend it with: clientctl doctor --rebuild")
          break
        }
      }
      if name == "entity" { report.entities = place }
    }
    try compareLines(other, &report)
    let words = "SELECT count(*) FROM search"
    if try db.first(words)?[0] as Int? != (try other.first(words)?[0] as Int?) {
      report.add(
        "the search index is not what the log says; mend it with: clientctl doctor --rebuild")
    }
  }

  /// Which branches of forked histories each change's author had seen follows from the log too.
  private func compareLines(_ other: Database, _ report: inout DoctorReport) throws {
    let sql = "SELECT id, lines FROM change WHERE lines IS NOT NULL ORDER BY id"
    if try Row.fetchAll(db, sql: sql) != (try Row.fetchAll(other, sql: sql)) {
      report.add(
        "what changes say of forked histories is not what the log says; "
          + "mend it with: clientctl doctor --rebuild")
    }
  }
}
