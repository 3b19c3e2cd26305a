// SPDX-License-Identifier: MIT

import Anchoring
import Foundation
import Interchange
import Merge
import Store
import Synchronization
import Terminal
import TestSupport
import Testing

/// A directory with stores in it, gone with the test.
final class Scratch {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.path + "/interchange-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// A new store whose ids follow from `seed`, and whose clock moves `tick` ms at each look.
  func store(
    _ name: String, seed: UInt64 = 1, device: String? = nil, start: Int64 = 1_700_000_000_000,
    tick: Int64 = 1, rowsAheadMin: Int = 256
  ) throws -> Store {
    let generator = Mutex(SeededGenerator(seed: seed))
    let clock = Mutex(start)
    var environment = StoreEnvironment(
      now: {
        clock.withLock { time in
          time += tick
          return time
        }
      },
      random: { generator.withLock { $0.next() } }, deviceName: device ?? name,
      machineID: "machine of \(name)")
    environment.rowsAheadMin = rowsAheadMin
    return try Store(
      directory: StoreDirectory(path: path + "/" + name), environment: environment)
  }
}

/// What `export canonical` gives.
func canonical(_ store: Store) throws -> [UInt8] {
  var bytes: [UInt8] = []
  try CanonicalExport.write(store) { bytes += $0 }
  return bytes
}

/// What `export json` gives.
func exported(_ store: Store, only ids: Set<EntityID>? = nil) throws -> [UInt8] {
  var bytes: [UInt8] = []
  try JSONExport.write(store, only: ids) { bytes += $0 }
  return bytes
}

/// The lines, each whole.
func lines(_ bytes: [UInt8]) -> [String] {
  String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
}

/// The lines as values.
func values(_ bytes: [UInt8]) throws -> [JSONValue] {
  try bytes.split(separator: 0x0A).map { try JSONReader.read(Array($0)) }
}

/// The values without members that tell of one machine only.
func portable(_ bytes: [UInt8]) throws -> [JSONValue] {
  func clean(_ value: JSONValue) -> JSONValue {
    switch value {
    case .object(let members):
      .object(
        members.filter { !["modified", "device", "added"].contains($0.key) }
          .map { ($0.key, clean($0.value)) })
    case .array(let elements): .array(elements.map(clean))
    default: value
    }
  }
  return try values(bytes).dropFirst().map(clean)
}

@discardableResult
func importing(
  _ bytes: [UInt8], into store: Store, restore: Bool = false, dryRun: Bool = false,
  batchRecords: Int = 20_000, chunkRecords: Int = 1_000
) throws -> ImportReport {
  var job = JSONImport(restore: restore, dryRun: dryRun)
  job.batchRecords = batchRecords
  job.chunkRecords = chunkRecords
  return try job.run(into: store, from: .bytes(bytes))
}

@discardableResult
func importing(_ text: String, into store: Store, restore: Bool = false) throws -> ImportReport {
  try importing(Array(text.utf8), into: store, restore: restore)
}

/// An export of one article with annotations that each have a quote, a note, a colour, three
/// tags.
func largeExport(annotations: Int) throws -> [UInt8] {
  let scratch = try Scratch()
  let store = try scratch.store("s")
  let home = try store.addArticle(article("The valley woke late.", title: "The valley")).id
  var text = String(decoding: try exported(store), as: UTF8.self)
  var random = SeededGenerator(seed: 5)
  for number in 0..<annotations {
    let id = Bytes16.uuidV7(
      milliseconds: 1_700_000_000_000 + Int64(number), random: (random.next(), random.next()))
    text += """
      {"type":"annotation","id":"\(id.uuidText)","article":"\(home.raw.uuidText)","kind":"note",\
      "quote":"valley woke \(number) late in the year",\
      "note":"Note \(number): who says so, and why?",\
      "tags":["tag-\(number % 50)","news/asia","to-check"],"color":"yellow",\
      "created":"2026-11-20T09:15:00Z","prefix":"The ","suffix":" late.","start":4,"end":20}

      """
  }
  return Array(text.utf8)
}

