// SPDX-License-Identifier: MIT

import GRDB
import Merge

/// Writes rows of the log, the state and the indexes, by statements that are bound by hand.
///
/// Used by one thread at a time: the transaction's own, or the one that `RowsAhead` gave it to.
/// What it needs of GRDB, whose connection must be used on its queue, is made by `prepare`; from
/// then on it calls SQLite alone, which doesn't mind which thread calls, as long as it is one
/// at a time (https://www.sqlite.org/threadsafe.html, "multi-thread").
final class RowWriter {
  let statements: WriteStatements
  private let db: Database
  private let search: SearchIndex
  private var tags = TagIndex()
  private var words = PutOffWords()

  init(_ db: Database) {
    self.db = db
    statements = WriteStatements(db)
    search = SearchIndex(statements)
  }

  /// Makes what GRDB must make, so that any thread may write from here on.
  func prepare(writers: WriterTable) throws {
    try statements.makeAll()
    try tags.loadAliases(db, writers: writers)
  }

  /// Writes these rows. Words and taggings may be put off until `finish`.
  ///
  /// - Parameter writers: those that packed states name.
  func write(_ rows: PendingRows, writers: WriterTable) throws {
    for row in rows.changes { try ChangeLog.append(statements, row) }
    for row in rows.history { try write(row) }
    for row in rows.texts { try write(row) }
    for row in rows.entities {
      try write(row)
      try tags.update(
        row.ordinal, from: row.before?.tags ?? [], to: row.index.tags, statements, db,
        writers: writers)
      try wantTexts(row)
    }
    try words.write(rows.entities, search)
    try tags.writeIfMany(statements)
  }

  /// Writes what was put off.
  func finish() throws {
    try words.finish(search)
    try tags.write(statements)
  }

  /// Works out anew what every tag goes by.
  func renameTags(writers: WriterTable) throws { try tags.rename(db, writers: writers) }

  /// Adds the text of an article that was indexed without it.
  func addText(_ article: Int64, _ index: EntityIndex, text: String) throws {
    try search.addText(row: SearchIndex.row(article, .article), index, text: text)
  }

  // MARK: - Rows

  private func write(_ row: PendingRows.HistoryRow) throws {
    let statement = try statements.historyInsert()
    try statement.bind(1, row.entity)
    try statement.bind(2, row.change)
    try statement.run()
  }

  private func write(_ row: PendingRows.TextRow) throws {
    let statement = try statements.textInsert()
    try statement.bind(1, row.hash)
    try statement.bind(2, row.content.count)
    try statement.bind(3, row.content)
    try statement.run()
  }

  private func write(_ row: PendingRows.EntityRow) throws {
    let isNew = row.before == nil
    let statement = try isNew ? statements.entityInsert() : statements.entityUpdate()
    try statement.bind(1, row.article)
    try statement.bind(2, row.parent)
    try statement.bind(3, row.isVisible ? 1 : 0)
    try statement.bind(4, row.children)
    try statement.bind(5, row.index.flags)
    try statement.bind(6, row.index.created)
    try statement.bind(7, row.index.modified)
    try statement.bind(8, row.device)
    try statement.bind(9, row.index.color)
    try statement.bind(10, row.index.site)
    try statement.bind(11, row.first)
    try statement.bind(12, row.state)
    try statement.bind(13, row.ordinal)
    if isNew {
      try statement.bind(14, Int64(bitPattern: row.id.kind.code))
      try statement.bind(15, row.id.raw)
    }
    try statement.run()
  }

  /// Notes which texts an article has, and asks for those that aren't here.
  private func wantTexts(_ row: PendingRows.EntityRow) throws {
    let (before, after) = (row.before?.revisions ?? [], row.index.revisions)
    if before.isEmpty && after.isEmpty { return }
    let known = Set(before.map(\.hash))
    for hash in known.subtracting(after.map(\.hash)) {
      let statement = try statements.revisionDelete()
      try statement.bind(1, hash)
      try statement.bind(2, row.ordinal)
      try statement.run()
    }
    for revision in after where !known.contains(revision.hash) {
      let statement = try statements.revisionInsert()
      try statement.bind(1, revision.hash)
      try statement.bind(2, row.ordinal)
      try statement.run()
      let want = try statements.textWant()
      try want.bind(1, revision.hash)
      try want.bind(2, revision.byteCount)
      try want.run()
    }
  }
}
