// SPDX-License-Identifier: MIT

import Logging
import Merge
import ServiceLifecycle
import Store
import SyncEngine

/// Runs one `PeerCaller` for every peer that can be called, as peers come and go.
struct PeerCallers: Service {
  let line: PeerLine
  let worker: StoreWorker
  let news: Broadcast
  let times: LookTimes
  let counters: Counters
  let logger: Logger

  func run() async throws {
    try? await cancelWhenGracefulShutdown {
      try await withThrowingDiscardingTaskGroup { group in
        var looks = times.begin(in: &group).makeAsyncIterator()
        var running: [Bytes16: (peer: Peer, task: Task<Void, Never>)] = [:]
        defer { for (_, entry) in running { entry.task.cancel() } }
        while !Task.isCancelled {
          let peers = (try? await worker.run { try $0.peers() }) ?? running.values.map(\.peer)
          let callable = peers.filter { !$0.addresses.isEmpty }
          for (id, entry) in running {
            let now = callable.first { $0.id == id }
            if now?.addresses != entry.peer.addresses || now?.key != entry.peer.key {
              entry.task.cancel()
              running[id] = nil
            }
          }
          for peer in callable where running[peer.id] == nil {
            let caller = PeerCaller(
              peer: peer, transport: PeerTransport(line: line, peer: peer), worker: worker,
              news: news, counters: counters, logger: logger)
            let task = Task { await caller.run() }
            running[peer.id] = (peer, task)
            group.addTask {
              await withTaskCancellationHandler {
                await task.value
              } onCancel: {
                task.cancel()
              }
            }
          }
          await looks.next()
        }
      }
    }
  }
}
