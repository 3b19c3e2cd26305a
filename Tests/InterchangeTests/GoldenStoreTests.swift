// SPDX-License-Identifier: MIT

import Foundation
import Interchange
import Merge
import Store
import Testing

/// Stores and backups as released versions wrote them: opened, verified, read and written by this
/// one, for ever. A folder a schema in `Golden/stores`; those of earlier versions are never
/// touched.
///
/// To write those of this version anew, as long as it isn't released:
/// `POSTIL_GOLDEN=write swift test --filter InterchangeTests.GoldenStoreTests`.
@Suite("Golden stores", .serialized)
struct GoldenStoreTests {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "Golden/stores")
  /// The folder of this version's schema.
  static let newest = "v5"
  static let isWriting = ProcessInfo.processInfo.environment["POSTIL_GOLDEN"] == "write"

  static var versions: [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return Set(names + [newest]).sorted()
  }

  /// Everything of a store that makes it one.
  private static let files = ["postil.db", "postil.db-wal", "identity"]

  @Test("a store of each version opens, is sound, and holds what it held", arguments: versions)
  func opens(version: String) throws {
    if Self.isWriting && version == Self.newest { try Self.write() }
    let golden = Self.folder.appending(path: version)
    let scratch = try Scratch()
    let place = scratch.path + "/copy"
    try FileManager.default.copyItem(
      atPath: golden.appending(path: "store").path, toPath: place)
    // Its log holds edits, as a kill leaves them.
    #expect(FileManager.default.fileExists(atPath: place + "/postil.db-wal"), "\(version)")
    let store = try scratch.store("copy", seed: 99)
    #expect(try store.doctor().problems == [], "\(version)")
    #expect(try canonical(store) == Self.export(version), "\(version)")
    #expect(try store.peers().map(\.name) == ["laptop"], "\(version)")
    #expect(try store.status().conflicts == 1, "\(version)")
    #expect(try store.status().forks == 1, "\(version)")
    // It is written to like any other, and rebuilt to the same.
    _ = try store.addArticle(article("Written by a later version.", title: "Later"))
    let after = try canonical(store)
    try store.rebuild()
    #expect(try canonical(store) == after, "\(version)")
    #expect(try store.doctor().problems == [], "\(version)")
  }

  @Test("a backup of each version is restored whole", arguments: versions)
  func restores(version: String) throws {
    let scratch = try Scratch()
    let path = Self.folder.appending(path: version + "/library.backup").path
    let backup = try BackupFile(path: path)
    #expect(try backup.problems() == [], "\(version)")
    let store = try scratch.store("restored", seed: 98)
    #expect(try store.restore(backup).problems == [], "\(version)")
    #expect(try canonical(store) == Self.export(version), "\(version)")
  }

  @Test("what is salvaged from a store of each version is what it held", arguments: versions)
  func salvages(version: String) throws {
    let scratch = try Scratch()
    let place = scratch.path + "/copy"
    try FileManager.default.copyItem(
      atPath: Self.folder.appending(path: version + "/store").path, toPath: place)
    let new = StoreDirectory(path: scratch.path + "/new")
    let environment = try scratch.store("other", seed: 97).environment
    let report = try Salvage(of: StoreDirectory(path: place)).build(
      in: new, environment: environment)
    #expect(report.lost == 0, "\(version)")
    #expect(try canonical(Store(directory: new, environment: environment)) == Self.export(version))
  }

  private static func export(_ version: String) throws -> [UInt8] {
    Array(try Data(contentsOf: folder.appending(path: version + "/canonical.jsonl")))
  }

  // MARK: - Writing

  /// Writes the store of this version as a kill leaves it, its export and its backup.
  private static func write() throws {
    let golden = folder.appending(path: newest)
    try? FileManager.default.removeItem(at: golden)
    let scratch = try Scratch()
    let store = try scratch.store("golden", seed: 42, device: "desk")
    let other = try scratch.store("other", seed: 43, device: "laptop")
    let sample = try sampleLibrary(store)
    try fill(store, other, sample)
    guard try store.foldLog() else { throw Missing() }
    try store.setNote(of: sample.reply, to: "The herald does, three times.")
    try save(store, golden.appending(path: "store"))
    _ = try store.backup(to: golden.appending(path: "library.backup").path)
    try Data(try canonical(store)).write(to: golden.appending(path: "canonical.jsonl"))
  }

  /// What a second machine adds: a conflict, a merged note, a fork, a newer version's ops.
  private static func fill(_ store: Store, _ other: Store, _ sample: Sample) throws {
    try other.adopt(store.holdings().library, merging: false)
    try pull(store, into: other)
    try store.set([(.title, .text("One title"))], of: sample.folio, action: "edit")
    try other.set([(.title, .text("Another title"))], of: sample.folio, action: "edit")
    let draft = try store.draft(of: sample.note)
    try store.setNote(of: sample.note, to: "Well: " + draft.text, base: draft)
    try other.setNote(of: sample.note, to: draft.text + " Indeed.", base: draft)
    try pull(other, into: store)
    let writer = WriterID(Bytes16(high: 0xF0, low: 1))
    for (title, sequence) in [("left", 1), ("right", 1)] as [(String, UInt64)] {
      let change = Change(
        writer: writer, sequence: sequence, lamport: 1, time: 1_700_000_000_500,
        operations: [
          Operation(
            EntityID(kind: .article, raw: Bytes16(high: 2, low: UInt64(title.count))), .author,
            value: .text(title))
        ])
      let encoded = EncodedChange(
        writer: writer, sequence: sequence, body: ChangeCodec.encode(change),
        follows: [UInt8](repeating: 0, count: 8))
      guard try store.merge([encoded]).refusals.isEmpty else { throw Missing() }
    }
    let unknown = EntityID(kind: EntityKind(code: 77), raw: Bytes16(high: 7, low: 7))
    _ = try store.merge([
      foreignChange([
        Operation(unknown, Field(code: 99), value: .text("from a later version")),
        Operation(unknown, Field(code: 98), value: .opaque(tag: 20, bytes: [1, 2, 3])),
      ])
    ])
    let token = [UInt8](repeating: 7, count: 32)
    try store.addPeer(
      Peer(
        id: Bytes16(high: 5, low: 6), name: "laptop", addresses: ["postil://192.0.2.7:7417"],
        role: .write, ownRole: .write, key: token, token: token, tokenHash: token, code: "123 456"))
  }

  private static func save(_ store: Store, _ folder: URL) throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for file in files {
      let source = store.directory.path + "/" + file
      guard let bytes = FileManager.default.contents(atPath: source), !bytes.isEmpty else {
        continue
      }
      try bytes.write(to: folder.appending(path: file))
    }
  }
}
