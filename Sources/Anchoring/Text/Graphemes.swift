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

  /// For every offset from 0 to the end, whether it is a boundary. O(n).
  static func all(of scalars: [UInt32]) -> [Bool] {
    var out = [Bool](repeating: false, count: scalars.count + 1)
    var place = 0
    out[0] = true
    for character in UTF8Coding.string(scalars) {
      place += character.unicodeScalars.count
      out[place] = true
    }
    return out
  }

  /// True where there is a boundary for sure, at a glance.
  fileprivate static func isPlain(_ offset: Int, _ scalars: [UInt32]) -> Bool {
    guard offset > 0, offset < scalars.count else { return true }
    let before = scalars[offset - 1]
    let after = scalars[offset]
    if isSimple(before), isSimple(after) { return true }
    if before < 0x80 {
      let isSkinTone = (0x1_F3FB...0x1_F3FF).contains(after)
      return !isSkinTone && !ScalarClass(after).contains(.continues)
    }
    return after < 0x80 && !mayBePrepended(before)
  }

  /// Letters and punctuation that never join another of their sort; canonical text has no CR.
  private static func isSimple(_ value: UInt32) -> Bool {
    switch value {
    case 0..<0x300, 0x0400...0x0482, 0x2010...0x2027, 0x3041...0x3096, 0x30A1...0x30FA,
      0x4E00...0x9FFF:
      true
    default: false
    }
  }

  /// True for all of Grapheme_Cluster_Break=Prepend, and for others near them.
  private static func mayBePrepended(_ value: UInt32) -> Bool {
    switch value {
    case 0x0600...0x08FF, 0x0D4E, 0x1_1000...0x1_1FFF: true
    default: false
    }
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

/// Answers about many offsets of one text: the first ones by looking around each, then, since text
/// without spaces makes that slow, from a map of all of it.
struct GraphemeMap {
  /// How many offsets are looked around before a map is made.
  private static let looksMax = 256

  private let scalars: [UInt32]
  private var looks = 0
  private var map: [Bool]?

  init(_ scalars: [UInt32]) { self.scalars = scalars }

  /// True when `offset` lies between two clusters.
  mutating func isBoundary(_ offset: Int) -> Bool {
    if Graphemes.isPlain(offset, scalars) { return true }
    if let map { return map[offset] }
    looks += 1
    if looks > Self.looksMax { map = Graphemes.all(of: scalars) }
    return Graphemes.isBoundary(offset, in: scalars)
  }
}
