// SPDX-License-Identifier: MIT

import GRDB
import Merge

/// Every writer of the library and where its history stands here, as one transaction sees it.
///
/// A writer whose history was forked stands here as several, its *segments*: see `Segment`.
struct WriterRegistry {
  /// The writers by ordinal.
  private(set) var table: WriterTable
  /// Where each stands, by ordinal.
  private var heads: [WriterHead]
  /// Of which history each is a part, by ordinal.
  private(set) var segments: [Segment]
  /// The segments that begin at the end of each, by ordinal; only where there are any.
  private(set) var branches: [Int: [Int]] = [:]
  /// Of whom changes came from elsewhere, by ordinal: this store must not write under these names.
  private var foreign: Set<Int>
  /// How many of them are in the database already.
  private var stored: Int
  private var dirty: Set<Int> = []
  /// What is held in all.
  private(set) var held: VersionVector

  /// What the database holds.
  init(_ db: Database) throws {
    var writers: [WriterID] = []
    var heads: [WriterHead] = []
    var segments: [Segment] = []
    var foreign: Set<Int> = []
    // Read by every transaction, and so by hand.
    try BoundStatement(
      db,
      """
      SELECT ordinal, id, sequence, lamport, context, hash, elsewhere, base, start
      FROM writer ORDER BY ordinal
      """
    ).each { row in
      guard let raw = Bytes16(row.bytes(1)), row.integer(0) == writers.count,
        let sequence = UInt64(exactly: row.integer(2)),
        let lamport = UInt64(exactly: row.integer(3)), let start = UInt64(exactly: row.integer(8))
      else {
        throw StoreError(.damaged, "the table of writers is damaged; run clientctl doctor")
      }
      var context = ByteReader(row.bytes(4))
      if row.integer(6) != 0 { foreign.insert(writers.count) }
      writers.append(WriterID(raw))
      segments.append(Segment(base: row.isNull(7) ? nil : Int(row.integer(7)), start: start))
      heads.append(
        WriterHead(
          sequence: sequence, lamport: lamport, context: try context.version(), hash: row.bytes(5)))
    }
    guard Segment.areSound(segments) else {
      throw StoreError(.damaged, "the table of writers is damaged; run clientctl doctor")
    }
    self.init(
      table: WriterTable(writers), heads: heads, segments: segments, foreign: foreign)
  }

  private init(
    table: WriterTable, heads: [WriterHead], segments: [Segment], foreign: Set<Int>
  ) {
    self.table = table
    self.heads = heads
    self.segments = segments
    self.foreign = foreign
    stored = heads.count
    held = VersionVector(
      zip(table.writers, heads).map { .init(writer: $0, count: $1.sequence) })
    for (ordinal, segment) in segments.enumerated() {
      if let base = segment.base { branches[base, default: []].append(ordinal) }
    }
  }

  /// The same writers, of whom nothing is held yet: where a replay of the log begins.
  func rewound() -> WriterRegistry {
    WriterRegistry(
      table: table, heads: [WriterHead](repeating: WriterHead(), count: heads.count),
      segments: segments, foreign: foreign)
  }

  /// Writes every row into a database that has none.
  mutating func insertAll(_ db: Database) throws {
    stored = 0
    dirty = Set(heads.indices)
    try save(db)
  }

  /// The writer's ordinal; a new writer gets the next.
  mutating func ordinal(of writer: WriterID) -> Int {
    let ordinal = table.place(of: writer)
    if ordinal == heads.count { addRow() }
    return ordinal
  }

  private mutating func addRow() {
    dirty.insert(heads.count)
    heads.append(WriterHead())
    segments.append(Segment(base: nil, start: 0))
  }

  /// The writer's ordinal; nil when nothing was heard of it.
  func known(_ writer: WriterID) -> Int? { table.known(writer) }

  /// Writers that a library may have: one a store, and one more for each copy and restore.
  static let writersMax = 1_000

  /// How many there are.
  var count: Int { heads.count }

  /// The writer with this ordinal.
  func id(_ ordinal: Int) -> WriterID { table.writers[ordinal] }

  /// Whether changes of a writer came from elsewhere.
  func isForeign(_ ordinal: Int) -> Bool { foreign.contains(ordinal) }

