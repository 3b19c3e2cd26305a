// SPDX-License-Identifier: MIT

import GRDB
import Merge
import Packing

extension ReadTransaction {
  /// Every change must decode, follow its predecessor, and hash to what the log and the head say.
  func verifyChains(_ report: inout DoctorReport, progress: (Int) -> Void) throws {
    for ordinal in writers.all.indices where writers.all[ordinal].head.sequence > 0 {
      try verifyName(ordinal, &report)
      try verifyChain(ordinal, from: 1, &report, progress: progress)
    }
  }

  /// What was written last is most likely to be wrong after a crash, and a fast check must be fast
  /// however large the library is: of each writer as many changes as a share of the bytes allows,
  /// but the last in any case; the newest entities; some texts.
  func verifyNewest(_ report: inout DoctorReport) throws {
    let share = max(64 << 10, Self.fastBytes / max(1, writers.count))
    for (ordinal, (_, head)) in writers.all.enumerated() where head.sequence > 0 {
      var bytes = 0
      var first = head.sequence
      try db.each(
        "SELECT id, length(body) FROM change WHERE id BETWEEN ? AND ? ORDER BY id DESC LIMIT 1000",
        [
          ChangeLog.key(ordinal, 1).databaseValue,
          ChangeLog.key(ordinal, head.sequence).databaseValue,
        ]
      ) { row in
        let sequence = ChangeLog.parts(of: row.whole(0)).sequence
        // A gap is the chain's to notice.
        guard bytes < share, sequence + 1 >= first else { return }
        bytes += row.count(1)
        first = sequence
      }
      try verifyChain(ordinal, from: first, &report) { _ in }
    }
    try db.each("SELECT state FROM entity ORDER BY ordinal DESC LIMIT 1000") { row in
      _ = try state(row, 0)
      report.entities += 1
    }
    var bytes = 0
    let start = (environment.random16().bytes + environment.random16().bytes).blob
    try db.each(
      """
      SELECT hash, content FROM blob
      WHERE hash >= ? AND content IS NOT NULL AND length(content) < 1048576 LIMIT 16
      """, [start]
    ) { row in
      guard bytes < Self.fastBytes else { return }
      bytes += row.bytes(1).count
      verifyText(row, &report)
    }
  }

  /// Bytes of changes, and of texts, that a fast check reads.
  private static let fastBytes = 8 << 20

  private func verifyName(_ ordinal: Int, _ report: inout DoctorReport) throws {
    let root = writers.id(writers.root(of: ordinal))
    if writers.segments[ordinal].base != nil,
      let first = try ChangeLog.hash(db, key: ChangeLog.key(ordinal, 1)),
      Segment.name(root: root, first: first) != writers.id(ordinal)
    {
      report.add(
        "the branch \(writers.id(ordinal).raw.uuidText) of writer \(root.raw.uuidText) has a "
          + "wrong name; \(DoctorReport.salvage)")
    }
  }

  /// The changes of one segment, from a number on.
  private func verifyChain(
    _ ordinal: Int, from first: UInt64, _ report: inout DoctorReport, progress: (Int) -> Void
  ) throws {
    let (writer, head) = writers.all[ordinal]
    let name = writer.raw.uuidText
    let root = writers.id(writers.root(of: ordinal))
    let before = HeldPlace(ordinal: ordinal, sequence: first - 1)
    var previous = try ChangeLog.hash(db, at: before, writers) ?? []
    var expected = first
    let packer = BodyPacker()
    func add(_ problem: String) { report.add("\(problem); \(DoctorReport.salvage)") }
    try db.each(
      "SELECT id, hash, body, lamport, time FROM change WHERE id BETWEEN ? AND ? ORDER BY id",
      [
        ChangeLog.key(ordinal, expected).databaseValue,
        ChangeLog.key(ordinal + 1, 0).databaseValue,
      ]
    ) { row in
      let sequence = ChangeLog.parts(of: row.whole(0)).sequence
      let place = HeldPlace(ordinal: ordinal, sequence: sequence)
      guard sequence == expected else {
        add("change \(expected) of writer \(name) is missing")
        expected = sequence + 1
        previous = row.bytes(1)
        return
      }
      let body: [UInt8]
      do {
        body = try StoredBody.body(row.bytes(2), packer)
      } catch {
        add("change \(sequence) of writer \(name) can't be unpacked")
        previous = row.bytes(1)
        expected += 1
        return
      }
      previous = Chain.hash(
        after: previous, writer: root, sequence: writers.number(place), body: body)
      if previous != row.bytes(1) {
        add("change \(sequence) of writer \(name) is not what its chain hash says")
        previous = row.bytes(1)
      }
      do {
        let change = try ChangeLog.raw(body, place, writers)
        if Int64(bitPattern: change.lamport) != row.whole(3) || change.time != row.whole(4) {
          add("change \(sequence) of writer \(name) has a wrong Lamport number or time")
        }
      } catch let error as MergeError {
        add("change \(sequence) of writer \(name): \(StoreError.sentence(error))")
      }
      expected += 1
      report.changes += 1
      if report.changes % 256 == 0 { progress(report.changes) }
    }
    if expected != head.sequence + 1 || previous != head.hash {
      add("the head of writer \(name) is not the end of its chain")
    }
  }

  /// Every text must be what its hash says.
  func verifyTexts(_ report: inout DoctorReport) throws {
    try db.each("SELECT hash, content FROM blob WHERE content IS NOT NULL") { row in
      verifyText(row, &report)
    }
  }

  private func verifyText(_ row: Row, _ report: inout DoctorReport) {
    if Chain.sha256(row.bytes(1)) != row.bytes(0) {
      report.add(
        "the text \(TextName.short(row.bytes(0))) is not what its hash says; "
          + DoctorReport.salvage)
    }
    report.texts += 1
  }
}
