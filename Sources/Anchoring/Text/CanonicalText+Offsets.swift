// SPDX-License-Identifier: MIT

/// Conversions between code points and the two encodings' units, always checked.
extension CanonicalText {
  /// The bytes of a code-point range. O(1).
  ///
  /// Throws `rangeOutOfBounds`.
  public func utf8Range(of range: Range<Int>) throws(AnchoringError) -> Range<Int> {
    try check(range.lowerBound, range.upperBound, count: scalarCount, unit: .codePoints)
    return place(range.lowerBound).utf8..<place(range.upperBound).utf8
  }

  /// The UTF-16 units of a code-point range, as JavaScript counts. O(1).
  ///
  /// Throws `rangeOutOfBounds`.
  public func utf16Range(of range: Range<Int>) throws(AnchoringError) -> Range<Int> {
    try check(range.lowerBound, range.upperBound, count: scalarCount, unit: .codePoints)
    return place(range.lowerBound).utf16..<place(range.upperBound).utf16
  }

  /// The code points of a byte range. O(log n).
  ///
  /// Throws `rangeOutOfBounds`, and `offsetInsideCodePoint` where an end is not between two code
  /// points.
  public func range(utf8 range: Range<Int>) throws(AnchoringError) -> Range<Int> {
    try check(range.lowerBound, range.upperBound, count: utf8.count, unit: .utf8)
    let start = try codePoint(at: range.lowerBound, unit: .utf8)
    return start..<(try codePoint(at: range.upperBound, unit: .utf8))
  }

  /// The code points of a range of UTF-16 units. O(log n).
  ///
  /// Throws `rangeOutOfBounds`, and `offsetInsideCodePoint` where an end splits a surrogate pair.
  public func range(utf16 range: Range<Int>) throws(AnchoringError) -> Range<Int> {
    try check(range.lowerBound, range.upperBound, count: utf16Count, unit: .utf16)
    let start = try codePoint(at: range.lowerBound, unit: .utf16)
    return start..<(try codePoint(at: range.upperBound, unit: .utf16))
  }

  /// A range from two offsets that came from elsewhere.
  ///
  /// Throws `rangeOutOfBounds` when they are not in order and within the text.
  public func range(from start: Int, to end: Int) throws(AnchoringError) -> Range<Int> {
    try check(start, end, count: scalarCount, unit: .codePoints)
    return start..<end
  }

  /// How many UTF-16 units the text has.
  public var utf16Count: Int { place(scalarCount).utf16 }

  private func check(
    _ start: Int, _ end: Int, count: Int, unit: OffsetUnit
  ) throws(AnchoringError) {
    guard start >= 0, start <= end, end <= count else {
      throw .rangeOutOfBounds(start: start, end: end, count: count, unit: unit)
    }
  }

  /// A code point's number with its place in both encodings.
  private struct Place {
    var codePoint: Int
    var utf8: Int
    var utf16: Int

    func offset(_ unit: OffsetUnit) -> Int {
      switch unit {
      case .codePoints: codePoint
      case .utf8: utf8
      case .utf16: utf16
      }
    }
  }

  private func checkpoint(_ number: Int) -> Place {
    let found = checkpoints[number]
    return Place(
      codePoint: number * Self.checkpointStride, utf8: Int(found.utf8), utf16: Int(found.utf16))
  }

  private func step(_ place: inout Place) {
    let length = UTF8Coding.sequenceLength(utf8[place.utf8])
    place.codePoint += 1
    place.utf8 += max(length, 1)
    place.utf16 += length == 4 ? 2 : 1
  }

  /// The place of code point `offset`, which is in `0...scalarCount`.
  private func place(_ offset: Int) -> Place {
    assert((0...scalarCount).contains(offset))
    if utf8.count == scalarCount { return Place(codePoint: offset, utf8: offset, utf16: offset) }
    var place = checkpoint(min(offset / Self.checkpointStride, checkpoints.count - 1))
    while place.codePoint < offset { step(&place) }
    return place
  }

  /// The code point that starts at `offset` of an encoding; the end of the text counts as one.
  private func codePoint(at offset: Int, unit: OffsetUnit) throws(AnchoringError) -> Int {
    if utf8.count == scalarCount { return offset }
    var low = 0
    var high = checkpoints.count - 1
    while low < high {
      let middle = (low + high + 1) / 2
      if checkpoint(middle).offset(unit) <= offset { low = middle } else { high = middle - 1 }
    }
    var place = checkpoint(low)
    while place.offset(unit) < offset { step(&place) }
    guard place.offset(unit) == offset else {
      throw .offsetInsideCodePoint(offset: offset, unit: unit)
    }
    return place.codePoint
  }
}
