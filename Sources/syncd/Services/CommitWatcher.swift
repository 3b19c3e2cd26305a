// SPDX-License-Identifier: MIT

import Logging
import Merge
import ServiceLifecycle
import Store
import SyncEngine

/// Notices what is committed on this store, in whatever process. Commands say so over the control
/// socket; for one that didn't, the store is looked at every second.
struct CommitWatcher: Service {
  let worker: StoreWorker
  /// Told when the library is another.
  let news: Broadcast
  /// Told of every commit, also of those that bring no news: of peers, say.
  let commits: Broadcast
  let logger: Logger

  /// How often the store is looked at.
  static let pause = Duration.seconds(1)

  func run() async throws {
    try? await cancelWhenGracefulShutdown {
      var mark: Int64?
      var seen: Bytes16?
      while !Task.isCancelled {
        do {
          let now = try await worker.run { try $0.commitMark() }
          if now != mark {
            let fingerprint = try await worker.run { try $0.holdings().fingerprint }
            if let seen, seen != fingerprint { news.notify() }
            seen = fingerprint
            commits.notify()
            // What is committed between the two looks is looked at next time.
            mark = now
          }
        } catch {
          logger.warning("can't look at the store", metadata: ["error": "\(error)"])
        }
        // Whatever else wakes up about then wakes up with it.
        try await Task.sleep(for: Self.pause, tolerance: Self.pause / 4)
      }
    }
    news.finish()
    commits.finish()
  }
}
