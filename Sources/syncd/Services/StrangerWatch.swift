// SPDX-License-Identifier: MIT

import Logging
import ServiceLifecycle
import Store
import SyncEngine

/// Cuts the connections of peers that are none any more, and forgets what they began to send:
/// revoked here, or elsewhere, as a change told.
///
/// Every request is checked by itself; this is for what is open already, an answer half sent or a
/// stream of events.
struct StrangerWatch: Service {
  let worker: StoreWorker
  let times: LookTimes
  let ledger: ConnectionLedger
  let inbox: TextInbox
  let logger: Logger

  func run() async throws {
    try? await cancelWhenGracefulShutdown {
      try await withThrowingDiscardingTaskGroup { group in
        for await _ in times.begin(in: &group) {
          let connected = ledger.peers
          guard !connected.isEmpty || inbox.byteCount > 0 else { continue }
          // A store that can't be read lets nobody stay.
          let known = Set((try? await worker.run { try $0.peers().map(\.id) }) ?? [])
          inbox.keepOnly(known)
          for stranger in connected.subtracting(known) {
            ledger.close(peer: stranger)
            logger.notice("cut off a machine that was removed")
          }
        }
      }
    }
  }
}
