// SPDX-License-Identifier: MIT

import Anchoring
import Interchange
import Merge
import Store
import Terminal
import Testing

@Suite("Export json")
struct JSONExportTests {
  @Test("The contract's fields and the selectors are there; deleted things are not")
  func fields() throws {
    let scratch = try Scratch()
    let store = try scratch.store("a", device: "desk")
    let sample = try sampleLibrary(store)
    let all = try values(try exported(store))
    let types = all.map { $0["type"]?.stringValue ?? "header" }
    let annotations = [String](repeating: "annotation", count: 4)
    #expect(types == ["header", "article", "article"] + annotations + ["tag"])
    let herald = try #require(all.first { $0["id"]?.stringValue == sample.herald.raw.uuidText })
    #expect(herald["title"] == "The valley" && herald["site"] == "herald.example")
    #expect(herald["published"] == "2023-11-03T08:26:40.123Z" && herald["annotations"] == 2)
    #expect(herald["tags"] == ["check", "news/asia"])
    #expect(herald["revisions"]?.elements?.count == 2)
    #expect(herald["revisions"]?.elements?.last?["sha256"] == herald["revision"])
    let note = try #require(all.first { $0["id"]?.stringValue == sample.note.raw.uuidText })
    #expect(note["kind"] == "note" && note["quote"] == "देर से जागी" && note["device"] == "desk")
    #expect(note["revision"] == herald["revisions"]?.elements?.first?["sha256"])
    #expect(note["prefix"]?.stringValue?.hasSuffix("घाटी ") == true && note["start"] != nil)
    let reply = try #require(all.first { $0["id"]?.stringValue == sample.reply.raw.uuidText })
    #expect(reply["parent"] == note["id"] && reply["note"] == "The herald does, twice.")
    let rename = try #require(all.last)
    #expect(rename["name"] == "to-check" && rename["renamedTo"] == "check")
    #expect(!all.contains { $0["id"]?.stringValue == sample.deleted.raw.uuidText })
  }

  @Test("A reply comes after its parent, whatever their ids")
  func threads() throws {
    let scratch = try Scratch()
    let store = try scratch.store("a")
    let home = try store.addArticle(article("One text.", title: "One")).id
    func make(_ id: UInt64, parent: UInt64?) throws {
      var new = NewAnnotation(target: Target(article: home))
      new.id = EntityID(kind: .annotation, raw: Bytes16(high: id, low: id))
      new.target.parent = parent.map {
        EntityID(kind: .annotation, raw: Bytes16(high: $0, low: $0))
      }
      _ = try store.annotate(new)
    }
    for (id, parent) in [(50, nil), (9, 50), (70, 50), (3, 9), (60, nil), (1, 60)]
      as [(UInt64, UInt64?)]
    {
      try make(id, parent: parent)
    }
    let order = try values(try exported(store)).filter { $0["type"] == "annotation" }
      .compactMap { $0["id"]?.stringValue.flatMap { Bytes16(uuidText: $0)?.low } }
    #expect(order == [50, 9, 3, 70, 60, 1])
  }

  @Test("Ids restrict the export to them and what they hang on")
  func restricted() throws {
    let scratch = try Scratch()
    let store = try scratch.store("a")
    let sample = try sampleLibrary(store)
    func ids(_ wanted: Set<EntityID>) throws -> Set<String> {
      Set(try values(try exported(store, only: wanted)).compactMap { $0["id"]?.stringValue })
    }
    func names(_ ids: EntityID...) -> Set<String> { Set(ids.map(\.raw.uuidText)) }
    #expect(try ids([sample.reply]) == names(sample.herald, sample.note, sample.reply))
    #expect(try ids([sample.folio]) == names(sample.folio))
    #expect(try ids([sample.deleted]) == names(sample.folio))
    #expect(try ids([]) == [])
    let report = try JSONExport.write(store, only: [sample.highlight]) { _ in }
    #expect(report == JSONExport.Report(articles: 1, annotations: 1))
  }

  @Test("A quote without a position has no anchor")
  func quoteWithoutPosition() throws {
    let scratch = try Scratch()
    let store = try scratch.store("a")
    let home = try store.addArticle(article("The valley woke late.", title: "The valley")).id
    let placed = try annotate(store, home, "woke late")
    var target = try store.annotation(placed).target
    target.start = nil
    target.end = nil
    let unplaced = try store.annotate(NewAnnotation(target: target))
    let anchors = try values(try exported(store)).filter { $0["type"] == "annotation" }
      .map { ($0["id"]?.stringValue, $0["anchor"]?["status"]?.stringValue) }
    #expect(anchors.count == 2)
    for (id, status) in anchors {
      #expect(status == (id == unplaced.raw.uuidText ? nil : "exact"))
    }
    #expect(try store.annotation(placed).isExact)
    #expect(try !store.annotation(unplaced).isExact)
  }

  @Test("A text that has not arrived is exported as missing, and imported so")
  func missing() throws {
    let scratch = try Scratch()
    let (source, target) = (try scratch.store("a"), try scratch.store("b", seed: 2))
    let third = try scratch.store("c", seed: 3)
    _ = try sampleLibrary(source)
    _ = try target.merge(source.changes(missingFrom: VersionVector(), bytesMax: .max).changes)
    let bytes = try exported(target)
    #expect(lines(bytes).contains { $0.contains("\"missing\":true") })
    let report = try importing(bytes, into: third)
    #expect(report.skippedCount == 0 && report.addedRevisions == 3)
    #expect(try third.wantedTextCount() == 3)
    // The same with the texts fills them in, and logs nothing.
    let before = try third.holdings().version
    let filled = try importing(exported(source), into: third)
    #expect(filled.updated == 2 && filled.addedRevisions == 0)
    #expect(try third.wantedTextCount() == 0 && third.holdings().version == before)
    #expect(try portable(exported(third)) == portable(exported(source)))
  }

  @Test("An article with much text goes on in further lines")
  func pieces() throws {
    let scratch = try Scratch()
    let store = try scratch.store("a")
    let id = try store.addArticle(article("Small.", title: "T", url: "https://example.org/a")).id
    // A revision that claims to be large: no test needs to carry so much.
    let claim: Value = .record([
      .init(key: 1, value: .bytes([UInt8](repeating: 7, count: 32))),
      .init(key: 2, value: .integer(9 << 20)), .init(key: 3, value: .integer(9 << 20)),
    ])
    _ = try store.merge([foreignChange([Operation(id, .revision, value: claim)])])
    let articles = try values(try exported(store)).filter { $0["type"] == "article" }
    #expect(articles.count == 2 && articles[0]["id"] == articles[1]["id"])
    #expect(try JSONExport.write(store) { _ in }.articles == 1)
    let report = try importing(exported(store), into: scratch.store("b", seed: 2))
    #expect(report.addedArticles == 1 && report.addedRevisions == 2 && report.skippedCount == 0)
  }

  @Test("Long exports come in chunks")
  func chunks() throws {
    let scratch = try Scratch()
    let store = try scratch.store("a")
    let text = String(repeating: "All work and no play. ", count: 2000)
    for number in 0..<8 { _ = try store.addArticle(article("\(number) \(text)", title: "T")) }
    var sizes: [Int] = []
    try JSONExport.write(store) { sizes.append($0.count) }
    #expect(sizes.count >= 4)
    #expect((sizes.max() ?? 0) < 64 << 10 + 50_000)
  }
}
