// SPDX-License-Identifier: MIT

import GRDB
import Merge
import Store
import Testing

/// Notes: edited apart, merged word for word.
@Suite struct NoteTests {
  private struct Pair {
    let scratch: Scratch
    let here: Store
    let there: Store
    let note: EntityID

    init(_ text: String) throws {
      scratch = try Scratch()
      here = try scratch.store("here", seed: 1)
      there = try scratch.store("there", seed: 2)
      let article = try here.add("The river rose at night.")
      note = try here.highlight(article, "river", note: text)
      try there.pull(from: here)
    }
  }

  @Test("what is saved on an old draft is merged with what arrived since")
  func oldBase() throws {
    let pair = try Pair("one two three")
    let draft = try pair.here.draft(of: pair.note)
    try pair.there.setNote(of: pair.note, to: "zero one two three")
    try pair.here.pull(from: pair.there)
    try pair.here.setNote(of: pair.note, to: "one two three four", base: draft)
    #expect(try pair.here.annotation(pair.note).note == "zero one two three four")
    try pair.there.pull(from: pair.here)
    try expectSame(pair.here, pair.there)
    try expectSound(pair.here)
    // Without a base, what stands now is what is replaced.
    try pair.here.setNote(of: pair.note, to: "one two three four")
    #expect(try pair.here.annotation(pair.note).note == "one two three four")
  }

  @Test("edits made apart, in many turns, come together the same on both sides")
  func turns() throws {
    let pair = try Pair("start")
    for turn in 0..<12 {
      try pair.here.setNote(
        of: pair.note, to: "h\(turn) " + (pair.here.annotation(pair.note).note ?? ""))
      try pair.there.setNote(
        of: pair.note, to: (pair.there.annotation(pair.note).note ?? "") + " t\(turn)")
      if turn % 3 == 2 { try pair.here.swap(with: pair.there) }
    }
    try expectSame(pair.here, pair.there)
    let words = try pair.here.annotation(pair.note).note?.split(separator: " ").map(String.init)
    #expect(Set(words ?? []).count == 25)
    try expectSound(pair.here)
    try expectSound(pair.there)
  }

  @Test("an edit made apart needs only what was written since, however long the history is")
  func onlyTheStretch() throws {
    let pair = try Pair("start")
    for turn in 0..<40 {
      try pair.here.setNote(
        of: pair.note, to: (pair.here.annotation(pair.note).note ?? "") + " w\(turn)")
    }
    try pair.there.pull(from: pair.here)
    try pair.here.setNote(
      of: pair.note, to: "here " + (pair.here.annotation(pair.note).note ?? ""))
    try pair.there.setNote(
      of: pair.note, to: (pair.there.annotation(pair.note).note ?? "") + " there")
    // The older edits can't even be read any more: who looks at them fails.
    let queue = try DatabaseQueue(path: pair.here.directory.database)
    try queue.write { db in
      try db.execute(
        sql: "UPDATE change SET body = x'00' WHERE (id & 0xFFFFFFFFFF) BETWEEN 5 AND 38")
    }
    try queue.close()
    try pair.here.pull(from: pair.there)
    let note = try #require(try pair.here.annotation(pair.note).note)
    #expect(note.hasPrefix("here start w0 w1 ") && note.hasSuffix(" w39 there"))
  }

  @Test("two first notes on one annotation are both kept")
  func twoFirsts() throws {
    let scratch = try Scratch()
    let stores = try scratch.stores(2)
    let article = try stores[0].add("The river rose at night.")
    let mark = try stores[0].highlight(article, "river")
    try stores[1].pull(from: stores[0])
    try stores[0].setNote(of: mark, to: "left")
    try stores[1].setNote(of: mark, to: "right")
    try stores[0].swap(with: stores[1])
    #expect(["leftright", "rightleft"].contains(try stores[0].annotation(mark).note))
    try expectSame(stores[0], stores[1])
  }

  @Test("line ends are one kind, NUL and what is too long are refused")
  func normalised() throws {
    let pair = try Pair("x")
    try pair.here.setNote(of: pair.note, to: "a\r\nb\rc\nd\r\n\r\ne")
    #expect(try pair.here.annotation(pair.note).note == "a\nb\nc\nd\n\ne")
    for bad in ["a\u{0}b", String(repeating: "x", count: 900_001)] {
      let error = #expect(throws: StoreError.self) {
        try pair.here.setNote(of: pair.note, to: bad)
      }
      #expect(error?.code == .badInput)
    }
    let most = String(repeating: "é", count: 450_000)
    try pair.here.setNote(of: pair.note, to: most)
    #expect(try pair.here.annotation(pair.note).note == most)
    try pair.there.pull(from: pair.here)
    try expectSame(pair.here, pair.there)
  }

  @Test("who wrote which words is told from the log")
  func authors() throws {
    let pair = try Pair("one three")
    try pair.there.setNote(of: pair.note, to: "one two three")
    try pair.here.pull(from: pair.there)
    let authors = try pair.here.noteAuthors(of: pair.note)
    #expect(authors.map(\.text).joined() == "one two three")
    #expect(Set(authors.map(\.device)) == ["here", "there"])
    #expect(authors.first { $0.device == "there" }?.text.contains("two") == true)
  }

  @Test(
    "one beginning written by both, and gone on with, is one, whoever is heard later",
    arguments: UInt64(1)...8)
  func sameBeginning(seed: UInt64) throws {
    let scratch = try Scratch()
    let stores = try scratch.stores(2, seed: seed)
    // One is further on, so that its beginning comes after what was made on the other's.
    for number in 0..<3 { try stores[0].add("Text \(number).") }
    let article = try stores.map { try $0.add("The river rose at night.") }[0]
    var note = NewAnnotation(target: Target(article: article))
    note.id = EntityID(kind: .annotation, raw: Bytes16(high: 1, low: seed))
    note.note = "imported"
    for store in stores {
      let id = try store.annotate(note)
      try store.setNote(of: id, to: "imported by \(store === stores[0] ? "one" : "two")")
    }
    try stores[0].swap(with: stores[1])
    for store in stores {
      let text = try store.annotation(try #require(note.id)).note
      #expect(text?.contains("by one") == true && text?.contains("by two") == true)
      #expect(text?.ranges(of: "imported").count == 1)
      try store.rebuild()
      try expectSound(store)
    }
    try expectSame(stores[0], stores[1])
  }
}
