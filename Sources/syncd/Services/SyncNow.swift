// SPDX-License-Identifier: MIT

import Host
import Merge
import Store
import SyncEngine

/// What became of one peer when a person asked to sync.
struct SyncResult: Codable, Sendable {
  var peer: String
  var id: String
  var inStep: Bool
  var received: Int
  var sent: Int
  var texts: Int
  var rounds: Int
  var bytesOut: Int
  var bytesIn: Int
  /// Whether everything that this store held when it was asked is on the peer.
  var delivered: Bool
  /// How many of those changes aren't.
  var missing: Int
  var refused: [String]
  /// Writers of whom two histories came together in this exchange: both are kept.
  var forked: [String]
  var error: String?
  var exitCode: Int32
}

/// Exchanges with peers at once, for `clientctl sync`.
struct SyncNow: Sendable {
  let line: PeerLine
  let worker: StoreWorker

  /// How long to wait between two tries of a peer that has not got everything yet.
  private static let pause = Duration.milliseconds(250)
  /// How long one may wait, seconds.
  private static let waits = 0.0...86_400
  fileprivate static let lateWords = "did not answer in time"

  /// One line of JSON that tells of progress.
  struct Progress: Codable, Sendable {
    var peer: String
    var received: Int
    var sent: Int
    /// Changes that the peer holds, as it said.
    var peerHolds: Int
  }

  /// Exchanges with every peer that can be called, or the named one.
  ///
  /// - Parameter seconds: with this, tries again until everything held now is there, so long.
  func run(
    peer name: String?, waitSeconds seconds: Double?,
    progress: @escaping @Sendable (Progress) -> Void
  ) async throws -> [SyncResult] {
    // Neither what is no number, nor what no clock can be told.
    guard seconds.map({ Self.waits.contains($0) }) ?? true else {
      throw Failure(
        .usage, "a sync can wait 0 to \(Int(Self.waits.upperBound)) seconds, and no other time")
    }
    let all = try await worker.run { store in
      try name.map { [try store.peer(named: $0)] } ?? store.peers()
    }
    // By the ends of histories, since a fork that is found meanwhile gives changes other names.
    let target = try await worker.run { try $0.tips() }
    return try await withThrowingTaskGroup(of: SyncResult.self) { group in
      for peer in all {
        group.addTask { await sync(peer, target, seconds, progress) }
      }
      var results: [SyncResult] = []
      for try await result in group { results.append(result) }
      return results.sorted { ($0.peer, $0.id) < ($1.peer, $1.id) }
    }
  }

  private func sync(
    _ peer: Peer, _ target: [ClaimedTip], _ seconds: Double?,
    _ progress: @escaping @Sendable (Progress) -> Void
  ) async -> SyncResult {
    let clock = ContinuousClock()
    let end = clock.now + .seconds(seconds ?? 0)
    let id = peer.id
    var result = SyncResult(
      peer: peer.name, id: peer.id.uuidText, inStep: false, received: 0, sent: 0, texts: 0,
      rounds: 0, bytesOut: 0, bytesIn: 0, delivered: false, missing: 0, refused: [],
      forked: [], error: nil, exitCode: 0)
    let transport = PeerTransport(line: line, peer: peer)
    while true {
      do {
        if !peer.addresses.isEmpty {
          let driver = SyncDriver(store: worker, transport: transport)
          let report = try await Self.within(seconds == nil ? nil : end, peer.name) {
            try await driver.exchange(with: id) { report, holds in
              progress(
                Progress(
                  peer: peer.name, received: report.received, sent: report.sent,
                  peerHolds: Int(clamping: holds)))
            }
          }
          result.error = nil
          result.exitCode = 0
          result.add(report)
        } else if seconds == nil {
          result.error = "“\(peer.name)” can't be called from here; it calls us when it runs"
        }
      } catch {
        if Task.isCancelled || error is CancellationError {
          // Given up from here, which is no trouble of the peer's.
          result.error = "the sync was given up"
          result.exitCode = Failure.Code.network.rawValue
          return result
        }
        let error = Failure(any: error)
        // Why it could not be reached says more than that time ran out at last.
        if result.error == nil || !error.message.hasSuffix(Self.lateWords) {
          result.error = error.message
        }
        result.exitCode = error.code.rawValue
        try? await worker.run { try $0.noteFailure(with: id, error.message) }
      }
      let (held, wished) =
        (try? await worker.run { store in
          (try store.peers().first { $0.id == id }?.version, try store.place(target).version)
        }) ?? (nil, VersionVector())
      result.missing = Int(
        clamping: wished.entries.reduce(UInt64(0)) { sum, entry in
          let there = held?[entry.writer] ?? 0
          return sum + (entry.count > there ? entry.count - there : 0)
        })
      if peer.ownRole == .read && result.missing > 0 && result.exitCode == 0 {
        result.refused = [
          "“\(peer.name)” lets this machine read and not write: what it wrote itself stays here"
            + " (changes: \(result.missing))"
        ]
        result.exitCode = Failure.Code.partly.rawValue
      }
      result.delivered = result.missing == 0 && result.refused.isEmpty
      // Who waits for delivery has it; that the peer is off now is only a remark.
      if seconds != nil && result.delivered && result.exitCode == Failure.Code.network.rawValue {
        result.exitCode = 0
      }
      // What was refused is refused the next time too: no reason to wait.
      let isFinal =
        result.exitCode == Failure.Code.notAllowed.rawValue || !result.refused.isEmpty
      if result.delivered || isFinal || clock.now >= end || Task.isCancelled { return result }
      try? await Task.sleep(for: Self.pause)
    }
  }
}

extension SyncNow {
  /// Runs `body`, and gives it up at `end`.
  private static func within<Result: Sendable>(
    _ end: ContinuousClock.Instant?, _ name: String,
    _ body: @escaping @Sendable () async throws -> Result
  ) async throws -> Result {
    guard let end else { return try await body() }
    return try await withThrowingTaskGroup(of: Result.self) { group in
      group.addTask { try await body() }
      group.addTask {
        try await Task.sleep(until: end)
        throw SyncError(.unreachable, "“\(name)” \(lateWords)")
      }
      defer { group.cancelAll() }
      guard let result = try await group.next() else { throw CancellationError() }
      return result
    }
  }
}

extension SyncResult {
  fileprivate mutating func add(_ report: ExchangeReport) {
    inStep = report.inStep
    received += report.received
    sent += report.sent
    texts += report.textsReceived + report.textsSent
    rounds += report.rounds
    bytesOut += report.bytesOut
    bytesIn += report.bytesIn
    refused = report.refusedByUs.map { "from the peer: \($0.reason)" }
    refused += report.refusedByPeer.map { "by the peer: \($0.reason)" }
    // Told once: the exchange that finds a fork mends it.
    forked += report.forked.map(\.raw.uuidText)
    if !refused.isEmpty { exitCode = Failure.Code.partly.rawValue }
  }
}
