// SPDX-License-Identifier: MIT

import Anchoring
import Merge
import Testing

@testable import Store

/// The indexes say what the state says, after every kind of edit.
@Suite struct SearchIndexTests {
  private static let text = "The river rose at night. Two villages were cut off."

  @Test("words of a note, title, quote or tag are found while they stand, and no longer")
  func words() throws {
    let scratch = try Scratch()
    let store = try scratch.store("a")
    let article = try store.add(Self.text, title: "Deluge")
    let annotation = try store.highlight(article, "rose at", note: "alpha beta", tags: ["blue"])
    #expect(try store.found("alpha") == [annotation])
    #expect(try store.found("quote:rose") == [article, annotation])
    try store.setNote(of: annotation, to: "beta gamma")
    #expect(try store.found("alpha") == [])
    #expect(try store.found("beta") == [annotation])
    #expect(try store.found("gamma") == [annotation])
    try store.set([(.title, .text("Inundation"))], of: article, action: "title")
    #expect(try store.found("deluge") == [])
    #expect(try store.found("inundation") == [article])
    try store.removeTag("blue", from: annotation)
    #expect(try store.found("blue") == [])
    #expect(try store.found("tag:blue") == [])
    try store.setNote(of: annotation, to: "")
    #expect(try store.found("gamma") == [])
    #expect(try store.annotation(annotation).note == nil)
    _ = try store.delete(annotation)
    #expect(try store.found("rose") == [article])
    try expectSound(store)
  }

  @Test("words are found in any script, without accents and with Indic vowel signs")
  func scripts() throws {
    let scratch = try Scratch()
    let store = try scratch.store("a")
    let article = try store.add("हिन्दी में किताब। Ein schöner Tag im Café.")
    for word in ["हिन्दी", "किताब", "schoner", "SCHÖNER", "cafe"] {
      #expect(try store.found(word) == [article], "\(word)")
    }
    #expect(try store.found("कताब") == [])
  }

  @Test("many edits of one note in one transaction leave only the last one's words")
  func batch() throws {
    let scratch = try Scratch()
    let stores = try scratch.stores(2)
    let article = try stores[0].add(Self.text)
    let annotation = try stores[0].highlight(article, "river")
    for number in 0..<30 { try stores[0].setNote(of: annotation, to: "word\(number)") }
    try stores[1].pull(from: stores[0])
    #expect(try stores[1].found("note:word*") == [article, annotation])
    #expect(try stores[1].found("word28") == [])
    #expect(try stores[1].found("word29") == [annotation])
    try expectSame(stores[0], stores[1])
  }

  @Test("a renamed tag is found by its new name, with all below it, here and elsewhere")
  func renamedTag() throws {
    let scratch = try Scratch()
    let stores = try scratch.stores(2)
    let one = try stores[0].add("One text.", tags: ["news"])
    let two = try stores[0].add("Two texts.", tags: ["news/asia"])
    try stores[1].pull(from: stores[0])
    try stores[0].renameTag(TagName("news"), to: TagName("press"), mustBeFree: true)
    #expect(try stores[0].tags().map(\.name) == ["press", "press/asia"])
    #expect(try stores[0].found("tag:press/*").union(stores[0].found("tag:press")) == [one, two])
    #expect(try stores[0].found("tag:news") == [])
    // Meanwhile, elsewhere, the old name is still in use.
    let three = try stores[1].add("Three texts.", tags: ["news/asia/india"])
    try stores[0].swap(with: stores[1])
    #expect(try stores[0].found("tag:press/asia/india") == [three])
    #expect(try stores[0].article(three).tags == ["press/asia/india"])
    try expectSame(stores[0], stores[1])
    try expectSound(stores[1])
  }

