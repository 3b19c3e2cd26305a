// SPDX-License-Identifier: MIT
import TestSupport
import Testing

@testable import Terminal

@Suite("Cells")
struct TextLayoutTests {
  @Test(
    "widths",
    arguments: [
      ("", 0), ("abc", 3), ("é", 1), ("e\u{301}", 1), ("日本語", 6), ("ｶﾞ", 2), ("Ａ", 2), ("한국", 4),
      ("\u{1112}\u{1161}\u{11AB}", 2), ("😀", 2), ("👩‍👩‍👧", 2), ("👍🏽", 2), ("🇮🇳", 2), ("1️⃣", 2), ("❤️", 2),
      ("❤", 1),
      ("☎️", 2), ("हिन्दी", 5), ("नमस्ते", 4), ("क्ष", 2), ("ไทย", 3), ("ที่", 1), ("שָׁלוֹם", 4), ("العربية", 7),
      ("–…“”", 4),
      ("⟪U+202E⟫", 8), ("␛", 1), ("。", 2), ("\u{E000}", 1), ("𠀀", 2), ("🏳️‍🌈", 2), ("\u{1F1EE}", 1),
      ("🏴\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}", 2), ("क\u{94D}\u{200D}", 1),
      ("©", 1), ("😀é中", 5),
    ])
  func widths(text: String, expected: Int) {
    #expect(CellWidth.of(text) == expected)
  }

  @Test("the width of a text is the sum of its characters' widths")
  func sums() {
    for seed in UInt64(0)..<3000 {
      var generator = SeededGenerator(seed: seed)
      let text = trickyText(&generator)
      #expect(CellWidth.of(text) == text.reduce(0) { $0 + CellWidth.of($1) }, "seed \(seed)")
    }
  }

  @Test("the same with whatever may follow an emoji in its cluster")
  func emojiClusters() {
    let emoji = (UInt32(0)...0x1FFFF).compactMap { Unicode.Scalar($0) }
      .filter(\.properties.isEmojiPresentation)
    #expect(emoji.count > 1000)
    for scalar in emoji {
      for mark in ["\u{903}", "\u{93E}", "\u{301}", "\u{200D}", "\u{FE0E}", "\u{903}\u{903}"] {
        let text = "a\(scalar)\(mark)"
        #expect(CellWidth.of(text) == text.reduce(0) { $0 + CellWidth.of($1) }, "\(text)")
      }
    }
  }

  @Test(
    "cutting leaves whole characters and an ellipsis",
    arguments: [
      ("abcdef", 6, "abcdef"), ("abcdef", 5, "abcd…"), ("abcdef", 1, "…"), ("abcdef", 0, ""),
      ("日本語", 5, "日本…"), ("日本語", 4, "日…"), ("ab cd", 4, "ab…"), ("👩‍👩‍👧x", 2, "…"), ("👩‍👩‍👧xy", 3, "👩‍👩‍👧…"),
      ("e\u{301}e\u{301}e\u{301}", 2, "e\u{301}…"), ("", 0, ""),
    ])
  func truncation(text: String, width: Int, expected: String) {
    #expect(TextLayout.truncated(text, to: width) == expected)
  }

  @Test("padding counts cells")
  func padding() {
    #expect(TextLayout.padded("中", to: 4) == "中  ")
    #expect(TextLayout.padded("7", to: 3, .right) == "  7")
    #expect(TextLayout.padded("abcd", to: 3) == "abcd")
  }

  @Test(
    "wrapping breaks between words",
    arguments: [
      ("the quick brown fox", 10, ["the quick", "brown fox"]), ("a  b", 1, ["a", "b"]),
      ("abcdefghij", 4, ["abcd", "efgh", "ij"]), ("go abcdefgh", 4, ["go", "abcd", "efgh"]),
      ("one\n\ntwo", 10, ["one", "", "two"]), ("", 5, [""]),
      ("well-known fact", 6, ["well-", "known", "fact"]),
      ("日本語、文字。", 6, ["日本", "語、文", "字。"]), ("「日本」", 4, ["「日", "本」"]), ("  in", 10, ["  in"]),
      ("a b ", 3, ["a b"]), ("   ", 2, [""]), ("ab cd", 5, ["ab cd"]),
      ("ab cd e", 5, ["ab cd", "e"]),
    ])
  func wrapping(text: String, width: Int, expected: [String]) {
    #expect(TextLayout.wrapped(text, to: width) == expected)
  }

  @Test("an indent stands before all lines but the first")
  func indent() {
    #expect(TextLayout.wrapped("aa bb cc", to: 4, indent: "> ") == ["aa", "> bb", "> cc"])
  }

  @Test("lines fit, and lose nothing but spaces")
  func properties() {
    for seed in UInt64(0)..<3000 {
      var generator = SeededGenerator(seed: seed)
      let text = DisplayText.escaped(trickyText(&generator, piecesMax: 60))
      let width = Int.random(in: 2...30, using: &generator)
      let lines = TextLayout.wrapped(text, to: width)
      // A run of letters like नामه in one cluster may be wider than a very narrow line.
      let widest = text.map { CellWidth.of($0) }.max() ?? 0
      for line in lines {
        #expect(CellWidth.of(line) <= max(width, widest + 2), "seed \(seed): \(line)")
      }
      let kept = lines.joined().unicodeScalars.filter { $0 != " " && $0 != "\u{3000}" }
      let all = text.unicodeScalars.filter { $0 != " " && $0 != "\u{3000}" }
      #expect(kept.elementsEqual(all), "seed \(seed)")
      let cut = TextLayout.truncated(text, to: width)
      #expect(CellWidth.of(cut) <= width, "seed \(seed)")
      #expect(cut == text || text.hasPrefix(String(cut.dropLast())), "seed \(seed)")
    }
  }
}
