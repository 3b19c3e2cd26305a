// SPDX-License-Identifier: MIT

/// Where each span of a `SpanTree` starts, and in which leaf it lies.
///
/// Of the units that a walk puts in, a bit for each says whether a span starts there. The units of
/// the placeholder, which are below zero, are too many for that: their spans are in a `SpanMap`.
struct SpanIndex: ~Copyable {
  /// The unit of bit 0.
  private var base: Int32 = 0
  private var marks = RawArray<UInt64>()
  /// For each unit from `base` on, the leaf of the span that starts there; else anything.
  private var leaves = RawArray<Int32>()
  private var placeholder = SpanMap()

  /// Forgets all spans and keeps the memory; further ones start at `base` or later.
  mutating func reset(base: Int32) {
    self.base = base
    marks.removeAll()
    leaves.removeAll()
    placeholder.removeAll()
  }

  /// Makes room for the units below `end`.
  mutating func reserve(_ end: Int32) {
    let words = (Int(end - base) + 63) >> 6
    guard words > marks.count else { return }
    let more = words - marks.count
    marks.append(repeating: 0, count: more)
    leaves.append(repeating: 0, count: more << 6)
  }

  /// The leaf of the span in which `unit` lies, and that span's first unit.
  @inline(__always) func span(of unit: Int32) -> (leaf: Int32, id: Int32) {
    if unit < 0 { return placeholder.floor(of: unit) }
    let bit = Int(unit - base)
    var word = bit >> 6
    var found = marks[word] << UInt64(63 - bit & 63)
    if found != 0 {
      let start = bit - found.leadingZeroBitCount
      return (leaves[start], base + Int32(truncatingIfNeeded: start))
    }
    // The first unit of all starts a span, so the search ends there at the latest.
    repeat {
      word -= 1
      found = marks[word]
    } while found == 0
    let start = word << 6 + 63 - found.leadingZeroBitCount
    return (leaves[start], base + Int32(truncatingIfNeeded: start))
  }

  /// Notes that the span which starts at `unit` lies in `leaf` now.
  @inline(__always) mutating func move(_ unit: Int32, to leaf: Int32) {
    if unit < 0 { return placeholder.move(unit, to: leaf) }
    leaves[Int(unit - base)] = leaf
  }

  /// Adds a span that starts at `unit` and lies in `leaf`.
  @inline(__always) mutating func insert(_ unit: Int32, leaf: Int32) {
    if unit < 0 { return placeholder.insert(unit, leaf: leaf) }
    let bit = Int(unit - base)
    marks[bit >> 6] |= 1 << UInt64(bit & 63)
    leaves[bit] = leaf
  }
}
