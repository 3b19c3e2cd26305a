// SPDX-License-Identifier: MIT

import CurlTransport
import Foundation
import Host
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Store
import SyncEngine

/// Puts the daemon together; reading `run` tells its life.
struct Daemon: Sendable {
  let configuration: DaemonConfiguration
  let environment: [String: String]

  /// Connections at once, all peers and watchers together.
  private static let connectionsMax = 512
  /// A connection that says nothing so long is closed.
  private static let idleTimeout = TimeAmount.seconds(90)
  /// What a stop waits for at most.
  private static let stopSeconds = 8

  func run() async throws {
    let logger = DaemonLog.make(configuration)
    let store = try Store(
      directory: StoreDirectory(path: configuration.store),
      environment: HostEnvironment.store(name: configuration.name), reader: true)
    let lock = try DaemonLock(store: configuration.store)
    defer { lock.release() }
    let worker = StoreWorker(store, label: "postil.store")
    let client = try CurlClient(userAgent: "postil/\(ProgramVersion.text)")
    let news = Broadcast()
    let counters = Counters()
    let (bound, isBound) = AsyncStream.makeStream(of: Int.self)
    let web = application(worker, news, counters, logger) { isBound.yield($0) }
    let server = Task { () -> Int in
      for await port in bound { return port }
      return 0
    }

    // A port of 0 lets the system choose; who asks for our address must hear the chosen one.
    let control = ControlStarter(bound: server) { port in
      ControlService(
        path: StoreDirectory(path: configuration.store).socket, worker: worker, client: client,
        news: news, address: "http://\(configuration.listen.hostInURL):\(port)", logger: logger)
    } ready: { port in
      logger.notice(
        "serving",
        metadata: [
          "address": "http://\(configuration.listen.hostInURL):\(port)",
          "store": "\(configuration.store)",
        ])
      ServiceManager.tell("READY=1\nSTATUS=serving port \(port)", environment: environment)
    }
    var group = ServiceGroupConfiguration(
      services: [
        .init(service: web),
        .init(
          service: PeerCallers(
            client: client, worker: worker, news: news, counters: counters, logger: logger),
          successTerminationBehavior: .ignore),
        .init(service: control, successTerminationBehavior: .ignore),
        // Last here, so first to stop: it ends the event streams that the server would wait for.
        .init(
          service: CommitWatcher(worker: worker, news: news, logger: logger),
          successTerminationBehavior: .ignore),
      ],
      gracefulShutdownSignals: [.sigterm, .sigint],
      logger: Logger(label: "services", factory: { _ in SwiftLogNoOpLogHandler() }))
    group.maximumGracefulShutdownDuration = .seconds(Self.stopSeconds)
    defer {
      news.finish()
      ServiceManager.tell("STOPPING=1", environment: environment)
    }
    try await ServiceGroup(configuration: group).run()
    await client.shutdown()
    logger.notice("stopped")
  }

  private func application(
    _ worker: StoreWorker, _ news: Broadcast, _ counters: Counters, _ logger: Logger,
    running: @escaping @Sendable (Int) -> Void
  ) -> some ApplicationProtocol {
    let router = Router(context: BasicRequestContext.self)
    let gate = RouteGate(
      worker: worker, counters: counters, logger: logger,
      isServed: { host in
        // Only names of this machine: the port is whatever we were given.
        let name =
          host.hasPrefix("[") ? host.dropFirst().prefix { $0 != "]" } : host.prefix { $0 != ":" }
        return PeerAddress.isLoopback(String(name))
      })
    let routes =
      SyncRoutes(worker: worker, news: news, counters: counters).all
      + HealthRoutes(worker: worker, news: news, counters: counters).all
    for route in routes { gate.add(route, to: router) }
    return Application(
      router: router,
      server: .http1(configuration: .init(idleTimeout: Self.idleTimeout)),
      configuration: .init(
        address: .hostname(configuration.listen.host, port: configuration.listen.port),
        availableConnectionsDelegate: MaximumAvailableConnections(Self.connectionsMax)),
      onServerRunning: { channel in running(channel.localAddress?.port ?? 0) },
      logger: Logger(label: "http", factory: { _ in SwiftLogNoOpLogHandler() }))
  }
}

/// Starts the control socket once the port is known.
private struct ControlStarter: Service {
  let bound: Task<Int, Never>
  let make: @Sendable (Int) -> ControlService
  let ready: @Sendable (Int) -> Void

  func run() async throws {
    let port = await withTaskCancellationHandler {
      await bound.value
    } onCancel: {
      bound.cancel()
    }
    guard port > 0 else { return }
    let service = make(port)
    try await service.run(ready: { ready(port) })
  }
}
