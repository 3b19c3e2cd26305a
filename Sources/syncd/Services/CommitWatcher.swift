// SPDX-License-Identifier: MIT

import Logging
import Merge
import ServiceLifecycle
import Store
import SyncEngine

/// Notices what commands commit on this store. They say so over the control socket; for one that
/// didn't, the store is looked at every second.
struct CommitWatcher: Service {
  let worker: StoreWorker
  let news: Broadcast
  let logger: Logger

  /// How often the store is looked at.
  static let pause = Duration.seconds(1)

  func run() async throws {
    try? await cancelWhenGracefulShutdown {
      var seen: Bytes16?
      while !Task.isCancelled {
        do {
          let fingerprint = try await worker.run { try $0.holdings().fingerprint }
          if let seen, seen != fingerprint { news.notify() }
          seen = fingerprint
        } catch {
          logger.warning("can't look at the store", metadata: ["error": "\(error)"])
        }
        try await Task.sleep(for: Self.pause)
      }
    }
    news.finish()
  }
}
