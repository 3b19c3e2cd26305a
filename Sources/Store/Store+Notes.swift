// SPDX-License-Identifier: MIT

import GRDB
public import Merge

/// A note as somebody began to edit it: the words, and the version they stood at. Whatever arrives
/// meanwhile is merged with what is saved.
public struct NoteDraft: Hashable, Sendable {
  /// The words; empty for an annotation without a note.
  public var text: String
  /// The heads of the text's version.
  public var heads: [Dot]

  /// A draft with all its parts.
  public init(text: String, heads: [Dot]) {
    self.text = text
    self.heads = heads
  }
}

extension Store {
  /// The note of an annotation, to be edited and handed to `setNote`.
  public func draft(of id: EntityID) throws -> NoteDraft {
    try read { transaction in
      // In sight, as an edit demands: a deleted one is, too, as long as a reply hangs on it.
      let row = try transaction.db.first(
        "SELECT state, visible FROM entity WHERE id = ? AND kind = ?",
        [id.raw.bytes.blob, Int64(bitPattern: id.kind.code).databaseValue])
      let missing = StoreError(.notFound, "there is no annotation \(id.raw.uuidText)")
      guard let row, row.whole(1) == 1 else { throw missing }
      let state = try transaction.state(row, 0)
      guard state.exists else { throw missing }
      return NoteDraft(text: state.text ?? "", heads: state.dots(of: .text))
    }
  }

  /// Saves a note that was `base` when its editor opened it: the smallest natural set of edits
  /// between the two is what is recorded, as made on the version that the person saw. Without a
  /// base
  /// the note as it stands now is meant.
  public func setNote(of id: EntityID, to text: String, base: NoteDraft? = nil) throws {
    try write { transaction in
      let edit = try Edit(transaction, writer: writer(transaction), action: "note")
      let state = try edit.alive(id)
      var base = base ?? NoteDraft(text: state.text ?? "", heads: state.dots(of: .text))
      base.heads = base.heads.map { transaction.writers.settled($0) }
      try edit.write(note: text, of: id, base: base)
      try edit.commit()
    }
  }
}

extension Edit {
  /// Records the edits that lead from a note's `base`, else from nothing, to `note`.
  func write(
    note: String, of id: EntityID, base: NoteDraft = NoteDraft(text: "", heads: [])
  ) throws {
    let note = try Self.normalised(note)
    let patches =
      base.text.isEmpty && !note.isEmpty
      ? [TextPatch(position: 0, deleted: 0, inserted: note)]
      : TextDiff.patches(from: base.text, to: note)
    if patches.isEmpty { return }
    try append(Operation(id, .text, removes: base.heads, value: .edit(patches)))
  }

  /// Line ends as LF, and nothing that a text can't hold.
  static func normalised(_ note: String) throws -> String {
    // One look through the bytes, for what hardly any note has.
    var note = note
    let (hasNUL, hasCR) = note.withUTF8 { utf8 in
      utf8.reduce(into: (false, false)) { found, byte in
        found.0 = found.0 || byte == 0
        found.1 = found.1 || byte == 0x0D
      }
    }
    if hasNUL { throw StoreError(.badInput, "a note can't hold the character NUL") }
    guard note.utf8.count <= noteBytesMax else {
      throw StoreError(
        .badInput,
        "a note holds at most \(noteBytesMax) bytes, and this one has \(note.utf8.count); split it")
    }
    guard hasCR else { return note }
    var out: [UInt8] = []
    out.reserveCapacity(note.utf8.count)
    var previous: UInt8 = 0
    for byte in note.utf8 {
      if byte == 0x0D {
        out.append(0x0A)
      } else if !(byte == 0x0A && previous == 0x0D) {
        out.append(byte)
      }
      previous = byte
    }
    return String(decoding: out, as: UTF8.self)
  }

  /// Bytes of a note: one edit must fit one change.
  static let noteBytesMax = 900_000
}
