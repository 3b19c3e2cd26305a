// SPDX-License-Identifier: MIT

/// A passage that is like a quote, to be suggested to a person.
public struct NearPassage: Hashable, Sendable {
  /// The first code point.
  public var start: Int
  /// The code point after the last.
  public var end: Int
  /// What stands there.
  public var text: String
  /// 1 when all letters agree; less by the share of the quote's folded code points that would have
  /// to be changed, put in or taken out. Never below 0.
  public var score: Double

  /// The code points, as a range.
  public var range: Range<Int> { start..<end }
}

extension QuoteSearch {
  /// The most of a quote that is compared, in folded code points.
  static let patternMax = 2048
  /// The work that one search may take, in steps of 64 table rows: some 0.2 s.
  static let stepsMax = 48 << 20

  /// The passages most like `quote`, best first, at most `limit`, none overlapping another.
  ///
  /// Compared are letters, digits and marks (see `FoldedText`), by edit distance; passages in which
  /// more than half would have to be edited are left out. They begin and end with whole words. Of
  /// two equally good ones the earlier comes first. Empty when the quote has no letters or digits.
  ///
  /// Time is bounded: of a very long quote, or of a long one in a very long text, only the
  /// beginning is compared.
  ///
  /// Throws `quoteBlank`, and `tooManyMarks` for a quote that no text can hold.
  public mutating func nearest(
    to quote: String, limit: Int = 3
  ) throws(AnchoringError) -> [NearPassage] {
    let wanted = FoldedQuote(try Self.canonicalQuote(quote))
    let text = folded()
    guard limit > 0, !wanted.folded.isEmpty, !text.isEmpty else { return [] }
    let pattern = Self.affordablePattern(wanted.folded.scalars, textCount: text.count)
    let finder = PassageFinder(pattern: pattern, in: text.scalars)
    let missing = wanted.folded.count - pattern.count
    var out: [NearPassage] = []
    for found in finder.passages(limit: limit * 4 + 16) {
      let end = min(found.range.upperBound + missing, text.count)
      let passage = passage(
        text.originalRange(of: found.range.lowerBound..<end), quote: wanted,
        score: found.score(of: pattern.count))
      if out.contains(where: { $0.range.overlaps(passage.range) }) { continue }
      out.append(passage)
      if out.count == limit { break }
    }
    return out
  }

  /// As much of the quote's beginning as may be compared with so long a text.
  private static func affordablePattern(_ quote: [UInt32], textCount: Int) -> [UInt32] {
    let words = max(stepsMax / max(textCount, 1), 1)
    return Array(quote.prefix(min(patternMax, words * 64)))
  }

  private func passage(_ range: Range<Int>, quote: FoldedQuote, score: Double) -> NearPassage {
    let words = WordEdges(scalars)
    var start = words.nearestEdge(range.lowerBound)
    var end = words.nearestEdge(range.upperBound)
    while start < end, !ScalarClass(scalars[start]).isWord { start += 1 }
    while start < end, !ScalarClass(scalars[end - 1]).isWord { end -= 1 }
    if start >= end { (start, end) = (range.lowerBound, range.upperBound) }
    let wide = OuterMarks.extended(start..<end, in: scalars, like: quote)
    start = Graphemes.floor(wide.lowerBound, in: scalars)
    end = Graphemes.ceil(wide.upperBound, in: scalars)
    return NearPassage(
      start: start, end: end, text: UTF8Coding.string(scalars[start..<end]), score: score)
  }
}

/// Finds the stretches of a folded text that are nearest to a pattern.
struct PassageFinder {
  /// A stretch and its edit distance to the pattern.
  struct Found {
    var range: Range<Int>
    var distance: Int

    /// The share of the pattern that need not be edited.
    func score(of length: Int) -> Double {
      max(0, 1 - Double(distance) / Double(max(length, 1)))
    }
  }

  private let pattern: [UInt32]
  private let text: [UInt32]
  /// The most edits that are allowed.
  let budget: Int

  /// A search for `pattern`, which must not be empty, in `text`.
  init(pattern: [UInt32], in text: [UInt32]) {
    self.pattern = pattern
    self.text = text
    // Half of a very short pattern matches almost anywhere.
    budget = pattern.count < 12 ? (pattern.count + 1) / 3 : pattern.count / 2
  }

  /// The best stretches, best first, then in order of the text.
  ///
  /// Every local minimum of the distance within the budget is a candidate, not only the best: a
  /// slightly worse one may be the right one.
  func passages(limit: Int) -> [Found] {
    var ends = PeakList(radius: max(pattern.count / 2, 1), capacity: limit)
    var last = Int.max
    ApproximateMatch(pattern).forEachEnd(of: text[...], anchored: false) { end, distance in
      // Equal distances in a row: the last one, where a replaced last word is covered.
      if distance > last, last <= budget { ends.add(end - 1, distance: last) }
      last = distance
    }
    if last <= budget { ends.add(text.count, distance: last) }
    let backward = ApproximateMatch(pattern.reversed())
    return ends.best(limit).map { peak in
      Found(range: start(of: peak.end, backward)..<peak.end, distance: peak.distance)
    }
  }

  /// Where the stretch that ends at `end` best starts: the same table, run backwards from there.
  private func start(of end: Int, _ backward: ApproximateMatch) -> Int {
    let low = max(0, end - pattern.count - budget)
    let window = text[low..<end].reversed()
    var best = (distance: Int.max, length: 0)
    backward.forEachEnd(of: ArraySlice(window), anchored: true) { length, distance in
      let isCloser = abs(length - pattern.count) < abs(best.length - pattern.count)
      if distance < best.distance || distance == best.distance && isCloser {
        best = (distance, length)
      }
    }
    return end - max(best.length, 1)
  }
}

/// Local minima, the better of any two that are near each other, in bounded memory.
private struct PeakList {
  struct Peak {
    var end: Int
    var distance: Int
  }

  private var peaks: [Peak] = []
  private let radius: Int
  private let roomMax: Int

  init(radius: Int, capacity: Int) {
    self.radius = radius
    roomMax = max(capacity, 1) * 8
  }

  /// Adds a minimum; `end` is not below that of the one added before.
  mutating func add(_ end: Int, distance: Int) {
    if let last = peaks.last, end - last.end < radius {
      if distance < last.distance { peaks[peaks.count - 1] = Peak(end: end, distance: distance) }
      return
    }
    if peaks.count >= roomMax * 2 {
      peaks = best(roomMax).sorted { $0.end < $1.end }
    }
    peaks.append(Peak(end: end, distance: distance))
  }

  /// The best `count`, best first, then in order of the text.
  func best(_ count: Int) -> [Peak] {
    let sorted = peaks.sorted { ($0.distance, $0.end) < ($1.distance, $1.end) }
    return Array(sorted.prefix(count))
  }
}
