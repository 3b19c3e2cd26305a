// SPDX-License-Identifier: MIT

import GRDB
import Merge

/// A consistent view of the store. Lives only inside `Store.read`, on the connection's queue.
struct ReadTransaction {
  let db: Database
  let environment: StoreEnvironment
  let writers: WriterRegistry

  init(_ db: Database, environment: StoreEnvironment) throws {
    self.db = db
    self.environment = environment
    writers = try WriterRegistry(db)
  }

  /// The library's id.
  func library() throws -> LibraryID {
    guard let row = try db.first("SELECT value FROM fact WHERE name = 'library'"),
      let raw = Bytes16(row.bytes(0))
    else { throw StoreError(.damaged, "the store does not say which library it holds") }
    return LibraryID(raw)
  }

  /// The merged state in a row's column.
  func state(_ row: Row, _ column: Int) throws -> EntityState {
    try EntityStateCodec.stored(row.bytes(column), writers: writers.table)
  }

  /// The merged state of an entity; nil when nothing is known of it.
  func state(of id: EntityID) throws -> EntityState? {
    try db.first(
      "SELECT state FROM entity WHERE id = ? AND kind = ?",
      [id.raw.bytes.blob, Int64(bitPattern: id.kind.code).databaseValue]
    ).map { try state($0, 0) }
  }
}

extension EntityStateCodec {
  /// The state in a row of this store. One that can't be read is the store's own damage, and nobody
  /// else's fault.
  static func stored(_ bytes: [UInt8], writers: WriterTable) throws(StoreError) -> EntityState {
    do {
      return try decode(bytes, writers: writers)
    } catch {
      throw StoreError(
        .damaged,
        "what the store remembers of an article or annotation can't be read; "
          + "run: clientctl doctor")
    }
  }
}
