// SPDX-License-Identifier: MIT

import Dispatch
public import Merge
public import Store

/// Runs one exchange after another with one peer: obeys `CallerSession`.
public struct SyncDriver: Sendable {
  private let store: StoreWorker
  private let transport: any Transport

  /// A driver that calls through `transport`.
  public init(store: StoreWorker, transport: any Transport) {
    self.store = store
    self.transport = transport
  }

  /// One whole exchange: until both hold the same, or nothing moves any more.
  ///
  /// - Parameter progress: called after each round.
  public func exchange(
    with peer: Bytes16, known: VersionVector,
    progress: @Sendable (ExchangeReport, _ peerHolds: UInt64) -> Void = { _, _ in }
  ) async throws -> ExchangeReport {
    let (own, paired) = try await store.run { store in
      (try store.ownHoldings(), try store.paired(peer))
    }
    var session = CallerSession(
      peerMayWrite: paired.role == .write, mayWrite: paired.ownRole == .write)
    var effects = try session.step(.start(own: own, known: known))
    var assembly = TextAssembly()
    var claim: VersionClaim?
    while !effects.isEmpty {
      switch effects.removeFirst() {
      case .load(let version):
        let changes = try await store.run { store in
          _ = try store.paired(peer)
          return try store.changes(
            missingFrom: version, bytesMax: SyncLimits.batchBytesMax
          ).changes
        }
        effects += try session.step(.loaded(changes))
      case .send(var request, let ladders):
        if let tips = request.claim?.tips, !ladders.isEmpty {
          request.claim?.tips = try await store.run {
            try $0.tips(tips, withLaddersOf: ladders)
          }
        }
        let body = try request.encoded()
        let bytes = try await transport.call(.exchange, body)
        let answer = try ExchangeAnswer(decoding: bytes)
        claim = answer.claim
        let doubts = try await store.run { store in
          try answer.claim.map { try store.place($0).doubts } ?? []
        }
        effects += try session.step(
          .answered(answer, doubts: doubts, bytesOut: body.count, bytesIn: bytes.count))
      case .merge(let changes):
        let (report, own, holds, wanted) = try await store.run { [claim] store in
          // Removed, or made a reader, while it answered: then its answer comes from a stranger.
          guard try store.paired(peer).role == .write || changes.isEmpty else {
            throw SyncError(.notAllowed, "this peer may read the library, and not write to it")
          }
          let report = changes.isEmpty ? MergeReport() : try store.merge(changes)
          return (
            report, try store.ownHoldings(), try claim.map { try store.place($0).version },
            try store.wantedTexts(limit: SyncLimits.textsMax)
          )
        }
        effects += try session.step(.merged(report, own: own, peer: holds, wanted: wanted))
      case .note(let version):
        progress(session.progress, version.total)
        try await store.run { store in
          let remembered = try store.peers().first { $0.id == peer }?.version
          // An exchange that told nothing new costs no commit.
          if remembered != version { try store.noteExchange(with: peer, version: version) }
        }
      case .transferTexts(let get, let put):
        effects += try session.step(try await transfer(get, put, &assembly))
      case .finish(let report):
        return report
      }
    }
    throw SyncError(.failed, "the session ended without an answer")
  }

  private func transfer(
    _ get: [TextName], _ put: [[UInt8]], _ assembly: inout TextAssembly
  ) async throws -> CallerSession.Event {
    var received = 0
    var sent = 0
    var bytesIn = 0
    var bytesOut = 0
    var wanted = get
    while !wanted.isEmpty {
      let request = TextRequest(
        items: wanted.map { .init(hash: $0.hash, offset: assembly.count(of: $0.hash)) })
      let body = request.encoded()
      let answer = try await transport.call(.getTexts, body)
      bytesOut += body.count
      bytesIn += answer.count
      let parts = try TextParts(decoding: answer).parts
      // A peer that has none of them ends this.
      if parts.isEmpty { break }
      // Texts are handed out in the order they were asked for, until the message is full: one that
      // was passed over isn't there, and those behind the last may come with the next message.
      let named = Set(parts.map(\.hash))
      guard let last = wanted.lastIndex(where: { named.contains($0.hash) }) else { break }
      let begun = wanted.reduce(0) { $0 + assembly.count(of: $1.hash) }
      let lengths = Dictionary(wanted.map { ($0.hash, $0.byteCount) }) { first, _ in first }
      var whole: [(hash: [UInt8], content: [UInt8])] = []
      // Another length than the log's can't become the text.
      for part in parts where lengths[part.hash] == part.total {
        if let content = assembly.take(part) { whole.append((part.hash, content)) }
        if assembly.byteCount > SyncLimits.wholeTextBytesMax { assembly.forgetAll(but: part.hash) }
        if assembly.byteCount > SyncLimits.wholeTextBytesMax { assembly.forget(part.hash) }
      }
      let complete = whole
      received += try await store.run { try $0.putTexts(complete) }
      let done = Set(whole.map(\.hash))
      // A peer that only ever sends what doesn't fit is not asked again.
      if whole.isEmpty, wanted.reduce(0, { $0 + assembly.count(of: $1.hash) }) <= begun { break }
      wanted = wanted.enumerated().filter { place, name in
        !done.contains(name.hash) && (place > last || named.contains(name.hash))
      }.map(\.element)
    }
    for hash in put {
      var offset = 0
      while true {
        let item = TextRequest.Item(hash: hash, offset: offset)
        let parts = try await store.run { try $0.parts(of: [item]) }
        guard let part = parts.parts.first else { break }
        let body = parts.encoded()
        bytesIn += try await transport.call(.putTexts, body).count
        bytesOut += body.count
        offset += part.bytes.count
        if offset >= part.total {
          sent += 1
          break
        }
      }
    }
    return .texts(received: received, sent: sent, bytesIn: bytesIn, bytesOut: bytesOut)
  }
}

extension Store {
  /// The peer with this id.
  ///
  /// - Throws: `SyncError`, when it was removed meanwhile.
  fileprivate func paired(_ id: Bytes16) throws -> Peer {
    guard let peer = try peers().first(where: { $0.id == id }) else {
      throw SyncError(.notAllowed, "this peer was removed; pair it again")
    }
    return peer
  }
}

/// Runs what blocks on a store on a thread of its own, never on the cooperative pool.
public final class StoreWorker: Sendable {
  /// The store.
  public let store: Store
  private let queue: DispatchQueue

  /// A worker for `store`; its calls run one after another.
  public init(_ store: Store, label: String) {
    self.store = store
    queue = DispatchQueue(label: label)
  }

  /// Runs `body` on the worker's thread.
  public func run<Result: Sendable>(
    _ body: @escaping @Sendable (Store) throws -> Result
  ) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
      queue.async { [store] in
        continuation.resume(with: Swift.Result { try body(store) })
      }
    }
  }
}
