// SPDX-License-Identifier: MIT

import Anchoring
import Interchange
import Merge
import Store
import Terminal
import TestSupport
import Testing

@Suite("Export canonical")
struct CanonicalExportTests {
  @Test(
    "Stores that merged the same changes in different orders give equal bytes", arguments: 1...8)
  func mergeOrder(seed: UInt64) throws {
    let scratch = try Scratch()
    var random = SeededGenerator(seed: seed)
    let stores = try (0..<3).map { try scratch.store("s\($0)", seed: seed * 10 + UInt64($0)) }
    var ids: [EntityID] = []
    for step in 0..<40 {
      let index = Int.random(in: 0..<3, using: &random)
      try randomEdit(stores[index], step: step, &ids, &random)
      if Int.random(in: 0..<6, using: &random) == 0 {
        let from = Int.random(in: 0..<3, using: &random)
        if from != index { try pull(stores[from], into: stores[index], bytesMax: 200) }
      }
    }
    // Each hears of the others in an order of its own, in batches of its own.
    let orders = [[1, 2, 1], [2, 0, 2], [0, 1, 0]]
    for (index, order) in orders.enumerated() {
      for from in order {
        try pull(stores[from], into: stores[index], bytesMax: 1 << (4 + 4 * index))
      }
    }
    for _ in 0..<2 {
      for index in 0..<3 { try pull(stores[(index + 1) % 3], into: stores[index]) }
    }
    try stores[1].adopt(stores[0].holdings().library, merging: true)
    try stores[2].adopt(stores[0].holdings().library, merging: true)
    let first = try canonical(stores[0])
    #expect(try canonical(stores[1]) == first)
    #expect(try canonical(stores[2]) == first)
    try stores[2].rebuild()
    #expect(try canonical(stores[2]) == first)
  }

  private func randomEdit(
    _ store: Store, step: Int, _ ids: inout [EntityID], _ random: inout SeededGenerator
  ) throws {
    let id = ids.randomElement(using: &random)
    do {
      switch (Int.random(in: 0..<9, using: &random), id) {
      case (0, _), (_, nil):
        let new = try article(
          "Text \(step % 4) of the valley.", title: "Title \(step)",
          url: step % 2 == 0 ? "https://example.org/\(step % 3)" : nil)
        ids.append(try store.addArticle(new).id)
      case (1, let id?), (2, let id?):
        if id.kind == .article {
          ids.append(try annotate(store, id, "valley", note: "note \(step)", tags: ["a"]))
        } else {
          ids.append(try store.reply(to: id, note: "reply \(step)", tags: []))
        }
      case (3, let id?): _ = try store.delete(id)
      case (4, let id?): _ = try store.restore(id)
      case (5, let id?): _ = try store.tag(id, add: [TagName("t\(step % 5)")], remove: [])
      case (6, let id?): try store.set([(.color, .text("c\(step)"))], of: id, action: "color")
      case (7, _):
        try store.renameTag(
          TagName("t\(step % 5)"), to: TagName("t\((step + 1) % 5)"), mustBeFree: false)
      case (_, let id?): try store.setNote(of: id, to: "changed \(step)")
      }
    } catch is StoreError {
      // Not here yet, or gone: the next edit will fit.
    }
  }

  @Test("Any difference in one field shows in the entity's line")
  func oneField() throws {
    let scratch = try Scratch()
    let store = try scratch.store("a")
    let sample = try sampleLibrary(store)
    var before = lines(try canonical(store)).dropFirst()
    func differs(_ what: String, _ edit: () throws -> Void) throws {
      try edit()
      let after = lines(try canonical(store)).dropFirst()
      #expect(after != before, "\(what)")
      before = after
    }
    for field in [Field.title, .url, .site, .author, .color, .readState, Field(code: 99)] {
      try differs(field.label) {
        try store.set([(field, .text("other"))], of: sample.herald, action: "edit")
      }
    }
    try differs("published") {
      try store.set([(.published, .integer(5))], of: sample.herald, action: "edit")
    }
    try differs("note") { try store.setNote(of: sample.note, to: "other words") }
    try differs("tag") { _ = try store.tag(sample.note, add: [TagName("new")], remove: []) }
    try differs("tag removed") { _ = try store.tag(sample.note, add: [], remove: [TagName("new")]) }
    try differs("delete") { _ = try store.delete(sample.reply) }
    try differs("restore") { _ = try store.restore(sample.reply) }
    try differs("alias") {
      try store.renameTag(TagName("words"), to: TagName("word"), mustBeFree: true)
    }
    try differs("revision") {
      _ = try store.addArticle(
        article("Third.", title: "", url: "https://herald.example/valley"))
    }
  }

