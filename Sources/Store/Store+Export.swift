// SPDX-License-Identifier: MIT

import GRDB
public import Merge

/// What an export says first: which library, and exactly how much of it.
public struct ExportHeader: Hashable, Sendable {
  /// Where one writer's history ends.
  public struct Writer: Hashable, Sendable {
    /// Who it is.
    public var id: WriterID
    /// How many of its changes are held; never 0.
    public var sequence: UInt64
    /// The chain hash of the last of them: 32 bytes.
    public var hash: [UInt8]
  }

  /// Which library.
  public var library: LibraryID
  /// Equal on two stores if and only if they hold the same.
  public var fingerprint: Bytes16
  /// Everybody whose changes are held, by id.
  public var writers: [Writer]
}

/// A piece of the whole library, for `export canonical`.
public enum CanonicalItem: Sendable {
  /// First of all.
  case header(ExportHeader)
  /// Everything that is merged of an entity; by kind and id.
  case entity(EntityID, EntityState)
  /// The text of a revision, nil when it has not arrived; by hash.
  case text(hash: [UInt8], content: [UInt8]?)
}

/// A piece of what can be seen of a library, for `export json`.
public enum ExportItem: Sendable {
  /// First of all.
  case header(ExportHeader)
  /// An article, by id, before every annotation. One whose texts are large comes in several
  /// pieces, each with some of the texts.
  case article(ExportedArticle)
  /// An annotation, by id; each is followed by its replies, so that a parent is always told first.
  case annotation(Annotation)
  /// A tag that goes by another name, by the old name.
  case rename(old: String, new: String)
}

/// An article with texts of its revisions.
public struct ExportedArticle: Sendable {
  /// One revision and its text.
  public struct Text: Sendable {
    /// The revision.
    public var revision: Revision
    /// Its text; nil when it has not arrived, or is damaged.
    public var content: [UInt8]?
    /// Whether it is here, but isn't what its hash says.
    public var isDamaged: Bool
  }

  /// The article as it is shown.
  public var article: Article
  /// Whether it was read, if anybody said so.
  public var readState: String?
  /// Revisions in order, the newest last.
  public var texts: [Text]

  /// Bytes of text after which an article goes on in another piece.
  static let pieceBytes = 8 << 20
}

extension Store {
  /// Hands out everything that is merged, as one consistent view: the header, each entity that a
  /// change speaks of (deleted and unknown ones too) by kind and id, then each text that a
  /// revision names, by hash. `body` must not call the store. Holds 32 bytes for each revision.
  public func canonicalItems(_ body: (CanonicalItem) throws -> Void) throws {
    try read { transaction in
      try body(.header(try transaction.exportHeader()))
      var texts: [TextHash] = []
      for kind in try transaction.kinds() {
        try transaction.eachEntity(of: kind) { id, state in
          if kind == .article { texts += Revision.all(of: state).compactMap { TextHash($0.hash) } }
          try body(.entity(id, state))
        }
      }
      texts.sort()
      var last: TextHash?
      for text in texts where text != last {
        last = text
        try body(.text(hash: text.bytes, content: try transaction.text(hash: text.bytes)))
      }
    }
  }

  /// Hands out what can be seen, as one consistent view: the header, articles, annotations, and
  /// tag renames. `body` must not call the store.
  ///
  /// - Parameter ids: only these articles and annotations, and what they hang on (an annotation's
  ///   article, a reply's parents); an article brings no annotations along. Nil means everything.
  public func exportItems(
    only ids: Set<EntityID>? = nil, _ body: (ExportItem) throws -> Void
  ) throws {
    try read { transaction in
      try body(.header(try transaction.exportHeader()))
      let walk = ExportWalk(transaction, wanted: try ids.map { try transaction.holders(of: $0) })
      try walk.articles(body)
      try walk.annotations(body)
      if ids == nil { try transaction.eachRename { try body(.rename(old: $0, new: $1)) } }
    }
  }
}

extension ReadTransaction {
  fileprivate func exportHeader() throws -> ExportHeader {
    let standing = writers.all.filter { $0.head.sequence > 0 }.sorted { $0.writer < $1.writer }
    return ExportHeader(
      library: try library(), fingerprint: Chain.fingerprint(writers.all),
      writers: standing.map { .init(id: $0.writer, sequence: $0.head.sequence, hash: $0.head.hash) }
    )
  }

  fileprivate func kinds() throws -> [EntityKind] {
    var kinds: [EntityKind] = []
    try db.each("SELECT DISTINCT kind FROM entity") {
      kinds.append(EntityKind(code: UInt64(bitPattern: $0.whole(0))))
    }
    return kinds.sorted()
  }

  /// Every entity of a kind that a change speaks of, by id. A row with `first = 0` only counts
  /// what hangs on an entity that nothing is known of.
  fileprivate func eachEntity(
    of kind: EntityKind, _ body: (EntityID, EntityState) throws -> Void
  ) throws {
    let code = Int64(bitPattern: kind.code).databaseValue
    if kind == .article || kind == .annotation {
      // Many rows: in the order of the index, since sorting would hold them all in memory.
      try db.each(
        """
        SELECT id, state FROM entity INDEXED BY entity_by_id WHERE kind = ? AND first != 0
        ORDER BY id
        """, [code]
      ) { row in
        guard let raw = Bytes16(row.bytes(0)) else { return }
        try body(EntityID(kind: kind, raw: raw), try state(row, 1))
      }
      return
    }
    // Few rows of each kind, and who knows how many kinds: not one walk of the index for each.
    var ids: [EntityID] = []
    try db.each("SELECT id FROM entity WHERE kind = ? AND first != 0", [code]) { row in
      if let raw = Bytes16(row.bytes(0)) { ids.append(EntityID(kind: kind, raw: raw)) }
    }
    for id in ids.sorted() {
      if let state = try state(of: id) { try body(id, state) }
    }
  }

