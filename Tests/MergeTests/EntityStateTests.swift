// SPDX-License-Identifier: MIT

import Merge
import TestSupport
import Testing

/// What is shown of values that were written apart.
@Suite("Entity state")
struct EntityStateTests {
  /// One value: who wrote it, which of its changes, when it claims to.
  struct Written: Sendable, CustomTestStringConvertible {
    var writer: UInt64
    var sequence: UInt64
    var index: UInt32 = 0
    var time: Int64
    var text: String

    var testDescription: String { "\(text) by \(writer) at \(time)" }
  }

  /// Values of one register, and in which order they are shown and kept.
  static let winners: [([Written], [String])] = [
    ([.init(writer: 1, sequence: 1, time: 5, text: "a")], ["a"]),
    // The later claim is shown.
    (
      [
        .init(writer: 1, sequence: 1, time: 5, text: "a"),
        .init(writer: 2, sequence: 1, time: 6, text: "b"),
      ], ["b", "a"]
    ),
    (
      [
        .init(writer: 1, sequence: 9, time: 6, text: "a"),
        .init(writer: 2, sequence: 1, time: 5, text: "b"),
      ], ["a", "b"]
    ),
    // Equal claims: the greater writer, then number, then place.
    (
      [
        .init(writer: 1, sequence: 9, time: 5, text: "a"),
        .init(writer: 2, sequence: 1, time: 5, text: "b"),
      ], ["b", "a"]
    ),
    (
      [
        .init(writer: 1, sequence: 2, time: 5, text: "a"),
        .init(writer: 1, sequence: 1, index: 7, time: 5, text: "b"),
      ], ["a", "b"]
    ),
    (
      [
        .init(writer: 1, sequence: 1, index: 2, time: 5, text: "a"),
        .init(writer: 1, sequence: 1, index: 1, time: 5, text: "b"),
      ], ["a", "b"]
    ),
    // Before 1970, and the ends of time.
    (
      [
        .init(writer: 1, sequence: 1, time: .min, text: "a"),
        .init(writer: 2, sequence: 1, time: .max, text: "b"),
        .init(writer: 3, sequence: 1, time: -1, text: "c"),
      ], ["b", "c", "a"]
    ),
    // Equal values are one.
    (
      [
        .init(writer: 1, sequence: 1, time: 5, text: "a"),
        .init(writer: 2, sequence: 1, time: 6, text: "a"),
        .init(writer: 3, sequence: 1, time: 4, text: "b"),
      ], ["a", "b"]
    ),
  ]

  @Test(
    "the later claim is shown, then the greater dot, in whatever order values come",
    arguments: winners)
  func winner(_ row: ([Written], [String])) {
    for order in [row.0, row.0.reversed()] {
      var state = EntityState()
      for value in order { put(value, .title, into: &state) }
      #expect(state.winner(of: .title)?.value?.text == row.1.first)
      let kept = state.conflicts.first?.kept.compactMap { $0.value?.text } ?? []
      #expect(kept == Array(row.1.dropFirst()))
    }
  }

  @Test("sets, notes, deletions and unknown fields are never in conflict")
  func noConflicts() {
    for field in [Field.tag, .revision, .deletion, Field(code: 16), Field(code: 999)] {
      var state = EntityState()
      put(.init(writer: 1, sequence: 1, time: 1, text: "a"), field, into: &state)
      put(.init(writer: 2, sequence: 1, time: 2, text: "b"), field, into: &state)
      #expect(state.entries(of: field).count == 2)
      #expect(state.conflicts.isEmpty)
    }
  }

  @Test("live values stand by field and then by dot")
  func sorted() {
    forEachSeed(200) { generator in
      var state = EntityState()
      for sequence in 1...20 {
        let value = Written(
          writer: UInt64(generator.below(3)), sequence: UInt64(sequence), time: 0, text: "x")
        put(value, Field(code: UInt64(generator.below(4))), into: &state)
      }
      let pairs = zip(state.entries, state.entries.dropFirst())
      try require(
        pairs.allSatisfy { $0.field < $1.field || $0.field == $1.field && $0.dot < $1.dot },
        "\(state.entries)")
      for code in 0..<5 {
        let field = Field(code: UInt64(code))
        try require(
          Array(state.entries(of: field)) == state.entries.filter { $0.field == field },
          "the values of field \(code)")
      }
    }
  }

  @Test("taking dots out of one field leaves the same dots in another")
  func otherFieldsStay() {
    var state = EntityState()
    put(.init(writer: 1, sequence: 1, time: 1, text: "a"), .title, into: &state)
    state.apply(
      field: .site, removes: state.dots(of: .title), value: nil,
      dot: Dot(writer: .numbered(2), sequence: 1, index: 0), time: 0)
    #expect(state.winner(of: .title)?.value == .text("a"))
    #expect(state.modified == 1)
  }

  @Test("an edit of a note moves its heads and keeps its text")
  func heads() {
    var state = EntityState()
    state.text = "words"
    let dots = (1...3).map { Dot(writer: .numbered($0), sequence: 1, index: 0) }
    state.advanceHeads(field: .text, parents: [], dot: dots[0], time: 1)
    state.advanceHeads(field: .text, parents: [], dot: dots[1], time: 2)
    #expect(state.dots(of: .text) == [dots[0], dots[1]])
    state.advanceHeads(field: .text, parents: [dots[1], dots[0]], dot: dots[2], time: 3)
    #expect(state.dots(of: .text) == [dots[2]])
    #expect(state.text == "words")
  }

  @Test("of an entity of which nothing is known nothing is deleted, and nothing can be restored")
  func nothing() {
    let state = EntityState()
    #expect(!state.exists)
    #expect(!state.isDeleted)
    #expect(state.restoration(of: .article) == nil)
    #expect(state.winner(of: .title) == nil)
  }

  private func put(_ written: Written, _ field: Field, into state: inout EntityState) {
    state.apply(
      field: field, removes: [], value: .text(written.text),
      dot: Dot(writer: .numbered(written.writer), sequence: written.sequence, index: written.index),
      time: written.time)
  }
}
