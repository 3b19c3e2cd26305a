// SPDX-License-Identifier: MIT

import GRDB
import Merge

/// The tables `tag` and `tagging`.
struct TagIndex {
  private var ordinals: [ExactText: Int64] = [:]
  /// Rows that are still to be written: by tag they lie side by side in the table.
  private var pending: [(tag: Int64, entity: Int64)] = []
  private var aliases: TagAliases?

  /// So many rows are put off, and then written: in a table that is in their order, rows cost less
  /// side by side.
  private static let pendingMax = 1 << 14

  /// Reads what names go by, which is otherwise done when a name is new.
  mutating func loadAliases(_ db: Database, writers: WriterTable) throws {
    if aliases == nil { aliases = try Self.aliases(db, writers: writers) }
  }

  /// Brings an entity's rows from one set of names to another.
  mutating func update(
    _ entity: Int64, from before: [String], to after: [String], _ statements: WriteStatements,
    _ db: Database, writers: WriterTable
  ) throws {
    func holds(_ names: [String], _ name: String) -> Bool {
      names.contains { $0.hasSameBytes(as: name) }
    }
    for name in before where !holds(after, name) {
      // The row may be among those that were put off.
      try write(statements)
      let statement = try statements.taggingDelete()
      try statement.bind(1, try ordinal(of: name, statements, db, writers: writers))
      try statement.bind(2, entity)
      try statement.run()
    }
    for name in after where !holds(before, name) {
      pending.append((try ordinal(of: name, statements, db, writers: writers), entity))
    }
  }

  /// Writes the rows that were put off, when they are many.
  mutating func writeIfMany(_ statements: WriteStatements) throws {
    if pending.count >= Self.pendingMax { try write(statements) }
  }

  /// Writes the rows that were put off.
  mutating func write(_ statements: WriteStatements) throws {
    if pending.isEmpty { return }
    pending.sort { $0.tag != $1.tag ? $0.tag < $1.tag : $0.entity < $1.entity }
    var rest = pending[...]
    while !rest.isEmpty {
      // To begin and end a statement costs as much as a row.
      let count = rest.count < WriteStatements.taggingsCount ? 1 : WriteStatements.taggingsCount
      let statement = try count == 1 ? statements.taggingInsert() : statements.taggingsInsert()
      for (place, row) in rest.prefix(count).enumerated() {
        try statement.bind(Int32(place * 2 + 1), row.tag)
        try statement.bind(Int32(place * 2 + 2), row.entity)
      }
      try statement.run()
      rest = rest.dropFirst(count)
    }
    pending.removeAll(keepingCapacity: true)
  }

  /// Works out anew what every name goes by; called when a rename was merged.
  mutating func rename(_ db: Database, writers: WriterTable) throws {
    let aliases = try Self.aliases(db, writers: writers)
    self.aliases = aliases
    var changed: [(Int64, String)] = []
    try db.each("SELECT ordinal, name, shown FROM tag") { row in
      let shown = aliases.resolve(row.text(1))
      if !shown.hasSameBytes(as: row.text(2)) { changed.append((row.whole(0), shown)) }
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
    // Two records of one name are nobody's honest work; which of them counts must not depend on the
    // order in which they came here.
    try db.each(
      "SELECT state FROM entity WHERE kind = ? ORDER BY id",
      [Int64(EntityKind.tag.code).databaseValue]
    ) { row in
      let state = try EntityStateCodec.stored(row.bytes(0), writers: writers)
      guard !state.isDeleted, let old = state.winner(of: .name)?.value?.text,
        let new = state.winner(of: .alias)?.value?.text
      else { return }
      renames[old] = new
    }
    return TagAliases(renames)
  }

  private mutating func ordinal(
    of name: String, _ statements: WriteStatements, _ db: Database, writers: WriterTable
  ) throws -> Int64 {
    let key = ExactText(name)
    if let known = ordinals[key] { return known }
    let find = try statements.tagByName()
    try find.bind(1, name)
    if let found = try find.first({ $0.integer(0) }) {
      ordinals[key] = found
      return found
    }
    try loadAliases(db, writers: writers)
    let insert = try statements.tagInsert()
    try insert.bind(1, name)
    try insert.bind(2, aliases?.resolve(name) ?? name)
    guard let made = try insert.first({ $0.integer(0) }) else {
      throw StoreError(.internal, "SQLite gave a new tag no row")
    }
    ordinals[key] = made
    return made
  }
}
