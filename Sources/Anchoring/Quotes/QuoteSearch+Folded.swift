// SPDX-License-Identifier: MIT

extension QuoteSearch {
  /// A quote that has fewer folded code points than this must agree in where its words begin and
  /// end; a longer run of equal letters is no accident.
  static let shortQuote = 12

  /// Folded matches, checked in the original.
  mutating func foldedOccurrences(of quote: [UInt32], limit: Int) -> [QuoteMatch] {
    let wanted = FoldedQuote(quote)
    guard !wanted.folded.isEmpty else { return [] }
    let text = folded()
    let gaps = FoldedGaps(original: scalars, folded: text)
    let words = WordEdges(scalars)
    let length = wanted.folded.count
    let isShort = length < Self.shortQuote
    let starts = ExactSearch(wanted.folded.scalars).occurrences(in: text.scalars, limit: limit) {
      start in
      // A part of what one character folds to ("fi", "12") is no place, nor a letter without its
      // mark.
      if text.isInsideSegment(start) || text.isInsideSegment(start + length) { return false }
      if isShort, !words.areWhole(text.originalRange(of: start..<start + length)) { return false }
      return wanted.gaps.agree(with: gaps, at: start, count: length, isShort: isShort)
    }
    var ranges = starts.map { text.originalRange(of: $0..<$0 + length) }
    ranges = Self.preferred(ranges) { words.areWhole($0) }
    ranges = Self.preferred(ranges) { wanted.hasSameLetters(as: scalars[$0]) }
    return edged(ranges, quote: wanted)
  }

  /// Those of `ranges` that are `better`, or all when none is.
  private static func preferred(
    _ ranges: [Range<Int>], where isBetter: (Range<Int>) -> Bool
  ) -> [Range<Int>] {
    let better = ranges.filter(isBetter)
    return better.isEmpty ? ranges : better
  }

  /// The matches with the quote's outer punctuation taken in, and no grapheme cut.
  private func edged(_ ranges: [Range<Int>], quote: FoldedQuote) -> [QuoteMatch] {
    var out: [QuoteMatch] = []
    for range in ranges {
      let wide = OuterMarks.extended(range, in: scalars, like: quote)
      let whole =
        Graphemes.floor(wide.lowerBound, in: scalars)..<Graphemes.ceil(wide.upperBound, in: scalars)
      let match = QuoteMatch(whole, kind: .folded)
      if out.last != match { out.append(match) }
    }
    return out
  }
}

/// A quote, folded, with what stands around its first and last letter.
struct FoldedQuote {
  let original: [UInt32]
  let folded: FoldedText
  let gaps: FoldedGaps
  /// The original code points from the first letter or digit to the last.
  let core: Range<Int>
  private let letters: [UInt32]

  /// Folds `quote`, which is in canonical form.
  init(_ quote: [UInt32]) {
    original = quote
    folded = FoldedText(canonical: quote)
    gaps = FoldedGaps(original: quote, folded: folded)
    core = folded.originalRange(of: 0..<folded.count)
    letters = Self.letters(quote[core])
  }

  /// True when `text` has the very letters of the quote, case and all.
  func hasSameLetters(as text: ArraySlice<UInt32>) -> Bool { Self.letters(text) == letters }

  private static func letters(_ scalars: ArraySlice<UInt32>) -> [UInt32] {
    scalars.filter { value in
      let found = ScalarClass(value)
      return found.isWord && !found.contains(.ignorable)
    }
  }
}
