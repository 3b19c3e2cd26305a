// SPDX-License-Identifier: MIT

import Foundation
import GRDB
import Merge

extension ReadTransaction {
  /// Replays the log into a database of its own, in the private directory `aside`, and compares.
  func verifyState(
    _ report: inout DoctorReport, aside: String, progress: @escaping (Int, Int) -> Void
  ) throws {
    let path = aside + "/replay.db"
    // SQLite gives its other files the mode of the first.
    close(try FileSystem.claim(path))
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
      defer { replay.abandon() }
      do {
        try replay.replay(progress: progress, total: Int(writers.held.total)) { body in
          try ChangeLog.eachMissing(from: VersionVector(), db, writers: writers, body)
        }
      } catch let error as MergeError {
        report.add(
          "the log can't be replayed: \(StoreError.sentence(error)); \(DoctorReport.salvage)")
        return
      } catch let error as StoreError where error.code == .damaged {
        // Told already, change by change.
        if report.problems.isEmpty { throw error }
        return
      }
      try compare(other, &report)
    }
    try copy.close()
  }

  private static let tables: [(name: String, sql: String)] = [
    (
      "entities",
      """
      SELECT e.kind, e.id, e.state, e.visible, e.children, e.flags, e.created, e.modified,
        e.device, e.color, e.site, e.first, a.id, p.id
      FROM entity e LEFT JOIN entity a ON a.ordinal = e.article
        LEFT JOIN entity p ON p.ordinal = e.parent
      -- What something hung on once, and of which nobody has written, is the memory of a moment.
      WHERE e.first != 0 OR e.visible ORDER BY e.id, e.kind
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
    (
      "revisions",
      "SELECT r.hash, e.id FROM revision r JOIN entity e ON e.ordinal = r.entity ORDER BY 1, 2"
    ),
  ]

  /// How two rows differ.
  private static func difference(_ ours: Row?, _ theirs: Row?) -> String {
    guard let ours, let theirs else { return ours == nil ? ": missing" : ": one too many" }
    let names = zip(ours.columnNames, zip(ours.databaseValues, theirs.databaseValues))
      .compactMap { name, values in values.0 == values.1 ? nil : name }
    return ": " + names.joined(separator: ", ")
  }

  /// Whether two rows say the same. A state that an earlier version wrote has other bytes.
  private func isSame(_ ours: Row?, _ theirs: Row?) throws -> Bool {
    if ours == theirs { return true }
    guard let ours, let theirs, let place = Array(ours.columnNames).firstIndex(of: "state")
    else { return false }
    let (left, right) = (Array(ours.databaseValues), Array(theirs.databaseValues))
    guard left.indices.allSatisfy({ $0 == place || left[$0] == right[$0] }) else { return false }
    return try EntityStateCodec.decode(ours.bytes(place), writers: writers.table)
      == EntityStateCodec.decode(theirs.bytes(place), writers: writers.table)
  }

  private func compare(_ other: Database, _ report: inout DoctorReport) throws {
    for (name, sql) in Self.tables {
      let left = try Row.fetchCursor(db, sql: sql)
      let right = try Row.fetchCursor(other, sql: sql)
      var place = 0
      while true {
        let (ours, theirs) = (try left.next(), try right.next())
        if ours == nil && theirs == nil { break }
        place += 1
        if try !isSame(ours, theirs) {
          report.add(
            "the table of \(name) is not what the log says (row \(place)"
              + "\(Self.difference(ours, theirs))); " + DoctorReport.rebuild)
          break
        }
      }
      if name == "entities" { report.entities = place }
    }
    try compareLines(other, &report)
    // Where a state or a text is wrong, the words that follow from it are told already.
    guard report.problems.isEmpty else { return }
    let theirs = try WordSum(other)
    do {
      let ours = try WordSum(db)
      report.words = ours.count
      if ours != theirs {
        report.add(
          "the search index is not what the log says (\(ours.count) words, and it should be "
            + "\(theirs.count)); \(DoctorReport.rebuild)")
      }
    } catch let error as DatabaseError where error.resultCode == .SQLITE_CORRUPT {
      report.add("the search index can't be read; \(DoctorReport.rebuild)")
    }
  }

  /// Which branches of forked histories each change's author had seen follows from the log too.
  private func compareLines(_ other: Database, _ report: inout DoctorReport) throws {
    let sql = "SELECT id, lines FROM change WHERE lines IS NOT NULL ORDER BY id"
    if try Row.fetchAll(db, sql: sql) != (try Row.fetchAll(other, sql: sql)) {
      report.add(
        "what changes say of forked histories is not what the log says; \(DoctorReport.rebuild)")
    }
  }
}
