// SPDX-License-Identifier: MIT

import Anchoring
import Merge
import Store
import TestSupport

/// Somebody who does one thing after another at a store, through its public face; a seed decides.
struct RandomUser {
  let store: Store
  var generator: SeededGenerator
  /// What was done, and what it came to: printed when a history ends badly.
  private(set) var trail: [String] = []
  private var drafts: [(EntityID, NoteDraft)] = []

  init(_ store: Store, seed: UInt64) {
    self.store = store
    generator = SeededGenerator(seed: seed)
  }

  private static let texts = [
    "The river rose at night. Two villages were cut off. Help came by boat.",
    "The river rose at night. Three villages were cut off, the army says.",
    "Bread is flour, water, salt and time. Time is what most people lack.",
    "हिन्दी में एक पंक्ति। The rest is English, with “curly” quotes and a 😀.",
  ]
  private static let quotes = ["river rose", "cut off", "Time", "English, with", "nowhere to find"]
  private static let urls = ["https://a.example/1", "https://a.example/2", "https://b.example/"]
  private static let tags = ["news", "news/asia", "bread", "प्रिय", "to read", "news/asia/india"]
  private static let words = ["one", "two", "three", "a longer sentence", "😀", "é"]

  /// Does one thing. Wishes that can't be met are part of life; anything else is thrown on.
  mutating func act() throws {
    let choice = Int.random(in: 0..<14, using: &generator)
    do {
      try act(choice)
      trail.append("\(choice)")
    } catch let error as StoreError {
      guard [.notFound, .ambiguous, .badInput].contains(error.code) else { throw error }
      trail.append("\(choice) \(error.message)")
    }
  }

  private mutating func act(_ choice: Int) throws {
    switch choice {
    case 0, 1: try add()
    case 2, 3: try annotate()
    case 4: try reply()
    case 5, 6: try note()
    case 7: try tag()
    case 8: try rename()
    case 9: _ = try store.delete(try anything())
    case 10: _ = try store.restore(try anything(deleted: true))
    case 11: try undo()
    case 12: try set()
    default: try resolve()
    }
  }

  private mutating func pick<Element>(_ all: [Element]) throws -> Element {
    guard let one = all.randomElement(using: &generator) else {
      throw StoreError(.notFound, "nothing to choose from")
    }
    return one
  }

  private mutating func anything(deleted: Bool = false) throws -> EntityID {
    if !deleted {
      let ids =
        try store.articles(matching: Query()).map(\.id)
        + store.annotations(matching: Query()).map(\.id)
      return try pick(ids.sorted())
    }
    var ids: [EntityID] = []
    try store.canonicalItems { item in
      if case .entity(let id, let state) = item, state.isDeleted { ids.append(id) }
    }
    return try pick(ids)
  }

  private mutating func add() throws {
    var new = NewArticle(text: try CanonicalText(try pick(Self.texts)))
    if Bool.random(using: &generator) { new.url = try ArticleURL(try pick(Self.urls)) }
    if Bool.random(using: &generator) { new.title = try pick(Self.words) }
    if Bool.random(using: &generator) { new.tags = [try TagName(try pick(Self.tags))] }
    _ = try store.addArticle(new)
  }

  private mutating func annotate() throws {
    let article = try pick(try store.articles(matching: Query()).map(\.id).sorted())
    if Int.random(in: 0..<4, using: &generator) == 0 {
      var new = NewAnnotation(target: Target(article: article))
      new.note = try pick(Self.words)
      _ = try store.annotate(new)
    } else {
      _ = try store.annotate(
        article: article, quote: try pick(Self.quotes), occurrence: nil,
        note: Bool.random(using: &generator) ? try pick(Self.words) : nil,
        tags: Bool.random(using: &generator) ? [try TagName(try pick(Self.tags))] : [],
        color: Bool.random(using: &generator) ? "yellow" : nil)
    }
  }

  private mutating func annotation() throws -> EntityID {
    try pick(try store.annotations(matching: Query()).map(\.id).sorted())
  }

  private mutating func reply() throws {
    _ = try store.reply(to: try annotation(), note: try pick(Self.words), tags: [])
  }

  private mutating func note() throws {
    // Somebody opens an editor, and saves much later.
    if Bool.random(using: &generator) {
      let id = try annotation()
      drafts.append((id, try store.draft(of: id)))
    } else if let (id, draft) = drafts.popLast() {
      let cut = Int.random(in: 0...draft.text.unicodeScalars.count, using: &generator)
      let scalars = Array(draft.text.unicodeScalars)
      let head = String(String.UnicodeScalarView(scalars[..<cut]))
      let tail = String(String.UnicodeScalarView(scalars[min(cut + 2, scalars.count)...]))
      try store.setNote(of: id, to: head + (try pick(Self.words)) + tail, base: draft)
    } else {
      try store.setNote(of: try annotation(), to: try pick(Self.words) + (try pick(Self.words)))
    }
  }

  private mutating func tag() throws {
    let id = try anything()
    if Bool.random(using: &generator) {
      let tags = [try TagName(try pick(Self.tags)), try TagName(try pick(Self.tags))]
      _ = try store.tag(id, add: tags, remove: [])
    } else {
      _ = try store.tag(id, add: [], remove: [TagName(try pick(store.tags().map(\.name)))])
    }
  }

  private mutating func rename() throws {
    let old = try TagName(try pick(store.tags().map(\.name)))
    try store.renameTag(
      old, to: TagName(try pick(Self.tags)), mustBeFree: Bool.random(using: &generator))
  }

  private mutating func undo() throws {
    let own = try store.status().writer
    if Bool.random(using: &generator) {
      _ = try store.undo()
    } else {
      let entries = try store.log(limit: 50).filter { $0.name.writer == own }
      _ = try store.undo(try pick(entries.map(\.name)))
    }
  }

  private mutating func set() throws {
    let id = try anything()
    let field = try pick(id.kind == .article ? [Field.title, .author, .readState] : [Field.color])
    try store.set([(field, .text(try pick(Self.words)))], of: id, action: "set")
  }

  private mutating func resolve() throws {
    let conflict = try pick(try store.conflicts())
    let version = try pick(conflict.versions)
    try store.resolve(conflict.entity, conflict.field, to: version.value)
  }
}
