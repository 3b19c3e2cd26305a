// SPDX-License-Identifier: MIT

import Merge
import Store
import Testing

/// Registers that two machines wrote apart: one value is shown, all are kept.
@Suite struct ConflictTests {
  @Test("two titles made apart are kept and listed, the later claim is shown, and either may win")
  func titles() throws {
    let scratch = try Scratch()
    let stores = try scratch.stores(2)
    let article = try stores[0].add("The river rose at night.", title: "Flood")
    try stores[1].pull(from: stores[0])
    try stores[0].set([(.title, .text("Left"))], of: article, action: "title")
    scratch.clock.advance(milliseconds: 5000)
    try stores[1].set([(.title, .text("Right"))], of: article, action: "title")
    try stores[0].swap(with: stores[1])
    try expectSame(stores[0], stores[1])
    let conflict = try #require(try stores[0].conflicts().first)
    #expect(conflict.entity == article)
    #expect(conflict.field == .title)
    #expect(conflict.versions.map(\.value) == [.text("Right"), .text("Left")])
    #expect(conflict.versions.map(\.device) == ["b", "a"])
    #expect(try stores[0].conflicts(of: article) == [conflict])
    #expect(try stores[0].status().conflicts == 1)
    #expect(try stores[0].article(article).conflicts == [.title])
    try stores[0].resolve(article, .title, to: .text("Left"))
    try stores[1].pull(from: stores[0])
    #expect(try stores[1].conflicts() == [])
    #expect(try stores[1].article(article).title == "Left")
    try expectSame(stores[0], stores[1])
    let error = #expect(throws: StoreError.self) {
      try stores[0].resolve(article, .title, to: .text("x"))
    }
    #expect(error?.code == .notFound)
  }

  @Test("a machine whose clock is ten years ahead does no harm once its value was seen")
  func wrongClock() throws {
    let scratch = try Scratch()
    let stores = try scratch.stores(2)
    let article = try stores[0].add("The river rose at night.", title: "Flood")
    try stores[1].pull(from: stores[0])
    scratch.clock.advance(milliseconds: 315_360_000_000)
    try stores[1].set([(.title, .text("From the future"))], of: article, action: "title")
    scratch.clock.advance(milliseconds: -315_360_000_000)
    try stores[0].pull(from: stores[1])
    try stores[0].set([(.title, .text("Now"))], of: article, action: "title")
    try stores[1].pull(from: stores[0])
    #expect(try stores[1].article(article).title == "Now")
    #expect(try stores[1].conflicts() == [])
    try expectSame(stores[0], stores[1])
  }

  @Test("equal values made apart are no conflict")
  func equalValues() throws {
    let scratch = try Scratch()
    let stores = try scratch.stores(2)
    let article = try stores[0].add("The river rose at night.", title: "Flood")
    try stores[1].pull(from: stores[0])
    for store in stores { try store.set([(.title, .text("Same"))], of: article, action: "title") }
    try stores[0].swap(with: stores[1])
    #expect(try stores[0].conflicts() == [])
    #expect(try stores[0].status().conflicts == 0)
  }

  @Test("a conflict on a thing that was deleted is not listed, and is there again when it is back")
  func deleted() throws {
    let scratch = try Scratch()
    let stores = try scratch.stores(2)
    let article = try stores[0].add("The river rose at night.", title: "Flood")
    try stores[1].pull(from: stores[0])
    for (index, store) in stores.enumerated() {
      try store.set([(.title, .text("Title \(index)"))], of: article, action: "title")
    }
    try stores[0].swap(with: stores[1])
    _ = try stores[0].delete(article)
    #expect(try stores[0].conflicts() == [])
    _ = try stores[0].restore(article)
    #expect(try stores[0].conflicts().count == 1)
  }

  @Test("fields, ops, values and kinds of a newer version are kept and passed on untouched")
  func newerVersion() throws {
    let scratch = try Scratch()
    let stores = try scratch.stores(3)
    var raw = RawWriter(1)
    let kind = EntityID.numbered(5, kind: EntityKind(code: 77))
    let changes = [
      raw.change([
        Operation(.numbered(1), Field(code: 900), value: .opaque(tag: 33, bytes: [1, 2, 3])),
        Operation(.numbered(1), .title, value: .text("Known")),
        Operation(entity: kind, action: .unknown(code: 12, bytes: [9])),
        Operation(kind, Field(code: 41), value: .record([.init(key: 3, value: .integer(4))])),
      ])
    ]
    #expect(try stores[0].merge(changes).refusals == [])
    try stores[1].pull(from: stores[0])
    try stores[2].pull(from: stores[1])
    let passed = try stores[2].changes(missingFrom: VersionVector(), bytesMax: 1 << 20).changes
    #expect(passed.map(\.body) == changes.map(\.body))
    try expectSame(stores[0], stores[2])
    for store in stores { try expectSound(store) }
    #expect(try stores[2].article(.numbered(1)).title == "Known")
  }
}
