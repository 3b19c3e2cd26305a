// SPDX-License-Identifier: MIT

/// Writers that stand in bytes as small numbers: their places in this table.
public struct WriterTable: Sendable {
  /// The writers, by number.
  public private(set) var writers: [WriterID] = []
  private var places: [WriterID: Int] = [:]

  /// A table that starts with these.
  public init(_ writers: some Sequence<WriterID> = []) {
    for writer in writers { _ = place(of: writer) }
  }

  /// The writer's number; it gets the next one if it has none yet.
  public mutating func place(of writer: WriterID) -> Int {
    // Nearly every dot of a change is its own writer's: look there before hashing.
    if let first = writers.first, first == writer { return 0 }
    if let place = places[writer] { return place }
    places[writer] = writers.count
    writers.append(writer)
    return writers.count - 1
  }

  /// The writer's number; nil when it has none.
  public func known(_ writer: WriterID) -> Int? { places[writer] }

  /// The writer numbered `place`.
  public func writer(at place: UInt64, offset: Int) throws(MergeError) -> WriterID {
    guard place < UInt64(writers.count) else { throw .badIndex(what: "writer", offset: offset) }
    return writers[Int(place)]
  }
}

/// Entities that stand in a change's bytes as small numbers.
struct EntityTable {
  private(set) var entities: [EntityID] = []
  private var places: [EntityID: Int] = [:]

  mutating func place(of entity: EntityID) -> Int {
    if let last = entities.last, last == entity { return entities.count - 1 }
    if let place = places[entity] { return place }
    places[entity] = entities.count
    entities.append(entity)
    return entities.count - 1
  }

  mutating func append(_ entity: EntityID) { entities.append(entity) }

  func entity(at place: UInt64, offset: Int) throws(MergeError) -> EntityID {
    guard place < UInt64(entities.count) else { throw .badIndex(what: "entity", offset: offset) }
    return entities[Int(place)]
  }
}

/// How writers and entities are written inside values: as places in tables. In a stored state,
/// which has no table of entities, an entity stands in full.
struct ReferenceTables {
  var writers: WriterTable
  var entities: EntityTable?
}
