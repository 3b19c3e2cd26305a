// SPDX-License-Identifier: MIT

import Anchoring
import Merge
import Testing

@testable import Store

/// Texts of revisions: named by their hash, and fetched after the changes that speak of them.
@Suite struct TextBlobTests {
  private static let flood = "The river rose at night. Two villages were cut off."

  /// Takes the changes of another store and none of its texts.
  private func takeChanges(_ store: Store, from other: Store) throws {
    let changes = try other.changes(missingFrom: store.holdings().version, bytesMax: 1 << 24)
    #expect(try store.merge(changes.changes).refusals == [])
  }

  @Test("a text that has not arrived is wanted, and searchable as soon as it is here")
  func lateText() throws {
    let scratch = try Scratch()
    let stores = try scratch.stores(2)
    let article = try stores[0].add(Self.flood, title: "Flood")
    try takeChanges(stores[1], from: stores[0])
    let wanted = try stores[1].wantedTexts(limit: 10)
    #expect(wanted.map(\.byteCount) == [Self.flood.utf8.count])
    #expect(try stores[1].wantedTextCount() == 1)
    #expect(try stores[1].found("villages") == [])
    #expect(try stores[1].found("flood") == [article])
    let error = #expect(throws: StoreError.self) { try stores[1].highlight(article, "villages") }
    #expect(error?.code == .notFound)
    #expect(error?.message.contains("sync") == true)
    try stores[1].putTexts([(hash: wanted[0].hash, content: Array(Self.flood.utf8))])
    #expect(try stores[1].wantedTexts(limit: 10) == [])
    #expect(try stores[1].found("villages") == [article])
    try stores[1].highlight(article, "villages")
    try stores[0].pull(from: stores[1])
    try expectSame(stores[0], stores[1])
    try expectSound(stores[1])
  }

  @Test("a text that is not what its hash says is left out, and what came along is kept")
  func wrongHash() throws {
    let scratch = try Scratch()
    let stores = try scratch.stores(2)
    try stores[0].add(Self.flood)
    try takeChanges(stores[1], from: stores[0])
    let hash = try stores[1].wantedTexts(limit: 1)[0].hash
    let before = try stores[1].dump()
    let wrong = (hash: hash, content: Array("something else".utf8))
    #expect(try stores[1].putTexts([wrong]) == 0)
    #expect(try stores[1].dump() == before)
    try stores[0].add("Bread is flour, water, salt and time.")
    try takeChanges(stores[1], from: stores[0])
    let other = try #require(try stores[1].wantedTexts(limit: 2).first { $0.hash != hash })
    let content = try #require(try stores[0].text(hash: other.hash))
    #expect(try stores[1].putTexts([wrong, (hash: other.hash, content: content)]) == 1)
    #expect(try stores[1].wantedTexts(limit: 2).map(\.hash) == [hash])
  }

  @Test("a text that nobody asked for is not kept")
  func unwanted() throws {
    let scratch = try Scratch()
    let store = try scratch.store("a")
    let text = Array("unasked".utf8)
    try store.putTexts([(hash: Chain.sha256(text), content: text)])
    #expect(try store.text(hash: Chain.sha256(text)) == nil)
  }

  @Test("a text that comes twice is kept once, and found once")
  func twice() throws {
    let scratch = try Scratch()
    let stores = try scratch.stores(2)
    try stores[0].add(Self.flood)
    try takeChanges(stores[1], from: stores[0])
    let hash = try stores[1].wantedTexts(limit: 1)[0].hash
    let text = (hash: hash, content: Array(Self.flood.utf8))
    try stores[1].putTexts([text, text])
    let before = try stores[1].terms()
    try stores[1].putTexts([text])
    #expect(try stores[1].terms() == before)
    try expectSound(stores[1])
  }

