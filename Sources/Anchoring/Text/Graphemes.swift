// SPDX-License-Identifier: MIT

/// Where a text may be cut without splitting what a reader sees as one character
/// (extended grapheme clusters, UAX #29, by the standard library).
enum Graphemes {
  /// How far to look on either side of an offset for a sure boundary. Longer clusters than this
  /// are cut; that bounds the work on hostile text.
  private static let windowMax = 128

  /// The last boundary at or before `offset`.
  static func floor(_ offset: Int, in scalars: [UInt32]) -> Int {
    if isPlain(offset, scalars) { return offset }
    return boundaries(around: offset, scalars).last { $0 <= offset } ?? offset
  }

  /// The first boundary at or after `offset`.
  static func ceil(_ offset: Int, in scalars: [UInt32]) -> Int {
    if isPlain(offset, scalars) { return offset }
    return boundaries(around: offset, scalars).first { $0 >= offset } ?? offset
  }

  /// True when `offset` lies between two clusters.
  static func isBoundary(_ offset: Int, in scalars: [UInt32]) -> Bool {
    if isPlain(offset, scalars) { return true }
    return boundaries(around: offset, scalars).contains(offset)
  }

  /// True between two ASCII characters and at the text's ends: always a boundary, as canonical
  /// text has no CR.
  private static func isPlain(_ offset: Int, _ scalars: [UInt32]) -> Bool {
    offset <= 0 || offset >= scalars.count
      || scalars[offset] < 0x80 && scalars[offset - 1] < 0x80
  }

  private static func boundaries(around offset: Int, _ scalars: [UInt32]) -> [Int] {
    var low = offset - 1
    while !isPlain(low, scalars), offset - low < windowMax { low -= 1 }
    var high = offset + 1
    while !isPlain(high, scalars), high - offset < windowMax { high += 1 }
    var out = [low]
    var place = low
    for character in UTF8Coding.string(scalars[low..<high]) {
      place += character.unicodeScalars.count
      out.append(place)
    }
    return out
  }
}
