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
  let commits: Broadcast
  let counters: Counters
  let logger: Logger

  /// How often the list of peers is looked at when there is neither a notice nor a commit: after a
  /// look that failed.
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
        var looks = ticks.makeAsyncIterator()
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
