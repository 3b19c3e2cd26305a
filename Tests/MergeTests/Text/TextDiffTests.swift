// SPDX-License-Identifier: MIT

import Merge
import TestSupport
import Testing

@Suite("Text: a saved note becomes the edits a person made")
struct TextDiffTests {
  struct Example: Sendable, CustomTestStringConvertible {
    var old: String
    var new: String
    var patches: [[String]]
    var testDescription: String { "\(old) → \(new)" }
  }

  static let examples = [
    Example(old: "same", new: "same", patches: []),
    Example(old: "", new: "new note", patches: [["0", "0", "new note"]]),
    Example(old: "gone", new: "", patches: [["0", "4", ""]]),
    Example(old: "one two", new: "one two three", patches: [["7", "0", " three"]]),
    Example(old: "one three", new: "one two three", patches: [["4", "0", "two "]]),
    Example(old: "the cat sat", new: "the dog sat", patches: [["4", "3", "dog"]]),
    // Letters of a replaced word are not picked out of it.
    Example(old: "a colander", new: "a calendar", patches: [["2", "8", "calendar"]]),
    // An addition to a word, or a stretch taken out of it, is just that.
    Example(old: "two cat sat", new: "two cats sat", patches: [["7", "0", "s"]]),
    Example(old: "the colour red", new: "the color red", patches: [["8", "1", ""]]),
    // Unless little of the word stays.
    Example(old: "so a cat", new: "so interpolation cat", patches: [["3", "1", "interpolation"]]),
    // Words that happen to stay between replaced ones don't part them.
    Example(
      old: "quick brown fox", new: "slow red fox", patches: [["0", "11", "slow red"]]),
    Example(
      old: "first\nsecond\nthird\n", new: "first\nthird\n", patches: [["6", "7", ""]]),
    Example(
      old: "one\ntwo\n", new: "ONE\nTWO\n", patches: [["0", "3", "ONE"], ["4", "3", "TWO"]]),
    // Positions are code points; what looks like one character stays one.
    Example(old: "Grüße 👩‍🚀!", new: "Grüße 👩🏽‍🚀!", patches: [["6", "3", "👩🏽‍🚀"]]),
    Example(old: "e\u{301} x", new: "e x", patches: [["0", "2", "e"]]),
    Example(old: "\u{e9} x", new: "e\u{301} x", patches: [["0", "1", "e\u{301}"]]),
    // No blanks between words: character by character.
    Example(old: "私は学生です", new: "私は先生です", patches: [["2", "1", "先"]]),
    Example(old: "a\r\nb", new: "a\nb", patches: [["1", "2", "\n"]]),
  ]

  @Test("worked examples", arguments: examples)
  func worked(_ example: Example) {
    let patches = TextDiff.patches(from: example.old, to: example.new)
    let shown = patches.map { ["\($0.position)", "\($0.deleted)", $0.inserted] }
    #expect(shown == example.patches)
  }

  @Test("applied to the old text, the edits give the new one, byte for byte")
  func roundTrip() {
    var random = SeededGenerator(seed: 11)
    let words = [
      "a", "the", "cat", "cats", " ", "  ", "\n", "é", "e\u{301}", "漢字", "😀", "👩‍🚀", ",", "\r\n",
    ]
    for round in 0..<600 {
      var parts = (0..<Int.random(in: 0...30, using: &random)).map { _ in
        words.randomElement(using: &random) ?? ""
      }
      let old = parts.joined()
      for _ in 0..<Int.random(in: 0...6, using: &random) {
        let at = Int.random(in: 0...parts.count, using: &random)
        if Bool.random(using: &random), at < parts.count {
          parts.remove(at: at)
        } else {
          parts.insert(words.randomElement(using: &random) ?? "", at: at)
        }
      }
      let new = parts.joined()
      var text = old
      text.apply(TextDiff.patches(from: old, to: new))
      #expect(sameBytes(text, new), "round \(round): \(old.debugDescription)")
    }
  }

  @Test("two texts that share nothing cost one replacement and little time")
  func bounded() {
    let old = (0..<40_000).map { "a\($0) " }.joined()
    let new = (0..<40_000).map { "b\($0) " }.joined()
    let patches = TextDiff.patches(from: old, to: new)
    #expect(patches.count == 1)
    var text = TextBuffer(old)
    #expect(throws: Never.self) { try text.apply(patches) }
    #expect(text.string == new)
  }

  @Test("two people who saved a whole note each keep their words")
  func merge() throws {
    let seen = "The article says that sleep is good.\nI doubt it.\n"
    let mine = "The long article says that deep sleep is good.\nI doubt it.\nSee page 4.\n"
    let theirs = "The article claims that sleep is good.\nI am sure of it.\n"
    var history = TextHistory()
    var text = TextBuffer()
    let start = Dot(writer: RandomHistory.writer(1), sequence: 1, index: 0)
    try history.edit(start, position: 0, deleted: 0, inserted: seen, text: &text)
    for (number, saved) in [mine, theirs].enumerated() {
      let writer = RandomHistory.writer(UInt64(number + 2))
      try history.merge(
        TextOperation(
          dot: Dot(writer: writer, sequence: 1, index: 0), parents: [start],
          patches: TextDiff.patches(from: seen, to: saved)), into: &text)
    }
    #expect(
      text.string == "The long article claims that deep sleep is good.\nI am sure of it.\n"
        + "See page 4.\n")
  }
}
