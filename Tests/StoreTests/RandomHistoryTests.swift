// SPDX-License-Identifier: MIT

import Merge
import Store
import TestSupport
import Testing

/// Random histories on several machines: the spine of the store's promises.
@Suite struct RandomHistoryTests {
  @Test(
    "stores that hold the same changes show the same, whatever came first",
    arguments: UInt64(1)...12)
  func convergence(seed: UInt64) throws {
    let scratch = try Scratch()
    var generator = SeededGenerator(seed: seed)
    let stores = try scratch.stores(Int.random(in: 2...4, using: &generator), seed: seed)
    var users = stores.enumerated().map { RandomUser($1, seed: seed &* 77 &+ UInt64($0)) }
    for _ in 0..<60 {
      let index = Int.random(in: 0..<users.count, using: &generator)
      try users[index].act()
      if Int.random(in: 0..<4, using: &generator) == 0 {
        let pair = stores.shuffled(using: &generator).prefix(2)
        try send(from: pair[0], to: pair[1], &generator)
      }
      if Int.random(in: 0..<10, using: &generator) == 0 {
        scratch.clock.advance(milliseconds: .random(in: -100_000...100_000, using: &generator))
      }
    }
    try converge(stores)
    for store in stores.dropFirst() { try expectSame(stores[0], store, "seed \(seed)") }
    for store in stores { try expectSound(store, "seed \(seed)") }
    for store in stores.dropFirst() { try expectSame(stores[0], store, "seed \(seed), rebuilt") }
  }

  /// Sends part of what the receiver lacks, sometimes with changes that it holds already.
  private func send(
    from source: Store, to target: Store, _ generator: inout SeededGenerator
  ) throws {
    var version = try target.holdings().version
    if Bool.random(using: &generator) {
      version = VersionVector(
        version.entries.map { entry in
          .init(writer: entry.writer, count: .random(in: 0...entry.count, using: &generator))
        })
    }
    let bytes = Int.random(in: 1...4000, using: &generator)
    var changes = try source.changes(missingFrom: version, bytesMax: bytes).changes
    if let again = changes.randomElement(using: &generator) { changes.append(again) }
    let before = try target.holdings().version.total
    let report = try target.merge(changes)
    #expect(report.refusals.isEmpty)
    #expect(report.merged + report.duplicates == changes.count)
    #expect(try target.holdings().version.total == before + UInt64(report.merged))
    if Bool.random(using: &generator) { try target.pullTexts(from: source) }
  }
}
