// SPDX-License-Identifier: MIT

import Merge
import Store
import SyncEngine
import TestSupport
import Testing

/// Whole exchanges between stores, over a network in memory.
@Suite struct ExchangeTests {
  private func two() throws -> (Scratch, Store, Store, Bytes16) {
    let scratch = try Scratch()
    let (left, right) = (try scratch.store("a", seed: 1), try scratch.store("b", seed: 2))
    return (scratch, left, right, try pair(left, right))
  }

  @Test("stores in step need one round trip, of less than a hundred bytes each way")
  func inStep() async throws {
    let (_, left, right, id) = try two()
    let article = try left.add("The river rose at night.")
    try await exchange(left, with: right, as: id)
    try right.note(article, "first")
    try await exchange(left, with: right, as: id)
    let transport = MemoryTransport(to: right, as: id)
    let report = try await exchange(left, with: right, as: id, transport: transport)
    #expect(report.inStep)
    #expect(report.rounds == 1)
    #expect(transport.calls.count == 1)
    #expect(transport.calls.allSatisfy { $0.bytesOut < 100 && $0.bytesIn < 100 })
    try expectInStep([left, right])
  }

  @Test("an exchange of stores that are in step writes nothing")
  func inStepWritesNothing() async throws {
    let (_, left, right, id) = try two()
    try left.add("The river rose at night.")
    for _ in 0..<2 { try await exchange(left, with: right, as: id) }
    let before = try [left, right].map { try $0.peers() }
    try await exchange(left, with: right, as: id)
    #expect(try [left, right].map { try $0.peers() } == before)
  }

