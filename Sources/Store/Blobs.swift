// SPDX-License-Identifier: MIT

import GRDB
import Merge

extension WriteTransaction {
  /// Keeps the text of a revision, named by its SHA-256. False when it was here already.
  @discardableResult
  func putText(hash: [UInt8], content: [UInt8]) throws -> Bool {
    if putAbsentText(hash: hash, content: content) { return true }
    let row = try db.first("SELECT content IS NULL FROM blob WHERE hash = ?", [hash.blob])
    if let row, row.whole(0) == 0 { return false }
    guard row != nil else {
      // No article in the database has it; one that is pending will find it when it is indexed.
      pending.texts.append(.init(hash: hash, content: content))
      return true
    }
    // What is pending must be indexed before the text is there, or it would be indexed twice.
    try flush()
    try db.run("UPDATE blob SET content = ? WHERE hash = ?", [content.blob, hash.blob])
    var articles: [(Int64, EntityIndex)] = []
    try db.each(
      """
      SELECT e.ordinal, e.state FROM revision r JOIN entity e ON e.ordinal = r.entity
      WHERE r.hash = ?
      """, [hash.blob]
    ) { row in
      let state = try EntityStateCodec.stored(row.bytes(1), writers: writers.table)
      // Nothing but articles has revisions.
      let index = EntityIndex(state, kind: .article)
      if index.revisions.last?.hash == hash { articles.append((row.whole(0), index)) }
    }
    let text = String(decoding: content, as: UTF8.self)
    for (ordinal, index) in articles {
      try rowWriter().addText(ordinal, index, text: text)
    }
    return true
  }
}

extension ReadTransaction {
  /// The text of a revision; nil when it has not arrived yet.
  ///
  /// - Throws: `StoreError`, `damaged`, when it isn't what its hash says.
  func text(hash: [UInt8]) throws -> [UInt8]? {
    let row = try db.first(
      "SELECT content FROM blob WHERE hash = ? AND content IS NOT NULL", [hash.blob])
    guard let content = row?.bytes(0) else { return nil }
    guard Chain.sha256(content) == hash else {
      throw StoreError(
        .damaged,
        "the text \(TextName.short(hash)) is not what its hash says; run: clientctl doctor")
    }
    return content
  }

  /// Whether the text of a revision is here, in whatever state.
  func hasText(hash: [UInt8]) throws -> Bool {
    try db.first("SELECT content IS NOT NULL FROM blob WHERE hash = ?", [hash.blob])?[0] ?? false
  }

  /// The text of a revision; nil also when it is damaged.
  func soundText(hash: [UInt8]) throws -> [UInt8]? {
    do {
      return try text(hash: hash)
    } catch let error as StoreError where error.code == .damaged {
      return nil
    } catch let error as DatabaseError where error.resultCode == .SQLITE_CORRUPT {
      return nil
    }
  }
}

/// A text that a revision names: its SHA-256, and how many bytes it has.
public struct TextName: Hashable, Sendable {
  /// SHA-256, 32 bytes.
  public var hash: [UInt8]
  /// Bytes of UTF-8.
  public var byteCount: Int

  /// The text with this hash and length.
  public init(hash: [UInt8], byteCount: Int) {
    self.hash = hash
    self.byteCount = byteCount
  }

  /// The beginning of a hash, for messages.
  static func short(_ hash: [UInt8]) -> String {
    hash.prefix(4).map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined() + "…"
  }
}

extension Store {
  /// Texts that revisions name and that are not here yet, at most `limit`; when there are more,
  /// others each time, so that those which nobody has don't keep the rest from being asked for.
  public func wantedTexts(limit: Int) throws -> [TextName] {
    try view { db in
      let start = (environment.random16().bytes + environment.random16().bytes).blob
      var wanted: [TextName] = []
      for side in [">=", "<"] where wanted.count < limit {
        try db.each(
          """
          SELECT hash, length FROM blob WHERE content IS NULL AND hash \(side) ?
          ORDER BY hash LIMIT ?
          """, [start, (limit - wanted.count).databaseValue]
        ) { wanted.append(TextName(hash: $0.bytes(0), byteCount: $0.count(1))) }
      }
      return wanted
    }
  }

  /// Those of these texts that revisions name and that are not here yet.
  public func wantedTexts(among hashes: [[UInt8]]) throws -> [TextName] {
    try view { db in
      try hashes.compactMap { hash in
        let row = try db.first(
          "SELECT length FROM blob WHERE hash = ? AND content IS NULL", [hash.blob])
        return row.map { TextName(hash: hash, byteCount: $0.count(0)) }
      }
    }
  }

  /// How many texts are still to come.
  public func wantedTextCount() throws -> Int {
    try view { try $0.first("SELECT count(*) FROM blob WHERE content IS NULL")?[0] ?? 0 }
  }

  /// The text with this SHA-256; nil when it isn't here.
  public func text(hash: [UInt8]) throws -> [UInt8]? {
    try read { try $0.text(hash: hash) }
  }

  /// A part of the text with this SHA-256, and how many bytes the whole has; nil when it isn't
  /// here, or has ended before `offset`, or is damaged: that is looked at when it is begun.
  public func textPart(
    hash: [UInt8], offset: Int, bytesMax: Int
  ) throws -> (total: Int, bytes: [UInt8])? {
    try read { transaction in
      if offset == 0 {
        guard let content = try transaction.soundText(hash: hash) else { return nil }
        return (content.count, Array(content.prefix(bytesMax)))
      }
      guard
        let row = try transaction.db.first(
          """
          SELECT length(content), substr(content, ?, ?) FROM blob
          WHERE hash = ? AND content IS NOT NULL
          """,
          [
            (Int64(clamping: offset) &+ 1).databaseValue, bytesMax.databaseValue, hash.blob,
          ])
      else { return nil }
      let total = row.count(0)
      guard offset < total || total == 0 else { return nil }
      return (total, row.bytes(1))
    }
  }

  /// Keeps texts that came from a peer, and answers how many. One that isn't what its hash says
  /// is left out, and stays wanted.
  ///
  /// - Throws: `StoreError`, `disk`, also when the last room on the disk is kept for local edits.
  @discardableResult
  public func putTexts(_ texts: [(hash: [UInt8], content: [UInt8])]) throws -> Int {
    let sound = texts.filter { Chain.sha256($0.content) == $0.hash }
    if sound.isEmpty { return 0 }
    try keepReserve()
    try write { transaction in
      for text in sound {
        guard
          try transaction.db.first("SELECT 1 FROM blob WHERE hash = ?", [text.hash.blob]) != nil
        else { continue }
        try transaction.putText(hash: text.hash, content: text.content)
      }
    }
    return sound.count
  }
}
