// SPDX-License-Identifier: MIT

import Merge
import Store
import SyncEngine
import Synchronization
import TestSupport
import Testing

/// What can go wrong with one call: each in so many of a hundred.
struct Faults: Sendable {
  /// The request never arrives.
  var lostRequest = 0
  /// The request is served, and its answer is lost.
  var lostAnswer = 0
  /// The request is served twice.
  var doubled = 0
  /// The answer ends in the middle.
  var cut = 0
  /// The request arrives later, after others.
  var late = 0

  static let none = Faults()
  static let many = Faults(lostRequest: 12, lostAnswer: 12, doubled: 12, cut: 12, late: 12)
}

/// The way from one store to another in memory, with the faults that a seed decides.
final class MemoryTransport: Transport {
  let server: Store
  let caller: Bytes16
  private let faults: Faults
  private let random: Mutex<SeededGenerator>
  private let inbox = Mutex(TextAssembly())
  private let waiting = Mutex<[(SyncRoute, [UInt8])]>([])
  private let log = Mutex<[Call]>([])

  /// One call that was served.
  struct Call: Sendable {
    var route: SyncRoute
    var bytesOut: Int
    var bytesIn: Int
  }

  init(to server: Store, as caller: Bytes16, faults: Faults = .none, seed: UInt64 = 1) {
    self.server = server
    self.caller = caller
    self.faults = faults
    random = Mutex(SeededGenerator(seed: seed))
  }

  /// The calls that were answered.
  var calls: [Call] { log.withLock { $0 } }

  private func happens(_ percent: Int) -> Bool {
    percent > 0 && random.withLock { Int.random(in: 0..<100, using: &$0) } < percent
  }

  func call(_ route: SyncRoute, _ body: [UInt8]) async throws -> [UInt8] {
    if happens(50), let late = waiting.withLock({ $0.popLast() }) {
      // What it comes to, nobody hears any more.
      _ = try? serve(late.0, late.1)
    }
    if happens(faults.late) {
      waiting.withLock { $0.append((route, body)) }
      throw SyncError(.unreachable, "late")
    }
    if happens(faults.lostRequest) { throw SyncError(.unreachable, "lost") }
    var answer = try serve(route, body)
    if happens(faults.doubled) { answer = try serve(route, body) }
    if happens(faults.lostAnswer) { throw SyncError(.unreachable, "answer lost") }
    if happens(faults.cut), !answer.isEmpty {
      answer.removeLast(
        random.withLock { Int.random(in: 1...answer.count, using: &$0) })
    }
    let call = Call(route: route, bytesOut: body.count, bytesIn: answer.count)
    log.withLock { $0.append(call) }
    return answer
  }

  /// What the daemon does with a request.
  private func serve(_ route: SyncRoute, _ body: [UInt8]) throws -> [UInt8] {
    guard let peer = try server.peers().first(where: { $0.id == caller }) else {
      throw SyncError(.notAllowed, "not paired")
    }
    #expect(body.count <= SyncLimits.messageBytesMax)
    let responder = Responder(store: server)
    switch route {
    case .exchange:
      let answer = try responder.answer(ExchangeRequest(decoding: body), from: peer).encoded()
      #expect(answer.count <= SyncLimits.messageBytesMax)
      return answer
    case .getTexts:
      return try responder.texts(TextRequest(decoding: body)).encoded()
    case .putTexts:
      guard peer.role == .write else { throw SyncError(.notAllowed, "you may only read") }
      let parts = try TextParts(decoding: body).parts
      let whole = inbox.withLock { inbox in
        parts.compactMap { part in inbox.take(part).map { (hash: part.hash, content: $0) } }
      }
      try server.putTexts(whole)
      return []
    }
  }
}

extension Store {
  /// A key for a store that has none of its own: one a directory.
  var deviceKey: [UInt8] { Chain.sha256(Array(directory.path.utf8)) }
}

/// Pairs two stores as `peer join` does: one library, each knows the other.
@discardableResult
func pair(_ left: Store, _ right: Store, role: Peer.Role = .write) throws -> Bytes16 {
  try right.adopt(left.holdings().library, merging: true)
  let id = Bytes16(high: left.environment.random(), low: right.environment.random())
  for (store, other, role) in [(left, right, role), (right, left, Peer.Role.write)] {
    try store.addPeer(
      Peer(
        id: id, name: other.environment.deviceName, addresses: [], role: role, ownRole: .write,
        // Stores may be paired more than once here: a key a pairing.
        key: Chain.sha256(id.bytes + other.deviceKey), token: id.bytes,
        tokenHash: id.bytes + id.bytes, code: "000 000"))
  }
  return id
}

/// One exchange: `caller` calls `server`, who knows it as `id`.
@discardableResult
func exchange(
  _ caller: Store, with server: Store, as id: Bytes16, transport: MemoryTransport? = nil,
  known: VersionVector? = nil
) async throws -> ExchangeReport {
  let transport = transport ?? MemoryTransport(to: server, as: id)
  let remembered = try caller.peers().first { $0.id == id }?.version ?? VersionVector()
  let driver = SyncDriver(
    store: StoreWorker(caller, label: "test"), transport: transport)
  return try await driver.exchange(with: id, known: known ?? remembered)
}

/// Fails unless both hold the same, texts too, and are sound.
func expectInStep(_ stores: [Store], sourceLocation: SourceLocation = #_sourceLocation) throws {
  let fingerprint = try stores[0].holdings().fingerprint
  let merged = try stores[0].merged()
  for store in stores {
    #expect(try store.holdings().fingerprint == fingerprint, sourceLocation: sourceLocation)
    #expect(try store.merged() == merged, sourceLocation: sourceLocation)
    #expect(try store.wantedTextCount() == 0, sourceLocation: sourceLocation)
    #expect(try store.doctor().problems == [], sourceLocation: sourceLocation)
  }
}
