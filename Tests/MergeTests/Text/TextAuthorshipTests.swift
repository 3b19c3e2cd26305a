// SPDX-License-Identifier: MIT

import Merge
import TestSupport
import Testing

@Suite("Text: who wrote what, and taking it back")
struct TextAuthorshipTests {
  @Test("attribution names the op of every code point", arguments: TestSeeds.range(15))
  func attribution(seed: UInt64) throws {
    let made = RandomHistory(seed: seed)
    var history = TextHistory()
    for op in made.operations { try history.append(op) }
    let spans = try history.attribution()
    let dots = spans.flatMap { [Dot?](repeating: $0.dot, count: $0.count) }
    let expected = made.naive.all.filter(\.deletedBy.isEmpty).map { Optional($0.name.dot) }
    #expect(dots == expected, "seed \(seed)")
    for (one, two) in zip(spans, spans.dropFirst()) { #expect(one.dot != two.dot) }
  }

  @Test("the inverse of an op takes back that op alone", arguments: TestSeeds.range(40))
  func inverse(seed: UInt64) throws {
    let made = RandomHistory(seed: seed)
    try expectInverses(made.operations, of: made.naive, "seed \(seed)")
  }

  /// Every op's inverse leaves what the second edition says is there without that op.
  private func expectInverses(
    _ operations: [TextOperation], of naive: NaiveText, _ comment: Comment
  ) throws {
    var history = TextHistory()
    for op in operations { try history.append(op) }
    for op in operations {
      var text = naive.string
      text.apply(try history.inverse(of: op.dot))
      var expected = String.UnicodeScalarView()
      for node in naive.all where node.name.dot != op.dot {
        if node.deletedBy.subtracting([op.dot]).isEmpty { expected.append(node.scalar) }
      }
      #expect(sameBytes(text, String(expected)), comment)
    }
  }

  private static let me = RandomHistory.writer(1)
  private static let other = RandomHistory.writer(2)

  private func dot(_ writer: WriterID, _ sequence: UInt64) -> Dot {
    Dot(writer: writer, sequence: sequence, index: 0)
  }

  @Test("what an op put in and took out again doesn't come back with its inverse")
  func ownWordsGone() throws {
    // The second removal goes on where the first ended, so that both are of one run.
    let one = TextOperation(
      dot: dot(Self.me, 1), parents: [],
      patches: [
        TextPatch(position: 0, deleted: 0, inserted: "ab"),
        TextPatch(position: 1, deleted: 1, inserted: ""),
      ])
    let two = TextOperation(
      dot: dot(Self.me, 2), parents: [one.dot],
      patches: [TextPatch(position: 0, deleted: 1, inserted: "")])
    var history = TextHistory()
    try history.append(one)
    try history.append(two)
    #expect(try history.inverse(of: one.dot) == [])
    #expect(
      try history.inverse(of: two.dot) == [TextPatch(position: 0, deleted: 0, inserted: "a")])
  }

  @Test("inverses are right whatever an op, the next one and one made apart took out")
  func everyRemoval() throws {
    // Every removal of one op's own words, each followed by every removal of what is left, with
    // and without every removal that somebody else made meanwhile.
    func removals(_ count: Int) -> [TextPatch] {
      (0..<count).flatMap { start in
        (1...count - start).map { TextPatch(position: start, deleted: $0, inserted: "") }
      }
    }
    for own in removals(4) {
      let first = TextOperation(
        dot: dot(Self.me, 1), parents: [],
        patches: [TextPatch(position: 0, deleted: 0, inserted: "abcd"), own])
      var begun = NaiveText()
      begun.merge(first)
      for next in removals(4 - own.deleted) {
        let second = TextOperation(dot: dot(Self.me, 2), parents: [first.dot], patches: [next])
        var followed = begun
        followed.merge(second)
        try expectInverses([first, second], of: followed, "\(own), \(next)")
        for apart in removals(4 - own.deleted) {
          let third = TextOperation(
            dot: dot(Self.other, 1), parents: [first.dot], patches: [apart])
          var all = followed
          all.merge(third)
          try expectInverses([first, second, third], of: all, "\(own), \(next), \(apart)")
        }
      }
    }
  }

