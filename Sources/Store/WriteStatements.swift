// SPDX-License-Identifier: MIT

import GRDB

/// The statements of the write path, each looked up once a transaction and only when it is needed.
final class WriteStatements {
  private let db: Database

  init(_ db: Database) { self.db = db }

  private var findByID: BoundStatement?
  private var insertEntity: BoundStatement?
  private var updateEntity: BoundStatement?
  private var insertTagging: BoundStatement?
  private var insertTaggings: BoundStatement?
  private var insertWords: BoundStatement?
  private var removeWords: BoundStatement?
  private var insertChange: BoundStatement?
  private var packChange: BoundStatement?
  private var insertHistory: BoundStatement?

  /// Looks an entity up by id and kind: ordinal, visible, children, first, state.
  func entityByID() throws -> BoundStatement {
    try made(
      &findByID,
      "SELECT ordinal, visible, children, first, state FROM entity WHERE id = ? AND kind = ?")
  }

  /// Inserts an entity: thirteen columns as `entityUpdate` has them, then kind and id.
  func entityInsert() throws -> BoundStatement {
    try made(
      &insertEntity,
      """
      INSERT INTO entity (article, parent, visible, children, flags, created, modified, device,
        color, site, first, state, ordinal, kind, id) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)
      """)
  }

  /// Changes an entity's row.
  func entityUpdate() throws -> BoundStatement {
    try made(
      &updateEntity,
      """
      UPDATE entity SET article = ?, parent = ?, visible = ?, children = ?, flags = ?,
        created = ?, modified = ?, device = ?, color = ?, site = ?, first = ?, state = ?
      WHERE ordinal = ?
      """)
  }

  /// Puts a tag on an entity: tag, entity.
  func taggingInsert() throws -> BoundStatement {
    try made(&insertTagging, "INSERT OR IGNORE INTO tagging (tag, entity) VALUES (?, ?)")
  }

  /// Rows of `taggingsInsert`.
  static let taggingsCount = 32

  /// Puts tags on entities, `taggingsCount` at once: tag, entity, tag, entity …
  func taggingsInsert() throws -> BoundStatement {
    let rows = Array(repeating: "(?, ?)", count: Self.taggingsCount).joined(separator: ", ")
    return try made(
      &insertTaggings, "INSERT OR IGNORE INTO tagging (tag, entity) VALUES \(rows)")
  }

  /// Indexes words: rowid, title, quote, note, text, tags.
  func wordsInsert() throws -> BoundStatement {
    try made(
      &insertWords,
      "INSERT INTO search (rowid, title, quote, note, text, tags) VALUES (?,?,?,?,?,?)")
  }

  /// Takes words out of the index, which must be the very ones that went in.
  func wordsRemove() throws -> BoundStatement {
    try made(
      &removeWords,
      """
      INSERT INTO search (search, rowid, title, quote, note, text, tags)
      VALUES ('delete',?,?,?,?,?,?)
      """)
  }

  /// Logs a change: id, lamport, time, hash, body, lines.
  func changeInsert() throws -> BoundStatement {
    try made(
      &insertChange,
      "INSERT INTO change (id, lamport, time, hash, body, lines) VALUES (?,?,?,?,?,?)")
  }

  /// Puts a change's packed body in its place: body, id.
  func changePack() throws -> BoundStatement {
    try made(&packChange, "UPDATE change SET body = ? WHERE id = ?")
  }

  /// Notes that a change speaks of an entity: entity, change.
  func historyInsert() throws -> BoundStatement {
    try made(&insertHistory, "INSERT OR IGNORE INTO history (entity, change) VALUES (?, ?)")
  }

  private func made(_ statement: inout BoundStatement?, _ sql: String) throws -> BoundStatement {
    if let statement { return statement }
    let new = try BoundStatement(db, sql)
    statement = new
    return new
  }
}
