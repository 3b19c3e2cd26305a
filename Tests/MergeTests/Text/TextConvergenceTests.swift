// SPDX-License-Identifier: MIT

import Merge
import TestSupport
import Testing

@Suite("Text: random concurrent histories agree with the second edition")
struct TextConvergenceTests {
  static let seeds = TestSeeds.range(20)

  @Test("one by one, in every order, with the patches that it says it applied", arguments: seeds)
  func oneByOne(seed: UInt64) throws {
    let made = RandomHistory(seed: seed)
    var random = SeededGenerator(seed: seed &* 31)
    for round in 0..<4 {
      var history = TextHistory()
      var text = TextBuffer()
      var mirror = ""
      for op in round == 0 ? made.operations : made.shuffled(&random) {
        mirror.apply(try history.merge(op, into: &text))
        #expect(sameBytes(mirror, text.string), "seed \(seed)")
        #expect(text.count == mirror.unicodeScalars.count, "seed \(seed)")
      }
      #expect(sameBytes(text.string, made.naive.string), "seed \(seed), round \(round)")
      #expect(try history.text() == text, "seed \(seed)")
      let all = Set(made.operations.map(\.dot))
      #expect(history.heads == made.naive.heads(of: all), "seed \(seed)")
    }
  }

  @Test("one by one into a document that keeps what it worked out", arguments: seeds)
  func document(seed: UInt64) throws {
    let made = RandomHistory(seed: seed)
    var random = SeededGenerator(seed: seed &* 41)
    for _ in 0..<4 {
      var document = TextDocument()
      var mirror = ""
      for op in made.shuffled(&random) {
        let bad = TextOperation(
          dot: op.dot, parents: op.parents,
          patches: [TextPatch(position: 9999, deleted: 0, inserted: "x")])
        #expect(throws: TextError.self) { try document.merge(bad) }
        mirror.apply(try document.merge(op))
        #expect(sameBytes(mirror, document.text.string), "seed \(seed)")
        if Int.random(in: 0..<10, using: &random) == 0 { document.settle() }
      }
      #expect(sameBytes(mirror, made.naive.string), "seed \(seed)")
      #expect(try document.history.text() == document.text)
    }
  }

  @Test("in batches of any size", arguments: seeds)
  func batches(seed: UInt64) throws {
    let made = RandomHistory(seed: seed)
    var random = SeededGenerator(seed: seed &* 37)
    for _ in 0..<4 {
      var history = TextHistory()
      var text = TextBuffer()
      var rest = made.shuffled(&random)[...]
      while !rest.isEmpty {
        let size = Int.random(in: 1...rest.count, using: &random)
        try history.merge(contentsOf: Array(rest.prefix(size)), into: &text)
        rest = rest.dropFirst(size)
        let known = Set(made.operations.map(\.dot)).subtracting(rest.map(\.dot))
        #expect(sameBytes(text.string, made.naive.string(known)), "seed \(seed)")
      }
    }
  }

  @Test("the text at any version", arguments: seeds)
  func versions(seed: UInt64) throws {
    let made = RandomHistory(seed: seed)
    var history = TextHistory()
    for op in made.operations { try history.append(op) }
    for op in made.operations {
      let naive = made.naive.string(made.naive.closure([op.dot]))
      #expect(sameBytes(try history.text(at: [op.dot]).string, naive), "seed \(seed)")
    }
    #expect(try history.text(at: history.heads) == history.text())
    #expect(try history.text(at: []).string.isEmpty)
  }

  @Test("large histories, so that the walker's tree grows levels", arguments: [UInt64(501), 502])
  func large(seed: UInt64) throws {
    let made = RandomHistory(seed: seed, operations: 400)
    var random = SeededGenerator(seed: seed)
    var history = TextHistory()
    var text = TextBuffer()
    try history.merge(contentsOf: made.shuffled(&random), into: &text)
    #expect(sameBytes(text.string, made.naive.string), "seed \(seed)")
  }

  @Test("loaded from any version that splits the history", arguments: seeds)
  func placeholder(seed: UInt64) throws {
    let made = RandomHistory(seed: seed)
    let splits = made.splits
    #expect(!splits.isEmpty)
    for split in splits {
      let below = made.naive.closure(split.base)
      let start = made.naive.string(below)
      var text = TextBuffer(start)
      var history = TextHistory(base: split.base, baseCount: text.count)
      for op in split.above { try history.merge(op, into: &text) }
      #expect(sameBytes(text.string, made.naive.string), "seed \(seed)")
      var bulkText = TextBuffer(start)
      var bulk = TextHistory(base: split.base, baseCount: bulkText.count)
      try bulk.merge(contentsOf: split.above, into: &bulkText)
      #expect(bulkText == text, "seed \(seed)")
      #expect(try history.attribution().reduce(0) { $0 + $1.count } == text.count)
      // Loaded from a log of which all but the last op was merged before.
      guard let last = split.above.last else { continue }
      var loaded = TextHistory(base: split.base, baseCount: TextBuffer(start).count)
      for op in split.above.dropLast() { try loaded.append(op) }
      let before = Set(made.operations.map(\.dot)).subtracting([last.dot])
      var now = TextBuffer(made.naive.string(before))
      try loaded.merge(last, into: &now)
      #expect(now == text, "seed \(seed)")
    }
  }

  @Test("the stretch to load is found from the newest op down", arguments: seeds)
  func stretch(seed: UInt64) throws {
    let made = RandomHistory(seed: seed)
    for (place, op) in made.operations.enumerated() {
      let before = made.operations[..<place]
      let heads = made.naive.heads(of: Set(before.map(\.dot)))
      var stretch = TextStretch(versions: [heads, op.parents])
      var loaded: [TextOperation] = []
      for older in before.reversed() where !stretch.isComplete {
        let belongs = stretch.load(older.dot, parents: older.parents)
        #expect(belongs)
        loaded.append(older)
      }
      #expect(stretch.isComplete, "seed \(seed)")
      let start = made.naive.standing(made.naive.closure(stretch.base)).count
      var history = TextHistory(base: stretch.base, baseCount: start)
      for older in loaded.reversed() { try history.append(older) }
      #expect(history.heads == heads)
      var text = TextBuffer(made.naive.string(Set(before.map(\.dot))))
      try history.merge(op, into: &text)
      let now = Set(before.map(\.dot)).union([op.dot])
      #expect(sameBytes(text.string, made.naive.string(now)), "seed \(seed)")
    }
  }
}
