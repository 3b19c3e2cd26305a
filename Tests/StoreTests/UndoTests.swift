// SPDX-License-Identifier: MIT

import Anchoring
import Merge
import Store
import Testing

/// Taking back one's own changes, and nobody else's.
@Suite struct UndoTests {
  private static let text = "The river rose at night. Two villages were cut off."

  /// A store with an article and an annotation, and something done that can be taken back.
  struct Deed: Sendable, CustomStringConvertible {
    var description: String
    /// Done here, after the article (`$1`) and the annotation (`$2`) were made.
    var act: @Sendable (Store, EntityID, EntityID) throws -> Void
    /// Whether undoing it and undoing the undo leads back to where it was after the deed.
    var canBeDoneAgain = true
  }

  static let deeds: [Deed] = [
    Deed(description: "a title") { store, article, _ in
      try store.set([(.title, .text("Other"))], of: article, action: "title")
    },
    Deed(description: "a first author") { store, article, _ in
      try store.set([(.author, .text("A. Nonymous"))], of: article, action: "author")
    },
    Deed(description: "a colour") { store, _, annotation in
      try store.set([(.color, .text("green"))], of: annotation, action: "colour")
    },
    Deed(description: "a tag added") { store, article, _ in try store.addTag("new", to: article) },
    Deed(description: "a tag removed") { store, article, _ in
      try store.removeTag("news", from: article)
    },
    Deed(description: "a tag renamed") { store, _, _ in
      try store.renameTag(TagName("news"), to: TagName("press"), mustBeFree: true)
    },
    Deed(description: "a note rewritten") { store, _, annotation in
      try store.setNote(of: annotation, to: "checked twice, and found")
    },
    Deed(description: "a note emptied") { store, _, annotation in
      try store.setNote(of: annotation, to: "")
    },
    Deed(description: "an annotation deleted") { store, _, annotation in
      _ = try store.delete(annotation)
    },
    Deed(description: "an article deleted") { store, article, _ in _ = try store.delete(article) },
    Deed(description: "a new annotation") { store, article, _ in
      try store.highlight(article, "villages", note: "new", tags: ["x"], color: "blue")
    },
    Deed(description: "a new article") { store, _, _ in try store.add("Another text.") },
    Deed(description: "a reply") { store, _, annotation in
      _ = try store.reply(to: annotation, note: "answer", tags: [])
    },
  ]

  /// What a person sees.
  private struct Seen: Equatable {
    var titles: [EntityID: [String?]] = [:]
    var notes: [EntityID: [String?]] = [:]
    var tags: [TagUse]

    init(_ store: Store) throws {
      tags = try store.tags()
      for each in try store.allArticles() {
        titles[each.id] = [each.title, each.author] + each.tags.sorted()
      }
      for each in try store.allAnnotations() {
        notes[each.id] = [each.note, each.color] + each.tags.sorted()
      }
    }
  }

  private func prepared(_ scratch: Scratch) throws -> (Store, EntityID, EntityID) {
    let store = try scratch.store("a")
    let article = try store.add(Self.text, title: "Flood", tags: ["news"])
    let annotation = try store.highlight(article, "river rose", note: "check", tags: ["news"])
    return (store, article, annotation)
  }

  @Test(
    "undo leads back to what was before, and undoing the undo to what was after", arguments: deeds)
  func thereAndBack(deed: Deed) throws {
    let scratch = try Scratch()
    let (store, article, annotation) = try prepared(scratch)
    let before = try Seen(store)
    try deed.act(store, article, annotation)
    let after = try Seen(store)
    #expect(before != after)
    let undone = try store.undo()
    #expect(undone.skipped == [])
    #expect(try Seen(store) == before)
    let undo = try #require(try store.log(limit: 1).first)
    #expect(undo.undoes == undone.name.sequence)
    #expect(undo.action == "undo")
    _ = try store.undo(undo.name)
    #expect(try Seen(store) == after)
    try expectSound(store)
  }

