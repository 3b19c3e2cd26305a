// SPDX-License-Identifier: MIT

/// A place where a quote stands in a text.
public struct QuoteMatch: Hashable, Sendable {
  /// How the quote and the text agree.
  public enum Kind: String, Hashable, Sendable {
    /// Code point for code point (both in NFC).
    case exact
    /// In letters, digits and marks, whatever their case; typography and spacing differ.
    case folded
  }

  /// The first code point.
  public var start: Int
  /// The code point after the last.
  public var end: Int
  /// How well it agrees.
  public var kind: Kind

  /// A match at `range`, in code points.
  public init(_ range: Range<Int>, kind: Kind) {
    self.start = range.lowerBound
    self.end = range.upperBound
    self.kind = kind
  }

  /// The code points, as a range.
  public var range: Range<Int> { start..<end }
}

/// Finds quotes in one text.
///
/// A quote is looked for as it is first. Only when it stands nowhere are differences forgiven that
/// copying and typing bring in: curly and straight quotation marks, kinds of dashes, ellipses and
/// spaces, line breaks, soft hyphens, case, and compatibility forms (NFKC). Matching then is over
/// folded text (see `FoldedText`), and a candidate is checked again in the original, so that
/// "no table" is not found in "notable", nor "35" in "3.5".
///
/// No match ever cuts what a reader sees as one character (an extended grapheme cluster), or agrees
/// with a part only of the letters that one folds to ("ind" is not in "ﬁnd"), and where
/// some matches are whole words, those that begin or end inside a word are left out.
///
/// Holds the decoded text, and the folded one once it was needed: make one for a text, ask it
/// often.
///
///     var search = QuoteSearch(text)
///     let places = try search.occurrences(of: "free men")
public struct QuoteSearch: Sendable {
  /// How many matches are returned at most, if not told otherwise.
  public static let matchesMax = 10_000

  /// The text that is searched.
  public let text: CanonicalText
  /// Its code points.
  let scalars: [UInt32]
  private var foldedText: FoldedText?

  /// A search in `text`.
  public init(_ text: CanonicalText) {
    self.text = text
    self.scalars = text.scalars
  }

  /// The text, folded; kept once it was made.
  mutating func folded() -> FoldedText {
    if let foldedText { return foldedText }
    let made = FoldedText(canonical: scalars)
    foldedText = made
    return made
  }

  /// Where `quote` stands in the text, from its start to its end, at most `limit` times.
  ///
  /// White space around the quote is ignored. All matches are of one kind: exact ones, or, when
  /// there are none, folded ones. They may overlap ("ana" is in "banana" twice). A quote without
  /// letters and digits only matches exactly. Linear in text and quote.
  ///
  /// Throws `quoteBlank`, and `tooManyMarks` for a quote that no text can hold.
  public mutating func occurrences(
    of quote: String, limit: Int = Self.matchesMax
  ) throws(AnchoringError) -> [QuoteMatch] {
    let wanted = try Self.canonicalQuote(quote)
    let exact = exactOccurrences(of: wanted, limit: limit)
    return exact.isEmpty ? foldedOccurrences(of: wanted, limit: limit) : exact
  }

  /// The quote in canonical form, trimmed.
  static func canonicalQuote(_ quote: String) throws(AnchoringError) -> [UInt32] {
    let wanted = Trimming.trimmed(try Canonicalizer.canonical(UTF8Coding.scalars(of: quote)))
    guard !wanted.isEmpty else { throw .quoteBlank }
    return wanted
  }

  private func exactOccurrences(of quote: [UInt32], limit: Int) -> [QuoteMatch] {
    var graphemes = GraphemeMap(scalars)
    let starts = ExactSearch(quote).occurrences(in: scalars, limit: limit) { start in
      graphemes.isBoundary(start) && graphemes.isBoundary(start + quote.count)
    }
    let words = WordEdges(scalars)
    let whole = starts.filter { words.areWhole($0..<$0 + quote.count) }
    return (whole.isEmpty ? starts : whole).map { start in
      QuoteMatch(start..<start + quote.count, kind: .exact)
    }
  }
}

extension CanonicalText {
  /// Where `quote` stands in this text; see `QuoteSearch.occurrences(of:limit:)`.
  public func occurrences(of quote: String) throws(AnchoringError) -> [QuoteMatch] {
    var search = QuoteSearch(self)
    return try search.occurrences(of: quote)
  }

  /// What in this text is most like `quote`; see `QuoteSearch.nearest(to:limit:)`.
  public func nearest(to quote: String, limit: Int = 3) throws(AnchoringError) -> [NearPassage] {
    var search = QuoteSearch(self)
    return try search.nearest(to: quote, limit: limit)
  }
}
