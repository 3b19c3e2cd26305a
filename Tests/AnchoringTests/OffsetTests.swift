// SPDX-License-Identifier: MIT

import TestSupport
import Testing

@testable import Anchoring

@Suite("Offsets and selectors")
struct OffsetTests {
  @Test("conversions agree with Swift's own views", arguments: 0..<100)
  func agreesWithString(seed: Int) throws {
    var random = SeededGenerator(seed: UInt64(seed))
    let text = try CanonicalText("x" + Sample.trouble(random.below(1500), using: &random))
    let string = text.string
    let view = string.unicodeScalars
    for _ in 0..<20 {
      let ends = [random.below(text.scalarCount + 1), random.below(text.scalarCount + 1)].sorted()
      let range = ends[0]..<ends[1]
      let from = view.index(view.startIndex, offsetBy: ends[0])
      let to = view.index(view.startIndex, offsetBy: ends[1])
      let utf8 = try text.utf8Range(of: range)
      let utf16 = try text.utf16Range(of: range)
      #expect(utf8.lowerBound == string.utf8.distance(from: string.startIndex, to: from))
      #expect(utf8.count == string.utf8.distance(from: from, to: to), "seed \(seed)")
      #expect(utf16.lowerBound == string.utf16.distance(from: string.startIndex, to: from))
      #expect(utf16.count == string.utf16.distance(from: from, to: to), "seed \(seed)")
      #expect(try text.range(utf8: utf8) == range)
      #expect(try text.range(utf16: utf16) == range)
      #expect(try text.slice(range).unicodeScalars.elementsEqual(view[from..<to]))
    }
  }

  @Test("ranges beyond the text are refused in every unit")
  func refusesOutOfBounds() throws {
    let text = try CanonicalText("a👍é")
    let error = AnchoringError.rangeOutOfBounds(start: 1, end: 4, count: 3, unit: .codePoints)
    #expect(throws: error) { try text.slice(1..<4) }
    #expect(throws: error) { try text.utf8Range(of: 1..<4) }
    #expect(throws: error) { try text.utf16Range(of: 1..<4) }
    #expect(throws: error) { try text.selectors(for: 1..<4) }
    #expect(throws: error) { try text.range(from: 1, to: 4) }
    #expect(throws: AnchoringError.self) { try text.range(from: 2, to: 1) }
    #expect(throws: AnchoringError.self) { try text.range(from: -1, to: 1) }
    #expect(throws: AnchoringError.self) { try text.slice(-1..<1) }
    #expect(throws: AnchoringError.rangeOutOfBounds(start: 0, end: 8, count: 7, unit: .utf8)) {
      try text.range(utf8: 0..<8)
    }
    #expect(throws: AnchoringError.rangeOutOfBounds(start: 0, end: 5, count: 4, unit: .utf16)) {
      try text.range(utf16: 0..<5)
    }
    #expect(try text.slice(3..<3).isEmpty)
  }

  @Test("an offset inside a code point is refused")
  func refusesHalves() throws {
    let text = try CanonicalText("a👍é")
    for inside in [2, 3, 4, 6] {
      #expect(throws: AnchoringError.offsetInsideCodePoint(offset: inside, unit: .utf8)) {
        try text.range(utf8: inside..<7)
      }
    }
    #expect(throws: AnchoringError.offsetInsideCodePoint(offset: 2, unit: .utf16)) {
      try text.range(utf16: 0..<2)
    }
    #expect(try text.range(utf16: 1..<3) == 1..<2)
    #expect(text.utf16Count == 4)
  }

  @Test("an annotation in the middle keeps 64 code points on either side")
  func makesSelectors() throws {
    let text = try Sample.articleText()
    let range = try plainRange(of: "My grandfather", in: text)
    let found = try text.selectors(for: range)
    #expect(found.quote.exact == "My grandfather")
    #expect(found.quote.prefix.unicodeScalars.count == 64)
    #expect(found.quote.suffix.unicodeScalars.count == 64)
    #expect(found.position == TextPositionSelector(start: range.lowerBound, end: range.upperBound))
    #expect(text.string.contains(found.quote.prefix + "My grandfather" + found.quote.suffix))
    #expect(text.holds(found.quote, at: found.position))
  }

  @Test("at the text's ends there is as much context as there is")
  func contextIsClipped() throws {
    let text = try CanonicalText("Short text")
    let all = try text.selectors(for: 0..<10)
    #expect(all.quote == TextQuoteSelector(exact: "Short text"))
    #expect(try text.selectors(for: 6..<10).quote.prefix == "Short ")
    #expect(throws: AnchoringError.rangeEmpty(offset: 3)) { try text.selectors(for: 3..<3) }
  }

  @Test("context is never cut inside a grapheme")
  func contextKeepsGraphemes() throws {
    let family = "👩‍👩‍👧‍👦"
    let text = try CanonicalText(
      "x" + String(repeating: family, count: 20) + "QUOTE" + String(repeating: family, count: 20))
    let range = try plainRange(of: "QUOTE", in: text)
    let found = try text.selectors(for: range)
    #expect(found.quote.prefix == String(repeating: family, count: 10))
    #expect(found.quote.suffix == String(repeating: family, count: 10))
    let hindi = try CanonicalText(String(repeating: "कि", count: 65) + "QUOTE")
    #expect(try hindi.selectors(for: 130..<135).quote.prefix.unicodeScalars.count == 64)
    #expect(try hindi.selectors(for: 129..<135).quote.prefix.unicodeScalars.count == 65)
  }

  @Test("prefix, quote and suffix are the text, wherever the range lies", arguments: 0..<100)
  func selectorsAreTheText(seed: Int) throws {
    var random = SeededGenerator(seed: UInt64(seed))
    let text = try CanonicalText("xy" + Sample.trouble(400, using: &random))
    let start = random.below(text.scalarCount - 1)
    let end = start + 1 + random.below(text.scalarCount - start)
    let range = start..<min(end, text.scalarCount)
    let found = try text.selectors(for: range)
    let prefix = UTF8Coding.scalars(of: found.quote.prefix)
    let suffix = UTF8Coding.scalars(of: found.quote.suffix)
    let whole = prefix + UTF8Coding.scalars(of: found.quote.exact) + suffix
    let from = range.lowerBound - prefix.count
    #expect(text.scalars[from..<from + whole.count].elementsEqual(whole), "seed \(seed)")
    #expect(prefix.count >= min(64, range.lowerBound), "seed \(seed)")
    #expect(suffix.count >= min(64, text.scalarCount - range.upperBound), "seed \(seed)")
    #expect(text.holds(found.quote, at: found.position))
  }

  @Test("a position that does not hold the quote is not believed")
  func verifiesPositions() throws {
    let text = try CanonicalText("Caf\u{E9} au lait")
    let quote = TextQuoteSelector(exact: "Cafe\u{301}")
    #expect(text.holds(quote, at: TextPositionSelector(start: 0, end: 4)))
    #expect(!text.holds(quote, at: TextPositionSelector(start: 0, end: 5)))
    #expect(!text.holds(quote, at: TextPositionSelector(start: 1, end: 5)))
    #expect(!text.holds(quote, at: TextPositionSelector(start: 90, end: 94)))
    #expect(!text.holds(quote, at: TextPositionSelector(start: 4, end: 0)))
    #expect(!text.holds(TextQuoteSelector(exact: ""), at: TextPositionSelector(start: 0, end: 0)))
  }
}
