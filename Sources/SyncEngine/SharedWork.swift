// SPDX-License-Identifier: MIT

public import Merge
public import Store
import Synchronization

/// Work on the store that serves everybody who asked for it before it began: when an edit makes two
/// hundred peers ask at once, it is done once for all who wait.
public final class SharedWork<Value: Sendable>: Sendable {
  private let worker: StoreWorker
  private let body: @Sendable (Store) throws -> Value
  /// Waits for the store's thread.
  private let next = Mutex<Task<Value, any Error>?>(nil)

  /// Work that nobody asked for yet.
  public init(_ worker: StoreWorker, _ body: @escaping @Sendable (Store) throws -> Value) {
    self.worker = worker
    self.body = body
  }

  /// What the work came to, which began after this was called.
  public func value() async throws -> Value {
    let task = next.withLock { next in
      if let next { return next }
      let task = Task {
        try await worker.run { [self] store in
          self.next.withLock { $0 = nil }
          return try body(store)
        }
      }
      next = task
      return task
    }
    return try await task.value
  }
}

/// Notes what peers hold: all notes that wait for the store's thread are one transaction, since
/// each waits for the disk.
public struct ExchangeNotes: Sendable {
  private let waiting: Waiting
  private let work: SharedWork<Void>

  private final class Waiting: Sendable {
    let versions = Mutex<[Bytes16: VersionVector]>([:])
  }

  /// Notes that are written on `worker`.
  public init(_ worker: StoreWorker) {
    let waiting = Waiting()
    self.waiting = waiting
    work = SharedWork(worker) { store in
      let versions = waiting.versions.withLock { versions in
        defer { versions = [:] }
        return versions
      }
      // What a later call brought may have been written with an earlier one's.
      if versions.isEmpty { return }
      do {
        try store.noteExchanges(versions)
      } catch {
        // Or not: then that call's own work tries again.
        waiting.versions.withLock { $0.merge(versions) { newer, _ in newer } }
        throw error
      }
    }
  }

  /// On the disk when this returns.
  public func note(_ peer: Bytes16, holds version: VersionVector) async throws {
    waiting.versions.withLock { $0[peer] = version }
    try await work.value()
  }
}
