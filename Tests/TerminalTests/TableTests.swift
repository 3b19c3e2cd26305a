// SPDX-License-Identifier: MIT
import TestSupport
import Testing

@testable import Terminal

@Suite("Tables")
struct TableTests {
  private func articles() -> Table {
    var table = Table([
      .init("ID", keepsWhole: true), .init("NOTES", alignment: .right), .init("TITLE"),
    ])
    table.add(["01j9", "3", "Heat records fall across Europe"])
    table.add(["01ja", "12", "日本の記事：長い題名"])
    table.add(["01jb", "", "बारिश"])
    return table
  }

  @Test("on a terminal, columns are aligned by cells under a header")
  func aligned() {
    let expected = """
      ID    NOTES  TITLE
      01j9      3  Heat records fall across Europe
      01ja     12  日本の記事：長い題名
      01jb         बारिश

      """
    let facts = TerminalFacts(isTerminal: true, width: 60)
    #expect(articles().rendered(for: facts) == expected)
  }

  @Test("the last column gives way first")
  func narrow() {
    let expected = """
      ID    NOTES  TITLE
      01j9      3  Heat records fa…
      01ja     12  日本の記事：長…
      01jb         बारिश

      """
    #expect(articles().rendered(width: 29, style: TerminalStyle(depth: .none)) == expected)
  }

  @Test("a pipe gets tab-separated fields without a header")
  func piped() {
    var table = Table([.init("A"), .init("B")])
    table.add(["x\ty\n", "\u{1B}[31m"])
    table.add(["only"])
    table.add(["1", "2", "3"])
    #expect(table.rendered(for: .pipe) == "x\\ty\\n\t\\u{1b}[31m\nonly\t\n1\t2\n")
  }

  @Test("an empty table is empty")
  func empty() {
    let table = Table([.init("A")])
    #expect(table.rendered(for: .pipe) == "")
    #expect(table.rendered(for: TerminalFacts(isTerminal: true)) == "")
    var trailing = Table([.init("A"), .init("B")])
    trailing.add(["", ""])
    #expect(trailing.rendered(for: TerminalFacts(isTerminal: true)) == "A  B\n\n")
  }

  @Test("columns have styles, and padding has none")
  func styled() {
    var table = Table([.init("ID", style: .init(ink: .cyan)), .init("T")])
    table.add(["7", "x"])
    let text = table.rendered(width: 40, style: TerminalStyle(depth: .basic))
    #expect(
      text == "\u{1B}[1mID\u{1B}[0m  \u{1B}[1mT\u{1B}[0m\n\u{1B}[36m7\u{1B}[0m   x\n")
  }

  @Test("no line is wider than the terminal, and no cell can break out of its row")
  func properties() {
    for seed in UInt64(0)..<800 {
      var generator = SeededGenerator(seed: seed)
      let count = Int.random(in: 1...8, using: &generator)
      var table = Table(
        (0..<count).map { column in
          .init(
            "C\(column)", alignment: Bool.random(using: &generator) ? .left : .right,
            keepsWhole: Bool.random(using: &generator), style: .bold)
        })
      let rows = Int.random(in: 1...6, using: &generator)
      for _ in 0..<rows {
        table.add((0..<count).map { _ in trickyText(&generator, piecesMax: 12) })
      }
      let width = Int.random(in: 20...120, using: &generator)
      let text = withoutStyles(table.rendered(width: width, style: TerminalStyle(depth: .indexed)))
      let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
      #expect(lines.count == rows + 2, "seed \(seed)")
      for line in lines { #expect(CellWidth.of(String(line)) <= width, "seed \(seed): \(line)") }
      #expect(isHarmless(text, allowing: ["\n"]), "seed \(seed)")
      let piped = table.tabSeparated().unicodeScalars
      #expect(piped.filter { $0 == "\n" }.count == rows, "seed \(seed)")
      #expect(piped.filter { $0 == "\t" }.count == rows * (count - 1), "seed \(seed)")
    }
  }

  @Test("a cell of emoji with marks on them is cut like any other")
  func markedEmoji() {
    var table = Table([.init("A"), .init("B", alignment: .right)])
    let cell = String(repeating: "\u{231A}\u{903}", count: 25)
    table.add([cell, cell])
    for width in 4...80 {
      let lines = table.rendered(width: width, style: TerminalStyle(depth: .none))
        .split(separator: "\n")
      #expect(lines.count == 2)
      for line in lines { #expect(CellWidth.of(String(line)) <= width, "\(width)") }
    }
  }

  @Test("widths use the room that there is")
  func fitting() {
    func fitted(_ natural: [Int], _ whole: [Bool], _ width: Int) -> [Int] {
      Table.fitted(natural, keepsWhole: whole, to: width)
    }
    #expect(fitted([4, 50], [true, false], 80) == [4, 50])
    #expect(fitted([4, 100], [true, false], 80) == [4, 74])
    #expect(fitted([4, 60, 60], [true, false, false], 80) == [4, 56, 16])
    #expect(fitted([4, 60, 60], [true, false, false], 30) == [4, 11, 11])
    #expect(fitted([30, 30], [true, true], 20) == [9, 9])
    #expect(
      fitted([5, 5, 5, 5, 5, 5, 5, 5], [Bool](repeating: false, count: 8), 20)
        == [1, 1, 1, 1, 1, 1, 2, 0])
  }
}
