// SPDX-License-Identifier: MIT

// Editing inside chunks. Callers have checked positions.
extension TextBuffer {
  /// Takes out `deleted` code points at `position`, then puts in `inserted`, valid UTF-8.
  mutating func apply(position: Int, deleted: Int, inserted: UnsafeRawBufferPointer) {
    if deleted > 0 { deletePoints(deleted, at: position) }
    if inserted.count > 0 { insertBytes(inserted, at: position) }
  }

  mutating func insertBytes(_ inserted: UnsafeRawBufferPointer, at position: Int) {
    insertBytes(inserted, points: UTF8Scan.count(inserted), at: position)
  }

  /// Puts in `inserted`, which holds `added` code points.
  mutating func insertBytes(
    _ inserted: UnsafeRawBufferPointer, points added: Int, at position: Int
  ) {
    guard inserted.count > 0 else { return }
    if chunks.isEmpty { insertChunk(at: 0) }
    seek(position)
    let chunk = cursorChunk
    let offset = byteOffset(of: position - cursorStart, inChunk: chunk)
    var changed = chunks[chunk]
    let size = Int(changed.size)
    count += added
    utf8Count += inserted.count
    guard size + inserted.count <= Self.chunkBytesMax else {
      split(chunk, at: offset)
      return fill(after: chunk, with: inserted)
    }
    changed.size = Int32(truncatingIfNeeded: size + inserted.count)
    changed.points &+= Int32(truncatingIfNeeded: added)
    chunks[chunk] = changed
    let start = Int(changed.slot) * Self.chunkBytesMax
    arena.withUnsafeMutableBytes { arena in
      guard let base = arena.baseAddress, let source = inserted.baseAddress else { return }
      let at = base + start + offset
      (at + inserted.count).copyMemory(from: at, byteCount: size - offset)
      at.copyMemory(from: source, byteCount: inserted.count)
    }
  }

  mutating func deletePoints(_ deleted: Int, at position: Int) {
    seek(position)
    var left = deleted
    count -= deleted
    var chunk = cursorChunk
    var within = position - cursorStart
    while left > 0 {
      if within == Int(chunks[chunk].points) {
        cursorStart += within
        chunk += 1
        within = 0
        cursorChunk = chunk
        continue
      }
      let taken = min(left, Int(chunks[chunk].points) - within)
      left -= taken
      if taken == Int(chunks[chunk].points), chunks.count > 1 {
        utf8Count -= Int(chunks[chunk].size)
        removeChunk(at: chunk)
      } else {
        deleteInside(chunk, from: within, points: taken)
      }
    }
    mergeSmall(chunk)
  }

  private mutating func deleteInside(_ chunk: Int, from point: Int, points taken: Int) {
    let from = byteOffset(of: point, inChunk: chunk)
    let to = byteOffset(of: point + taken, inChunk: chunk)
    let size = Int(chunks[chunk].size)
    let start = Int(chunks[chunk].slot) * Self.chunkBytesMax
    arena.withUnsafeMutableBytes { arena in
      guard let base = arena.baseAddress else { return }
      (base + start + from).copyMemory(from: base + start + to, byteCount: size - to)
    }
    chunks[chunk].size = Int32(truncatingIfNeeded: size - (to - from))
    chunks[chunk].points -= Int32(truncatingIfNeeded: taken)
    utf8Count -= to - from
  }

  /// Moves the cursor to the chunk in which, or at whose end, `position` lies.
  private mutating func seek(_ position: Int) {
    if cursorChunk >= chunks.count {
      cursorChunk = 0
      cursorStart = 0
    }
    if position < cursorStart - position {
      cursorChunk = 0
      cursorStart = 0
    }
    while position < cursorStart {
      cursorChunk -= 1
      cursorStart -= Int(chunks[cursorChunk].points)
    }
    while position > cursorStart + Int(chunks[cursorChunk].points) {
      cursorStart += Int(chunks[cursorChunk].points)
      cursorChunk += 1
    }
  }

