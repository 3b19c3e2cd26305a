// SPDX-License-Identifier: MIT

import Anchoring
import Foundation
import Merge
import Synchronization
import TestSupport

@testable import Store

/// A directory with stores in it, gone with the test.
final class Scratch: Sendable {
  let path: String
  /// The one clock of all its stores.
  let clock = ManualClock()

  init() throws {
    path = FileManager.default.temporaryDirectory.path + "/postil-store-\(UUID().uuidString)"
    try FileManager.default.createDirectory(
      atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Where the store `name` lies.
  func directory(_ name: String) -> StoreDirectory { StoreDirectory(path: path + "/" + name) }

  /// What a store of this scratch is given: the scratch's clock, and numbers that `seed` decides;
  /// also from when on another thread writes rows, which must change nothing.
  func environment(
    seed: UInt64, device: String, machine: String? = nil
  ) -> StoreEnvironment {
    let generator = Mutex(SeededGenerator(seed: seed))
    var environment = StoreEnvironment(
      now: { [clock] in clock.read() }, random: { generator.withLock { $0.next() } },
      deviceName: device, machineID: machine ?? "machine of \(device)")
    environment.rowsAheadMin = [256, 1, 2, 16][Int(seed & 3)]
    return environment
  }

  /// Opens the store `name`, or makes it.
  func store(
    _ name: String, seed: UInt64 = 1, device: String? = nil, machine: String? = nil,
    reader: Bool = false
  ) throws -> Store {
    try Store(
      directory: directory(name),
      environment: environment(seed: seed, device: device ?? name, machine: machine),
      reader: reader)
  }

  /// Stores named `a`, `b`, … with seeds of their own.
  func stores(_ count: Int, seed: UInt64 = 1) throws -> [Store] {
    try (0..<count).map { index in
      try store(
        String(UnicodeScalar(UInt8(0x61 + index))), seed: seed &* 1000 &+ UInt64(index) &+ 1)
    }
  }

  /// Copies a store's directory with everything in it, as `cp -a` does.
  func copy(_ name: String, to copy: String) throws {
    try FileManager.default.copyItem(
      atPath: directory(name).path, toPath: directory(copy).path)
  }
}

/// A clock that a test winds; each look moves it by a millisecond.
final class ManualClock: Sendable {
  private let time = Mutex<Int64>(1_795_219_200_000)

  func read() -> Int64 {
    time.withLock { time in
      time += 1
      return time
    }
  }

  func advance(milliseconds: Int64) { time.withLock { $0 += milliseconds } }
}

extension Store {
  /// Adds an article of these words.
  @discardableResult
  func add(
    _ text: String, url: String? = nil, title: String? = nil, tags: [String] = []
  ) throws -> EntityID {
    var new = NewArticle(text: try CanonicalText(text))
    new.url = try url.map { try ArticleURL($0) }
    new.title = title
    new.tags = try tags.map { try TagName($0) }
    return try addArticle(new).id
  }

  /// Annotates the first place of a quote.
  @discardableResult
  func highlight(
    _ article: EntityID, _ quote: String, note: String? = nil, tags: [String] = [],
    color: String? = nil
  ) throws -> EntityID {
    let outcome = try annotate(
      article: article, quote: quote, occurrence: 1, note: note,
      tags: try tags.map { try TagName($0) }, color: color)
    guard case .annotated(let id, _) = outcome else { throw Missing(what: "the quote \(quote)") }
    return id
  }

  func addTag(_ name: String, to id: EntityID) throws {
    _ = try tag(id, add: [TagName(name)], remove: [])
  }

  func removeTag(_ name: String, from id: EntityID) throws {
    _ = try tag(id, add: [], remove: [TagName(name)])
  }

  /// Finds by the query language.
  func found(_ query: String) throws -> Set<EntityID> {
    let query = try Query.parse(query, now: environment.now(), utcOffsetSeconds: 0)
    return Set(try search(matching: query, limit: 1000).map(\.id))
  }

  func allArticles() throws -> [Article] { try articles(matching: Query()) }

  func allAnnotations() throws -> [Annotation] { try annotations(matching: Query()) }
}

/// Something that a test needs was not there.
struct Missing: Error, CustomStringConvertible {
  let what: String
  var description: String { "missing: \(what)" }
}

/// Whether there is time for tests that take long: `POSTIL_SOAK=1 swift test`.
let isSoaking = ProcessInfo.processInfo.environment["POSTIL_SOAK"] != nil
