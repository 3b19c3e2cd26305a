// SPDX-License-Identifier: MIT

/// Taking white space off both ends.
enum Trimming {
  /// `scalars` without white space, joiners and other invisible characters outside.
  ///
  /// An invisible character that belongs to the last visible one (a variation selector, a
  /// joiner before a mark) stays.
  static func trimmed(_ scalars: [UInt32]) -> [UInt32] {
    var start = 0
    var end = scalars.count
    while start < end, ScalarClass(scalars[start]).isInvisible { start += 1 }
    while start < end, ScalarClass(scalars[end - 1]).isInvisible { end -= 1 }
    while end < scalars.count, isVariationSelector(scalars[end]) { end += 1 }
    return start == 0 && end == scalars.count ? scalars : Array(scalars[start..<end])
  }

  private static func isVariationSelector(_ value: UInt32) -> Bool {
    (0xFE00...0xFE0F).contains(value) || (0xE0100...0xE01EF).contains(value)
  }
}
