// SPDX-License-Identifier: MIT

import GRDB
import Merge

/// The full-text table `search`. It keeps no copy of what it indexes, so taking a row out needs
/// the very words that went in (https://www.sqlite.org/fts5.html#the_delete_command).
struct SearchIndex {
  let db: Database
  let statements: WriteStatements

  /// Brings an entity's row from one set of words to another; `from` is nil for a new row.
  func update(_ ordinal: Int64, from before: EntityIndex?, to after: EntityIndex) throws {
    let old = before.map { Words($0) }
    let new = Words(after)
    guard old != new else { return }
    if let old { try remove(ordinal, old, text: try text(of: old.revision)) }
    try insert(ordinal, new, text: try text(of: new.revision))
  }

  /// Adds the text of an article whose words were indexed without it.
  func addText(_ ordinal: Int64, _ index: EntityIndex, text: String) throws {
    let words = Words(index)
    try remove(ordinal, words, text: "")
    try insert(ordinal, words, text: text)
  }

  /// What a row is made of.
  private struct Words: Equatable {
    let title: String
    let quote: String
    let note: String
    let tags: String
    /// The newest revision, whose text is indexed.
    let revision: [UInt8]?

    init(_ index: EntityIndex) {
      title = index.title
      quote = index.quote
      note = index.note
      tags = index.tags.joined(separator: " ")
      revision = index.revisions.last?.hash
    }

    var isEmpty: Bool {
      title.isEmpty && quote.isEmpty && note.isEmpty && tags.isEmpty && revision == nil
    }

    /// Runs a statement whose arguments are rowid, title, quote, note, text, tags.
    func run(_ statement: BoundStatement, _ ordinal: Int64, _ text: String) throws {
      try statement.bind(1, ordinal)
      try statement.bind(2, title)
      try statement.bind(3, quote)
      try statement.bind(4, note)
      try statement.bind(5, text)
      try statement.bind(6, tags)
      try statement.run()
    }
  }

  private func insert(_ ordinal: Int64, _ words: Words, text: String) throws {
    if words.isEmpty { return }
    try words.run(try statements.wordsInsert(), ordinal, text)
  }

  private func remove(_ ordinal: Int64, _ words: Words, text: String) throws {
    if words.isEmpty { return }
    try words.run(try statements.wordsRemove(), ordinal, text)
  }

  private func text(of revision: [UInt8]?) throws -> String {
    guard let revision,
      let row = try db.first("SELECT content FROM blob WHERE hash = ?", [revision.blob])
    else { return "" }
    return String(decoding: row.bytes(0), as: UTF8.self)
  }
}
