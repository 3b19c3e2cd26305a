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
  private var deleteTagging: BoundStatement?
  private var findTag: BoundStatement?
  private var insertTag: BoundStatement?
  private var insertWords: BoundStatement?
  private var removeWords: BoundStatement?
  private var insertChange: BoundStatement?
  private var insertHistory: BoundStatement?
  private var insertRevision: BoundStatement?
  private var deleteRevision: BoundStatement?
  private var wantText: BoundStatement?
  private var insertText: BoundStatement?
  private var findText: BoundStatement?

  /// Makes all of them, on the connection's queue: from then on any thread may call for them.
  func makeAll() throws {
    for make in [
      entityByID, entityInsert, entityUpdate, taggingInsert, taggingsInsert, taggingDelete,
      tagByName, tagInsert, wordsInsert, wordsRemove, changeInsert, historyInsert, revisionInsert,
      revisionDelete, textWant, textInsert, textByHash,
    ] { _ = try make() }
  }

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
    // Asked for thousands of times: its words are put together once.
    if let insertTaggings { return insertTaggings }
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

  /// Notes that a change speaks of an entity: entity, change.
  func historyInsert() throws -> BoundStatement {
    try made(&insertHistory, "INSERT OR IGNORE INTO history (entity, change) VALUES (?, ?)")
  }

  /// Takes a tag off an entity: tag, entity.
  func taggingDelete() throws -> BoundStatement {
    try made(&deleteTagging, "DELETE FROM tagging WHERE tag = ? AND entity = ?")
  }

  /// Looks a tag's ordinal up: name.
  func tagByName() throws -> BoundStatement {
    try made(&findTag, "SELECT ordinal FROM tag WHERE name = ?")
  }

  /// Makes a tag, and answers its ordinal: name, what it goes by.
  func tagInsert() throws -> BoundStatement {
    try made(&insertTag, "INSERT INTO tag (name, shown) VALUES (?, ?) RETURNING ordinal")
  }

  /// Notes that an article has a revision: hash, entity.
  func revisionInsert() throws -> BoundStatement {
    try made(
      &insertRevision, "INSERT OR IGNORE INTO revision (hash, entity) VALUES (?, ?)")
  }

  /// Notes that an article has a revision no more: hash, entity.
  func revisionDelete() throws -> BoundStatement {
    try made(&deleteRevision, "DELETE FROM revision WHERE hash = ? AND entity = ?")
  }

  /// Asks for a text that isn't here: hash, length.
  func textWant() throws -> BoundStatement {
    try made(&wantText, "INSERT OR IGNORE INTO blob (hash, length) VALUES (?, ?)")
  }

  /// Keeps a text that no row names: hash, length, content.
  func textInsert() throws -> BoundStatement {
    try made(&insertText, "INSERT INTO blob (hash, length, content) VALUES (?,?,?)")
  }

  /// Reads a text: hash.
  func textByHash() throws -> BoundStatement {
    try made(&findText, "SELECT content FROM blob WHERE hash = ?")
  }

  private func made(_ statement: inout BoundStatement?, _ sql: String) throws -> BoundStatement {
    if let statement { return statement }
    let new = try BoundStatement(db, sql)
    statement = new
    return new
  }
}