  /// Notes that a change of a writer came from elsewhere.
  mutating func markForeign(_ ordinal: Int) {
    if foreign.insert(ordinal).inserted { dirty.insert(ordinal) }
  }

  /// How many changes of a writer are held.
  func count(_ ordinal: Int) -> UInt64 { heads[ordinal].sequence }

  /// Where a writer stands, by its ordinal. A segment of which nothing is held stands where the one
  /// that it begins at ends.
  func head(_ ordinal: Int) -> WriterHead {
    guard heads[ordinal].sequence == 0, let base = segments[ordinal].base else {
      return heads[ordinal]
    }
    var head = heads[base]
    head.context.advance(table.writers[base], to: head.sequence)
    head.sequence = 0
    return head
  }

  /// Every writer with its head, by ordinal.
  var all: [(writer: WriterID, head: WriterHead)] {
    zip(table.writers, heads).map { (writer: $0, head: $1) }
  }

  /// Lets packed states name writers; whoever is new in `table` has no changes here yet.
  mutating func withTable<Result>(_ body: (inout WriterTable) throws -> Result) rethrows -> Result {
    let result = try body(&table)
    while heads.count < table.writers.count { addRow() }
    return result
  }

  /// Moves a writer on.
  mutating func advance(_ ordinal: Int, to head: WriterHead) {
    heads[ordinal] = head
    dirty.insert(ordinal)
    held.advance(table.writers[ordinal], to: head.sequence)
  }

  /// Lets a segment named `id` begin where `base` ends; nothing of it is held yet.
  mutating func branch(_ id: WriterID, base: Int) throws(MergeError) -> Int {
    let ordinal = ordinal(of: id)
    guard heads[ordinal].sequence == 0, segments[ordinal].base == nil, branches[ordinal] == nil
    else { throw .malformed(what: "a writer that goes by the name of a branch", offset: 0) }
    segments[ordinal] = Segment(
      base: base, start: segments[base].start + heads[base].sequence)
    branches[base, default: []].append(ordinal)
    dirty.insert(ordinal)
    return ordinal
  }

  /// Cuts a segment after its change `sequence`: what follows goes by the name `id`, and what began
  /// at its end begins at the end of that. Heads are right again only after a replay.
  mutating func split(
    _ ordinal: Int, after sequence: UInt64, hash: [UInt8], id: WriterID
  ) throws(MergeError) -> Int {
    let whole = heads[ordinal]
    let later = branches.removeValue(forKey: ordinal) ?? []
    heads[ordinal] = WriterHead(
      sequence: sequence, lamport: 0, context: VersionVector(), hash: hash)
    let rest = try branch(id, base: ordinal)
    heads[rest] = whole
    heads[rest].sequence = whole.sequence - sequence
    for segment in later { segments[segment].base = rest }
    if !later.isEmpty { branches[rest] = later }
    dirty.formUnion([ordinal, rest] + later)
    return rest
  }

  /// Writes what changed.
  mutating func save(_ db: Database) throws {
    for ordinal in dirty.sorted() {
      let (head, segment) = (heads[ordinal], segments[ordinal])
      var context = ByteWriter()
      context.version(head.context)
      let values: [DatabaseValue] = [
        Int64(head.sequence).databaseValue, Int64(head.lamport).databaseValue, context.bytes.blob,
        head.hash.blob, (foreign.contains(ordinal) ? 1 : 0).databaseValue,
        segment.base?.databaseValue ?? .null, Int64(segment.start).databaseValue,
        ordinal.databaseValue,
      ]
      if ordinal < stored {
        try db.run(
          """
          UPDATE writer SET sequence = ?, lamport = ?, context = ?, hash = ?, elsewhere = ?,
            base = ?, start = ?
          WHERE ordinal = ?
          """, values)
      } else {
        try db.run(
          """
          INSERT INTO writer
            (sequence, lamport, context, hash, elsewhere, base, start, ordinal, id)
          VALUES (?,?,?,?,?,?,?,?,?)
          """, values + [table.writers[ordinal].raw.bytes.blob])
      }
    }
    stored = heads.count
    dirty = []
  }
}
