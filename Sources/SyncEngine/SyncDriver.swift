// SPDX-License-Identifier: MIT

import Dispatch
public import Merge
public import Store
import Synchronization

/// Runs one exchange after another with one peer, over a transport.
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
  /// - Parameters:
  ///   - known: what the peer held when we last heard; nil for what the store remembers.
  ///   - progress: called after each round, on the store's thread.
  public func exchange(
    with peer: Bytes16, known: VersionVector? = nil,
    progress: @escaping @Sendable (ExchangeReport, _ peerHolds: UInt64) -> Void = { _, _ in }
  ) async throws -> ExchangeReport {
    let running = Running(Exchange(with: peer, known: known, progress: progress))
    var step = try await store.run { store in try running.step { try $0.start(store) } }
    while true {
      switch step {
      case .call(let route, let body):
        let answer = try await transport.call(route, body)
        step = try await store.run { store in try running.step { try $0.answered(answer, store) } }
      case .finished(let report): return report
      }
    }
  }
}

/// An exchange that goes back and forth between the store's thread and the network; in one place,
/// so that texts that are half here aren't copied each time.
private final class Running: Sendable {
  private let exchange: Mutex<Exchange>

  init(_ exchange: Exchange) { self.exchange = Mutex(exchange) }

  func step(_ body: (inout Exchange) throws -> Exchange.Step) throws -> Exchange.Step {
    try exchange.withLock { try body(&$0) }
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