  @Test("a second text of an article is a revision, and its words are the ones found")
  func revision() throws {
    let scratch = try Scratch()
    let stores = try scratch.stores(2)
    let url = "https://a.example/1"
    let article = try stores[0].add(Self.flood, url: url)
    let annotation = try stores[0].highlight(article, "villages")
    #expect(try stores[0].annotation(annotation).isExact)
    var new = NewArticle(text: try CanonicalText("The river fell by day."))
    new.url = try ArticleURL(url)
    #expect(try stores[0].addArticle(new) == AddedArticle(id: article, outcome: .revised))
    #expect(try stores[0].addArticle(new) == AddedArticle(id: article, outcome: .present))
    #expect(try stores[0].article(article).revisions.count == 2)
    #expect(try stores[0].found("fell") == [article])
    #expect(try stores[0].found("text:villages") == [])
    #expect(try !stores[0].annotation(annotation).isExact)
    // Texts may arrive in either order.
    try takeChanges(stores[1], from: stores[0])
    for name in try stores[1].wantedTexts(limit: 9).sorted(by: { $0.byteCount > $1.byteCount }) {
      let content = try #require(try stores[0].text(hash: name.hash))
      try stores[1].putTexts([(hash: name.hash, content: content)])
    }
    try expectSame(stores[0], stores[1])
    try expectSound(stores[1])
  }

  @Test("undoing a revision brings the words of the one before back")
  func undoneRevision() throws {
    let scratch = try Scratch()
    let store = try scratch.store("a")
    let article = try store.add(Self.flood, url: "https://a.example/1")
    try store.add("The river fell by day.", url: "https://a.example/1")
    _ = try store.undo()
    #expect(try store.article(article).revisions.count == 1)
    #expect(try store.found("fell") == [])
    #expect(try store.found("villages") == [article])
    try expectSound(store)
  }

  @Test("two articles that share a text want it once, and both are found by it")
  func sharedText() throws {
    let scratch = try Scratch()
    let stores = try scratch.stores(2)
    let both: Set = [
      try stores[0].add(Self.flood, url: "https://a.example/1"),
      try stores[0].add(Self.flood, url: "https://b.example/1"),
    ]
    #expect(both.count == 2)
    try takeChanges(stores[1], from: stores[0])
    #expect(try stores[1].wantedTextCount() == 1)
    try stores[1].pullTexts(from: stores[0])
    #expect(try stores[1].found("villages") == both)
    try expectSame(stores[0], stores[1])
  }

  @Test("a revision with impossible numbers does no harm")
  func oddRevision() throws {
    let scratch = try Scratch()
    let store = try scratch.store("a")
    var raw = RawWriter(1)
    for (number, count) in [Int64.max, .min, -1, 0].enumerated() {
      let hash = [UInt8](repeating: UInt8(number), count: 32)
      let value = Value.record([
        .init(key: 1, value: .bytes(hash)), .init(key: 2, value: .integer(count)),
        .init(key: 3, value: .integer(count)),
      ])
      let change = raw.change([Operation(.numbered(1), .revision, value: value)])
      #expect(try store.merge([change]).refusals == [])
    }
    #expect(try store.article(.numbered(1)).revisions.count == 4)
    #expect(try store.wantedTextCount() == 4)
    var pieces = 0
    try store.exportItems { if case .article = $0 { pieces += 1 } }
    #expect(pieces >= 1)
    try expectSound(store)
  }

  @Test("texts that nobody has don't stand in the way of those that can be had")
  func lostTexts() throws {
    let scratch = try Scratch()
    let stores = try scratch.stores(2)
    try stores[0].add(Self.flood)
    // A third machine's articles, whose texts it took to its grave.
    var raw = RawWriter(1)
    let lost = (0..<40).map { number in
      raw.change([
        Operation(
          .numbered(UInt64(number)), .revision,
          value: .record([
            .init(key: 1, value: .bytes([UInt8](repeating: UInt8(number), count: 32))),
            .init(key: 2, value: .integer(5)), .init(key: 3, value: .integer(5)),
          ]))
      ])
    }
    #expect(try stores[1].merge(lost).refusals == [])
    try takeChanges(stores[1], from: stores[0])
    // Asking for a few at a time, sooner or later the one that can be had is among them.
    for _ in 0..<200 where try stores[1].found("text:villages") == [] {
      let texts = try stores[1].wantedTexts(limit: 8).compactMap { name in
        try stores[0].text(hash: name.hash).map { (hash: name.hash, content: $0) }
      }
      try stores[1].putTexts(texts)
    }
    #expect(try stores[1].found("text:villages").count == 1)
    let left = try stores[1].wantedTextCount()
    #expect(left == 40)
  }
}
