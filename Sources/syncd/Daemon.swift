// SPDX-License-Identifier: MIT

import CurlTransport
import DeviceKeys
import Foundation
import Host
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
import Logging
import NIOPosix
import ServiceLifecycle
import Store
import SyncEngine

/// Puts the daemon together; reading `run` tells its life.
struct Daemon: Sendable {
  let configuration: DaemonConfiguration
  let environment: [String: String]

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
    let device = try DeviceKey(at: store.directory.deviceKey)
    let line = PeerLine(
      client: try CurlClient(userAgent: "postil/\(ProgramVersion.text)"), device: device,
      authorities: configuration.authorities)
    let (news, commits) = (Broadcast(), Broadcast())
    let times = LookTimes(news: news, commits: commits)
    let counters = Counters()
    let ledger = ConnectionLedger()
    let inbox = TextInbox()
    let routes = Routes(
      worker: worker, news: news, counters: counters, ledger: ledger, device: device,
      inbox: inbox)
    let peersPort = BoundPort()
    let web = try devicesApplication(routes, logger, peersPort)
    let httpPort = BoundPort()
    let local = configuration.http.map { localApplication($0, routes, logger, httpPort) }

    // A port of 0 lets the system choose; who asks for our address must hear the chosen one.
    let control = ControlStarter {
      guard let port = await peersPort.value else { return nil }
      var http: String?
      if let address = configuration.http, let port = await httpPort.value {
        http = PeerAddress(host: address.host, port: port, scheme: .http).url
      }
      let addresses = NetworkAddresses.reached(configuration, port: port)
      return ControlService(
        path: store.directory.socket, worker: worker, line: line, news: news,
        addresses: addresses, http: http, logger: logger)
    } ready: { service in
      logger.notice(
        "serving",
        metadata: [
          "addresses": "\(service.addresses.map(\.url).joined(separator: " "))",
          "http": "\(service.http ?? "off")", "store": "\(configuration.store)",
        ])
      ServiceManager.tell("READY=1\nSTATUS=serving", environment: environment)
    }
    var group = ServiceGroupConfiguration(
      services: [
        .init(service: web),
        .init(
          service: PeerCallers(
            line: line, worker: worker, news: news, times: times, counters: counters,
            logger: logger),
          successTerminationBehavior: .ignore),
        .init(
          service: StrangerWatch(
            worker: worker, times: times, ledger: ledger, inbox: inbox, logger: logger),
          successTerminationBehavior: .ignore),
        .init(service: control, successTerminationBehavior: .ignore),
        // Last here, so first to stop: it ends the event streams that the server would wait for.
        .init(
          service: CommitWatcher(worker: worker, news: news, commits: commits, logger: logger),
          successTerminationBehavior: .ignore),
      ],
      gracefulShutdownSignals: [.sigterm, .sigint],
      logger: Logger(label: "services", factory: { _ in SwiftLogNoOpLogHandler() }))
    if let local { group.services.insert(.init(service: local), at: 1) }
    group.maximumGracefulShutdownDuration = .seconds(Self.stopSeconds)
    defer {
      news.finish()
      commits.finish()
      ServiceManager.tell("STOPPING=1", environment: environment)
    }
    do {
      try await ServiceGroup(configuration: group).run()
    } catch {
      throw ListenFailure.named(error, configuration) ?? error
    }
    await line.client.shutdown()
    // Then the database file alone is the whole store.
    _ = try? await worker.run { try $0.foldLog() }
    logger.notice("stopped")
  }

  /// What devices are served with, over TLS.
  private func devicesApplication(
    _ routes: Routes, _ logger: Logger, _ port: BoundPort
  ) throws -> some ApplicationProtocol {
    let tls = try DeviceTLS.configuration(routes.device)
    return Application(
      responder: routes.table(.devices, logger),
      server: .guarded(routes.ledger) { try TLSChannel($0, configuration: tls) },
      configuration: Self.bind(configuration.listen),
      onServerRunning: { channel in port.set(channel.localAddress?.port ?? 0) },
      logger: Self.quiet)
  }

  /// What this machine is served with, over plain HTTP.
  private func localApplication(
    _ address: ListenAddress, _ routes: Routes, _ logger: Logger, _ port: BoundPort
  ) -> some ApplicationProtocol {
    Application(
      responder: routes.table(.local(names: configuration.httpNames), logger),
      server: .guarded(routes.ledger), configuration: Self.bind(address),
      onServerRunning: { channel in port.set(channel.localAddress?.port ?? 0) },
      logger: Self.quiet)
  }

  private static func bind(_ address: ListenAddress) -> ApplicationConfiguration {
    .init(address: .hostname(address.host, port: address.port))
  }

  /// The server's own words, which say nothing that we don't.
  private static let quiet = Logger(label: "http", factory: { _ in SwiftLogNoOpLogHandler() })
}

/// Starts the control socket once the ports are known.
private struct ControlStarter: Service {
  let make: @Sendable () async -> ControlService?
  let ready: @Sendable (ControlService) -> Void

  func run() async throws {
    guard let service = await make() else { return }
    try await service.run(ready: { ready(service) })
  }
}
