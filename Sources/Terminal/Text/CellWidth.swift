// SPDX-License-Identifier: MIT

/// How many cells of a terminal a text takes.
///
/// A `wcwidth` of our own. Categories and emoji properties come from the standard library's
/// Unicode tables, so that the only table here is that of the wide scripts (East Asian Width W and
/// F, Unicode Standard Annex 11). The rules, for one grapheme cluster:
///
/// - an emoji with what belongs to it (variation selector 16, skin tone, zero-width joiner, flag,
///   keycap) is 2, however many code points it has;
/// - else the sum over its code points: non-spacing and enclosing marks, format characters and
///   the inner letters of a Hangul syllable are 0, wide letters are 2, all else is 1.
///
/// A spacing mark, such as the Devanagari vowel sign in `हि`, is 1 and the letters of a conjunct
/// count each: that is what glibc, xterm, VTE and less do. A terminal that shapes conjuncts takes
/// fewer cells, so that there a column may have a gap, but no line is too long.
///
/// Controls count as 0: a text must have gone through ``DisplayText`` before.
public enum CellWidth {
  /// The cells of a text without line ends and escape sequences.
  public static func of(_ text: String) -> Int {
    if let width = asciiWidth(text) { return width }
    var width = 0
    for scalar in text.unicodeScalars {
      if mayJoinEmoji(scalar.value) { return text.reduce(0) { $0 + of($1) } }
      width += of(scalar)
    }
    return width
  }

  /// The cells of one grapheme cluster.
  public static func of(_ character: Character) -> Int {
    let scalars = character.unicodeScalars
    guard let first = scalars.first else { return 0 }
    let index = scalars.index(after: scalars.startIndex)
    guard index < scalars.endIndex else { return of(first) }
    if isEmojiSequence(first, then: scalars[index...]) { return 2 }
    return scalars.reduce(0) { $0 + of($1) }
  }

  /// The cells of one code point that stands alone.
  public static func of(_ scalar: Unicode.Scalar) -> Int {
    let code = scalar.value
    if code < 0x300 { return code < 0x20 || (0x7F..<0xA0).contains(code) ? 0 : 1 }
    if isOrdinaryNarrow(code) { return 1 }
    if isOrdinaryWide(code) { return 2 }
    if isHangulInner(code) { return 0 }
    if isWide(code) { return isZeroWidth(scalar) ? 0 : 2 }
    if isZeroWidth(scalar) { return 0 }
    let isFlagLetter = (0x1F1E6...0x1F1FF).contains(code)
    return scalar.properties.isEmojiPresentation && !isFlagLetter ? 2 : 1
  }

  /// The width when all is printable ASCII, the common case.
  private static func asciiWidth(_ text: String) -> Int? {
    for byte in text.utf8 where byte < 0x20 || byte > 0x7E { return nil }
    return text.utf8.count
  }

  /// Whether a cluster with this code point may be narrower or wider than the sum of its parts:
  /// whatever joins emoji, and, in two ranges with others, all that is an emoji by itself.
  private static func mayJoinEmoji(_ code: UInt32) -> Bool {
    code >= 0x200D
      && (code == 0x200D || code == 0x20E3 || code == 0xFE0F || code >= 0x1F004
        || (0x231A...0x2B55).contains(code))
  }

  // The common letters, so that no table is searched for them.

  /// Greek, Cyrillic and Armenian letters; dashes and quotation marks.
  private static func isOrdinaryNarrow(_ code: UInt32) -> Bool {
    (0x370...0x482).contains(code) || (0x48A...0x58F).contains(code)
      || (0x2010...0x2027).contains(code)
  }

  /// Ideographs and Hangul syllables.
  private static func isOrdinaryWide(_ code: UInt32) -> Bool {
    (0x3400...0x4DBF).contains(code) || (0x4E00...0x9FFF).contains(code)
      || (0xAC00...0xD7A3).contains(code)
  }

  private static func isEmojiSequence(
    _ first: Unicode.Scalar, then rest: Substring.UnicodeScalarView
  ) -> Bool {
    guard first.properties.isEmoji || (0x1F1E6...0x1F1FF).contains(first.value) else {
      return false
    }
    if first.properties.isEmojiPresentation { return true }  // Flags, skin tones, families.
    return rest.contains { $0.value == 0xFE0F || $0.value == 0x20E3 }
      || rest.contains { $0.properties.isEmojiModifier }
  }

  private static func isZeroWidth(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark: return true
    case .format:
      // The number signs that stand before Arabic and Syriac digits are seen.
      switch scalar.value {
      case 0x0600...0x0605, 0x06DD, 0x070F, 0x0890...0x0891, 0x08E2, 0x110BD, 0x110CD: return false
      default: return true
      }
    default: return false
    }
  }

  /// Vowels and final consonants of Hangul, which join the consonant before them in its two cells.
  private static func isHangulInner(_ code: UInt32) -> Bool {
    (0x1160...0x11FF).contains(code) || (0xD7B0...0xD7FF).contains(code)
  }

  private static func isWide(_ code: UInt32) -> Bool {
    guard code >= 0x1100 else { return false }
    var low = 0
    var high = wide.count
    while low < high {
      let middle = (low + high) / 2
      if wide[middle].upperBound < code { low = middle + 1 } else { high = middle }
    }
    return low < wide.count && wide[low].contains(code)
  }

  /// Wide and full-width code points but for emoji, from Unicode 14's EastAsianWidth.txt. Gaps of
  /// marks and of unassigned code points are closed, so that what Unicode adds there is right.
  private static let wide: [ClosedRange<UInt32>] = [
    0x1100...0x115F, 0x2329...0x232A, 0x2E80...0x303E, 0x3041...0x3247, 0x3250...0x4DBF,
    0x4E00...0xA4C6, 0xA960...0xA97C, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE10...0xFE6B,
    0xFF01...0xFF60, 0xFFE0...0xFFE6, 0x16FE0...0x1B2FB, 0x1F200...0x1F265, 0x20000...0x3FFFD,
  ]
}
