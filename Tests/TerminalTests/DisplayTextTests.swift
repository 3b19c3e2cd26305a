// SPDX-License-Identifier: MIT
import TestSupport
import Testing

@testable import Terminal

@Suite("Text for display")
struct DisplayTextTests {
  @Test(
    "what a terminal would obey, or hide, is shown",
    arguments: [
      ("plain", "plain"), ("\u{1B}[31mred\u{7}", "␛[31mred␇"), ("\u{0}\u{7F}", "␀␡"),
      ("\u{9B}31m\u{85}", "⟪U+009B⟫31m⟪U+0085⟫"), ("evil\u{202E}txt", "evil⟪U+202E⟫txt"),
      ("\u{2066}x\u{2069}", "⟪U+2066⟫x⟪U+2069⟫"), ("ta\u{200B}g", "ta⟪U+200B⟫g"),
      ("ta\u{200D}g\u{200C}", "ta⟪U+200D⟫g⟪U+200C⟫"), ("\u{FEFF}a", "⟪U+FEFF⟫a"),
      ("hy\u{AD}phen", "hy‧phen"), ("a\u{E0041}", "a⟪U+E0041⟫"), ("a\u{FE0F}", "a⟪U+FE0F⟫"),
      ("\u{3164}", "⟪U+3164⟫"), ("a\u{200F}b", "a⟪U+200F⟫b"), ("\u{FFFF}", "⟪U+FFFF⟫"),
      ("\u{FFF9}", "⟪U+FFF9⟫"), ("\u{2062}", "⟪U+2062⟫"), ("x\r\ny\rz", "x y␍z"),
    ])
  func shown(text: String, expected: String) {
    #expect(DisplayText.escaped(text).unicodeScalars.elementsEqual(expected.unicodeScalars))
  }

  @Test(
    "what writing needs is kept",
    arguments: [
      "café e\u{301}", "“quotes” – …", "हिन्दी क\u{94D}\u{200D}ष", "نامه\u{200C}ها", "שלום\u{200F}!",
      "中文", "ไทย\u{200B}ไทย",
      "👩‍👩‍👧 👩🏽‍💻 🏳️‍🌈 ❤️‍🔥", "🇮🇳 1️⃣ ☎︎", "🏴\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}",
      "葛\u{E0100}", "한국어 \u{1112}\u{1161}\u{11AB}", "a\u{A0}b",
    ])
  func kept(text: String) {
    #expect(DisplayText.escaped(text).unicodeScalars.elementsEqual(text.unicodeScalars))
  }

  @Test("what Unicode calls invisible is hidden text, and nothing else")
  func hidden() {
    for code in UInt32(0x80)...0x10FFFF {
      guard let scalar = Unicode.Scalar(code) else { continue }
      let properties = scalar.properties
      let isHidden =
        properties.isDefaultIgnorableCodePoint || properties.isNoncharacterCodePoint
        || (0xFFF9...0xFFFB).contains(code)
      if ScalarEscaper.isHidden(code) != isHidden { Issue.record("U+\(String(code, radix: 16))") }
    }
  }

  @Test("tabs and line ends are as asked")
  func breaks() {
    let text = "a\tb\nc\r\nd\u{2029}e\u{B}"
    #expect(DisplayText.escaped(text, breaks: .keep) == "a\tb\nc\nd\ne␋")
    #expect(DisplayText.escaped(text, breaks: .space) == "a b c d e␋")
    #expect(DisplayText.escaped(text, breaks: .symbol) == "a⇥b⏎c⏎d⏎e␋")
  }

  @Test("a pile of combining marks is cut down")
  func piles() {
    let pile = "a" + String(repeating: "\u{301}", count: 100)
    let shown = DisplayText.escaped(pile)
    #expect(shown.unicodeScalars.filter { $0 == "\u{301}" }.count == DisplayText.combiningMarksMax)
    #expect(shown.hasSuffix("⟪U+0301⟫"))
  }

  @Test("a tab-separated field is one field, and can be read back")
  func tsv() {
    #expect(DisplayText.tsvField("a\tb\nc\\d\r\u{1B}\u{202E}é") == #"a\tb\nc\\d\r\u{1b}\u{202e}é"#)
    for seed in UInt64(0)..<2000 {
      var generator = SeededGenerator(seed: seed)
      let text = trickyText(&generator)
      let field = DisplayText.tsvField(text)
      #expect(isHarmless(field, allowing: ["\u{FEFF}", "\u{2060}"]), "seed \(seed)")
      #expect(unescaped(field).unicodeScalars.elementsEqual(text.unicodeScalars), "seed \(seed)")
    }
  }

  private func unescaped(_ field: String) -> String {
    var result = String.UnicodeScalarView()
    var scalars = field.unicodeScalars.makeIterator()
    while let scalar = scalars.next() {
      guard scalar == "\\", let kind = scalars.next() else {
        result.append(scalar)
        continue
      }
      switch kind {
      case "t": result.append("\t")
      case "n": result.append("\n")
      case "r": result.append("\r")
      case "u":
        var digits = ""
        while let digit = scalars.next(), digit != "}" {
          if digit != "{" { digits.append(Character(digit)) }
        }
        if let code = UInt32(digits, radix: 16), let scalar = Unicode.Scalar(code) {
          result.append(scalar)
        }
      default: result.append(kind)
      }
    }
    return String(result)
  }

  @Test("whatever comes in, what comes out is harmless, and is left alone the second time")
  func harmless() {
    for seed in UInt64(0)..<5000 {
      var generator = SeededGenerator(seed: seed)
      let text = trickyText(&generator)
      let shown = DisplayText.escaped(text)
      #expect(isHarmless(shown), "seed \(seed): \(shown)")
      #expect(
        isHarmless(DisplayText.escaped(text, breaks: .keep), allowing: ["\n", "\t"]), "seed \(seed)"
      )
      let again = DisplayText.escaped(shown)
      #expect(again.unicodeScalars.elementsEqual(shown.unicodeScalars), "seed \(seed): \(shown)")
    }
  }
}
