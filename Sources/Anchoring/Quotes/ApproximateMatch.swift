// SPDX-License-Identifier: MIT

/// Edit distance of one pattern to every place of a text, 64 rows of the table at a time.
///
/// Myers, "A fast bit-vector algorithm for approximate string matching based on dynamic
/// programming", J. ACM 46 (1999), with the block form of its section 4 and Hyyrö's (2003) way of
/// handing the horizontal difference on. A column takes ⌈m / 64⌉ steps of some twenty machine
/// operations; the column is kept as vertical differences, +1 in `positive`, -1 in `negative`.
struct ApproximateMatch {
  /// Code points of the pattern.
  let length: Int
  private let words: Int
  /// Bit that stands for the pattern's last code point in its word.
  private let lastBit: UInt64
  /// The pattern's code points below U+0080 have a slot here; 0 is "not in the pattern".
  private var asciiSlots: [UInt16]
  private var otherSlots: [UInt32: UInt16]
  /// For each slot, the rows that hold its code point: `words` words each.
  private var rows: [UInt64]

  /// Prepares a pattern, which must not be empty, nor longer than 65,535.
  init(_ pattern: [UInt32]) {
    precondition(!pattern.isEmpty && pattern.count <= UInt16.max, "pattern length out of range")
    length = pattern.count
    words = (pattern.count + 63) / 64
    lastBit = 1 << UInt64((pattern.count - 1) % 64)
    asciiSlots = Array(repeating: 0, count: 128)
    otherSlots = [:]
    rows = Array(repeating: 0, count: words)
    for (index, value) in pattern.enumerated() {
      var slot = Self.slot(value, asciiSlots, otherSlots)
      if slot == 0 {
        slot = rows.count / words
        rows.append(contentsOf: repeatElement(0, count: words))
        let narrow = UInt16(truncatingIfNeeded: slot)
        if value < 128 { asciiSlots[Int(value)] = narrow } else { otherSlots[value] = narrow }
      }
      rows[slot * words + index / 64] |= 1 << UInt64(index % 64)
    }
  }

  @inline(__always)
  private static func slot(_ value: UInt32, _ ascii: [UInt16], _ other: [UInt32: UInt16]) -> Int {
    value < 128 ? Int(ascii[Int(value)]) : Int(other[value] ?? 0)
  }

  /// How much work one code point of a text is, in steps.
  var stepsPerScalar: Int { words }

  /// Calls `visit` with each end in `text` (1 is after its first code point) and the smallest edit
  /// distance of the pattern to anything that ends there; with `anchored`, to exactly what is
  /// before it.
  func forEachEnd(
    of text: ArraySlice<UInt32>, anchored: Bool, _ visit: (_ end: Int, _ distance: Int) -> Void
  ) {
    var positive = [UInt64](repeating: .max, count: words)
    var negative = [UInt64](repeating: 0, count: words)
    var distance = length
    var end = 0
    for value in text {
      let row = Self.slot(value, asciiSlots, otherSlots) * words
      // The row above the pattern: all zero when a match may start anywhere.
      var carry = anchored ? 1 : 0
      for word in 0..<words {
        let top = word == words - 1 ? lastBit : 1 << 63
        carry = Self.advance(
          &positive[word], &negative[word], equal: rows[row + word], carry: carry, top: top)
      }
      distance += carry
      end += 1
      visit(end, distance)
    }
  }

  /// One word of one column; takes and gives the horizontal difference at its edges.
  @inline(__always)
  private static func advance(
    _ positive: inout UInt64, _ negative: inout UInt64, equal: UInt64, carry: Int, top: UInt64
  ) -> Int {
    let matches = carry < 0 ? equal | 1 : equal
    let vertical = equal | negative
    let horizontal = (((matches & positive) &+ positive) ^ positive) | matches
    var up = negative | ~(horizontal | positive)
    var down = positive & horizontal
    let out = up & top != 0 ? 1 : down & top != 0 ? -1 : 0
    up <<= 1
    down <<= 1
    if carry > 0 { up |= 1 } else if carry < 0 { down |= 1 }
    positive = down | ~(vertical | up)
    negative = up & vertical
    return out
  }
}