  @Test("a peer's trouble is over with the next exchange, also one that brings nothing new")
  func troubleIsOver() async throws {
    let (_, left, right, id) = try two()
    try left.add("The river rose at night.")
    for _ in 0..<2 { try await exchange(left, with: right, as: id) }
    for store in [left, right] { try store.noteFailure(with: id, "did not answer") }
    try await exchange(left, with: right, as: id)
    for store in [left, right] { #expect(try store.peers().map(\.error) == [nil]) }
  }

  @Test("what is written here while an exchange runs, or after it, is not what both agreed on")
  func agreed() async throws {
    let (_, left, right, id) = try two()
    let article = try left.add("The river rose at night.")
    let first = try await exchange(left, with: right, as: id)
    #expect(try first.agreed == left.holdings().fingerprint)
    try left.note(article, "after it")
    #expect(try first.agreed == right.holdings().fingerprint)
    #expect(try first.agreed != left.holdings().fingerprint)
    // Now the edit comes while the answer is on its way.
    try await exchange(left, with: right, as: id)
    let transport = InterruptedTransport(MemoryTransport(to: right, as: id)) {
      try left.note(article, "while it runs")
    }
    let driver = SyncDriver(store: StoreWorker(left, label: "test"), transport: transport)
    let second = try await driver.exchange(with: id)
    #expect(try left.holdings().fingerprint != right.holdings().fingerprint)
    #expect(!second.inStep)
    // What it was told of is what the other holds: the edit is worth another call.
    #expect(try second.agreed == right.holdings().fingerprint)
  }

  @Test("new changes here, there or on both sides take one round trip", arguments: [1, 2, 3])
  func newChanges(sides: Int) async throws {
    let (_, left, right, id) = try two()
    let article = try left.add("The river rose at night.")
    // Twice: after the first, each knows only what the other told it.
    for _ in 0..<2 { try await exchange(left, with: right, as: id) }
    for turn in 0..<4 {
      for number in 0..<5 {
        if sides & 1 != 0 { try left.note(article, "l\(turn) \(number)") }
        if sides & 2 != 0 { try right.note(article, "r\(turn) \(number)") }
      }
      let report = try await exchange(left, with: right, as: id)
      #expect(report.inStep)
      #expect(report.rounds == 1, "turn \(turn)")
      #expect(report.sent == (sides & 1 != 0 ? 5 : 0))
      #expect(report.received == (sides & 2 != 0 ? 5 : 0))
    }
    try expectInStep([left, right])
  }

  @Test("in a library of many writers, news from the peer may take a second round trip")
  func newChangesManyWriters() async throws {
    let (_, left, right, id) = try two()
    let article = try left.add("The river rose at night.")
    for number in 1...6 {
      var raw = RawWriter(UInt64(number))
      _ = try left.merge([raw.title("from afar")])
    }
    for _ in 0..<2 { try await exchange(left, with: right, as: id) }
    try right.note(article, "news")
    let report = try await exchange(left, with: right, as: id)
    #expect(report.inStep)
    #expect(report.rounds <= 2)
  }

  @Test("texts arrive with the exchange that brings their article, both ways, many and large")
  func texts() async throws {
    let (_, left, right, id) = try two()
    let large = String(repeating: "a long text, of no interest. ", count: 160_000)
    for number in 0..<70 {
      try left.add("Text \(number) of the left.")
      try right.add("Text \(number) of the right.")
    }
    try left.add("left " + large)
    try left.add("left, other " + large)
    try right.add("right " + large)
    let report = try await exchange(left, with: right, as: id)
    #expect(report.inStep)
    #expect(report.textsReceived == 71)
    #expect(report.textsSent == 72)
    #expect(report.refusedByUs == [] && report.refusedByPeer == [])
    try expectInStep([left, right])
  }

  @Test("a text that is asked for again and again in one request goes out once")
  func askedForOften() throws {
    let scratch = try Scratch()
    let store = try scratch.store("a", seed: 1)
    let text = "The river rose at night."
    try store.add(text)
    let hash = Chain.sha256(Array(text.utf8))
    let item = TextRequest.Item(hash: hash, offset: 0)
    let parts = try Responder(store: store).texts(
      TextRequest(items: Array(repeating: item, count: 50))
    ).parts
    #expect(parts.map(\.bytes) == [Array(text.utf8)])
  }

  @Test("an exchange that is told an older or newer state of the peer than is true heals itself")
  func staleMemory() async throws {
    let (_, left, right, id) = try two()
    let article = try left.add("The river rose at night.")
    for number in 0..<6 { try left.note(article, "\(number)") }
    try right.note(try right.add("Bread is flour and water."), "own")
    let writer = try #require(try left.status().writer)
    let beliefs: [VersionVector] = [
      VersionVector(), VersionVector([.init(writer: writer, count: 3)]), try left.version,
      VersionVector([
        .init(writer: writer, count: 5), .init(writer: RawWriter(8).writer, count: 5),
      ]),
    ]
    for (number, belief) in beliefs.enumerated() {
      try left.note(article, "new \(number)")
      let report = try await exchange(left, with: right, as: id, known: belief)
      #expect(report.inStep, "belief \(number)")
      #expect(report.refusedByPeer == [], "belief \(number)")
      #expect(report.rounds <= 3)
    }
    try expectInStep([left, right])
  }

  @Test("a peer that holds less than we remember of it gets what it lacks in the same exchange")
  func rolledBackPeer() async throws {
    let (_, left, right, id) = try two()
    let article = try left.add("The river rose at night.")
    for number in 0..<6 { try left.note(article, "\(number)") }
    let writer = try #require(try left.status().writer)
    // All but the last, we believe; it holds nothing.
    let belief = VersionVector([.init(writer: writer, count: 6)])
    let report = try await exchange(left, with: right, as: id, known: belief)
    #expect(report.inStep)
    #expect(report.refusedByPeer == [])
    // One in vain, one with everything, one to ask for more texts after the first came.
    #expect(report.rounds == 3)
    try expectInStep([left, right])
  }

  @Test("a peer that sends the same part of a text for ever is not asked for ever")
  func endlessText() async throws {
    let (_, left, right, id) = try two()
    try left.add("The river rose at night.")
    let transport = StuckTransport(MemoryTransport(to: left, as: id))
    let driver = SyncDriver(store: StoreWorker(right, label: "test"), transport: transport)
    let report = try await driver.exchange(with: id, known: VersionVector())
    #expect(report.received == 1)
    #expect(report.textsReceived == 0)
    // With a peer that is well, it goes on.
    #expect(try await exchange(right, with: left, as: id).textsReceived == 1)
  }

  @Test("the changes of a peer that may only read are refused, and it gets everything all the same")
  func readers() async throws {
    let scratch = try Scratch()
    let (left, reader) = (try scratch.store("a", seed: 1), try scratch.store("b", seed: 2))
    let id = try pair(left, reader, role: .read)
    let article = try left.add("The river rose at night.")
    try reader.add("The reader's own text.")
    let before = try left.holdings().fingerprint
    let report = try await exchange(reader, with: left, as: id)
    #expect(try left.holdings().fingerprint == before)
    #expect(try left.wantedTextCount() == 0)
    #expect(report.received == 1)
    #expect(report.textsReceived == 1)
    #expect(report.refusedByPeer.count == 1)
    #expect(!report.inStep)
    #expect(try reader.article(article).revisions.count == 1)
    // And again, when there is news.
    try left.note(article, "more")
    #expect(try await exchange(reader, with: left, as: id).received == 1)
  }

  @Test("a reader's changes of very many writers are answered with a thousand refusals")
  func manyRefusals() throws {
    let scratch = try Scratch()
    let (left, reader) = (try scratch.store("a", seed: 1), try scratch.store("b", seed: 2))
    try pair(left, reader, role: .read)
    let changes = (1...2_000).map { number in
      var raw = RawWriter(UInt64(number))
      return raw.title("mine")
    }
    let request = ExchangeRequest(
      library: try left.holdings().library, fingerprint: Samples.fingerprint, claim: nil,
      changes: changes)
    let answer = try Responder(store: left).answer(
      request, from: try #require(try left.peers().first))
    #expect(answer.refusals.count == SyncLimits.refusalsMax)
    #expect(try ExchangeAnswer(decoding: answer.encoded()).refusals == answer.refusals)
  }

  @Test("a store of another library, and one that is not paired, are refused, and nothing is taken")
  func strangers() async throws {
    let scratch = try Scratch()
    let (left, right) = (try scratch.store("a", seed: 1), try scratch.store("b", seed: 2))
    try left.add("The river rose at night.")
    try right.add("Bread is flour and water.")
    let before = try right.holdings()
    var peer = Peer(
      id: Bytes16(high: 1, low: 1), name: "x", addresses: [], role: .write, ownRole: .write,
      key: right.deviceKey, token: [], tokenHash: [1], code: "")
    try left.addPeer(peer)
    var error = await #expect(throws: SyncError.self) {
      try await exchange(left, with: right, as: Bytes16(high: 1, low: 1))
    }
    #expect(error?.code == .notAllowed)
    peer.key = left.deviceKey
    try right.addPeer(peer)
    error = await #expect(throws: SyncError.self) {
      try await exchange(left, with: right, as: peer.id)
    }
    #expect(error?.code == .otherLibrary)
    #expect(try right.holdings() == before)
  }