  @Test("renaming takes what is free, merges what is not, and refuses what is unknown")
  func renames() throws {
    let scratch = try Scratch()
    let store = try scratch.store("a")
    let one = try store.add("One text.", tags: ["a"])
    try store.add("Two texts.", tags: ["b"])
    func code(_ old: String, _ new: String, free: Bool = true) -> StoreError.Code? {
      #expect(throws: StoreError.self) {
        try store.renameTag(TagName(old), to: TagName(new), mustBeFree: free)
      }?.code
    }
    #expect(code("x", "y") == .notFound)
    #expect(code("a", "a") == .badInput)
    #expect(code("a", "b") == .ambiguous)
    try store.renameTag(TagName("a"), to: TagName("b"), mustBeFree: false)
    #expect(try store.tags() == [TagUse(name: "b", articles: 2, annotations: 0)])
    // The name that was given up may be used again, and leads back.
    try store.renameTag(TagName("b"), to: TagName("a"), mustBeFree: true)
    #expect(try store.tags().map(\.name) == ["a"])
    #expect(try store.article(one).tags == ["a"])
    try store.removeTag("a", from: one)
    #expect(try store.article(one).tags == [])
    try expectSound(store)
  }

  @Test("a rename of a rename, and a circle of renames made apart, end alike everywhere")
  func circles() throws {
    let scratch = try Scratch()
    let stores = try scratch.stores(3)
    try stores[0].add("One text.", tags: ["a"])
    try stores[0].add("Two texts.", tags: ["b"])
    try stores[1].pull(from: stores[0])
    try stores[2].pull(from: stores[0])
    try stores[0].renameTag(TagName("a"), to: TagName("b"), mustBeFree: false)
    try stores[1].renameTag(TagName("b"), to: TagName("a"), mustBeFree: false)
    try stores[2].renameTag(TagName("a"), to: TagName("c"), mustBeFree: true)
    try converge(stores)
    for store in stores.dropFirst() { try expectSame(stores[0], store) }
    #expect(try stores[0].tags().count == 1)
    for store in stores { try expectSound(store) }
  }

  @Test("tags that look alike and differ in their bytes are two, whoever wrote them first")
  func lookalikeTags() throws {
    let scratch = try Scratch()
    let (left, right) = (try scratch.store("a", seed: 1), try scratch.store("b", seed: 2))
    var (one, two) = (RawWriter(1), RawWriter(2))
    let composed = one.change([Operation(.numbered(1), .tag, value: .text("caf\u{E9}"))])
    // A newer or broken program that does not normalise.
    let apart = two.change([Operation(.numbered(1), .tag, value: .text("cafe\u{301}"))])
    #expect(try left.merge([composed]).merged == 1)
    #expect(try left.merge([apart]).merged == 1)
    #expect(try right.merge([apart, composed]).merged == 2)
    try expectSame(left, right)
    try expectSound(left)
    try expectSound(right)
  }

  @Test("the first digits of an id name it, as many as it takes")
  func prefixes() throws {
    let scratch = try Scratch()
    let store = try scratch.store("a")
    var ids: [EntityID] = []
    for number in 0..<40 { ids.append(try store.add("Text number \(number).")) }
    for _ in 0..<5 { ids.append(try store.highlight(ids[0], "number")) }
    let lengths = try store.shortestPrefixes(of: ids)
    for id in ids {
      let digits = id.raw.uuidText.filter { $0 != "-" }
      let length = try #require(lengths[id])
      #expect(length >= 4 && length <= 32)
      #expect(try store.resolve(String(digits.prefix(length))) == id)
      #expect(try store.resolve(id.raw.uuidText) == id)
      #expect(try store.resolve(digits.uppercased()) == id)
      if length > 4 {
        let error = #expect(throws: StoreError.self) {
          try store.resolve(String(digits.prefix(length - 1)))
        }
        #expect(error?.code == .ambiguous)
        #expect(error?.candidates.contains(id) == true)
      }
    }
    #expect(try store.shortestPrefixes(of: []) == [:])
  }

  @Test(
    "what is no beginning of an id is refused as such",
    arguments: ["", "-", "xyz", "12g4", "0123456789abcdef0123456789abcdef0", "é", "12 34", "%"])
  func badPrefix(prefix: String) throws {
    let scratch = try Scratch()
    let store = try scratch.store("a")
    #expect(throws: StoreError.self) { try store.resolve(prefix) }
    let error = #expect(throws: StoreError.self) { try store.resolve("abcd") }
    #expect(error?.code == .notFound)
  }
}
