// SPDX-License-Identifier: MIT

import Merge
import Store
import Testing

/// The log: in causal order, whole, and told a thing at a time.
@Suite struct LogTests {
  @Test("changes are handed out in causal order, so that every prefix can be merged")
  func causalPrefixes() throws {
    let scratch = try Scratch()
    let stores = try scratch.stores(3)
    for turn in 0..<8 {
      let store = stores[turn % 3]
      let article = try store.add("Text \(turn).", url: "https://a.example/\(turn % 2)")
      try store.set([(.author, .text("\(turn)"))], of: article, action: "author")
      try stores[(turn + 1) % 3].pull(from: store)
    }
    try converge(stores)
    let all = try stores[0].changes(missingFrom: VersionVector(), bytesMax: 1 << 20)
    #expect(!all.more)
    #expect(all.changes.count == Int(try stores[0].holdings().version.total))
    for count in [1, 3, 7, all.changes.count] {
      let store = try scratch.store("prefix\(count)", seed: UInt64(count) + 50)
      let report = try store.merge(Array(all.changes.prefix(count)))
      #expect(report.refusals == [])
      #expect(report.merged == count)
      // And it goes on where it stopped.
      try store.pull(from: stores[1])
      try expectSame(store, stores[0])
    }
  }

  @Test("a batch holds at least one change, at most what was asked for, and says if there is more")
  func batches() throws {
    let scratch = try Scratch()
    let store = try scratch.store("a")
    for number in 0..<10 { try store.add("Text number \(number).") }
    var version = VersionVector()
    var batches = 0
    while true {
      let (changes, more) = try store.changes(missingFrom: version, bytesMax: 700)
      #expect(!changes.isEmpty)
      #expect(changes.count == 1 || changes.reduce(0) { $0 + $1.body.count } <= 700)
      for change in changes { version.advance(change.writer, to: change.sequence) }
      batches += 1
      if !more { break }
    }
    #expect(batches > 1)
    #expect(version == (try store.holdings().version))
    #expect(try store.changes(missingFrom: version, bytesMax: 1).changes == [])
    #expect(try store.changes(missingFrom: VersionVector(), bytesMax: 0).changes.count == 1)
  }

  @Test("the log tells the newest first, and of one thing only what speaks of it")
  func histories() throws {
    let scratch = try Scratch()
    let stores = try scratch.stores(2)
    let article = try stores[0].add("The river rose at night.", tags: ["news"])
    let mark = try stores[0].highlight(article, "river")
    try stores[1].pull(from: stores[0])
    try stores[1].setNote(of: mark, to: "hm")
    try stores[1].set([(.title, .text("Flood"))], of: article, action: "title")
    try stores[0].pull(from: stores[1])
    for store in stores {
      let log = try store.log(limit: 100)
      #expect(log.map(\.action) == ["title", "note", "annotate", "add"])
      #expect(log.map(\.device) == ["b", "b", "a", "a"])
      #expect(try store.log(limit: 2).map(\.action) == ["title", "note"])
      #expect(try store.log(limit: 0) == [])
      #expect(try store.log(of: mark, limit: 9).map(\.action) == ["note", "annotate"])
      #expect(try store.log(of: article, limit: 9).map(\.action) == ["title", "add"])
      #expect(try store.log(of: article, limit: 1).map(\.action) == ["title"])
      #expect(try store.log(of: .note(9), limit: 9) == [])
      #expect(log.allSatisfy { $0.entities == [article] || $0.entities == [mark] })
    }
    let writer = try #require(try stores[0].status().writer)
    #expect(try stores[0].writer(beginningWith: writer.raw.uuidText) == writer)
    #expect(throws: StoreError.self) { try stores[0].writer(beginningWith: "zz") }
  }

  @Test("a large import becomes several changes, each within its bounds")
  func splitImport() throws {
    let scratch = try Scratch()
    let stores = try scratch.stores(2)
    let article = try stores[0].add("The river rose at night.")
    let long = String(repeating: "word ", count: 20_000)
    try stores[0].importBatch { session in
      for _ in 0..<30 {
        var new = NewAnnotation(target: Target(article: article))
        new.note = long
        try session.annotate(new)
        try session.endChangeIfLarge()
      }
    }
    let changes = try stores[0].changes(missingFrom: VersionVector(), bytesMax: 1 << 30).changes
    #expect(changes.count > 3)
    #expect(changes.allSatisfy { $0.body.count <= ChangeLimits.bytesMax })
    try stores[1].pull(from: stores[0])
    try expectSame(stores[0], stores[1])
  }

  @Test("deleting more than one change can hold is undone by one restore", .enabled(if: isSoaking))
  func largeDeletion() throws {
    let scratch = try Scratch()
    let store = try scratch.store("a")
    let article = try store.add("The river rose at night.")
    let count = ChangeLimits.operationsMax + 50
    try store.importBatch { session in
      for _ in 0..<count {
        try session.annotate(NewAnnotation(target: Target(article: article)))
        try session.endChangeIfLarge()
      }
    }
    #expect(try store.status().annotations == count)
    #expect(try store.delete(article).count == count + 1)
    #expect(try store.status().annotations == 0)
    #expect(try store.restore(article).count == count + 1)
    #expect(try store.status().annotations == count)
  }
}