  @Test("a peer that was removed here is not exchanged with, whatever was begun")
  func removedPeer() async throws {
    let scratch = try Scratch()
    let (left, right) = (try scratch.store("a", seed: 1), try scratch.store("b", seed: 2))
    let id = try pair(left, right)
    try right.add("The river rose at night.")
    let before = try left.holdings()
    try left.removePeer(id)
    let error = await #expect(throws: SyncError.self) {
      try await exchange(left, with: right, as: id)
    }
    #expect(error?.code == .notAllowed)
    #expect(try left.holdings() == before)
  }

  @Test("a peer that is removed while texts move gets no more of them")
  func removedWhileTextsMove() throws {
    let (_, left, right, id) = try two()
    try left.add("The river rose at night.")
    var exchange = Exchange(with: id)
    exchange.textBytesMax = 8
    guard case .call(.exchange, let request) = try exchange.start(left) else {
      Issue.record("nothing is asked")
      return
    }
    let caller = try #require(try right.peers().first)
    let answer = try Responder(store: right).answer(
      ExchangeRequest(decoding: request), from: caller)
    for next in [answer.encoded(), []] {
      guard case .call(.putTexts, _) = try exchange.answered(next, left) else {
        Issue.record("no text is sent")
        return
      }
    }
    try left.removePeer(id)
    let error = #expect(throws: SyncError.self) { try exchange.answered([], left) }
    #expect(error?.code == .notAllowed)
  }

  @Test("one who may only read is not asked for texts, though it has them")
  func readerIsNotAsked() async throws {
    let scratch = try Scratch()
    let stores = try (0..<3).map { try scratch.store("s\($0)", seed: UInt64($0) + 1) }
    let (left, writer, reader) = (stores[0], stores[1], stores[2])
    // The reader believes that it may write, as one who was made a reader does.
    let id = try pair(left, reader, role: .read)
    try writer.add("The river rose at night.")
    for store in [left, reader] {
      #expect(
        try store.merge(writer.changes(missingFrom: VersionVector(), bytesMax: .max).changes)
          .merged == 1)
    }
    let wanted = try reader.wantedTexts(limit: 9)
    try reader.putTexts(wanted.map { ($0.hash, try writer.text(hash: $0.hash) ?? []) })
    #expect(try left.wantedTextCount() == 1)
    let report = try await exchange(reader, with: left, as: id)
    #expect(report.textsSent == 0 && report.inStep)
  }
}

/// A peer that has the first byte of every text, and no more.
private struct StuckTransport: Transport {
  private let inner: MemoryTransport

  init(_ inner: MemoryTransport) { self.inner = inner }

  func call(_ route: SyncRoute, _ body: [UInt8]) async throws -> [UInt8] {
    guard route == .getTexts else { return try await inner.call(route, body) }
    let parts = try TextRequest(decoding: body).items.map { item in
      TextPart(hash: item.hash, total: 100, offset: 0, bytes: [0x78])
    }
    return TextParts(parts: parts).encoded()
  }
}

/// A network during whose calls something happens here, once the peer has answered.
private struct InterruptedTransport: Transport {
  private let inner: MemoryTransport
  private let happening: @Sendable () throws -> Void

  init(_ inner: MemoryTransport, _ happening: @escaping @Sendable () throws -> Void) {
    self.inner = inner
    self.happening = happening
  }

  func call(_ route: SyncRoute, _ body: [UInt8]) async throws -> [UInt8] {
    let answer = try await inner.call(route, body)
    try happening()
    return answer
  }
}
