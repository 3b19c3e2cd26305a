// SPDX-License-Identifier: MIT

import GRDB
import Merge

/// One entity's row while a transaction works on it.
struct CachedEntity {
  let id: EntityID
  let ordinal: Int64
  /// What the row said when it was last read or worked out; nil for a new row.
  var before: EntityIndex?
  /// Whether queries showed it then.
  var wasVisible: Bool
  var state: EntityState
  /// How many visible annotations or replies hang on it.
  var children: Int
  /// The key of the change that first spoke of it; 0 before there is one.
  var first: Int64
  /// The key of the last change that was noted in its history in this transaction.
  var latest: Int64 = 0
  var isDirty = false
  /// What queries need to know of its state; worked out when the transaction writes out.
  var index: EntityIndex?
  /// What it counts for, and towards whom, while visibility is settled.
  var standing: Standing?
  /// Its text while edits are merged; written into `state` before anybody looks there.
  var text: CachedText?
}

/// What an entity counts for among what it hangs on.
struct Standing {
  /// The place in the cache of what it hangs on.
  var holder: Int?
  /// Whether queries show it.
  var isVisible: Bool
}

/// The entities that a transaction has touched: each is read once, and its row is worked out once
/// for all ops since the last time, however many speak of it.
///
/// Invariant: `dirtyCount` of `slots` are dirty.
struct EntityCache {
  private(set) var slots: [CachedEntity] = []
  /// How many have rows that are still to be worked out.
  private(set) var dirtyCount = 0
  private var places: [EntityID: Int] = [:]
  private var nextOrdinal: Int64?
  /// The place that was asked for last.
  private var latest = 0

  /// The entity's place in the cache; nil when it isn't there yet.
  mutating func place(of id: EntityID) -> Int? {
    // Ops of one entity stand side by side.
    if latest < slots.count, slots[latest].id == id { return latest }
    guard let place = places[id] else { return nil }
    latest = place
    return place
  }

  /// Reads an entity that isn't in the cache from the database, and answers its place; a row is
  /// planned for one that has none.
  mutating func look(
    up id: EntityID, _ db: Database, _ statements: WriteStatements, writers: WriterTable
  ) throws -> Int {
    let statement = try statements.entityByID()
    try statement.bind(1, id.raw)
    try statement.bind(2, Int64(bitPattern: id.kind.code))
    let found = try statement.first { row in
      let state = try EntityStateCodec.stored(row.bytes(4), writers: writers)
      return CachedEntity(
        id: id, ordinal: row.integer(0), before: EntityIndex(state, kind: id.kind),
        wasVisible: row.integer(1) != 0, state: state, children: Int(row.integer(2)),
        first: row.integer(3))
    }
    if let found { return insert(found) }
    let ordinal = try nextOrdinal ?? Self.firstFreeOrdinal(db)
    nextOrdinal = ordinal + 1
    return insert(
      CachedEntity(
        id: id, ordinal: ordinal, before: nil, wasVisible: false, state: EntityState(),
        children: 0, first: 0))
  }

  /// Changes one entity in place, without copying its state.
  mutating func update<Result, Failure: Error>(
    _ slot: Int, _ body: (inout CachedEntity) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    if slots[slot].isDirty { dirtyCount -= 1 }
    defer { if slots[slot].isDirty { dirtyCount += 1 } }
    return try body(&slots[slot])
  }

  /// Forgets everything that was written.
  mutating func clear() {
    slots.removeAll(keepingCapacity: true)
    dirtyCount = 0
    places.removeAll(keepingCapacity: true)
  }

  private static func firstFreeOrdinal(_ db: Database) throws -> Int64 {
    try db.first("SELECT coalesce(max(ordinal), 0) + 1 FROM entity")?[0] ?? 1
  }

  private mutating func insert(_ entity: CachedEntity) -> Int {
    places[entity.id] = slots.count
    slots.append(entity)
    latest = slots.count - 1
    return latest
  }
}
