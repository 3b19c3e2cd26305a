// SPDX-License-Identifier: MIT

/// In which slot of a `SpanTree` lies the span that starts at a unit: a sorted map in two levels,
/// chunks of at most 64 entries, and the list of chunks.
struct SpanMap {
  private static let chunkMax = 64

  private var keys: ContiguousArray<Int32> = []
  private var slots: ContiguousArray<Int32> = []
  private var sizes: ContiguousArray<Int32> = []
  /// The first key of each chunk, ascending, and which chunk that is.
  private var firstKeys: ContiguousArray<Int32> = []
  private var chunks: ContiguousArray<Int32> = []

  /// Forgets all entries and keeps the memory.
  mutating func removeAll() {
    if sizes.count == 1 {
      sizes[0] = 0
      firstKeys[0] = .max
      return
    }
    keys.removeAll(keepingCapacity: true)
    slots.removeAll(keepingCapacity: true)
    sizes.removeAll(keepingCapacity: true)
    firstKeys.removeAll(keepingCapacity: true)
    chunks.removeAll(keepingCapacity: true)
  }

  /// The last span that starts at or before `unit`: its slot and its first unit.
  func floor(of unit: Int32) -> (slot: Int32, id: Int32) {
    let place = place(of: unit)
    return (slots[place], keys[place])
  }

  /// Notes that the span which starts at `unit` lies in `slot` now.
  mutating func move(_ unit: Int32, to slot: Int32) {
    slots[place(of: unit)] = slot
  }

  /// Adds a span that starts at `unit` and lies in `slot`.
  mutating func insert(_ unit: Int32, slot: Int32) {
    guard !chunks.isEmpty else {
      addChunk(at: 0, firstKey: unit)
      return put(unit, slot, inChunk: 0, at: 0)
    }
    var order = max(0, Search.floor(of: unit, nearEndOf: firstKeys))
    if sizes[Int(chunks[order])] == Self.chunkMax {
      divide(order)
      if unit >= firstKeys[order + 1] { order += 1 }
    }
    let chunk = Int(chunks[order])
    let size = Int(sizes[chunk])
    if size > 0, keys[chunk * Self.chunkMax + size - 1] < unit {
      keys[chunk * Self.chunkMax + size] = unit
      slots[chunk * Self.chunkMax + size] = slot
      sizes[chunk] += 1
      return
    }
    put(unit, slot, inChunk: chunk, at: floor(of: unit, inChunk: chunk) + 1)
    if unit < firstKeys[order] { firstKeys[order] = unit }
  }

  private func place(of unit: Int32) -> Int {
    let order = max(0, Search.floor(of: unit, nearEndOf: firstKeys))
    let chunk = Int(chunks[order])
    return chunk * Self.chunkMax + max(0, floor(of: unit, inChunk: chunk))
  }

  private func floor(of unit: Int32, inChunk chunk: Int) -> Int {
    let start = chunk * Self.chunkMax
    return Search.floor(of: unit, in: keys, from: start, to: start + Int(sizes[chunk])) - start
  }

  private mutating func put(_ unit: Int32, _ slot: Int32, inChunk chunk: Int, at place: Int) {
    let start = chunk * Self.chunkMax
    var entry = start + Int(sizes[chunk])
    while entry > start + place {
      keys[entry] = keys[entry - 1]
      slots[entry] = slots[entry - 1]
      entry -= 1
    }
    keys[entry] = unit
    slots[entry] = slot
    sizes[chunk] += 1
  }

  private mutating func addChunk(at order: Int, firstKey: Int32) {
    chunks.insert(Int32(truncatingIfNeeded: sizes.count), at: order)
    firstKeys.insert(firstKey, at: order)
    sizes.append(0)
    keys.append(contentsOf: repeatElement(0, count: Self.chunkMax))
    slots.append(contentsOf: repeatElement(0, count: Self.chunkMax))
  }

  /// Moves half of a full chunk to a new one behind it; a last chunk keeps nearly all, since units
  /// mostly come in ascending order.
  private mutating func divide(_ order: Int) {
    let kept = order + 1 == chunks.count ? Self.chunkMax - 4 : Self.chunkMax / 2
    let from = Int(chunks[order]) * Self.chunkMax
    addChunk(at: order + 1, firstKey: keys[from + kept])
    let chunk = Int(chunks[order + 1])
    for place in kept..<Self.chunkMax {
      keys[chunk * Self.chunkMax + place - kept] = keys[from + place]
      slots[chunk * Self.chunkMax + place - kept] = slots[from + place]
    }
    sizes[chunk] = Int32(truncatingIfNeeded: Self.chunkMax - kept)
    sizes[Int(chunks[order])] = Int32(truncatingIfNeeded: kept)
  }
}
