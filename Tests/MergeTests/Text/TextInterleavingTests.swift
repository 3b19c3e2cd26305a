// SPDX-License-Identifier: MIT

import Merge
import Testing

@Suite("Text: what two people type at one place stays apart")
struct TextInterleavingTests {
  private enum Direction: CaseIterable {
    case forward
    case backward
    case both
  }

  /// The ops of one person who types `word` at `position`, letter by letter.
  private func type(
    _ word: String, _ writer: UInt64, at position: Int, after start: [Dot], _ direction: Direction
  ) -> [TextOperation] {
    var parents = start
    var out: [TextOperation] = []
    var letters = Array(word)
    var typed = 0
    while !letters.isEmpty {
      let fromEnd = direction == .backward || direction == .both && typed % 2 == 1
      let letter = fromEnd ? letters.removeLast() : letters.removeFirst()
      // In front of what was typed from the end, behind what was typed from the front.
      let offset = frontCount(typed, direction)
      let dot = Dot(
        writer: RandomHistory.writer(writer), sequence: UInt64(out.count + 1), index: 0)
      out.append(
        TextOperation(
          dot: dot, parents: parents,
          patches: [
            TextPatch(position: position + offset, deleted: 0, inserted: String(letter))
          ]))
      parents = [dot]
      typed += 1
    }
    return out
  }

  /// Of `typed` letters, how many were typed from the front.
  private func frontCount(_ typed: Int, _ direction: Direction) -> Int {
    switch direction {
    case .forward: typed
    case .backward: 0
    case .both: (typed + 1) / 2
    }
  }

  @Test("forwards, backwards and inwards, in every combination, with deletions before and after")
  func apart() throws {
    for one in Direction.allCases {
      for two in Direction.allCases {
        for position in [0, 3, 6] {
          let start = Dot(writer: RandomHistory.writer(9), sequence: 1, index: 0)
          let base = TextOperation(
            dot: start, parents: [],
            patches: [TextPatch(position: 0, deleted: 0, inserted: "<<<>>>")])
          let mine = type("abcdefg", 1, at: position, after: [start], one)
          let yours = type("TUVWXYZ", 2, at: position, after: [start], two)
          let zipped = zip(mine, yours).flatMap { [$0, $1] }
          for ops in [mine + yours, yours + mine, zipped] {
            var history = TextHistory()
            var text = TextBuffer()
            for op in [base] + ops { try history.merge(op, into: &text) }
            #expect(text.string.contains("abcdefg"), "\(one) \(two): \(text.string)")
            #expect(text.string.contains("TUVWXYZ"), "\(one) \(two): \(text.string)")
            var bulk = TextHistory()
            var bulkText = TextBuffer()
            try bulk.merge(contentsOf: [base] + ops, into: &bulkText)
            #expect(bulkText == text)
          }
        }
      }
    }
  }

  @Test("one deletes the paragraph in which the other types: the typing stays")
  func deletedParagraph() throws {
    let start = Dot(writer: RandomHistory.writer(9), sequence: 1, index: 0)
    var history = TextHistory()
    var text = TextBuffer()
    try history.edit(start, position: 0, deleted: 0, inserted: "one\ntwo\nthree\n", text: &text)
    let cut = TextOperation(
      dot: Dot(writer: RandomHistory.writer(1), sequence: 1, index: 0), parents: [start],
      patches: [TextPatch(position: 4, deleted: 4, inserted: "")])
    let typing = TextOperation(
      dot: Dot(writer: RandomHistory.writer(2), sequence: 1, index: 0), parents: [start],
      patches: [TextPatch(position: 6, deleted: 0, inserted: "NEW")])
    try history.merge(cut, into: &text)
    let applied = try history.merge(typing, into: &text)
    #expect(applied == [TextPatch(position: 4, deleted: 0, inserted: "NEW")])
    #expect(text.string == "one\nNEWthree\n")
  }

  @Test("what both delete goes once")
  func deletedTwice() throws {
    let start = Dot(writer: RandomHistory.writer(9), sequence: 1, index: 0)
    var history = TextHistory()
    var text = TextBuffer()
    try history.edit(start, position: 0, deleted: 0, inserted: "abcdef", text: &text)
    for (writer, position) in [(UInt64(1), 1), (2, 2)] {
      try history.merge(
        TextOperation(
          dot: Dot(writer: RandomHistory.writer(writer), sequence: 1, index: 0), parents: [start],
          patches: [TextPatch(position: position, deleted: 3, inserted: "")]), into: &text)
    }
    #expect(text.string == "af")
  }
}
