// SPDX-License-Identifier: MIT

import Merge
import Testing

@Suite("Text: malformed ops are refused whole")
struct TextRefusalTests {
  private let one = RandomHistory.writer(1)
  private let two = RandomHistory.writer(2)

  private func dot(_ writer: WriterID, _ sequence: UInt64) -> Dot {
    Dot(writer: writer, sequence: sequence, index: 0)
  }

  private func op(_ dot: Dot, _ parents: [Dot], _ patches: [TextPatch]) -> TextOperation {
    TextOperation(dot: dot, parents: parents, patches: patches)
  }

  /// "hello", then " world" and "Oh, " made apart.
  private func forked() throws -> (TextHistory, TextBuffer) {
    var history = TextHistory()
    var text = TextBuffer()
    let first = op(dot(one, 1), [], [TextPatch(position: 0, deleted: 0, inserted: "hello")])
    let second = op(
      dot(one, 2), [dot(one, 1)], [TextPatch(position: 5, deleted: 0, inserted: " world")])
    try history.merge(contentsOf: [first, second], into: &text)
    return (history, text)
  }

  private func expect(
    _ error: TextError, _ bad: TextOperation, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let (history, text) = try forked()
    var (after, afterText) = (history, text)
    #expect(throws: error, sourceLocation: sourceLocation) {
      try after.merge(bad, into: &afterText)
    }
    #expect(throws: error, sourceLocation: sourceLocation) {
      try after.merge(contentsOf: [bad], into: &afterText)
    }
    #expect(afterText == text, sourceLocation: sourceLocation)
    #expect(after.heads == history.heads, sourceLocation: sourceLocation)
    #expect(after.operations == history.operations, sourceLocation: sourceLocation)
    #expect(!"\(error)".isEmpty)
  }

  @Test("a parent that isn't there")
  func unknownParent() throws {
    let insertion = [TextPatch(position: 0, deleted: 0, inserted: "x")]
    try expect(
      .unknownParent(op: dot(two, 1), parent: dot(two, 7)),
      op(dot(two, 1), [dot(two, 7)], insertion))
    try expect(
      .unknownParent(op: dot(two, 1), parent: dot(two, 1)),
      op(dot(two, 1), [dot(two, 1)], insertion))
  }

  @Test("an op that is there already")
  func duplicate() throws {
    let insertion = [TextPatch(position: 0, deleted: 0, inserted: "x")]
    try expect(.duplicate(dot(one, 1)), op(dot(one, 1), [], insertion))
    var (history, text) = try forked()
    #expect(throws: TextError.duplicate(dot(one, 2))) {
      try history.edit(dot(one, 2), position: 0, deleted: 0, inserted: "x", text: &text)
    }
  }

  @Test("a position outside the text that its writer saw, though inside today's")
  func position() throws {
    let heads = [dot(one, 2)]
    for (position, count, parents) in [(12, 11, heads), (6, 5, [dot(one, 1)]), (1, 0, [])] {
      try expect(
        .positionOutside(op: dot(two, 1), position: position, count: count),
        op(
          dot(two, 1), parents, [TextPatch(position: position, deleted: 0, inserted: "x")]))
    }
    try expect(
      .positionOutside(op: dot(two, 1), position: -1, count: 11),
      op(dot(two, 1), heads, [TextPatch(position: -1, deleted: 0, inserted: "x")]),
      single: true)
  }

  /// For numbers that the batch refuses before it knows the text.
  private func expect(_ error: TextError, _ bad: TextOperation, single: Bool) throws {
    var (history, text) = try forked()
    #expect(throws: error) { try history.merge(bad, into: &text) }
    #expect(throws: TextError.self) { try history.merge(contentsOf: [bad], into: &text) }
    #expect(throws: TextError.self) { try history.append(bad) }
    #expect(text.string == "hello world")
  }

  @Test("a deletion that reaches outside")
  func deletion() throws {
    try expect(
      .deletionOutside(op: dot(two, 1), position: 3, deleted: 3, count: 5),
      op(dot(two, 1), [dot(one, 1)], [TextPatch(position: 3, deleted: 3, inserted: "")]))
    for deleted in [-1, Int.max, Int.min] {
      try expect(
        .deletionOutside(op: dot(two, 1), position: 3, deleted: deleted, count: 11),
        op(dot(two, 1), [dot(one, 2)], [TextPatch(position: 3, deleted: deleted, inserted: "")]),
        single: true)
    }
  }

  @Test("a later edit of the op that no longer fits, after earlier ones that did")
  func laterPatch() throws {
    let patches = [
      TextPatch(position: 0, deleted: 4, inserted: ""),
      TextPatch(position: 2, deleted: 0, inserted: "x"),
    ]
    try expect(
      .positionOutside(op: dot(two, 1), position: 2, count: 1),
      op(dot(two, 1), [dot(one, 1)], patches))
  }

  @Test("an edit that does nothing, or an op without edits")
  func empty() throws {
    let nothing = TextPatch(position: 0, deleted: 0, inserted: "")
    let something = TextPatch(position: 0, deleted: 1, inserted: "")
    for patches in [[], [nothing], [something, nothing]] {
      try expect(.emptyEdit(dot(two, 1)), op(dot(two, 1), [dot(one, 2)], patches))
      try expect(.emptyEdit(dot(two, 1)), op(dot(two, 1), [dot(one, 1)], patches))
    }
  }

  @Test("more text than a note may hold")
  func tooLong() throws {
    let half = String(repeating: "0123456789abcdef", count: TextLimit.text.most / 32)
    var history = TextHistory()
    var text = TextBuffer()
    try history.edit(dot(one, 1), position: 0, deleted: 0, inserted: half, text: &text)
    try history.edit(dot(one, 2), position: 7, deleted: 0, inserted: half, text: &text)
    #expect(text.count == TextLimit.text.most)
    let more = op(
      dot(one, 3), history.heads, [TextPatch(position: 0, deleted: 0, inserted: "x")])
    #expect(throws: TextError.tooLong(op: dot(one, 3), limit: .text)) {
      try history.merge(more, into: &text)
    }
    #expect(throws: TextError.tooLong(op: dot(one, 3), limit: .text)) {
      try history.merge(contentsOf: [more], into: &text)
    }
    let parents = (0...TextLimit.parents.most).map { dot(two, UInt64($0)) }
    #expect(throws: TextError.tooLong(op: dot(one, 3), limit: .parents)) {
      try history.merge(
        op(dot(one, 3), parents, [TextPatch(position: 0, deleted: 1, inserted: "")]), into: &text)
    }
    try history.edit(dot(one, 3), position: 0, deleted: 1, inserted: "x", text: &text)
  }

  @Test("an op made on a version older than what is loaded")
  func beforeBase() throws {
    let base = [dot(one, 5), dot(two, 6)]
    var history = TextHistory(base: base, baseCount: 3)
    var text = TextBuffer("abc")
    let insertion = [TextPatch(position: 0, deleted: 0, inserted: "x")]
    for parents in [[], [dot(one, 5)]] {
      #expect(throws: TextError.beforeBase(op: dot(one, 6))) {
        try history.merge(op(dot(one, 6), parents, insertion), into: &text)
      }
    }
    #expect(throws: TextError.duplicate(dot(two, 6))) {
      try history.merge(op(dot(two, 6), base, insertion), into: &text)
    }
    #expect(history.heads == base)
    try history.merge(op(dot(one, 6), base, insertion), into: &text)
    #expect(text.string == "xabc")
    #expect(history.heads == [dot(one, 6)])
  }

  @Test("in a batch, one bad op undoes all")
  func batch() throws {
    var (history, text) = try forked()
    let good = op(dot(two, 1), [dot(one, 1)], [TextPatch(position: 0, deleted: 5, inserted: "Hi")])
    let bad = op(dot(two, 2), [dot(two, 1)], [TextPatch(position: 0, deleted: 3, inserted: "")])
    #expect(
      throws: TextError.deletionOutside(op: dot(two, 2), position: 0, deleted: 3, count: 2)
    ) { try history.merge(contentsOf: [good, bad], into: &text) }
    #expect(text.string == "hello world")
    #expect(history.heads == [dot(one, 2)])
    try history.merge(contentsOf: [good], into: &text)
    #expect(text.string == "Hi world")
  }

  @Test("of the heads of what is not loaded, one that is named twice counts once")
  func redundantBase() throws {
    var history = TextHistory(base: [dot(one, 1), dot(two, 1)], baseCount: 5)
    var text = TextBuffer("hello")
    let patches = [TextPatch(position: 0, deleted: 0, inserted: "!")]
    let twice = op(dot(two, 2), [dot(one, 1), dot(one, 1)], patches)
    #expect(throws: TextError.beforeBase(op: dot(two, 2))) {
      try history.merge(twice, into: &text)
    }
    let both = op(dot(two, 2), [dot(one, 1), dot(one, 1), dot(two, 1)], patches)
    #expect(try history.merge(both, into: &text) == patches)
  }

  @Test("beginnings in two forms of one letter are two")
  func rootsInTwoForms() {
    let roots = ["é", "e\u{301}", "é"].enumerated().map { place, words in
      op(
        dot(one, UInt64(place) + 1), [], [TextPatch(position: 0, deleted: 0, inserted: words)])
    }
    #expect(TextRoots(roots).aliases == [dot(one, 3): dot(one, 1)])
  }

  @Test("parents that name an ancestor twice over count once")
  func redundantParents() throws {
    var (history, text) = try forked()
    let parents = [dot(one, 1), dot(one, 2), dot(one, 2)]
    let patches = [TextPatch(position: 11, deleted: 0, inserted: "!")]
    #expect(try history.merge(op(dot(two, 1), parents, patches), into: &text) == patches)
    #expect(text.string == "hello world!")
    #expect(history.heads == [dot(two, 1)])
  }
}
