// SPDX-License-Identifier: MIT

/// Edits rewritten to fit the text they are applied to, one after another.
struct TransformedEdits: ~Copyable {
  /// `deleted` code points go at `position`, then the `points` of `content` come.
  struct Edit: BitwiseCopyable {
    var position: Int32
    var deleted: Int32
    var points: Int32
    var contentStart: Int32
    var contentEnd: Int32
  }

  private var edits = RawArray<Edit>()

  /// Makes room for so many edits.
  mutating func reserve(_ count: Int) { edits.reserve(count) }

  /// Adds a deletion; one that goes on at the same place joins the one before.
  @inline(__always) mutating func delete(at position: Int32, _ deleted: Int32) {
    let last = edits.count - 1
    if last >= 0, edits[last].points == 0 {
      if edits[last].position == position {
        edits[last].deleted += deleted
        return
      }
      if position + deleted == edits[last].position {
        edits[last].position = position
        edits[last].deleted += deleted
        return
      }
    }
    edits.append(
      Edit(position: position, deleted: deleted, points: 0, contentStart: 0, contentEnd: 0))
  }

  /// Adds an insertion; one at the place of a deletion, or behind an insertion whose text its own
  /// follows, joins the one before.
  @inline(__always)
  mutating func insert(at position: Int32, points: Int32, content: Range<Int>) {
    let start = Int32(truncatingIfNeeded: content.lowerBound)
    let end = Int32(truncatingIfNeeded: content.upperBound)
    let last = edits.count - 1
    if last >= 0 {
      if edits[last].points == 0 {
        if edits[last].position == position {
          edits[last].points = points
          edits[last].contentStart = start
          edits[last].contentEnd = end
          return
        }
      } else if edits[last].contentEnd == start,
        edits[last].position + edits[last].points == position
      {
        edits[last].points += points
        edits[last].contentEnd = end
        return
      }
    }
    edits.append(
      Edit(position: position, deleted: 0, points: points, contentStart: start, contentEnd: end))
  }

  /// Applies all to `text`; their text lies in `content`.
  func apply(to text: inout TextBuffer, content: ContiguousArray<UInt8>) throws(TextError) {
    var place = 0
    while true {
      place += text.applyInside(
        UnsafeBufferPointer(rebasing: edits.buffer[place...]), content: content)
      guard place < edits.count else { return }
      let edit = edits[place]
      place += 1
      let position = Int(edit.position)
      try text.check(position: position, deleted: Int(edit.deleted))
      content.withUnsafeBytes { bytes in
        if edit.deleted > 0 { text.deletePoints(Int(edit.deleted), at: position) }
        guard edit.points > 0 else { return }
        let inserted = UnsafeRawBufferPointer(
          rebasing: bytes[Int(edit.contentStart)..<Int(edit.contentEnd)])
        text.insertBytes(inserted, points: Int(edit.points), at: position)
      }
    }
  }

  /// The same as patches.
  func patches(content: ContiguousArray<UInt8>) -> [TextPatch] {
    edits.buffer.map { edit in
      let text = content[Int(edit.contentStart)..<Int(edit.contentEnd)]
      return TextPatch(
        position: Int(edit.position), deleted: Int(edit.deleted),
        inserted: String(decoding: text, as: UTF8.self))
    }
  }
}
