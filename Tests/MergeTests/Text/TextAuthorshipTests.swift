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

  @Test("the inverse of an op takes back that op alone", arguments: TestSeeds.range(15))
  func inverse(seed: UInt64) throws {
    let made = RandomHistory(seed: seed)
    var history = TextHistory()
    for op in made.operations { try history.append(op) }
    for op in made.operations {
      var text = made.naive.string
      text.apply(try history.inverse(of: op.dot))
      var expected = String.UnicodeScalarView()
      for node in made.naive.all {
        let undone = node.deletedBy.subtracting([op.dot])
        if node.name.dot == op.dot { continue }
        if undone.isEmpty { expected.append(node.scalar) }
      }
      #expect(sameBytes(text, String(expected)), "seed \(seed)")
    }
  }

  @Test("undo and undo of undo are ops like any other, and leave the other's words")
  func undoRedo() throws {
    var history = TextHistory()
    var text = TextBuffer()
    let mine = RandomHistory.writer(1)
    let theirs = RandomHistory.writer(2)
    func dot(_ writer: WriterID, _ sequence: UInt64) -> Dot {
      Dot(writer: writer, sequence: sequence, index: 0)
    }
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
