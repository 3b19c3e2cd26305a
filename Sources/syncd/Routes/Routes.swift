// SPDX-License-Identifier: MIT

import DeviceKeys
import Logging
import SyncEngine

/// What the routes work with, and the two tables that they stand in.
struct Routes: Sendable {
  let worker: StoreWorker
  let news: Broadcast
  let counters: Counters
  let ledger: ConnectionLedger
  let device: DeviceKey
  /// One for all listeners: its bounds are the daemon's.
  let inbox: TextInbox
  private let tries = PairingTries()

  init(
    worker: StoreWorker, news: Broadcast, counters: Counters, ledger: ConnectionLedger,
    device: DeviceKey, inbox: TextInbox
  ) {
    self.worker = worker
    self.news = news
    self.counters = counters
    self.ledger = ledger
    self.device = device
    self.inbox = inbox
  }

  /// The routes behind a listener's gate.
  func table(_ listener: RouteGate.Listener, _ logger: Logger) -> RouteTable {
    let sync = SyncRoutes(
      worker: worker, news: news, counters: counters, device: device, inbox: inbox,
      logger: logger)
    let health = HealthRoutes(worker: worker, news: news, counters: counters)
    return RouteTable(
      RouteName.allCases.map { $0.route(sync, health) },
      gate: RouteGate(
        worker: worker, counters: counters, ledger: ledger, logger: logger, listener: listener,
        tries: tries))
  }
}
