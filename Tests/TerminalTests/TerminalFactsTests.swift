// SPDX-License-Identifier: MIT
import Testing

@testable import Terminal

private let xterm = ["TERM": "xterm-256color"]

@Suite("What is known of the terminal")
struct TerminalFactsTests {
  private func color(
    _ environment: [String: String], _ choice: ColorChoice = .auto, isTerminal: Bool = true
  ) -> ColorDepth {
    TerminalFacts.decide(
      environment: environment, choice: choice, isTerminal: isTerminal, size: nil
    ).color
  }

  @Test("colours are for terminals that have them, and for those who ask")
  func colors() {
    #expect(color(xterm) == .indexed)
    #expect(color(["TERM": "xterm"]) == .basic)
    #expect(color(["TERM": "xterm", "COLORTERM": "truecolor"]) == .indexed)
    #expect(color(["TERM": "dumb"]) == .none)
    #expect(color([:]) == .none)
    #expect(color(xterm, isTerminal: false) == .none)
    #expect(color(xterm, .never) == .none)
    #expect(color(xterm, .always, isTerminal: false) == .indexed)
    #expect(color(["TERM": "dumb", "NO_COLOR": "1"], .always) == .basic)
    #expect(color(xterm.merging(["NO_COLOR": "1"]) { $1 }) == .none)
    #expect(color(xterm.merging(["NO_COLOR": ""]) { $1 }) == .indexed)
    #expect(color(xterm.merging(["CLICOLOR": "0"]) { $1 }) == .none)
    #expect(color(xterm.merging(["CLICOLOR_FORCE": "1"]) { $1 }, isTerminal: false) == .indexed)
    #expect(color(xterm.merging(["CLICOLOR_FORCE": "0"]) { $1 }, isTerminal: false) == .none)
    #expect(color(["NO_COLOR": "1", "CLICOLOR_FORCE": "1"]) == .none)
  }

  @Test("the width comes from COLUMNS, the terminal, or is 80")
  func sizes() {
    func facts(_ environment: [String: String], _ size: (Int, Int)?) -> (Int, Int) {
      let facts = TerminalFacts.decide(environment: environment, isTerminal: true, size: size)
      return (facts.width, facts.height)
    }
    #expect(facts([:], nil) == (80, 24))
    #expect(facts([:], (120, 50)) == (120, 50))
    #expect(facts(["COLUMNS": "90", "LINES": "10"], (120, 50)) == (90, 10))
    #expect(facts(["COLUMNS": "x", "LINES": "0"], (120, 50)) == (120, 50))
    #expect(facts(["COLUMNS": "3"], nil) == (TerminalFacts.widthMin, 24))
    #expect(facts(["COLUMNS": "99999999"], nil) == (TerminalFacts.widthMax, 24))
  }

  @Test("a dumb terminal can't redraw")
  func redraw() {
    #expect(TerminalFacts.decide(environment: xterm, isTerminal: true, size: nil).canRedraw)
    #expect(!TerminalFacts.decide(environment: xterm, isTerminal: false, size: nil).canRedraw)
    #expect(
      !TerminalFacts.decide(environment: ["TERM": "dumb"], isTerminal: true, size: nil).canRedraw)
  }

  @Test("detecting looks at the real descriptor")
  func detect() {
    #expect(TerminalFacts.detect(environment: [:], descriptor: -1) == .pipe)
  }

  @Test("styles are sequences that end with a reset, and nothing without colours")
  func styles() {
    let indexed = TerminalStyle(depth: .indexed)
    #expect(indexed.bold("x") == "\u{1B}[1mx\u{1B}[0m")
    #expect(indexed.highlight(.yellow, "x") == "\u{1B}[48;5;228;38;5;16mx\u{1B}[0m")
    let style = TextStyle(underline: true, ink: .red, highlight: .orange)
    #expect(TerminalStyle(depth: .basic).apply(style, to: "x") == "\u{1B}[4;103;30mx\u{1B}[0m")
    #expect(indexed.ink(.cyan, "x") == "\u{1B}[36mx\u{1B}[0m")
    #expect(indexed.bold("") == "" && indexed.apply(.plain, to: "x") == "x")
    #expect(TerminalStyle(depth: .none).apply(style, to: "x") == "x")
  }

  @Test("black reads on every highlight, and no two look alike")
  func palette() {
    let contrasts = HighlightColor.allCases.map { color in
      let index = Int(color.indexedBackground) - 16
      let parts = [index / 36, index / 6 % 6, index % 6].map { level in
        level == 0 ? 0.0 : Double(55 + 40 * level) / 255
      }
      // WCAG 2.1's relative luminance, with the square for the 2.4th power.
      let light = zip(parts, [0.2126, 0.7152, 0.0722]).reduce(0) { $0 + $1.0 * $1.0 * $1.1 }
      return (light + 0.05) / 0.05
    }
    #expect(contrasts.allSatisfy { $0 >= 10 })
    #expect(Set(HighlightColor.allCases.map(\.indexedBackground)).count == 6)
    #expect(Set(HighlightColor.allCases.map(\.basicCodes)).count == 6)
    #expect(HighlightColor(name: "blue") == .blue)
    #expect(HighlightColor(name: "infrared") == .yellow)
  }
}
