// SPDX-License-Identifier: MIT

// The one file that imports Foundation: the standard library normalises inside, but gives no
// public way to ask for NFC, and has no compatibility mappings at all.
import Foundation

/// The mappings that normalisation (UAX #15) and case folding are built of, one code point at a
/// time.
///
/// Foundation is asked about single code points only: those were checked one by one against
/// CPython's tables (Unicode 14). Of longer strings its normalisation on Linux (6.3) is not to be
/// trusted. It does not join a Hangul syllable and a final consonant, does not sort the parts of
/// Tibetan vowel signs among the marks before them, loses text where many marks that decompose
/// follow one another, takes a letter beyond U+FFFF for another before a mark, and needs quadratic
/// time for long runs of marks. `Normalizer` puts the pieces together.
///
/// All of them are stable by Unicode's stability policy: a newer version changes nothing for
/// characters that an older one knew, so what is derived from them stays the same for ever, save
/// for characters unknown to one of the machines.
enum UnicodeMappings {
  /// The full canonical decomposition of `value`.
  static func decomposed(_ value: UInt32) -> [UInt32] {
    UTF8Coding.scalars(of: UTF8Coding.string([value]).decomposedStringWithCanonicalMapping)
  }

  /// The full compatibility decomposition of `value`.
  static func compatibilityDecomposed(_ value: UInt32) -> [UInt32] {
    UTF8Coding.scalars(of: UTF8Coding.string([value]).decomposedStringWithCompatibilityMapping)
  }

  /// Canonical_Combining_Class.
  static func combiningClass(_ value: UInt32) -> UInt8 {
    Unicode.Scalar(value)?.properties.canonicalCombiningClass.rawValue ?? 0
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
