// SPDX-License-Identifier: MIT

import GRDB
import Merge

/// Every writer of the library and where its history stands, as one transaction sees it.
struct WriterRegistry {
  /// The writers by ordinal.
  private(set) var table: WriterTable
  /// Where each stands, by ordinal.
  private var heads: [WriterHead]
  /// How many of them are in the database already.
  private var stored: Int
  private var dirty: Set<Int> = []
  /// What is held in all.
  private(set) var held: VersionVector

  /// What the database holds.
  init(_ db: Database) throws {
    var writers: [WriterID] = []
    var heads: [WriterHead] = []
    try db.each(
      "SELECT ordinal, id, sequence, lamport, context, hash FROM writer ORDER BY ordinal"
    ) { row in
      guard let raw = Bytes16(row.bytes(1)), row[0] as Int == writers.count else {
        throw StoreError(.damaged, "the table of writers is damaged; run clientctl doctor")
      }
      var context = ByteReader(row.bytes(4))
      writers.append(WriterID(raw))
      heads.append(
        WriterHead(
          sequence: row[2], lamport: row[3], context: try context.version(), hash: row.bytes(5)))
    }
    self.init(table: WriterTable(writers), heads: heads)
  }

  private init(table: WriterTable, heads: [WriterHead]) {
    self.table = table
    self.heads = heads
    stored = heads.count
    held = VersionVector(
      zip(table.writers, heads).map { .init(writer: $0, count: $1.sequence) })
  }

  /// The same writers, of whom nothing is held yet: where a replay of the log begins.
  func rewound() -> WriterRegistry {
    WriterRegistry(
      table: table, heads: [WriterHead](repeating: WriterHead(), count: heads.count))
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
    if ordinal == heads.count {
      heads.append(WriterHead())
      dirty.insert(ordinal)
    }
    return ordinal
  }

  /// Where a writer stands, by its ordinal.
  func head(_ ordinal: Int) -> WriterHead { heads[ordinal] }

  /// Every writer with its head.
  var all: [(writer: WriterID, head: WriterHead)] {
    zip(table.writers, heads).map { (writer: $0, head: $1) }
  }

  /// Lets packed states name writers; whoever is new in `table` has no changes here yet.
  mutating func withTable<Result>(_ body: (inout WriterTable) throws -> Result) rethrows -> Result {
    let result = try body(&table)
    while heads.count < table.writers.count {
      dirty.insert(heads.count)
      heads.append(WriterHead())
    }
    return result
  }

  /// Moves a writer on.
  mutating func advance(_ ordinal: Int, to head: WriterHead) {
    heads[ordinal] = head
    dirty.insert(ordinal)
    held.advance(table.writers[ordinal], to: head.sequence)
  }

  /// Writes what changed.
  mutating func save(_ db: Database) throws {
    for ordinal in dirty.sorted() {
      let head = heads[ordinal]
      var context = ByteWriter()
      context.version(head.context)
      let values: [DatabaseValue] = [
        Int64(head.sequence).databaseValue, Int64(head.lamport).databaseValue, context.bytes.blob,
        head.hash.blob, ordinal.databaseValue,
      ]
      if ordinal < stored {
        try db.run(
          "UPDATE writer SET sequence = ?, lamport = ?, context = ?, hash = ? WHERE ordinal = ?",
          values)
      } else {
        try db.run(
          "INSERT INTO writer (sequence, lamport, context, hash, ordinal, id) VALUES (?,?,?,?,?,?)",
          values + [table.writers[ordinal].raw.bytes.blob])
      }
    }
    stored = heads.count
    dirty = []
  }
}
