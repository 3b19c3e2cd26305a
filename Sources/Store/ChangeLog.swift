// SPDX-License-Identifier: MIT

import GRDB
public import Merge

/// A change as the log and the wire hold it: who, which, and the body's bytes.
public struct EncodedChange: Hashable, Sendable {
  /// Who wrote it.
  public var writer: WriterID
  /// Its number among its writer's.
  public var sequence: UInt64
  /// `ChangeCodec`'s bytes.
  public var body: [UInt8]
  /// The first bytes of the chain hash that it follows, where the sender says so: on each writer's
  /// first change of a message. Who holds another change there must not build on it.
  public var follows: [UInt8]?

  /// A change with all its parts.
  public init(
    writer: WriterID, sequence: UInt64, body: [UInt8], follows: [UInt8]? = nil
  ) {
    self.writer = writer
    self.sequence = sequence
    self.body = body
    self.follows = follows
  }

  /// Bytes of `follows`.
  public static let followsBytes = 8
}

/// The table `change`: one row a change, keyed by its writer's ordinal and its number.
enum ChangeLog {
  /// Bits of the key below the ordinal; a writer has at most 2^40 changes.
  private static let sequenceBits: UInt64 = 40

  /// The row's key.
  static func key(_ ordinal: Int, _ sequence: UInt64) -> Int64 {
    Int64(ordinal) << Int64(sequenceBits) | Int64(sequence)
  }

  /// The ordinal and the number in a key.
  static func parts(of key: Int64) -> (ordinal: Int, sequence: UInt64) {
    (Int(key >> Int64(sequenceBits)), UInt64(key) & (1 << sequenceBits - 1))
  }

  /// Appends a change.
  static func append(
    _ db: Database, key: Int64, change: Change, hash: [UInt8], body: [UInt8]
  ) throws {
    try db.run(
      "INSERT INTO change (id, lamport, time, hash, body) VALUES (?,?,?,?,?)",
      [
        key.databaseValue, Int64(change.lamport).databaseValue, change.time.databaseValue,
        hash.blob, body.blob,
      ])
  }

  /// The Lamport number of a change that is held.
  static func lamport(_ db: Database, key: Int64) throws -> UInt64? {
    try db.first("SELECT lamport FROM change WHERE id = ?", [key.databaseValue]).map { row in
      UInt64(bitPattern: row[0] as Int64)
    }
  }

  /// The first bytes of the chain hash that a change follows: zeros for a writer's first; nil when
  /// the change before is not held.
  static func follows(_ db: Database, _ ordinal: Int, _ sequence: UInt64) throws -> [UInt8]? {
    guard sequence > 1 else { return [UInt8](repeating: 0, count: EncodedChange.followsBytes) }
    return try db.first(
      "SELECT hash FROM change WHERE id = ?", [key(ordinal, sequence - 1).databaseValue]
    ).map { Array($0.bytes(0).prefix(EncodedChange.followsBytes)) }
  }

  /// The bytes of a change; nil when it is not held.
  static func body(_ db: Database, _ ordinal: Int, _ sequence: UInt64) throws -> [UInt8]? {
    try db.first(
      "SELECT body FROM change WHERE id = ?", [key(ordinal, sequence).databaseValue]
    ).map { $0.bytes(0) }
  }

  /// The change at `key`, decoded.
  static func change(_ db: Database, key: Int64, writers: WriterTable) throws -> Change? {
    guard let row = try db.first("SELECT body FROM change WHERE id = ?", [key.databaseValue])
    else { return nil }
    let (ordinal, sequence) = parts(of: key)
    return try ChangeCodec.decode(
      row.bytes(0), writer: writers.writers[ordinal], sequence: sequence)
  }

  /// Hands out the changes that `version` lacks, in Lamport order, until `body` answers false.
  ///
  /// Each writer's changes ascend in Lamport number, so this is a merge of one cursor a writer,
  /// and any prefix of it is causally complete (Lamport, "Time, Clocks, and the Ordering of Events
  /// in a Distributed System", 1978).
  static func eachMissing(
    from version: VersionVector, _ db: Database, writers: WriterRegistry,
    _ body: (EncodedChange) throws -> Bool
  ) throws {
    struct Source {
      let writer: WriterID
      let rows: RowCursor
      var lamport: UInt64
      var change: EncodedChange
    }
    var sources: [Source] = []
    func next(_ rows: RowCursor, _ writer: WriterID) throws -> (UInt64, EncodedChange)? {
      guard let row = try rows.next() else { return nil }
      let change = EncodedChange(
        writer: writer, sequence: parts(of: row[0]).sequence, body: row.bytes(2))
      return (UInt64(bitPattern: row[1] as Int64), change)
    }
    for (ordinal, (writer, head)) in writers.all.enumerated() {
      let from = version[writer]
      guard head.sequence > from else { continue }
      let rows = try Row.fetchCursor(
        db, sql: "SELECT id, lamport, body FROM change WHERE id BETWEEN ? AND ? ORDER BY id",
        arguments: [key(ordinal, from + 1), key(ordinal, head.sequence)])
      if let (lamport, first) = try next(rows, writer) {
        var change = first
        change.follows = try follows(db, ordinal, change.sequence)
        sources.append(Source(writer: writer, rows: rows, lamport: lamport, change: change))
      }
    }
    while let least = sources.indices.min(by: { left, right in
      sources[left].lamport != sources[right].lamport
        ? sources[left].lamport < sources[right].lamport
        : sources[left].writer < sources[right].writer
    }) {
      guard try body(sources[least].change) else { return }
      if let (lamport, change) = try next(sources[least].rows, sources[least].writer) {
        sources[least].lamport = lamport
        sources[least].change = change
      } else {
        sources.remove(at: least)
      }
    }
  }
}
