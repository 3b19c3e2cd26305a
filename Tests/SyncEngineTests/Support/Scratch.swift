// SPDX-License-Identifier: MIT

import Anchoring
import Foundation
import Merge
import Store
import SyncEngine
import Synchronization
import TestSupport

/// A directory with stores in it, gone with the test.
final class Scratch: Sendable {
  let path: String
  private let time = Mutex<Int64>(1_795_219_200_000)

  init() throws {
    path = FileManager.default.temporaryDirectory.path + "/postil-sync-\(UUID().uuidString)"
    try FileManager.default.createDirectory(
      atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Winds the clock of all its stores.
  func advance(milliseconds: Int64) { time.withLock { $0 += milliseconds } }

  /// A store whose ids follow from `seed`.
  func store(_ name: String, seed: UInt64) throws -> Store {
    let generator = Mutex(SeededGenerator(seed: seed))
    let environment = StoreEnvironment(
      now: { [self] in
        time.withLock { time in
          time += 1
          return time
        }
      },
      random: { generator.withLock { $0.next() } }, deviceName: name,
      machineID: "machine of \(name)")
    return try Store(
      directory: StoreDirectory(path: path + "/" + name), environment: environment)
  }
}

extension Store {
  /// Adds an article of these words.
  @discardableResult
  func add(_ text: String, url: String? = nil) throws -> EntityID {
    var new = NewArticle(text: try CanonicalText(text))
    new.url = try url.map { try ArticleURL($0) }
    return try addArticle(new).id
  }

  /// Makes a note on a whole article.
  @discardableResult
  func note(_ article: EntityID, _ text: String) throws -> EntityID {
    var new = NewAnnotation(target: Target(article: article))
    new.note = text
    return try annotate(new)
  }

  var version: VersionVector { get throws { try holdings().version } }

  /// Everything that is merged.
  func merged() throws -> [EntityID: EntityState] {
    var states: [EntityID: EntityState] = [:]
    try canonicalItems { if case .entity(let id, let state) = $0 { states[id] = state } }
    return states
  }
}

/// A writer whose changes a test makes by hand.
struct RawWriter {
  let writer: WriterID
  private(set) var sequence: UInt64 = 0

  init(_ number: UInt64) { writer = WriterID(Bytes16(high: 0xAAAA, low: number)) }

  /// A change that writes a register, and no more.
  mutating func title(_ title: String) -> EncodedChange {
    sequence += 1
    let entity = EntityID(kind: .article, raw: Bytes16(high: 1, low: writer.raw.low))
    let change = Change(
      writer: writer, sequence: sequence, lamport: sequence, time: 1_795_000_000_000,
      operations: [Operation(entity, .title, value: .text(title))])
    return EncodedChange(
      writer: writer, sequence: sequence, body: ChangeCodec.encode(change))
  }

  mutating func titles(_ count: Int) -> [EncodedChange] {
    (0..<count).map { title("title \($0)") }
  }
}
