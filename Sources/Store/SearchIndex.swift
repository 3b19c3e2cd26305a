// SPDX-License-Identifier: MIT

import Merge

/// The full-text table `search`. It keeps no copy of what it indexes, so taking a row out needs
/// the very words that went in (https://www.sqlite.org/fts5.html#the_delete_command).
///
/// Invariant: an article's row has its ordinal's negative, anything else's its ordinal. So the rows
/// of either kind stand side by side behind each word, and nobody who looks for articles goes
/// through the many annotations that have the word too.
struct SearchIndex {
  private let statements: WriteStatements

  init(_ statements: WriteStatements) { self.statements = statements }

  /// The row of an entity.
  static func row(_ ordinal: Int64, _ kind: EntityKind) -> Int64 {
    kind == .article ? -ordinal : ordinal
  }

  /// Brings a row from one set of words to another; `from` is nil for a new row.
  func update(row: Int64, from before: EntityIndex?, to after: EntityIndex) throws {
    let old = before.map { Words($0) }
    let new = Words(after)
    guard old != new else { return }
    if let old { try remove(row, old, text: try text(of: old.revision)) }
    try insert(row, new, text: try text(of: new.revision))
  }

  /// Adds the text of an article whose words were indexed without it.
  func addText(row: Int64, _ index: EntityIndex, text: String) throws {
    let words = Words(index)
    try remove(row, words, text: "")
    try insert(row, words, text: text)
  }

  /// Brings an article whose words stand in another row, as stores had it before schema 4, into
  /// its own.
  func move(_ index: EntityIndex, from old: Int64, to row: Int64) throws {
    let words = Words(index)
    let text = try text(of: words.revision)
    try remove(old, words, text: text)
    try insert(row, words, text: text)
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

    /// To the byte: of words that are canonically equivalent the index holds other ones.
    static func == (left: Words, right: Words) -> Bool {
      left.title.hasSameBytes(as: right.title) && left.quote.hasSameBytes(as: right.quote)
        && left.note.hasSameBytes(as: right.note) && left.tags.hasSameBytes(as: right.tags)
        && left.revision == right.revision
    }

    var isEmpty: Bool {
      title.isEmpty && quote.isEmpty && note.isEmpty && tags.isEmpty && revision == nil
    }

    /// Runs a statement whose arguments are rowid, title, quote, note, text, tags.
    func run(_ statement: BoundStatement, _ row: Int64, _ text: String) throws {
      try statement.bind(1, row)
      try statement.bind(2, title)
      try statement.bind(3, quote)
      try statement.bind(4, note)
      try statement.bind(5, text)
      try statement.bind(6, tags)
      try statement.run()
    }
  }

  private func insert(_ row: Int64, _ words: Words, text: String) throws {
    if words.isEmpty { return }
    try words.run(try statements.wordsInsert(), row, text)
  }

  private func remove(_ row: Int64, _ words: Words, text: String) throws {
    if words.isEmpty { return }
    try words.run(try statements.wordsRemove(), row, text)
  }

  private func text(of revision: [UInt8]?) throws -> String {
    guard let revision else { return "" }
    let statement = try statements.textByHash()
    try statement.bind(1, revision)
    return try statement.first { row in
      row.withBytes(0) { String(decoding: $0, as: UTF8.self) }
    } ?? ""
  }
}
