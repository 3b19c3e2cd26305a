// SPDX-License-Identifier: MIT

/// Where each span of a `SpanTree` starts, and in which slot it lay when it came into its leaf.
///
/// Of the units that a walk applies, a bit for each says whether a span starts there, or units that
/// took out others; these have a negative number instead of a slot. The units of
/// the placeholder, which are below zero, are too many for that: their spans are in a `SpanMap`,
/// from when one is looked for, which seldom happens.
struct SpanIndex: ~Copyable {
  /// The unit of bit 0.
  private var base: Int32 = 0
  private var marks = RawArray<UInt64>()
  /// For each unit from `base` on, the slot of the span that starts there; else anything.
  private var slots = RawArray<Int32>()
  private var placeholder = SpanMap()
  /// Whether `placeholder` is kept.
  private(set) var hasPlaceholder = false

  /// Forgets all spans and keeps the memory; further ones start at `base` or later.
  mutating func reset(base: Int32) {
    self.base = base
    marks.removeAll()
    slots.removeAll()
    hasPlaceholder = false
  }

  /// Starts to keep the spans of the placeholder. The caller adds those that there are.
  mutating func addPlaceholder() {
    placeholder.removeAll()
    hasPlaceholder = true
  }

  /// Makes room for the units below `end`.
  mutating func reserve(_ end: Int32) {
    let words = (Int(end - base) + 63) >> 6
    guard words > marks.count else { return }
    let more = words - marks.count
    marks.append(repeating: 0, count: more)
    slots.append(repeating: 0, count: more << 6)
  }

  /// The slot of the span in which `unit` lies, and that span's first unit. For a unit of the
  /// placeholder, its spans must be kept.
  @inline(__always) func span(of unit: Int32) -> (slot: Int32, id: Int32) {
    if unit < 0 { return placeholder.floor(of: unit) }
    let bit = Int(unit &- base)
    if marks[bit >> 6] &>> UInt64(truncatingIfNeeded: bit & 63) & 1 != 0 {
      // There is a slot for each bit.
      return (slots[known: bit], unit)
    }
    return span(before: bit)
  }

  /// The same for the unit of a bit that is not set.
  private func span(before bit: Int) -> (slot: Int32, id: Int32) {
    var word = bit >> 6
    var found = marks[word] &<< UInt64(truncatingIfNeeded: 63 - bit & 63)
    var start = bit
    // The first unit of all is marked, so the search ends there at the latest.
    while found == 0 {
      start = word << 6 - 1
      word -= 1
      found = marks[word]
    }
    start -= found.leadingZeroBitCount
    return (slots[start], base + Int32(truncatingIfNeeded: start))
  }

  /// Notes that the span which starts at `unit` lies in `slot` now.
  @inline(__always) mutating func move(_ unit: Int32, to slot: Int) {
    let slot = Int32(truncatingIfNeeded: slot)
    if unit < 0 {
      if hasPlaceholder { placeholder.move(unit, to: slot) }
      return
    }
    slots[Int(unit &- base)] = slot
  }

  /// Adds a span that starts at `unit` and lies in `slot`.
  @inline(__always) mutating func insert(_ unit: Int32, slot: Int) {
    let slot = Int32(truncatingIfNeeded: slot)
    if unit < 0 {
      if hasPlaceholder { placeholder.insert(unit, slot: slot) }
      return
    }
    let bit = Int(unit &- base)
    slots[bit] = slot
    // There is a slot for each bit.
    marks[known: bit >> 6] |= 1 &<< UInt64(truncatingIfNeeded: bit & 63)
  }
}
