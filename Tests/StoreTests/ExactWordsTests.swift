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
