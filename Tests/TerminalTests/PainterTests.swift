// SPDX-License-Identifier: MIT
import TestSupport
import Testing

@testable import Terminal

private func span(_ range: Range<Int>, _ color: HighlightColor, _ label: String) -> PaintSpan {
  PaintSpan(range: range, color: color, label: label)
}

private func span(_ range: Range<Int>, _ label: String) -> PaintSpan {
  span(range, .yellow, label)
}

private let plain = Painter(style: TerminalStyle(depth: .none), width: nil)

/// `⟨y` for a yellow background, `⟨_y` underlined, `⟨~` dim, `⟩` for the reset.
private func readable(_ text: String) -> String {
  var result = ""
  var parts = text.split(separator: "\u{1B}[", omittingEmptySubsequences: false)[...]
  result += parts.removeFirst()
  for part in parts {
    let end = part.firstIndex(of: "m") ?? part.startIndex
    let names = [
      "0": "⟩", "2": "⟨~", "43;30": "⟨y", "44;97": "⟨b", "4;43;30": "⟨_y", "4;44;97": "⟨_b",
    ]
    result += names[String(part[..<end])] ?? "?"
    result += part[part.index(after: end)...]
  }
  return result
}

@Suite("Painting highlights")
struct PainterTests {
  private func colored(_ text: String, _ spans: [PaintSpan], width: Int? = nil) -> String {
    readable(
      Painter(style: TerminalStyle(depth: .basic), width: width).paint(text: text, spans: spans))
  }

  @Test("a highlight has its background, and its label after it")
  func one() {
    #expect(colored("It rained.", [span(3..<9, "[1]")]) == "It ⟨yrained⟩⟨~[1]⟩.\n")
    #expect(plain.paint(text: "It rained.", spans: [span(3..<9, "[1]")]) == "It [1›rained‹1].\n")
  }

  @Test("overlapping highlights are underlined, the one that began last on top")
  func overlapping() {
    let spans = [span(0..<6, .yellow, "[1]"), span(4..<9, .blue, "[2]")]
    #expect(colored("abcdefghij", spans) == "⟨yabcd⟩⟨_bef⟩⟨~[1]⟩⟨bghi⟩⟨~[2]⟩j\n")
    #expect(plain.paint(text: "abcdefghij", spans: spans) == "[1›abcd[2›ef‹1]ghi‹2]j\n")
  }

  @Test("one highlight within another, and two in one place")
  func nested() {
    let nested = [span(0..<10, .yellow, "[1]"), span(2..<4, .blue, "[2]")]
    #expect(colored("abcdefghij", nested) == "⟨yab⟩⟨_bcd⟩⟨~[2]⟩⟨yefghij⟩⟨~[1]⟩\n")
    let same = [span(1..<3, .yellow, "[1]"), span(1..<3, .blue, "[2]")]
    #expect(plain.paint(text: "abcd", spans: same) == "a[1›[2›bc‹2]‹1]d\n")
    let ends = [span(2..<4, .blue, "[2]"), span(0..<4, .yellow, "[1]")]
    #expect(plain.paint(text: "abcd", spans: ends) == "[1›ab[2›cd‹2]‹1]\n")
    let starts = [span(0..<2, .blue, "[2]"), span(0..<4, .yellow, "[1]")]
    #expect(plain.paint(text: "abcd", spans: starts) == "[1›[2›ab‹2]cd‹1]\n")
    let adjacent = [span(0..<2, .blue, "[1]"), span(2..<4, .yellow, "[2]")]
    #expect(plain.paint(text: "abcd", spans: adjacent) == "[1›ab‹1][2›cd‹2]\n")
  }

