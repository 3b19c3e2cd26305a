// SPDX-License-Identifier: MIT

import TestSupport
import Testing

@testable import Anchoring

@Suite("Suggesting near passages")
struct NearestTests {
  @Test("a misremembered quote leads to the passage that was meant")
  func findsMeant() throws {
    let text = try Sample.articleText()
    let found = try text.nearest(to: "My grandma carried the doctors, the brides and all mail")
    #expect(found.first?.text == "My grandfather carried doctors, brides and mail")
    let score = try #require(found.first?.score)
    #expect(score > 0.6 && score < 1)
  }

  @Test("a quote that stands there has score 1 and the same range")
  func findsExact() throws {
    let text = try Sample.articleText()
    for quote in ["“My grandfather carried doctors, brides and mail.", "नाव चलती रहेगी।"] {
      let range = try plainRange(of: quote, in: text)
      let found = try #require(try text.nearest(to: quote).first)
      #expect(found.range == range && found.score == 1)
    }
  }

  @Test("suggestions begin and end with whole words")
  func snapsToWords() throws {
    let text = try CanonicalText("Before it the quick brown foxes jumped over lazy dogs after all")
    let found = try #require(try text.nearest(to: "uick brown foxs jmped over laz").first)
    #expect(found.text == "quick brown foxes jumped over lazy")
  }

  @Test("what is nothing like the quote is not suggested")
  func refusesFar() throws {
    let text = try CanonicalText("Water, salt, flour and a little patience.")
    #expect(try text.nearest(to: "The minister resigned on Friday over budgets").isEmpty)
    #expect(try text.nearest(to: "…").isEmpty)
    #expect(try text.nearest(to: "salt", limit: 0).isEmpty)
    #expect(try CanonicalText("—").nearest(to: "salt").isEmpty)
  }

  @Test("the best of several comes first, none overlaps another, and the limit holds")
  func ranks() throws {
    let text = try CanonicalText(
      "The red ferry left at nine. The rad fury left at nine. Then the red ferry left at one.")
    let found = try text.nearest(to: "the red ferry left at nine", limit: 5)
    #expect(found.map(\.start).first == 0)
    #expect(found.count == 3)
    #expect(zip(found, found.dropFirst()).allSatisfy { $0.score >= $1.score })
    for (index, passage) in found.enumerated() {
      #expect(found[..<index].allSatisfy { !$0.range.overlaps(passage.range) })
    }
    #expect(try text.nearest(to: "the red ferry left at nine", limit: 1).count == 1)
  }

  @Test("a quote with random edits leads back to its passage", arguments: 0..<150)
  func survivesEdits(seed: Int) throws {
    var random = SeededGenerator(seed: UInt64(seed))
    let text = try CanonicalText(Sample.prose(words: 400, using: &random))
    let length = 60 + random.below(60)
    let start = random.below(text.scalarCount - length)
    let truth = start..<start + length
    var quote = Array(text.scalars[truth])
    for _ in 0..<length / 8 {  // One edit to eight code points.
      let place = random.below(quote.count)
      switch random.below(3) {
      case 0: quote.remove(at: place)
      case 1: quote.insert(UInt32(0x61 + random.below(26)), at: place)
      default: quote[place] = UInt32(0x61 + random.below(26))
      }
    }
    let found = try text.nearest(to: UTF8Coding.string(quote))
    let best = try #require(found.first, "seed \(seed)")
    let shared = best.range.clamped(to: truth).count
    let union = best.range.count + truth.count - shared
    #expect(Double(shared) / Double(union) >= 0.8, "seed \(seed): \(best.text)")
    #expect(try text.slice(best.range) == best.text)
  }

  @Test("a very long quote is compared by its beginning")
  func boundsLongQuotes() throws {
    var random = SeededGenerator(seed: 7)
    let text = try CanonicalText(Sample.prose(words: 2000, using: &random))
    let quote = try text.slice(500..<6500)
    let found = try #require(try text.nearest(to: "x" + quote).first)
    #expect(abs(found.start - 500) <= 16 && abs(found.end - 6500) <= 600)
  }

  @Test("bit-parallel distances equal the plain table's", arguments: 0..<200)
  func agreesWithPlainTable(seed: Int) {
    var random = SeededGenerator(seed: UInt64(seed))
    let letters = (0..<1 + random.below(5)).map { index in UInt32(0x5E + index * 40) }
    let pattern = (0..<1 + random.below(200)).map { _ in random.pick(letters) }
    let text = (0..<random.below(300)).map { _ in random.pick(letters + [0x20]) }
    for anchored in [false, true] {
      var distances: [Int] = []
      ApproximateMatch(pattern).forEachEnd(of: text[...], anchored: anchored) { end, distance in
        #expect(end == distances.count + 1)
        distances.append(distance)
      }
      #expect(distances == plainDistances(pattern, text, anchored: anchored), "seed \(seed)")
    }
  }

  /// Sellers' table, column by column.
  private func plainDistances(_ pattern: [UInt32], _ text: [UInt32], anchored: Bool) -> [Int] {
    var column = Array(0...pattern.count)
    return text.enumerated().map { index, value in
      var diagonal = column[0]
      column[0] = anchored ? index + 1 : 0
      for row in 1...pattern.count {
        let substituted = diagonal + (pattern[row - 1] == value ? 0 : 1)
        diagonal = column[row]
        column[row] = min(substituted, column[row] + 1, column[row - 1] + 1)
      }
      return column[pattern.count]
    }
  }
}
