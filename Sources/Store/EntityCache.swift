// SPDX-License-Identifier: MIT

import GRDB
import Merge

/// One entity's row while a transaction works on it.
struct CachedEntity {
  let id: EntityID
  let ordinal: Int64
  /// What the row said when the transaction began; nil for a new row.
  let before: EntityIndex?
  /// Whether queries showed it when the transaction began.
  let wasVisible: Bool
  var state: EntityState
  /// How many visible annotations or replies hang on it.
  var children: Int
  /// The key of the change that first spoke of it; 0 before there is one.
  var first: Int64
  /// The key of the last change that was noted in its history in this transaction.
  var latest: Int64 = 0
  var isDirty = false
  /// Its text while edits are merged; written into `state` before anybody looks there.
  var text: CachedText?
}

/// The entities that a transaction has touched: each is read once and written once, however many
/// ops speak of it.
struct EntityCache {
  private(set) var slots: [CachedEntity] = []
  private var places: [EntityID: Int] = [:]
  private var ordinals: [Int64: Int] = [:]
  private var nextOrdinal: Int64?

  /// The entity's place in the cache, read from the database if it isn't there yet; a row is
  /// planned for an entity that has none.
  mutating func slot(
    of id: EntityID, _ db: Database, writers: WriterTable
  ) throws -> Int {
    if let place = places[id] { return place }
    if let found = try load(
      db, "SELECT \(Self.columns) FROM entity WHERE id = ? AND kind = ?",
      [id.raw.bytes.blob, Int64(bitPattern: id.kind.code).databaseValue], writers: writers)
    {
      return found
    }
    let ordinal = try nextOrdinal ?? Self.firstFreeOrdinal(db)
    nextOrdinal = ordinal + 1
    return insert(
      CachedEntity(
        id: id, ordinal: ordinal, before: nil, wasVisible: false, state: EntityState(),
        children: 0, first: 0))
  }

  /// The place of the entity with this ordinal; nil when there is no such row.
  mutating func slot(
    ordinal: Int64, _ db: Database, writers: WriterTable
  ) throws -> Int? {
    if let place = ordinals[ordinal] { return place }
    return try load(
      db, "SELECT \(Self.columns) FROM entity WHERE ordinal = ?", [ordinal.databaseValue],
      writers: writers)
  }

  /// Changes one entity in place, without copying its state.
  mutating func update<Result, Failure: Error>(
    _ slot: Int, _ body: (inout CachedEntity) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(&slots[slot])
  }

  /// Forgets everything that was written.
  mutating func clear() {
    slots.removeAll(keepingCapacity: true)
    places.removeAll(keepingCapacity: true)
    ordinals.removeAll(keepingCapacity: true)
  }

  private static let columns = "ordinal, kind, id, visible, children, first, state"

  private static func firstFreeOrdinal(_ db: Database) throws -> Int64 {
    try db.first("SELECT coalesce(max(ordinal), 0) + 1 FROM entity")?[0] ?? 1
  }

  private mutating func load(
    _ db: Database, _ sql: String, _ arguments: [DatabaseValue], writers: WriterTable
  ) throws -> Int? {
    guard let row = try db.first(sql, arguments) else { return nil }
    guard let raw = Bytes16(row.bytes(2)) else {
      throw StoreError(.damaged, "the table of entities is damaged; run clientctl doctor")
    }
    let id = EntityID(kind: EntityKind(code: UInt64(bitPattern: row[1])), raw: raw)
    let state = try EntityStateCodec.decode(row.bytes(6), writers: writers)
    return insert(
      CachedEntity(
        id: id, ordinal: row[0], before: EntityIndex(state, kind: id.kind),
        wasVisible: row[3], state: state, children: row[4], first: row[5]))
  }

  private mutating func insert(_ entity: CachedEntity) -> Int {
    places[entity.id] = slots.count
    ordinals[entity.ordinal] = slots.count
    slots.append(entity)
    return slots.count - 1
  }
}
