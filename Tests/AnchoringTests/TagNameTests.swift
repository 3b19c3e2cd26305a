// SPDX-License-Identifier: MIT

import TestSupport
import Testing

@testable import Anchoring

@Suite("Tag names")
struct TagNameTests {
  @Test(
    "a name is brought into its one form",
    arguments: [
      ("news", "news"), ("  news \n", "news"), ("News", "News"), ("news/asia", "news/asia"),
      (" news / south   asia ", "news/south asia"), ("cafe\u{301}", "caf\u{E9}"),
      ("a\u{A0}\u{2003}b", "a b"), ("समाचार/दिल्ली", "समाचार/दिल्ली"),
      ("👩‍👩‍👧", "👩‍👩‍👧"), ("❤️", "❤️"),
      ("\u{FEFF}x\u{200B}", "x"), ("#news", "#news"), ("a\\b", "a\\b"),
      ("a/\u{301}b", "a/\u{301}b"),
    ])
  func normalises(written: String, expected: String) throws {
    let tag = try TagName(written)
    #expect(tag.string.utf8.elementsEqual(expected.utf8))
    #expect(try TagName(tag.string) == tag && tag.description == tag.string)
    #expect(tag.components.joined(separator: "/") == tag.string)
  }

  @Test("blank names are refused", arguments: ["", "   ", "\n\t", "\u{200B}"])
  func refusesBlank(written: String) {
    #expect(throws: AnchoringError.tagEmpty) { try TagName(written) }
  }

  @Test(
    "empty parts are refused with their number",
    arguments: [("/", 0), ("/a", 0), ("a/", 1), ("a//b", 1), ("a/ /b", 1), ("a/b/\u{200B}", 2)])
  func refusesEmptyParts(written: String, component: Int) {
    #expect(throws: AnchoringError.tagComponentEmpty(component: component)) {
      try TagName(written + (written.hasSuffix("\u{200B}") ? "/" : ""))
    }
  }

  @Test(
    "control and direction-changing characters are refused with their place",
    arguments: [
      ("a\u{0}b", 1), ("ab\tc", 2), ("a\nb", 1), (" a\u{1B}[31m", 1), ("a\u{7F}", 1),
      ("a\u{85}b", 1),
      ("ab\u{202E}c", 2), ("a\u{2066}b", 1), ("a\u{2028}b", 1), ("a\r\nb", 1),
    ])
  func refusesControls(written: String, place: Int) {
    #expect(throws: AnchoringError.tagHasControlCharacter(codePointOffset: place)) {
      try TagName(written)
    }
  }

  @Test("200 bytes are allowed, and no more")
  func refusesLong() throws {
    #expect(try TagName(String(repeating: "é", count: 100)).string.utf8.count == 200)
    #expect(try TagName(String(repeating: "e\u{301}", count: 100)).string.utf8.count == 200)
    #expect(throws: AnchoringError.tagTooLong(bytes: 202, limit: 200)) {
      try TagName(String(repeating: "é", count: 101))
    }
    #expect(throws: AnchoringError.tagTooLong(bytes: 9000, limit: 200)) {
      try TagName(String(repeating: " ", count: 9000))
    }
    #expect(throws: AnchoringError.self) {
      try TagName("e" + String(repeating: "\u{301}", count: 300))
    }
  }

  @Test("names are equal and sorted by their bytes")
  func compares() throws {
    #expect(try TagName("caf\u{E9}") == TagName("cafe\u{301}"))
    #expect(try TagName("News") != TagName("news"))
    let sorted = try ["é", "z", "Z", "a/b", "a"].map { try TagName($0) }.sorted()
    #expect(sorted.map(\.string) == ["Z", "a", "a/b", "z", "é"])
  }

  @Test("a path contains itself and what is below it")
  func contains() throws {
    let news = try TagName("news")
    #expect(news.contains(news))
    #expect(try news.contains(TagName("news/asia")))
    #expect(try !news.contains(TagName("newsroom")))
    #expect(try !TagName("news/asia").contains(news))
  }

  @Test("a name read again is the same name", arguments: 0..<200)
  func isIdempotent(seed: Int) throws {
    var random = SeededGenerator(seed: UInt64(seed))
    let written =
      Sample.trouble(1 + random.below(30), using: &random) + random.pick(["", "/", "/a"])
    guard let tag = try? TagName(written) else { return }
    #expect(try TagName(tag.string).string.utf8.elementsEqual(tag.string.utf8), "seed \(seed)")
    #expect(tag.string.utf8.count <= TagName.maximumBytes && !tag.components.contains(""))
  }
}