  @Test("what was undone and done again can be undone again, by its name too", arguments: deeds)
  func thereAndBackAgain(deed: Deed) throws {
    let scratch = try Scratch()
    let (store, article, annotation) = try prepared(scratch)
    let before = try Seen(store)
    try deed.act(store, article, annotation)
    let after = try Seen(store)
    let name = try #require(try store.log(limit: 1).first?.name)
    for named in [nil, name, nil] {
      let undone = try store.undo(named)
      #expect(undone.name == name)
      #expect(try Seen(store) == before)
      #expect(throws: StoreError.self) { try store.undo(name) }
      _ = try store.undo(try #require(try store.log(limit: 1).first?.name))
      #expect(try Seen(store) == after)
    }
    try expectSound(store)
  }

  @Test("undo after undo goes further back, and ends where this machine began", arguments: deeds)
  func everything(deed: Deed) throws {
    let scratch = try Scratch()
    let (store, article, annotation) = try prepared(scratch)
    try deed.act(store, article, annotation)
    for _ in 0..<3 { _ = try store.undo() }
    #expect(try store.allArticles() == [])
    #expect(try store.allAnnotations() == [])
    let error = #expect(throws: StoreError.self) { try store.undo() }
    #expect(error?.code == .notFound)
    let changes = try store.holdings().version.total
    #expect(changes == 6)
    try expectSound(store)
  }

  @Test("undoing the same change twice does nothing the second time", arguments: deeds)
  func twice(deed: Deed) throws {
    let scratch = try Scratch()
    let (store, article, annotation) = try prepared(scratch)
    try deed.act(store, article, annotation)
    let name = try #require(try store.log(limit: 1).first?.name)
    _ = try store.undo(name)
    let seen = try Seen(store)
    let total = try store.holdings().version.total
    let error = #expect(throws: StoreError.self) { try store.undo(name) }
    #expect(error?.code == .ambiguous)
    #expect(try Seen(store) == seen)
    #expect(try store.holdings().version.total == total)
  }

  @Test("what others wrote over a change meanwhile stays")
  func writtenOver() throws {
    let scratch = try Scratch()
    let (store, article, _) = try prepared(scratch)
    let other = try scratch.store("b", seed: 2)
    try store.set([(.title, .text("Mine")), (.author, .text("Me"))], of: article, action: "set")
    let name = try #require(try store.log(limit: 1).first?.name)
    try other.pull(from: store)
    try other.set([(.title, .text("Theirs"))], of: article, action: "title")
    try store.pull(from: other)
    let undone = try store.undo(name)
    #expect(undone.skipped == [.title])
    #expect(try store.article(article).title == "Theirs")
    #expect(try store.article(article).author == nil)
    try other.pull(from: store)
    try expectSame(store, other)
  }

  @Test("words that others wrote into a note stay when one's own are taken back")
  func notesOfOthers() throws {
    let scratch = try Scratch()
    let (store, _, annotation) = try prepared(scratch)
    let other = try scratch.store("b", seed: 2)
    try store.setNote(of: annotation, to: "check mine")
    let name = try #require(try store.log(limit: 1).first?.name)
    try other.pull(from: store)
    try other.setNote(of: annotation, to: "check mine and theirs")
    try store.pull(from: other)
    _ = try store.undo(name)
    #expect(try store.annotation(annotation).note == "check and theirs")
    try other.pull(from: store)
    try expectSame(store, other)
  }

  @Test("a reply keeps in sight the annotation whose making is taken back")
  func repliedTo() throws {
    let scratch = try Scratch()
    let (store, _, annotation) = try prepared(scratch)
    let other = try scratch.store("b", seed: 2)
    try other.pull(from: store)
    let reply = try other.reply(to: annotation, note: "why", tags: [])
    _ = try store.undo()
    try store.swap(with: other)
    #expect(Set(try store.allAnnotations().map(\.id)) == [annotation, reply])
    try expectSame(store, other)
  }

  @Test("an article that two machines added stays when one of them takes its adding back")
  func addedTwice() throws {
    let scratch = try Scratch()
    let stores = try scratch.stores(2)
    let url = "https://a.example/1"
    let article = try stores[0].add(Self.text, url: url, title: "Mine")
    try stores[1].add(Self.text, url: url, title: "Theirs")
    try stores[0].swap(with: stores[1])
    for store in stores { try expectSound(store) }
    try expectSame(stores[0], stores[1])
    let logs = try stores.map { Set(try $0.log(of: article, limit: 9)) }
    #expect(logs[0] == logs[1])
    _ = try stores[0].undo()
    try stores[0].swap(with: stores[1])
    try expectSame(stores[0], stores[1])
    for store in stores { try expectSound(store) }
  }

  @Test("only this machine's own changes can be undone here")
  func foreign() throws {
    let scratch = try Scratch()
    let (store, _, _) = try prepared(scratch)
    let other = try scratch.store("b", seed: 2)
    try other.pull(from: store)
    let name = try #require(try store.log(limit: 1).first?.name)
    #expect(throws: StoreError.self) { try other.undo() }
    let error = #expect(throws: StoreError.self) { try other.undo(name) }
    #expect(error?.code == .notAllowed || error?.code == .notFound)
    let unknown = ChangeName(writer: name.writer, sequence: 77)
    #expect(throws: StoreError.self) { try store.undo(unknown) }
  }
}