  /// The ids, and everything that they hang on.
  fileprivate func holders(of ids: Set<EntityID>) throws -> Set<EntityID> {
    var wanted = ids
    var waiting = Array(ids)
    while let id = waiting.popLast() {
      guard id.kind == .annotation, let target = try state(of: id).flatMap(Target.init)
      else { continue }
      for holder in [target.article, target.parent].compactMap(\.self)
      where wanted.insert(holder).inserted { waiting.append(holder) }
    }
    return wanted
  }

  fileprivate func eachRename(_ body: (String, String) throws -> Void) throws {
    var renames: [(old: String, new: String)] = []
    try eachEntity(of: .tag) { _, state in
      if !state.isDeleted, let old = state.winner(of: .name)?.value?.text,
        let new = state.winner(of: .alias)?.value?.text
      {
        renames.append((old, new))
      }
    }
    renames.sort { $0.old.utf8.lexicographicallyPrecedes($1.old.utf8) }
    for rename in renames { try body(rename.old, rename.new) }
  }
}

/// Walks over what can be seen: articles by id, threads of annotations by the id of their first.
private final class ExportWalk {
  let transaction: ReadTransaction
  let wanted: Set<EntityID>?
  private var views: ViewBuilder

  init(_ transaction: ReadTransaction, wanted: Set<EntityID>?) {
    self.transaction = transaction
    self.wanted = wanted
    views = ViewBuilder(transaction)
  }

  /// One visible row.
  private struct Visible {
    let ordinal: Int64
    let id: EntityID
    let children: Int
    let isReply: Bool
    let state: EntityState
  }

  private static let columns = "ordinal, id, children, parent IS NOT NULL, state"

  private func visible(_ row: Row, _ kind: EntityKind) throws -> Visible? {
    guard let raw = Bytes16(row.bytes(1)) else { return nil }
    return Visible(
      ordinal: row.whole(0), id: EntityID(kind: kind, raw: raw), children: row.count(2),
      isReply: row.whole(3) != 0,
      state: try transaction.state(row, 4))
  }

  private func each(_ kind: EntityKind, _ body: (Visible) throws -> Void) throws {
    let code = Int64(kind.code).databaseValue
    guard let wanted else {
      return try transaction.db.each(
        """
        SELECT \(Self.columns) FROM entity INDEXED BY entity_by_id
        WHERE kind = ? AND visible = 1 AND first != 0 ORDER BY id
        """, [code]
      ) { if let row = try visible($0, kind) { try body(row) } }
    }
    for id in wanted.filter({ $0.kind == kind }).sorted() {
      let row = try transaction.db.first(
        """
        SELECT \(Self.columns) FROM entity
        WHERE kind = ? AND visible = 1 AND first != 0 AND id = ?
        """, [code, id.raw.bytes.blob])
      if let row = try row.flatMap({ try visible($0, kind) }) { try body(row) }
    }
  }

  func articles(_ body: (ExportItem) throws -> Void) throws {
    try each(.article) { row in
      let article = try views.article(row.id, row.state, children: row.children)
      let readState = row.state.winner(of: .readState)?.value?.text
      var piece = ExportedArticle(article: article, readState: readState, texts: [])
      var bytes = 0
      for revision in article.revisions {
        // The length is somebody's claim, and may be any number.
        if bytes > 0 && revision.byteCount > ExportedArticle.pieceBytes - bytes {
          try body(.article(piece))
          piece.texts = []
          bytes = 0
        }
        let content = try transaction.soundText(hash: revision.hash)
        bytes += content?.count ?? 0
        let isDamaged = try content == nil && transaction.hasText(hash: revision.hash)
        piece.texts.append(
          .init(revision: revision, content: content, isDamaged: isDamaged))
      }
      try body(.article(piece))
    }
  }

  func annotations(_ body: (ExportItem) throws -> Void) throws {
    try each(.annotation) { first in
      guard !first.isReply else { return }
      var waiting = [first]
      while let row = waiting.popLast() {
        if let view = try views.annotation(row.id, row.state) { try body(.annotation(view)) }
        // The last goes first: pushed in descending order.
        if row.children > 0 { waiting += try replies(to: row).sorted { $0.id > $1.id } }
      }
    }
  }

  private func replies(to parent: Visible) throws -> [Visible] {
    var replies: [Visible] = []
    try transaction.db.each(
      "SELECT \(Self.columns) FROM entity WHERE parent = ? AND visible = 1 AND kind = 2",
      [parent.ordinal.databaseValue]
    ) { row in
      if let reply = try visible(row, .annotation), wanted?.contains(reply.id) ?? true {
        replies.append(reply)
      }
    }
    return replies
  }
}

/// A SHA-256 in a form that takes 32 bytes.
private struct TextHash: Comparable {
  let head: Bytes16
  let tail: Bytes16

  init?(_ bytes: [UInt8]) {
    guard bytes.count == 32, let head = Bytes16(bytes), let tail = Bytes16(bytes.dropFirst(16))
    else { return nil }
    self.head = head
    self.tail = tail
  }

  var bytes: [UInt8] { head.bytes + tail.bytes }

  static func < (left: Self, right: Self) -> Bool {
    left.head != right.head ? left.head < right.head : left.tail < right.tail
  }
}
