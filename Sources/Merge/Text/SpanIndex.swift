// SPDX-License-Identifier: MIT

/// Where each span of a `SpanTree` starts, and in which slot it lay when it came into its leaf.
///
/// Of the units that a walk puts in, a bit for each says whether a span starts there. The units of
/// the placeholder, which are below zero, are too many for that: their spans are in a `SpanMap`.
struct SpanIndex: ~Copyable {
  /// The unit of bit 0.
  private var base: Int32 = 0
  private var marks = RawArray<UInt64>()
  /// For each unit from `base` on, the slot of the span that starts there; else anything.
  private var slots = RawArray<Int32>()
  private var placeholder = SpanMap()

  /// Forgets all spans and keeps the memory; further ones start at `base` or later.
  mutating func reset(base: Int32) {
    self.base = base
    marks.removeAll()
    slots.removeAll()
    placeholder.removeAll()
  }

  /// Makes room for the units below `end`.
  mutating func reserve(_ end: Int32) {
    let words = (Int(end - base) + 63) >> 6
    guard words > marks.count else { return }
    let more = words - marks.count
    marks.append(repeating: 0, count: more)
    slots.append(repeating: 0, count: more << 6)
  }

  /// The slot of the span in which `unit` lies, and that span's first unit.
  @inline(__always) func span(of unit: Int32) -> (slot: Int32, id: Int32) {
    if unit < 0 { return placeholder.floor(of: unit) }
    let bit = Int(unit - base)
    var word = bit >> 6
    var found = marks[word] << UInt64(63 - bit & 63)
    if found != 0 {
      let start = bit - found.leadingZeroBitCount
      return (slots[start], base + Int32(truncatingIfNeeded: start))
    }
    // The first unit of all starts a span, so the search ends there at the latest.
    repeat {
      word -= 1
      found = marks[word]
    } while found == 0
    let start = word << 6 + 63 - found.leadingZeroBitCount
    return (slots[start], base + Int32(truncatingIfNeeded: start))
  }

  /// Notes that the span which starts at `unit` lies in `slot` now.
  @inline(__always) mutating func move(_ unit: Int32, to slot: Int) {
    let slot = Int32(truncatingIfNeeded: slot)
    if unit < 0 { return placeholder.move(unit, to: slot) }
    slots[Int(unit - base)] = slot
  }

  /// Adds a span that starts at `unit` and lies in `slot`.
  @inline(__always) mutating func insert(_ unit: Int32, slot: Int) {
    let slot = Int32(truncatingIfNeeded: slot)
    if unit < 0 { return placeholder.insert(unit, slot: slot) }
    let bit = Int(unit - base)
    marks[bit >> 6] |= 1 << UInt64(bit & 63)
    slots[bit] = slot
  }
}
