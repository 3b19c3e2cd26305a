// SPDX-License-Identifier: MIT

import TestSupport
import Testing

@testable import Merge

@Suite("Text: what a note holds when nobody edits it")
struct TextIdleTests {
  private static let writer = RandomHistory.writer(1)
  private static let editCount = 100_000

  /// Edits at places all over the text, so that none goes on where the one before ended.
  private static func edited(byMerging: Bool) throws -> TextDocument {
    var random = SeededGenerator(seed: 1)
    var document = TextDocument()
    for number in 0..<UInt64(editCount) {
      let count = document.text.count
      let deletes = count > 0 && Int.random(in: 0..<4, using: &random) == 0
      let patch = TextPatch(
        position: Int.random(in: 0...(deletes ? count - 1 : count), using: &random),
        deleted: deletes ? 1 : 0, inserted: deletes ? "" : "x")
      let dot = Dot(writer: writer, sequence: number + 1, index: 0)
      if byMerging {
        let heads = document.history.heads
        try document.merge(TextOperation(dot: dot, parents: heads, patches: [patch]))
      } else {
        try document.edit(dot, patches: [patch])
      }
    }
    return document
  }

  @Test("100,000 edits without a collision leave no CRDT behind", arguments: [false, true])
  func noCollision(byMerging: Bool) throws {
    let document = try Self.edited(byMerging: byMerging)
    let held = Holdings(document)
    #expect(held.objects == [])
    // The log of edits, 16 bytes each, and text. A span of a CRDT would take 32 bytes more.
    #expect(held.bytes <= Self.editCount * 24)
    // One writer, one line of edits: names and order of all take one row.
    #expect(document.history.names.starts.count == 1)
    #expect(document.history.graph.runCount == 1)
    #expect(document.history.graph.critical.ranges.count == 1)
  }

  @Test("what a collision took is let go of")
  func settled() throws {
    var document = TextDocument()
    let one = Dot(writer: Self.writer, sequence: 1, index: 0)
    let two = Dot(writer: RandomHistory.writer(2), sequence: 1, index: 0)
    let patch = TextPatch(position: 0, deleted: 0, inserted: "x")
    try document.edit(one, patches: [patch])
    try document.merge(TextOperation(dot: two, parents: [], patches: [patch]))
    #expect(Holdings(document).objects != [])
    document.settle()
    #expect(Holdings(document).objects == [])
  }

  @Test("a copy of a document goes its own way from the middle of a collision")
  func copies() throws {
    var documents = [TextDocument()]
    let root = Dot(writer: Self.writer, sequence: 1, index: 0)
    try documents[0].edit(root, patches: [TextPatch(position: 0, deleted: 0, inserted: "abc")])
    func op(_ writer: UInt64, _ position: Int, _ text: String) -> TextOperation {
      TextOperation(
        dot: Dot(writer: RandomHistory.writer(writer), sequence: 1, index: 0), parents: [root],
        patches: [TextPatch(position: position, deleted: 0, inserted: text)])
    }
    try documents[0].merge(op(2, 0, "1"))
    try documents[0].merge(op(3, 3, "2"))
    documents.append(documents[0])
    try documents[0].merge(op(4, 1, "3"))
    try documents[1].merge(op(5, 2, "4"))
    #expect(documents.map(\.text.string) == ["1a3bc2", "1ab4c2"])
  }
}

/// What a value holds in arrays, and the objects that it refers to, in whatever is inside it.
private struct Holdings {
  var bytes = 0
  var objects: [String] = []

  init(_ value: Any) { add(value) }

  private mutating func add(_ value: Any) {
    let mirror = Mirror(reflecting: value)
    if let array = value as? any RandomAccessCollection, mirror.displayStyle == .collection {
      bytes += Self.size(array)
    } else if mirror.displayStyle == .class || "\(mirror.subjectType)".contains("Pointer") {
      objects.append("\(mirror.subjectType)")
    } else {
      for child in mirror.children { add(child.value) }
    }
  }

  private static func size<C: RandomAccessCollection>(_ array: C) -> Int {
    array.count * MemoryLayout<C.Element>.stride
  }
}