  @Test("offsets are code points of the text before it is made safe")
  func offsets() {
    let text = "\u{1B}[31m\u{202E}नमस्ते 😀 end"
    let scalars = Array(text.unicodeScalars)
    let start = scalars.firstIndex(of: "😀") ?? 0
    #expect(
      plain.paint(text: text, spans: [span(start..<start + 1, "[1]"), span(0..<1, "[2]")])
        == "[2›␛‹2][31m⟪U+202E⟫नमस्ते [1›😀‹1] end\n")
  }

  @Test("a range that cuts a character is painted over all of it")
  func clusters() {
    #expect(plain.paint(text: "xe\u{301}y", spans: [span(2..<3, "1")]) == "x[1›e\u{301}‹1]y\n")
    #expect(plain.paint(text: "xe\u{301}y", spans: [span(1..<2, "1")]) == "x[1›e\u{301}‹1]y\n")
    #expect(plain.paint(text: "👩‍👩‍👧!", spans: [span(2..<3, "1")]) == "[1›👩‍👩‍👧‹1]!\n")
  }

  @Test("paragraphs are kept, and a highlight over several is painted in each")
  func paragraphs() {
    let text = "one two\n\nthree\n"
    #expect(plain.paint(text: text, spans: [span(4..<14, "[1]")]) == "one [1›two\n\nthree‹1]\n")
    #expect(colored(text, [span(4..<14, "[1]")]) == "one ⟨ytwo⟩\n\n⟨ythree⟩⟨~[1]⟩\n")
    #expect(plain.paint(text: text, spans: [span(4..<9, "[1]")]) == "one [1›two‹1]\n\nthree\n")
    #expect(plain.paint(text: "a\n\nb", spans: []) == "a\n\nb\n")
    #expect(plain.paint(text: "a\tb\r\nc", spans: []) == "a    b\nc\n")
  }

  @Test("lines are wrapped, labels counted and kept beside their words")
  func wrapped() {
    #expect(
      colored("aaa bbb ccc ddd", [span(4..<11, "[1]")], width: 7)
        == "aaa ⟨ybbb⟩\n⟨yccc⟩⟨~[1]⟩\nddd\n")
    let narrow = Painter(style: TerminalStyle(depth: .none), width: 8)
    #expect(narrow.paint(text: "aaa bb ccc", spans: [span(4..<6, "1")]) == "aaa\n[1›bb‹1]\nccc\n")
    // A highlight that is longer than the line is broken, but not from its marks.
    let long = narrow.paint(text: "aaaa bbbbbb ccc", spans: [span(5..<11, "1")])
    #expect(long == "aaaa\n[1›bbbbb\nb‹1] ccc\n")
  }

  @Test("ranges that are empty or lie outside paint nothing they shouldn't")
  func odd() {
    #expect(plain.paint(text: "", spans: [span(0..<3, "1")]) == "")
    #expect(
      plain.paint(text: "abc", spans: [span(3..<9, "1"), span(-4..<0, "2"), span(1..<1, "3")])
        == "abc\n")
    #expect(
      plain.paint(text: "abc", spans: [span(2..<9, "1"), span(-4..<1, "2")]) == "[2›a‹2]b[1›c‹1]\n")
    #expect(plain.paint(text: "a \nb", spans: [span(1..<3, "1")]) == "a[1› ‹1]\nb\n")
    #expect(plain.paint(text: "a\n\nb", spans: [span(1..<3, "1")]) == "a\n\nb\n")
    #expect(colored("abc", [span(0..<1, "")]) == "⟨ya⟩bc\n")
    #expect(plain.paint(text: "abc", spans: [span(0..<1, "\u{1B}[5m")]).contains("\u{1B}") == false)
  }

  @Test("for every text and highlights: harmless, nothing lost, the quotes where they belong")
  func properties() {
    for seed in UInt64(0)..<1500 {
      var generator = SeededGenerator(seed: seed)
      let text = trickyText(&generator, piecesMax: 60)
      let count = text.unicodeScalars.count
      let spans = (0..<Int.random(in: 0...6, using: &generator)).map { index in
        let start = Int.random(in: 0...count, using: &generator)
        return span(start..<Int.random(in: start...count + 2, using: &generator), "[\(index)]")
      }
      let bare = plain.paint(text: text, spans: [])
      #expect(isHarmless(bare, allowing: ["\n"]), "seed \(seed)")
      let width = Int.random(in: 20...60, using: &generator)
      let painted = withoutStyles(
        Painter(style: TerminalStyle(depth: .indexed), width: width).paint(text: text, spans: spans)
      )
      #expect(isHarmless(painted, allowing: ["\n"]), "seed \(seed)")
      for line in painted.split(separator: "\n") {
        #expect(CellWidth.of(String(line)) <= width + 8, "seed \(seed): \(line)")
      }
      let unwrapped = plain.paint(text: text, spans: spans)
      // Without the marks it is the text again.
      var marks = unwrapped
      for index in 0..<6 {
        marks = replacing(replacing(marks, "[\(index)›"), "‹\(index)]")
      }
      #expect(marks.unicodeScalars.elementsEqual(bare.unicodeScalars), "seed \(seed)")
    }
  }

  private func replacing(_ text: String, _ mark: String) -> String {
    var result = String.UnicodeScalarView()
    var rest = text.unicodeScalars[...]
    let mark = Array(mark.unicodeScalars)
    while let first = rest.first {
      if rest.starts(with: mark) {
        rest = rest.dropFirst(mark.count)
      } else {
        result.append(first)
        rest = rest.dropFirst()
      }
    }
    return String(result)
  }
}