  @Test("Deleted, unknown and unseen things are all there")
  func everything() throws {
    let scratch = try Scratch()
    let store = try scratch.store("a", device: "desk")
    let sample = try sampleLibrary(store)
    let unknown = EntityID(kind: EntityKind(code: 77), raw: Bytes16(high: 1, low: 2))
    let values: [Value] = [
      .text("t"), .integer(-5), .bytes([0, 255]), .entity(unknown),
      .record([.init(key: 3, value: .integer(1)), .init(key: 9, value: .record([]))]),
      .dots([]), .opaque(tag: 20, bytes: [1, 2]),
    ]
    let known = values.enumerated().map {
      Operation(sample.folio, Field(code: 40 + UInt64($0.offset)), value: $0.element)
    }
    let report = try store.merge([
      foreignChange(known + [Operation(unknown, Field(code: 5_000), value: .text("later"))])
    ])
    #expect(report.refusals.map(\.reason) == [] && report.merged == 1)
    let all = try allValues(store)
    let folio = try #require(all.first { $0["id"]?.stringValue == sample.folio.raw.uuidText })
    let entries = try #require(folio["entries"]?.elements)
    let wanted: [JSONValue] = [
      ["text": "t"], ["integer": -5], ["bytes": "00ff"],
      ["entity": .string("kind-77:\(unknown.raw.uuidText)")],
      ["record": ["3": ["integer": 1], "9": ["record": [:]]]], ["dots": []],
      ["opaque-20": "0102"],
    ]
    for (offset, value) in wanted.enumerated() {
      let entry = entries.first { $0["field"]?.stringValue == "field-\(40 + offset)" }
      #expect(entry?["value"] == value)
    }
    let kinds = all.compactMap { $0["kind"]?.stringValue }
    #expect(Set(kinds) == ["article", "annotation", "tag", "writer", "kind-77"])
    let deleted = all.first { $0["id"]?.stringValue == sample.deleted.raw.uuidText }
    #expect(deleted?["deleted"]?.boolValue == true && deleted?["text"]?.stringValue == "gone")
    #expect(lines(try canonical(store)).contains { $0.contains("\"desk\"") })
    #expect(lines(try canonical(store)).contains { $0.contains("\"alias\"") })
    let texts = all.compactMap { $0["content"]?.stringValue }
    #expect(texts.count == 3 && texts.contains("A folio without address."))
  }

  private func allValues(_ store: Store) throws -> [JSONValue] {
    try values(try canonical(store))
  }

  @Test("A text that has not arrived is said to be missing")
  func missingText() throws {
    let scratch = try Scratch()
    let (source, target) = (try scratch.store("a"), try scratch.store("b", seed: 2))
    _ = try sampleLibrary(source)
    _ = try target.merge(source.changes(missingFrom: VersionVector(), bytesMax: .max).changes)
    let missing = try values(try canonical(target)).filter { $0["missing"]?.boolValue == true }
    #expect(missing.count == 3)
    #expect(try canonical(source) != canonical(target))
  }

  @Test("Entities come by kind and id, entries by field and dot, texts by hash")
  func order() throws {
    let scratch = try Scratch()
    let store = try scratch.store("a")
    _ = try sampleLibrary(store)
    let all = try values(try canonical(store))
    let order = ["article", "annotation", "tag", "writer"]
    let keys = all.compactMap { value -> String? in
      guard let kind = value["kind"]?.stringValue, let id = value["id"]?.stringValue,
        let place = order.firstIndex(of: kind)
      else { return nil }
      return "\(place) \(id)"
    }
    #expect(keys == keys.sorted() && keys.count == 9)
    let hashes = all.compactMap { $0["sha256"]?.stringValue }
    #expect(hashes == hashes.sorted() && hashes.count == 3)
  }

  @Test("An empty library is a header")
  func empty() throws {
    let scratch = try Scratch()
    #expect(lines(try canonical(scratch.store("a"))).count == 1)
  }

  @Test("What the output throws ends the export")
  func outputFails() throws {
    let scratch = try Scratch()
    let store = try scratch.store("a")
    #expect(throws: Missing.self) {
      try CanonicalExport.write(store) { _ in throw Missing() }
    }
    #expect(try canonical(store).count > 0)
  }
}
