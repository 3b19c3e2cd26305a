// SPDX-License-Identifier: MIT

import Anchoring
import Merge
import Testing

@testable import Store

/// Words that are canonically equivalent and not the same bytes are different words: positions
/// count code points, and the index knows what it was given.
@Suite struct ExactWordsTests {
  @Test("two beginnings of a note in two forms of one letter are two", arguments: [false, true])
  func beginnings(isSwapped: Bool) throws {
    let scratch = try Scratch()
    let stores = try scratch.stores(3)
    let article = try stores[0].add("The river rose at night.")
    for store in stores.dropFirst() { try store.pull(from: stores[0]) }
    let forms = isSwapped ? ["e\u{301}", "é"] : ["é", "e\u{301}"]
    let id = EntityID(kind: .annotation, raw: Bytes16(high: 0x0199_0000_0000_7000, low: 7))
    for (store, note) in zip(stores, forms) {
      try store.importBatch { session in
        var new = NewAnnotation(target: Target(article: article))
        new.id = id
        new.note = note
        try session.annotate(new)
      }
      try store.setNote(of: id, to: note + "!")
    }
    try stores[0].swap(with: stores[1])
    try stores[2].pull(from: stores[1])
    try expectSame(stores[0], stores[1])
    try expectSame(stores[0], stores[2])
    let note = try stores[0].annotation(id).note ?? ""
    #expect(note.utf8.filter { $0 == 0x21 }.count == 2)
    for store in stores { try expectSound(store) }
  }

  @Test(
    "that somebody else began a note in the same words changes the order of no others",
    arguments: [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]])
  func equalBeginnings(order: [Int]) throws {
    let scratch = try Scratch()
    let stores = try scratch.stores(4)
    let article = try stores[0].add("The river rose at night.")
    for store in stores.dropFirst() { try store.pull(from: stores[0]) }
    let id = EntityID(kind: .annotation, raw: Bytes16(high: 0x0199_0000_0000_7000, low: 7))
    let notes = ["foo", "bar", "foo"]
    for (store, note) in zip(order.map { stores[$0] }, notes) {
      try store.importBatch { session in
        var new = NewAnnotation(target: Target(article: article))
        new.id = id
        new.note = note
        try session.annotate(new)
      }
    }
    let (first, second, third) = (stores[order[0]], stores[order[1]], stores[order[2]])
    // Who knows the first two takes "bar" out, and another who knows "bar" alone does so too.
    try first.pull(from: second)
    try second.setNote(of: id, to: "")
    let both = try #require(try first.annotation(id).note)
    try first.setNote(of: id, to: both.replacing("bar", with: ""))
    try first.pull(from: second)
    try first.setNote(of: id, to: (first.annotation(id).note ?? "") + "!")
    // Only now it becomes known that somebody began it in the words of the first.
    try stores[3].pull(from: third)
    try stores[3].pull(from: first)
    try first.pull(from: third)
    try expectSame(first, stores[3])
    #expect(try first.annotation(id).note == "foo!")
    for store in [first, stores[3]] { try expectSound(store) }
  }

  @Test("a note that is saved in another form of its letters is found by that form")
  func otherForm() throws {
    let scratch = try Scratch()
    let store = try scratch.store("a")
    let article = try store.add("The river rose at night.")
    let annotation = try store.highlight(article, "river", note: "\u{D55C}\u{AE00}")
    let decomposed = "\u{1112}\u{1161}\u{11AB}\u{1100}\u{1173}\u{11AF}"
    try store.setNote(of: annotation, to: decomposed)
    #expect(try store.annotation(annotation).note?.hasSameBytes(as: decomposed) == true)
    try expectSound(store)
    try store.setNote(of: annotation, to: "other words")
    #expect(try store.found(decomposed) == [])
    try expectSound(store)
  }

  @Test("a tag's two forms, as a foreign writer may make them, are two, in whatever batches")
  func tags() throws {
    let scratch = try Scratch()
    let stores = try scratch.stores(3)
    let article = try stores[0].add("The river rose at night.")
    for tag in ["é", "e\u{301}"] {
      try stores[0].write { transaction in
        let edit = try Edit(
          transaction, writer: try stores[0].writer(transaction), action: "tag")
        try edit.append(Operation(article, .tag, value: .text(tag)))
        try edit.commit()
      }
      try stores[1].pull(from: stores[0])
    }
    try stores[2].pull(from: stores[0])
    for store in stores { try expectSound(store) }
    try expectSame(stores[1], stores[2])
  }
}
