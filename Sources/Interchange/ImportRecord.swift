// SPDX-License-Identifier: MIT

import Anchoring
import Merge
import Store

/// One record of an import, checked by itself.
enum ImportRecord {
  /// An article, or more of one that came before.
  case article(ImportedArticle)
  /// An annotation; its `id` is there.
  case annotation(NewAnnotation)
  /// A tag that goes by another name.
  case rename(old: TagName, new: TagName)
}

/// An article that keeps the id it has elsewhere.
struct ImportedArticle {
  let id: EntityID
  /// Title, address and whatever else is a register, in the order in which they are written.
  var registers: [(field: Field, value: Value)] = []
  /// When it was first saved, milliseconds since 1970.
  var created: Int64?
  var tags: [TagName] = []
  /// The newest last.
  var revisions: [ImportedRevision] = []
}

/// A revision that comes with an article.
struct ImportedRevision {
  /// SHA-256 of the text; verified.
  let hash: [UInt8]
  let codePoints: Int
  let byteCount: Int
  /// The text; nil when the exporting store did not have it either.
  let content: [UInt8]?
}

/// What became of one record of an import.
struct ImportOutcome {
  enum Kind: Equatable {
    case added
    case restored
    case updated
    case unchanged
    case keptDeleted
    case refused(String)
  }

  var kind: Kind
  var addedRevisions = 0
  /// How many values differ from those that are here, which were kept.
  var keptValues = 0

  init(_ kind: Kind) { self.kind = kind }

  /// Notes that something was added to what was here.
  mutating func update() {
    if kind == .unchanged { kind = .updated }
  }
}

extension ImportRecord {
  /// The entities that the record is about, and those that it hangs on.
  var entities: [EntityID] {
    switch self {
    case .article(let article): [article.id]
    case .annotation(let new): [new.id, new.target.article, new.target.parent].compactMap { $0 }
    case .rename(let old, _): [ImportSession.record(ofTag: old.string)]
    }
  }

  /// Hashes of the texts that it brings.
  var texts: [[UInt8]] {
    guard case .article(let article) = self else { return [] }
    return article.revisions.filter { $0.content != nil }.map(\.hash)
  }

  /// Bytes of text that must go into one change, and how many ops that takes at most.
  var size: (bytes: Int, operations: Int) {
    switch self {
    case .article(let article):
      (
        article.registers.reduce(0) { $0 + ($1.value.text?.utf8.count ?? 8) }
          + article.tags.reduce(0) { $0 + $1.string.utf8.count + 16 },
        article.registers.count + article.tags.count + 8
      )
    case .annotation(let new):
      (
        [new.note, new.target.quote, new.target.prefix, new.target.suffix, new.color]
          .reduce(0) { $0 + ($1?.utf8.count ?? 0) }
          + new.tags.reduce(0) { $0 + $1.string.utf8.count + 16 },
        new.tags.count + 8
      )
    case .rename: (512, 2)
    }
  }

  /// Why the record can't be part of any change; nil when it can.
  var problem: String? {
    let (bytes, operations) = size
    if case .annotation(let new) = self, let note = new.note,
      note.utf8.count > ImportSession.noteBytesMax
    {
      return "the note has \(note.utf8.count) bytes, and at most "
        + "\(ImportSession.noteBytesMax) may be"
    }
    if bytes > ImportSession.recordBytesMax {
      return "the record has \(bytes) bytes of text, and at most "
        + "\(ImportSession.recordBytesMax) may be"
    }
    if operations > ImportSession.recordOperationsMax {
      return "the record has more tags than the \(ImportSession.recordOperationsMax - 16) "
        + "that may be"
    }
    return nil
  }
}
