// SPDX-License-Identifier: MIT

/// Makes text from elsewhere harmless to show, and what it hid visible.
///
/// An article or a note from another machine may hold escape sequences that recolour, rename or
/// type into a terminal, bidirectional overrides that make text read as what it isn't
/// (CVE-2021-42574),
/// and invisible characters that make two different tags look the same. So that nothing is hidden:
///
/// | in the text | shown as |
/// |---|---|
/// | C0 controls, DEL | their control pictures: `␛`, `␀`, `␡` |
/// | C1 controls, bidirectional embeddings, overrides and isolates, other invisible characters |
/// `⟪U+202E⟫` |
/// | soft hyphen | `‧` |
/// | tabs and line ends | as ``Breaks`` says |
///
/// What writing needs is kept where it needs it: joiners in Arabic, Indic and emoji, direction
/// marks beside right-to-left letters, variation selectors after an emoji, an ideograph or a
/// symbol.
/// Of a pile of combining marks the first eight are kept, so that they don't cover other lines.
///
/// The result can't be told from text that held `⟪U+202E⟫` to begin with; it is for eyes only.
public enum DisplayText {
  /// What becomes of tabs and line ends (LF, CR LF, U+2028, U+2029).
  public enum Breaks: Sendable, Equatable {
    /// A line end is LF; a tab stays.
    case keep
    /// Each is one space: for a table's cell, a title, an error message.
    case space
    /// They are shown: `⏎` and `⇥`.
    case symbol
  }

  /// How many combining marks in a row are shown as they are; living languages need four.
  public static let combiningMarksMax = 8

  /// The text, harmless.
  public static func escaped(_ text: String, breaks: Breaks = .space) -> String {
    if text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) { return text }
    var escaper = ScalarEscaper(breaks: breaks)
    var result: [UInt8] = []
    result.reserveCapacity(text.utf8.count + 16)
    var scalars = text.unicodeScalars.makeIterator()
    var current = scalars.next()
    while let scalar = current {
      current = scalars.next()
      escaper.append(scalar, next: current, to: &result)
    }
    return String(decoding: result, as: UTF8.self)
  }

  /// One field of tab-separated text, and reversible: `\t`, `\n`, `\r` and `\\`, and `\u{1b}` for
  /// other controls and for bidirectional embeddings, overrides and isolates.
  public static func tsvField(_ text: String) -> String {
    var result = ""
    result.reserveCapacity(text.utf8.count)
    for scalar in text.unicodeScalars {
      switch scalar.value {
      case 0x09: result += "\\t"
      case 0x0A: result += "\\n"
      case 0x0D: result += "\\r"
      case 0x5C: result += "\\\\"
      case 0..<0x20, 0x7F..<0xA0, 0x2028...0x202E, 0x2066...0x2069:
        result += "\\u{" + String(scalar.value, radix: 16) + "}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  static let openingMark: Unicode.Scalar = "⟪"

  /// `⟪U+202E⟫`
  static func codeName(_ scalar: Unicode.Scalar) -> String {
    let digits = String(scalar.value, radix: 16, uppercase: true)
    let zeros = String(repeating: "0", count: max(0, 4 - digits.utf8.count))
    return "\(openingMark)U+\(zeros)\(digits)⟫"
  }
}
