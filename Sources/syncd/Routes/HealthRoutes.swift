// SPDX-License-Identifier: MIT

import HTTPTypes
import Hummingbird
import SyncEngine

/// What watchers of the daemon are served with: numbers, and nothing private.
struct HealthRoutes: Sendable {
  let worker: StoreWorker
  let news: Broadcast
  let counters: Counters

  @Sendable func health(_ request: RouteRequest) async throws -> Response {
    // Asked of the store, so that a daemon with a broken store is not called healthy.
    _ = try await worker.run { try $0.holdings() }
    return .bytes(Array(#"{"status":"ok"}"#.utf8), type: "application/json")
  }

  @Sendable func metrics(_ request: RouteRequest) async throws -> Response {
    let (status, peers) = try await worker.run { (try $0.status(), try $0.peers()) }
    let gauges: [(name: String, help: String, value: Int)] = [
      ("postil_articles", "Articles that can be seen.", status.articles),
      ("postil_annotations", "Annotations that can be seen.", status.annotations),
      ("postil_changes", "Changes that are held.", Int(clamping: status.holdings.version.total)),
      ("postil_conflicts", "Entities with a field in conflict.", status.conflicts),
      ("postil_forks", "Forks of a writer's history; all branches are kept.", status.forks),
      ("postil_texts_wanted", "Texts that are still to come.", status.wantedTexts),
      ("postil_peers", "Peers that were paired.", peers.count),
      ("postil_peers_failing", "Peers whose last call failed.", peers.count { $0.error != nil }),
      ("postil_listeners", "Peers that listen for news.", news.count),
    ]
    return .bytes(
      Array(counters.text(gauges: gauges).utf8), type: "text/plain; version=0.0.4")
  }
}
