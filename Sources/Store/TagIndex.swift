// SPDX-License-Identifier: MIT

import GRDB
import Merge

/// The tables `tag` and `tagging`.
struct TagIndex {
  private var ordinals: [String: Int64] = [:]
  private var aliases: TagAliases?

  /// Brings an entity's rows from one set of names to another.
  mutating func update(
    _ entity: Int64, from before: [String], to after: [String], _ db: Database,
    writers: WriterTable
  ) throws {
    guard before != after else { return }
    for name in before where !after.contains(name) {
      try db.run(
        "DELETE FROM tagging WHERE tag = ? AND entity = ?",
        [try ordinal(of: name, db, writers: writers).databaseValue, entity.databaseValue])
    }
    for name in after where !before.contains(name) {
      try db.run(
        "INSERT OR IGNORE INTO tagging (tag, entity) VALUES (?, ?)",
        [try ordinal(of: name, db, writers: writers).databaseValue, entity.databaseValue])
    }
  }

  /// Works out anew what every name goes by; called when a rename was merged.
  mutating func rename(_ db: Database, writers: WriterTable) throws {
    let aliases = try Self.aliases(db, writers: writers)
    self.aliases = aliases
    var changed: [(Int64, String)] = []
    try db.each("SELECT ordinal, name, shown FROM tag") { row in
      let shown = aliases.resolve(row[1])
      if shown != row[2] { changed.append((row[0], shown)) }
    }
    for (ordinal, shown) in changed {
      try db.run(
        "UPDATE tag SET shown = ? WHERE ordinal = ?",
        [shown.databaseValue, ordinal.databaseValue])
    }
  }

  /// The renames that hold now.
  static func aliases(_ db: Database, writers: WriterTable) throws -> TagAliases {
    var renames: [String: String] = [:]
    try db.each(
      "SELECT state FROM entity WHERE kind = ?",
      [Int64(EntityKind.tag.code).databaseValue]
    ) { row in
      let state = try EntityStateCodec.decode(row.bytes(0), writers: writers)
      guard !state.isDeleted, let old = state.winner(of: .name)?.value?.text,
        let new = state.winner(of: .alias)?.value?.text
      else { return }
      renames[old] = new
    }
    return TagAliases(renames)
  }

  private mutating func ordinal(
    of name: String, _ db: Database, writers: WriterTable
  ) throws -> Int64 {
    if let known = ordinals[name] { return known }
    if let row = try db.first("SELECT ordinal FROM tag WHERE name = ?", [name.databaseValue]) {
      ordinals[name] = row[0]
      return row[0]
    }
    let aliases = try self.aliases ?? Self.aliases(db, writers: writers)
    self.aliases = aliases
    try db.run(
      "INSERT INTO tag (name, shown) VALUES (?, ?)",
      [name.databaseValue, aliases.resolve(name).databaseValue])
    ordinals[name] = db.lastInsertedRowID
    return db.lastInsertedRowID
  }
}
