// SPDX-License-Identifier: MIT

// Many edits at once. Nearly each of a replay's edits changes one chunk and neither fills nor
// empties it: those are made here, and the arrays are asked once for all of them, instead of at
// each step, whether somebody else holds them too.
extension TextBuffer {
  /// Applies the first of `edits`, up to the first one that changes more than the inside of a
  /// chunk or doesn't fit; returns how many those are. The text of edits lies in `content`.
  mutating func applyInside(
    _ edits: UnsafeBufferPointer<TransformedEdits.Edit>, content: ContiguousArray<UInt8>
  ) -> Int {
    guard !chunks.isEmpty else { return 0 }
    var cursor = Cursor(chunk: cursorChunk, start: cursorStart, count: count, size: utf8Count)
    var done = 0
    content.withUnsafeBytes { content in
      arena.withUnsafeMutableBytes { arena in
        chunks.withUnsafeMutableBufferPointer { chunks in
          while done < edits.count,
            cursor.apply(edits[done], content: content, arena: arena, chunks: chunks)
          {
            done &+= 1
          }
        }
      }
    }
    cursorChunk = cursor.chunk
    cursorStart = cursor.start
    count = cursor.count
    utf8Count = cursor.size
    return done
  }

  /// Where edits are made, and how long the text is, while they are.
  private struct Cursor {
    var chunk: Int
    /// Code points before the chunk.
    var start: Int
    var count: Int
    var size: Int

    /// Applies `edit` if that changes the inside of one chunk only; returns whether.
    @inline(__always)
    mutating func apply(
      _ edit: TransformedEdits.Edit, content: UnsafeRawBufferPointer,
      arena: UnsafeMutableRawBufferPointer, chunks: UnsafeMutableBufferPointer<Chunk>
    ) -> Bool {
      let position = Int(edit.position)
      let deleted = Int(edit.deleted)
      let inserted = Int(edit.contentEnd) &- Int(edit.contentStart)
      guard position >= 0, deleted >= 0, position &+ deleted <= count, inserted >= 0,
        edit.contentStart >= 0, Int(edit.contentEnd) <= content.count
      else { return false }
      seek(position, in: chunks)
      let old = chunks[chunk]
      let points = Int(old.points)
      let within = position &- start
      let base = Int(old.slot) &* chunkBytesMax
      var from = within
      var to = within &+ deleted
      // What goes lies in the chunk, and something of the chunk stays.
      guard to <= points, deleted == 0 || deleted < points else { return false }
      if old.size != old.points {
        let bytes = UnsafeRawBufferPointer(rebasing: arena[base..<base &+ Int(old.size)])
        from = UTF8Scan.offset(of: from, in: bytes)
        to = deleted == 0 ? from : UTF8Scan.offset(of: to, in: bytes)
      }
      let tail = Int(old.size) &- to
      let end = from &+ inserted &+ tail
      // A chunk that deletions leave small may have to be joined with the next.
      let joins = deleted > 0 && end < chunkBytesMax / 4 && chunk &+ 1 < chunks.count
      guard end <= chunkBytesMax, !joins, let arena = arena.baseAddress,
        let content = content.baseAddress
      else { return false }
      // from <= to <= old.size, and the chunk ends at `end`, within its slot of the arena.
      let place = arena + base + from
      (place + inserted).copyMemory(from: arena + base + to, byteCount: tail)
      place.copyMemory(from: content + Int(edit.contentStart), byteCount: inserted)
      chunks[chunk].size = Int32(truncatingIfNeeded: end)
      chunks[chunk].points = old.points &- edit.deleted &+ edit.points
      count = count &- deleted &+ Int(edit.points)
      size = size &+ end &- Int(old.size)
      return true
    }

    /// Moves to the chunk in which, or at whose end, `position` lies; there is one.
    @inline(__always)
    private mutating func seek(_ position: Int, in chunks: UnsafeMutableBufferPointer<Chunk>) {
      if chunk >= chunks.count || position < start &- position {
        chunk = 0
        start = 0
      }
      while position < start {
        chunk &-= 1
        start &-= Int(chunks[chunk].points)
      }
      while position > start &+ Int(chunks[chunk].points) {
        start &+= Int(chunks[chunk].points)
        chunk &+= 1
      }
    }
  }
}
