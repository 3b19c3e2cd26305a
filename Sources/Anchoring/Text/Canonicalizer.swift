// SPDX-License-Identifier: MIT

/// Brings code points into the one form that texts, quotes and tags are stored and compared in:
/// NFC, with LF as the only line end.
enum Canonicalizer {
  /// How many combining marks may follow one another.
  ///
  /// Real writing stays below ten, the Stream-Safe Text Format of UAX #15 below 31. The limit
  /// bounds the time that sorting marks takes, and what one step of a folded index spans.
  static let maximumMarks = 255

  /// `scalars` with CRLF and CR made LF, in NFC. Idempotent.
  ///
  /// Throws `tooManyMarks`; its offset counts in the result as far as it was made.
  static func canonical(_ scalars: [UInt32]) throws(AnchoringError) -> [UInt32] {
    let lines = withLineFeeds(scalars)
    guard !lines.allSatisfy(isSurelyComposed) else { return lines }
    try checkMarks(lines)
    var normalizer = Normalizer(.canonical)
    let composed = normalizer.normalized(lines)
    try checkMarks(composed)
    return composed
  }

  private static func withLineFeeds(_ scalars: [UInt32]) -> [UInt32] {
    guard scalars.contains(0x0D) else { return scalars }
    var out: [UInt32] = []
    out.reserveCapacity(scalars.count)
    var afterReturn = false
    for value in scalars {
      if value == 0x0D {
        out.append(0x0A)
      } else if !(afterReturn && value == 0x0A) {
        out.append(value)
      }
      afterReturn = value == 0x0D
    }
    return out
  }

  private static func checkMarks(_ scalars: [UInt32]) throws(AnchoringError) {
    var classes = ScalarClasses()
    var run = 0
    for index in scalars.indices {
      let value = scalars[index]
      if isSurelyComposed(value) || !classes.of(value).contains(.mark) {
        run = 0
        continue
      }
      run += 1
      if run > maximumMarks {
        throw .tooManyMarks(codePointOffset: index, limit: maximumMarks)
      }
    }
  }

  /// True for common code points that are their own NFC and never join what stands before them
  /// (NFC_Quick_Check=Yes and combining class 0).
  @inline(__always)
  static func isSurelyComposed(_ value: UInt32) -> Bool {
    if value < 0x300 { return true }
    switch value {
    case 0x0400...0x0482, 0x2010...0x205E, 0x3041...0x3096, 0x30A1...0x30FA: return true
    case 0x4E00...0x9FFF, 0xAC00...0xD7A3, 0x1_F300...0x1_FAFF: return true
    default: return false
    }
  }
}
