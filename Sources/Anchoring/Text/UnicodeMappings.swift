// SPDX-License-Identifier: MIT

// The one file that imports Foundation: the standard library normalises inside, but gives no
// public way to ask for NFC, and has no compatibility mappings at all.
import Foundation

/// Normalisation forms (UAX #15) and full case folding, over code points.
///
/// Both are stable by Unicode's stability policy: a newer Unicode version changes nothing for
/// characters that an older one knew, so what is derived from them stays the same for ever,
/// save for characters unknown to one of the machines.
enum UnicodeMappings {
  /// NFC of `scalars`.
  ///
  /// Foundation sorts marks in quadratic time: bound the runs of marks before calling.
  static func composed(_ scalars: some Collection<UInt32>) -> [UInt32] {
    let string = UTF8Coding.string(withSplitVowels(scalars))
    return withJoinedFinals(UTF8Coding.scalars(of: string.precomposedStringWithCanonicalMapping))
  }

  /// NFKC of `scalars`. The same warning holds.
  static func compatibilityComposed(_ scalars: some Collection<UInt32>) -> [UInt32] {
    let string = UTF8Coding.string(withSplitVowels(scalars))
    return withJoinedFinals(
      UTF8Coding.scalars(of: string.precomposedStringWithCompatibilityMapping))
  }

  /// Tibetan vowel signs that are made of two marks, taken apart.
  ///
  /// They have combining class 0 themselves, their parts have not. Foundation on Linux (6.3)
  /// forgets to sort the parts among the marks before them, so its NFC of such a text is not in
  /// NFC.
  private static func withSplitVowels(_ scalars: some Collection<UInt32>) -> [UInt32] {
    var out: [UInt32] = []
    out.reserveCapacity(scalars.count)
    for value in scalars {
      switch value {
      case 0xF73: out += [0xF71, 0xF72]
      case 0xF75: out += [0xF71, 0xF74]
      case 0xF81: out += [0xF71, 0xF80]
      default: out.append(value)
      }
    }
    return out
  }

  /// Hangul syllables without a final consonant, joined with one that follows.
  ///
  /// Foundation on Linux (6.3) joins three letters, but not a finished syllable and a letter
  /// (Unicode, 3.12: LV + T).
  private static func withJoinedFinals(_ scalars: [UInt32]) -> [UInt32] {
    guard scalars.contains(where: { (0x11A8...0x11C2).contains($0) }) else { return scalars }
    var out: [UInt32] = []
    out.reserveCapacity(scalars.count)
    for value in scalars {
      if (0x11A8...0x11C2).contains(value), let last = out.last,
        (0xAC00...0xD7A3).contains(last), (last - 0xAC00) % 28 == 0
      {
        out[out.count - 1] = last + (value - 0x11A7)
      } else {
        out.append(value)
      }
    }
    return out
  }

  /// Appends the full case folding (CaseFolding.txt, C + F) of `value`.
  ///
  /// Lower, upper and lower case again gives just that for every character of Unicode 14 (checked
  /// one by one against CPython's `str.casefold`), save the two sorts that are set apart here.
  static func appendCaseFolded(_ value: UInt32, to out: inout [UInt32]) {
    if value < 0x80 {
      out.append(value &- 0x41 < 26 ? value | 0x20 : value)
      return
    }
    guard let scalar = Unicode.Scalar(value) else { return }
    if value == 0x131 {  // LATIN SMALL LETTER DOTLESS I folds to itself, not to "i".
      out.append(value)
      return
    }
    let cherokee = (0x13A0...0x13FD).contains(value) || (0xAB70...0xABBF).contains(value)
    if cherokee {  // Folds to its upper case, since that was there first.
      for upper in scalar.properties.uppercaseMapping.unicodeScalars { out.append(upper.value) }
      return
    }
    for lower in scalar.properties.lowercaseMapping.unicodeScalars {
      for upper in lower.properties.uppercaseMapping.unicodeScalars {
        for folded in upper.properties.lowercaseMapping.unicodeScalars {
          out.append(folded.value)
        }
      }
    }
  }

  /// The lower-case mapping of every one of `scalars`, without regard to language.
  static func lowercased(_ scalars: some Sequence<UInt32>) -> [UInt32] {
    var out: [UInt32] = []
    for value in scalars {
      guard let scalar = Unicode.Scalar(value) else { continue }
      for lower in scalar.properties.lowercaseMapping.unicodeScalars { out.append(lower.value) }
    }
    return out
  }
}
