// SPDX-License-Identifier: MIT

/// The W3C's TextPositionSelector: where a passage stands, in code points of one revision.
public struct TextPositionSelector: Hashable, Sendable {
  /// The first code point.
  public var start: Int
  /// The code point after the last.
  public var end: Int

  /// Selects `start..<end`. Whether that lies in a text is checked where it is used.
  public init(start: Int, end: Int) {
    self.start = start
    self.end = end
  }
}

/// The W3C's TextQuoteSelector: what a passage says, and what stands around it.
public struct TextQuoteSelector: Hashable, Sendable {
  /// The passage.
  public var exact: String
  /// What stands right before it; empty at the start of the text.
  public var prefix: String
  /// What stands right after it; empty at the end of the text.
  public var suffix: String

  /// Selects `exact` between `prefix` and `suffix`.
  public init(exact: String, prefix: String = "", suffix: String = "") {
    self.exact = exact
    self.prefix = prefix
    self.suffix = suffix
  }
}

/// The selectors that an annotation keeps for ever.
public struct PassageSelectors: Hashable, Sendable {
  /// What the passage says.
  public var quote: TextQuoteSelector
  /// Where it stands.
  public var position: TextPositionSelector

  /// Both selectors of one passage.
  public init(quote: TextQuoteSelector, position: TextPositionSelector) {
    self.quote = quote
    self.position = position
  }
}

extension CanonicalText {
  /// The least context that a quote selector has on either side, in code points, where the text
  /// has as much. Hypothesis keeps 32, which is thin.
  public static let contextMin = 64

  /// The selectors of the passage at `range`.
  ///
  /// The context is at least `contextMin` code points, more where a grapheme would be cut.
  /// `prefix`, `exact` and `suffix` together are what stands in the text, code point for code
  /// point.
  ///
  /// Throws `rangeOutOfBounds` and `rangeEmpty`.
  public func selectors(for range: Range<Int>) throws(AnchoringError) -> PassageSelectors {
    guard !range.isEmpty else { throw .rangeEmpty(offset: range.lowerBound) }
    let exact = try slice(range)
    let before = max(0, range.lowerBound - Self.contextMin)
    let after = min(scalarCount, range.upperBound + Self.contextMin)
    return PassageSelectors(
      quote: TextQuoteSelector(
        exact: exact,
        prefix: try slice(boundary(atOrBefore: before)..<range.lowerBound),
        suffix: try slice(range.upperBound..<boundary(atOrAfter: after))),
      position: TextPositionSelector(start: range.lowerBound, end: range.upperBound))
  }

  /// True when the passage at `position` is `quote.exact`, byte for byte once that is in NFC with
  /// LF line ends. The context is not looked at: it may have been clipped elsewhere.
  public func holds(_ quote: TextQuoteSelector, at position: TextPositionSelector) -> Bool {
    let scalars = UTF8Coding.scalars(of: quote.exact)
    guard position.start < position.end,
      let range = try? range(from: position.start, to: position.end),
      let bytes = try? utf8Range(of: range),
      let canonical = try? Canonicalizer.canonical(scalars)
    else { return false }
    return UTF8Coding.encode(canonical).elementsEqual(utf8[bytes])
  }

  private func boundary(atOrBefore offset: Int) -> Int {
    let low = max(0, offset - Self.boundaryReach)
    return low + Graphemes.floor(offset - low, in: window(low, offset + Self.boundaryReach))
  }

  private func boundary(atOrAfter offset: Int) -> Int {
    let low = max(0, offset - Self.boundaryReach)
    return low + Graphemes.ceil(offset - low, in: window(low, offset + Self.boundaryReach))
  }

  /// How much text around an offset is decoded to find a boundary, in code points.
  private static let boundaryReach = 256

  private func window(_ low: Int, _ high: Int) -> [UInt32] {
    guard let bytes = try? utf8Range(of: low..<min(high, scalarCount)) else { return [] }
    return decodedScalars(inUTF8: bytes)
  }
}
