// SPDX-License-Identifier: MIT

import Merge
import Store
import SyncEngine
import TestSupport
import Testing

/// Many stores on a bad network: whatever is lost, doubled, cut or late, they come together.
@Suite struct SimulationTests {
  @Test(
    "stores on a bad network come together, with every text, and refuse nothing",
    arguments: UInt64(1)...6)
  func badNetwork(seed: UInt64) async throws {
    var generator = SeededGenerator(seed: seed)
    let scratch = try Scratch()
    let count = Int.random(in: 2...5, using: &generator)
    let stores = try (0..<count).map { try scratch.store("s\($0)", seed: seed * 100 + UInt64($0)) }
    var links: [(Int, Int, Bytes16)] = []
    for index in 1..<count {
      // A tree, and now and then a link more.
      let other = Int.random(in: 0..<index, using: &generator)
      links.append((other, index, try pair(stores[other], stores[index])))
      if index > 1, Bool.random(using: &generator) {
        links.append((index, index - 1, try pair(stores[0], stores[index])))
        links[links.count - 1] = (0, index, links[links.count - 1].2)
      }
    }
    var refused = 0
    for turn in 0..<40 {
      let store = stores[Int.random(in: 0..<count, using: &generator)]
      try edit(store, turn, &generator)
      let link = links[Int.random(in: 0..<links.count, using: &generator)]
      let faults: Faults = turn < 34 ? .many : .none
      refused += try await call(
        link, stores, faults, seed: seed &* 1000 &+ UInt64(turn), &generator)
    }
    for _ in 0..<(2 * count) {
      for link in links { refused += try await call(link, stores, .none, seed: 1, &generator) }
    }
    #expect(refused == 0, "seed \(seed)")
    try expectInStep(stores)
  }

  private func edit(
    _ store: Store, _ turn: Int, _ generator: inout SeededGenerator
  ) throws {
    let articles = try store.articles(matching: Query()).map(\.id).sorted()
    if turn < 3 || Int.random(in: 0..<3, using: &generator) == 0 {
      let size = Int.random(in: 0..<4, using: &generator) == 0 ? 60_000 : 10
      try store.add("Text \(turn). " + String(repeating: "river bank \(turn) ", count: size))
    } else if let article = articles.randomElement(using: &generator) {
      switch Int.random(in: 0..<3, using: &generator) {
      case 0: try store.note(article, "note \(turn)")
      case 1: try store.set([(.title, .text("title \(turn)"))], of: article, action: "title")
      default: _ = try store.delete(article)
      }
    }
  }

  /// One exchange in a direction that chance chooses; returns how many changes were refused.
  private func call(
    _ link: (Int, Int, Bytes16), _ stores: [Store], _ faults: Faults, seed: UInt64,
    _ generator: inout SeededGenerator
  ) async throws -> Int {
    let turned = Bool.random(using: &generator)
    let (caller, server) = turned ? (link.1, link.0) : (link.0, link.1)
    let transport = MemoryTransport(
      to: stores[server], as: link.2, faults: faults, seed: seed)
    do {
      let report = try await exchange(
        stores[caller], with: stores[server], as: link.2, transport: transport)
      #expect(report.forked == [])
      return report.refusedByUs.count + report.refusedByPeer.count
    } catch let error as SyncError {
      #expect([.unreachable, .garbage].contains(error.code), "\(error)")
      return 0
    }
  }

  @Test("a first sync of 20,000 changes comes in bounded messages, and goes on after a cut")
  func largeFirstSync() async throws {
    let scratch = try Scratch()
    let (left, right) = (try scratch.store("a", seed: 1), try scratch.store("b", seed: 2))
    let id = try pair(left, right)
    var raws = (1...4).map { RawWriter(UInt64($0)) }
    // No two alike, so that they don't compress away.
    var generator = SeededGenerator(seed: 3)
    for _ in 0..<10 {
      var batch: [EncodedChange] = []
      for number in 0..<2000 {
        let padding = (0..<40).map { _ in String(generator.next(), radix: 36) }.joined()
        batch.append(raws[number % 4].title(padding))
      }
      #expect(try left.merge(batch).merged == 2000)
    }
    // The network goes away after the first message.
    let broken = CutTransport(MemoryTransport(to: left, as: id), after: 1)
    let driver = SyncDriver(store: StoreWorker(right, label: "test"), transport: broken)
    let error = await #expect(throws: SyncError.self) {
      try await driver.exchange(with: id, known: VersionVector())
    }
    #expect(error?.code == .unreachable)
    let held = try right.version.total
    #expect(held > 0 && held < 20_000)
    let transport = MemoryTransport(to: left, as: id)
    let report = try await exchange(right, with: left, as: id, transport: transport)
    #expect(report.inStep)
    #expect(report.received == 20_000 - Int(held))
    #expect(report.rounds > 1)
    let largest = transport.calls.map(\.bytesIn).max() ?? 0
    print("20,000 changes: \(report.rounds) more rounds, the largest answer \(largest) bytes")
    #expect(largest <= SyncLimits.messageBytesMax)
    #expect(try right.holdings().fingerprint == left.holdings().fingerprint)
    #expect(try right.doctor(fast: true).problems == [])
  }

  @Test("a large backlog goes the other way in bounded messages too")
  func largePush() async throws {
    let scratch = try Scratch()
    let (left, right) = (try scratch.store("a", seed: 1), try scratch.store("b", seed: 2))
    let id = try pair(left, right)
    var raw = RawWriter(1)
    let long = String(repeating: "z", count: 500_000)
    #expect(try left.merge((0..<20).map { raw.title("\($0) \(long)") }).merged == 20)
    let report = try await exchange(left, with: right, as: id)
    #expect(report.inStep)
    #expect(report.sent == 20)
    #expect(report.rounds == 3)
    try expectInStep([left, right])
  }
}

/// A transport that works for so many calls.
private actor CutTransport: Transport {
  private let inner: MemoryTransport
  private var left: Int

  init(_ inner: MemoryTransport, after calls: Int) {
    self.inner = inner
    left = calls
  }

  func call(_ route: SyncRoute, _ body: [UInt8]) async throws -> [UInt8] {
    guard left > 0 else { throw SyncError(.unreachable, "the cable is out") }
    left -= 1
    return try await inner.call(route, body)
  }
}