  @Test("words that two took out stay out when one takes that back, and none comes back twice")
  func takenOutByTwo() throws {
    var history = TextHistory()
    var text = TextBuffer()
    let begin = dot(Self.me, 1)
    try history.edit(begin, position: 0, deleted: 0, inserted: "one two three ", text: &text)
    func cut(_ dot: Dot, _ position: Int, _ deleted: Int) throws {
      let patch = TextPatch(position: position, deleted: deleted, inserted: "")
      let op = TextOperation(dot: dot, parents: [begin], patches: [patch])
      try history.merge(op, into: &text)
    }
    func undo(_ dot: Dot, by undo: Dot) throws {
      let patches = try history.inverse(of: dot)
      try history.merge(
        TextOperation(dot: undo, parents: history.heads, patches: patches), into: &text)
    }
    try cut(dot(Self.me, 2), 0, 8)
    // Taken back before the other's removal was heard of: all comes back, as new words.
    try undo(dot(Self.me, 2), by: dot(Self.me, 3))
    #expect(text.string == "one two three ")
    try cut(dot(Self.other, 1), 4, 10)
    #expect(text.string == "one two ")
    try undo(dot(Self.other, 1), by: dot(Self.other, 2))
    #expect(text.string == "one two three ")

    try cut(dot(Self.me, 4), 0, 4)
    #expect(try history.inverse(of: dot(Self.me, 4)) == [])
  }

  @Test("undo and undo of undo are ops like any other, and leave the other's words")
  func undoRedo() throws {
    var history = TextHistory()
    var text = TextBuffer()
    let mine = Self.me
    let theirs = Self.other
    try history.edit(
      dot(mine, 1), position: 0, deleted: 0, inserted: "the black cat sat", text: &text)
    let replace = TextOperation(
      dot: dot(mine, 2), parents: [dot(mine, 1)],
      patches: [TextPatch(position: 4, deleted: 5, inserted: "white")])
    try history.merge(replace, into: &text)
    let append = TextOperation(
      dot: dot(theirs, 1), parents: [dot(mine, 1)],
      patches: [TextPatch(position: 17, deleted: 0, inserted: " down")])
    try history.merge(append, into: &text)
    #expect(text.string == "the white cat sat down")

    let undo = try history.inverse(of: dot(mine, 2))
    #expect(undo == [TextPatch(position: 4, deleted: 5, inserted: "black")])
    try history.merge(
      TextOperation(dot: dot(mine, 3), parents: history.heads, patches: undo), into: &text)
    #expect(text.string == "the black cat sat down")
    let redo = try history.inverse(of: dot(mine, 3))
    try history.merge(
      TextOperation(dot: dot(mine, 4), parents: history.heads, patches: redo), into: &text)
    #expect(text.string == "the white cat sat down")
    #expect(try history.inverse(of: dot(mine, 2)).allSatisfy { $0.deleted == 0 })
  }

  @Test("what was taken out before the base can't come back, and is said so")
  func beforeBase() throws {
    let base = Dot(writer: RandomHistory.writer(1), sequence: 1, index: 0)
    let cut = Dot(writer: RandomHistory.writer(1), sequence: 2, index: 0)
    var text = TextBuffer("one two")
    var history = TextHistory(base: [base], baseCount: 7)
    try history.edit(cut, position: 0, deleted: 4, inserted: "", text: &text)
    #expect(try history.attribution() == [TextSpan(count: 3, dot: nil)])
    #expect(throws: TextError.textNotLoaded(op: cut)) { try history.inverse(of: cut) }
    #expect(throws: TextError.textNotLoaded(op: base)) { try history.text() }
    #expect(throws: TextError.unknownOperation(base)) { try history.inverse(of: base) }
  }
}
