// SPDX-License-Identifier: MIT

/// Punctuation around a quote: which marks count as the same, and how far a match reaches when the
/// quote has them too.
enum OuterMarks {
  /// The kind that all dashes and hyphens share.
  static let dash: UInt32 = 0x2D
  /// The kind that all quotation marks and apostrophes share.
  static let quotationMark: UInt32 = 0x22
  /// The kind of an ellipsis, one character or several stops.
  static let ellipsis: UInt32 = 0x2026
  /// Farther than this from the last letter no punctuation belongs to a quote, in code points.
  private static let reachMax = 32

  /// The kind of a code point: what it stands for whichever way it was typed.
  static func kind(_ value: UInt32) -> UInt32 {
    switch value {
    case 0x22, 0x27, 0x60, 0xAB, 0xB4, 0xBB, 0x2BC, 0x2018...0x201F, 0x2032...0x2036, 0x2039,
      0x203A, 0x300C...0x300F, 0x301D...0x301F, 0xFF02, 0xFF07:
      quotationMark
    case 0x2D, 0x2010...0x2015, 0x2043, 0x2212, 0xFE58, 0xFE63, 0xFF0D: dash
    case 0x2026, 0x22EF: ellipsis
    case 0xFF01...0xFF5E: value - 0xFEE0
    default: value
    }
  }

  /// `range` grown over the punctuation that stands there and that the quote has, too.
  static func extended(
    _ range: Range<Int>, in text: [UInt32], like quote: FoldedQuote
  ) -> Range<Int> {
    let lead = tokens(Array(quote.original[..<quote.core.lowerBound].suffix(reachMax).reversed()))
    let tail = tokens(Array(quote.original[quote.core.upperBound...].prefix(reachMax)))
    let before = Array(text[..<range.lowerBound].suffix(reachMax).reversed())
    let after = Array(text[range.upperBound...].prefix(reachMax))
    let start = range.lowerBound - reach(of: lead, over: before)
    return start..<range.upperBound + reach(of: tail, over: after)
  }

  /// A mark, or white space, with how many code points it has.
  private struct Token {
    var kind: UInt32
    var length: Int
    var isSpace: Bool
    /// No-break and thin spaces, which some languages put between a word and its mark.
    var isNarrow: Bool
  }

  /// Walks outward over the quote's marks and the text's together; how far the last one that both
  /// have lies from the start. White space in the text is crossed where the quote has some, too, or
  /// where it is a single narrow one; a line's end never is.
  private static func reach(of marks: [Token], over text: [UInt32]) -> Int {
    guard !marks.isEmpty else { return 0 }
    let there = tokens(text)
    var place = 0
    var next = 0
    var reached = 0
    var quoteHasSpace = false
    for mark in marks {
      if mark.isSpace {
        quoteHasSpace = true
        continue
      }
      var candidate = next
      var skipped = 0
      if candidate < there.count, there[candidate].isSpace {
        guard quoteHasSpace || there[candidate].isNarrow else { continue }
        skipped = there[candidate].length
        candidate += 1
      }
      guard candidate < there.count, there[candidate].kind == mark.kind else { continue }
      place += skipped + there[candidate].length
      reached = place
      next = candidate + 1
      quoteHasSpace = false
    }
    return reached
  }

  /// The marks and spaces at the start of `scalars`, up to the first word character or line feed.
  private static func tokens(_ scalars: [UInt32]) -> [Token] {
    var out: [Token] = []
    var index = 0
    while index < scalars.count {
      let value = scalars[index]
      let found = ScalarClass(value)
      if value == 0x0A || found.isWord && !found.contains(.ignorable) { break }
      var end = index + 1
      if found.isInvisible {
        while end < scalars.count, scalars[end] != 0x0A, ScalarClass(scalars[end]).isInvisible {
          end += 1
        }
        let isNarrow = end == index + 1 && value != 0x20
        out.append(Token(kind: 0x20, length: end - index, isSpace: true, isNarrow: isNarrow))
      } else {
        if value == 0x2E { while end < scalars.count, scalars[end] == 0x2E { end += 1 } }
        let kind = value == 0x2E && end - index > 1 ? ellipsis : kind(value)
        out.append(Token(kind: kind, length: end - index, isSpace: false, isNarrow: false))
      }
      index = end
    }
    return out
  }
}