/// Brings everything that `source` holds to `target`: changes, then texts.
func pull(_ source: Store, into target: Store, bytesMax: Int = 1 << 20) throws {
  while true {
    let held = try target.holdings().version
    let (changes, _) = try source.changes(missingFrom: held, bytesMax: bytesMax)
    if changes.isEmpty { break }
    let report = try target.merge(changes)
    #expect(report.refusals.isEmpty)
  }
  var texts: [(hash: [UInt8], content: [UInt8])] = []
  for wanted in try target.wantedTexts(limit: 10_000) {
    if let content = try source.text(hash: wanted.hash) { texts.append((wanted.hash, content)) }
  }
  try target.putTexts(texts)
}

func article(
  _ text: String, title: String, url: String? = nil, tags: [String] = []
) throws -> NewArticle {
  var new = NewArticle(text: try CanonicalText(text))
  new.title = title
  new.url = try url.map { try ArticleURL($0) }
  new.tags = try tags.map { try TagName($0) }
  return new
}

@discardableResult
func annotate(
  _ store: Store, _ article: EntityID, _ quote: String, note: String? = nil, tags: [String] = [],
  color: String? = nil
) throws -> EntityID {
  let outcome = try store.annotate(
    article: article, quote: quote, occurrence: nil, note: note,
    tags: try tags.map { try TagName($0) }, color: color)
  guard case .annotated(let id, _) = outcome else { throw Missing() }
  return id
}

struct Missing: Error {}

/// What `sampleLibrary` made.
struct Sample {
  var herald: EntityID
  var folio: EntityID
  var highlight: EntityID
  var note: EntityID
  var reply: EntityID
  var page: EntityID
  var deleted: EntityID
}

/// A small library with a bit of everything.
func sampleLibrary(_ store: Store) throws -> Sample {
  let herald = try store.addArticle(
    article(
      "The valley woke late.\n\nघाटी देर से जागी।\n\nThe tea was cold 🫖.", title: "The valley",
      url: "https://www.herald.example/valley?utm_source=x", tags: ["news/asia", "to-check"])
  ).id
  let folio = try store.addArticle(article("A folio without address.", title: "Folio")).id
  try store.set([(.author, .text("É. Corvaux"))], of: herald, action: "edit")
  try store.set([(.published, .integer(1_699_000_000_123))], of: herald, action: "edit")
  try store.set([(.readState, .text("read"))], of: folio, action: "edit")
  let highlight = try annotate(store, herald, "woke late", tags: ["to-check"], color: "yellow")
  let note = try annotate(
    store, herald, "देर से जागी", note: "Who says?\n\t“quoted” \u{202E}bidi\u{202C} \\ \u{1}",
    tags: ["words", "news/asia"])
  let reply = try store.reply(to: note, note: "The herald does.", tags: [])
  try store.setNote(of: reply, to: "The herald does, twice.")
  let page = try store.annotate(NewAnnotation(target: Target(article: folio)))
  let deleted = try annotate(store, folio, "without address", note: "gone")
  _ = try store.delete(deleted)
  try store.renameTag(TagName("to-check"), to: TagName("check"), mustBeFree: true)
  _ = try store.addArticle(
    article(
      "The valley woke late.\n\nIt rained.", title: "Ignored",
      url: "http://herald.example/valley"))
  return Sample(
    herald: herald, folio: folio, highlight: highlight, note: note, reply: reply, page: page,
    deleted: deleted)
}

/// A change of somebody else, with what this version does not know.
func foreignChange(_ operations: [Merge.Operation], writer: UInt64 = 9) -> EncodedChange {
  let writer = WriterID(Bytes16(high: writer, low: writer))
  let change = Change(
    writer: writer, sequence: 1, lamport: 1, time: 1_700_000_000_500, operations: operations)
  return EncodedChange(writer: writer, sequence: 1, body: ChangeCodec.encode(change))
}
