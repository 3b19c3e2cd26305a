// SPDX-License-Identifier: MIT

import Logging
import ServiceLifecycle
import Store
import SyncEngine

/// Cuts the connections of peers that are none any more: revoked here, or elsewhere, as a change
/// told.
///
/// Every request is checked by itself; this is for what is open already, an answer half sent or a
/// stream of events.
struct StrangerWatch: Service {
  let worker: StoreWorker
  let news: Broadcast
  let commits: Broadcast
  let ledger: ConnectionLedger
  let logger: Logger

  /// How often the peers are looked at when there is neither a notice nor a commit: after a look
  /// that failed.
  private static let pause = Duration.seconds(30)

  func run() async throws {
    try? await cancelWhenGracefulShutdown {
      try await withThrowingDiscardingTaskGroup { group in
        let (ticks, tick) = AsyncStream.makeStream(
          of: Void.self, bufferingPolicy: .bufferingNewest(1))
        // From here on nothing is missed, whatever is looked at first.
        let (notices, marks) = (news.listen(), commits.listen())
        group.addTask { for await _ in notices { tick.yield() } }
        group.addTask { for await _ in marks { tick.yield() } }
        group.addTask {
          while true {
            try await Task.sleep(for: Self.pause, tolerance: .seconds(5))
            tick.yield()
          }
        }
        for await _ in ticks {
          let connected = ledger.peers
          guard !connected.isEmpty else { continue }
          // A store that can't be read lets nobody stay.
          let known = (try? await worker.run { try $0.peers().map(\.id) }) ?? []
          for stranger in connected.subtracting(known) {
            ledger.close(peer: stranger)
            logger.notice("cut off a machine that was removed")
          }
        }
      }
    }
  }
}