  private func byteOffset(of point: Int, inChunk chunk: Int) -> Int {
    let size = Int(chunks[chunk].size)
    if size == Int(chunks[chunk].points) { return point }
    let start = Int(chunks[chunk].slot) * Self.chunkBytesMax
    return arena.withUnsafeBytes {
      UTF8Scan.offset(of: point, in: UnsafeRawBufferPointer(rebasing: $0[start..<start + size]))
    }
  }

  private mutating func insertChunk(at index: Int) {
    var slot = Int32(truncatingIfNeeded: arena.count / Self.chunkBytesMax)
    if let free = freeSlots.popLast() {
      slot = free
    } else {
      arena.append(contentsOf: repeatElement(0, count: Self.chunkBytesMax))
    }
    chunks.insert(Chunk(slot: slot, size: 0, points: 0), at: index)
  }

  private mutating func removeChunk(at index: Int) {
    freeSlots.append(chunks.remove(at: index).slot)
    if cursorChunk >= chunks.count {
      cursorChunk = 0
      cursorStart = 0
    }
  }

  /// Moves what follows byte `offset` of a chunk to a new chunk behind it.
  private mutating func split(_ chunk: Int, at offset: Int) {
    let size = Int(chunks[chunk].size)
    guard offset < size else { return }
    let isEven = chunks[chunk].size == chunks[chunk].points
    insertChunk(at: chunk + 1)
    let from = Int(chunks[chunk].slot) * Self.chunkBytesMax + offset
    let to = Int(chunks[chunk + 1].slot) * Self.chunkBytesMax
    let moved = arena.withUnsafeMutableBytes { arena in
      guard let base = arena.baseAddress else { return 0 }
      (base + to).copyMemory(from: base + from, byteCount: size - offset)
      if isEven { return size - offset }
      return UTF8Scan.count(UnsafeRawBufferPointer(start: base + to, count: size - offset))
    }
    chunks[chunk + 1].size = Int32(truncatingIfNeeded: size - offset)
    chunks[chunk + 1].points = Int32(truncatingIfNeeded: moved)
    chunks[chunk].size = Int32(truncatingIfNeeded: offset)
    chunks[chunk].points -= Int32(truncatingIfNeeded: moved)
  }

  /// Puts `inserted` at the end of a chunk and into new chunks behind it.
  private mutating func fill(after chunk: Int, with inserted: UnsafeRawBufferPointer) {
    var chunk = chunk
    var at = 0
    while at < inserted.count {
      let room = max(0, Self.chunkBytesFilled - Int(chunks[chunk].size))
      var end = min(inserted.count, at + room)
      while end < inserted.count, end > at, inserted[end] & 0xC0 == 0x80 { end -= 1 }
      if end == at {
        chunk += 1
        insertChunk(at: chunk)
        continue
      }
      let part = UnsafeRawBufferPointer(rebasing: inserted[at..<end])
      let to = Int(chunks[chunk].slot) * Self.chunkBytesMax + Int(chunks[chunk].size)
      arena.withUnsafeMutableBytes {
        UnsafeMutableRawBufferPointer(rebasing: $0[to..<to + part.count]).copyMemory(from: part)
      }
      chunks[chunk].size += Int32(truncatingIfNeeded: part.count)
      chunks[chunk].points += Int32(truncatingIfNeeded: UTF8Scan.count(part))
      at = end
    }
  }

  /// Joins a chunk that deletions left nearly empty with the one behind it.
  private mutating func mergeSmall(_ chunk: Int) {
    guard chunk + 1 < chunks.count else { return }
    let size = Int(chunks[chunk].size)
    let next = Int(chunks[chunk + 1].size)
    guard size + next <= Self.chunkBytesMax / 4 else { return }
    let to = Int(chunks[chunk].slot) * Self.chunkBytesMax + size
    let from = Int(chunks[chunk + 1].slot) * Self.chunkBytesMax
    arena.withUnsafeMutableBytes { arena in
      guard let base = arena.baseAddress else { return }
      (base + to).copyMemory(from: base + from, byteCount: next)
    }
    chunks[chunk].size += Int32(truncatingIfNeeded: next)
    chunks[chunk].points += chunks[chunk + 1].points
    removeChunk(at: chunk + 1)
  }
}
