// SPDX-License-Identifier: MIT

import ArgumentParser
import Foundation
import Host
import Terminal

/// Settings that all of `syncd`'s commands share.
struct DaemonOptions: ParsableArguments {
  @Option(help: "The store's directory [env: POSTIL_STORE].")
  var store: String?

  @Option(help: "What people call this machine [env: POSTIL_NAME].")
  var name: String?

  @Option(help: "A JSON file with settings [env: POSTIL_CONFIG].")
  var config: String?

  @Option(
    help: """
      A PEM file with the authorities that web servers in front of peers have, if not the \
      machine's own [env: POSTIL_AUTHORITIES].
      """)
  var authorities: String?

  @Option(help: "trace, debug, info, notice, warning or error [env: POSTIL_LOG_LEVEL].")
  var logLevel: String?

  @Option(help: "text or json [env: POSTIL_LOG_FORMAT].")
  var logFormat: String?

  /// Puts flags, environment and file together.
  func configuration(
    _ flags: DaemonConfiguration.Flags = .init()
  ) throws -> DaemonConfiguration {
    let environment = ProcessInfo.processInfo.environment
    var flags = flags
    flags.store = store
    flags.name = name
    flags.config = config
    flags.authorities = authorities
    flags.logLevel = logLevel
    flags.logFormat = logFormat
    return try DaemonConfiguration(
      flags: flags, environment: environment,
      defaultStore: HostEnvironment.defaultStore(environment),
      hostName: HostEnvironment.hostName())
  }

  /// Says what went wrong and ends the program with the right code.
  static func reporting(_ body: () async throws -> Void) async throws {
    do {
      try await body()
    } catch let error as ExitCode {
      throw error
    } catch {
      let error = Failure(any: error)
      _ = OutputFile.standardError.write("syncd: \(error.message)\n")
      throw ExitCode(error.code.rawValue)
    }
  }
}

/// Serves until it is told to stop.
struct RunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Serve peers and call peers until told to stop (the default).")

  @OptionGroup var options: DaemonOptions

  @Option(
    help: "Where to listen for peers, HOST:PORT; 0.0.0.0:7417 for all [env: POSTIL_LISTEN].")
  var listen: String?

  @Option(
    help: """
      Where on this machine to serve health and metrics, and a web server in front, HOST:PORT \
      [env: POSTIL_HTTP_LISTEN].
      """)
  var http: String?

  @Option(
    name: .customLong("http-name"), parsing: .singleValue,
    help: "A name by which a web server in front is reached [env: POSTIL_HTTP_NAMES].")
  var httpNames: [String] = []

  @Option(
    parsing: .singleValue,
    help: "Where peers reach this daemon, if not where it listens [env: POSTIL_ADVERTISE].")
  var advertise: [String] = []

  func run() async throws {
    try await DaemonOptions.reporting {
      let configuration = try options.configuration(
        .init(listen: listen, http: http, httpNames: httpNames, advertise: advertise))
      try await Daemon(
        configuration: configuration, environment: ProcessInfo.processInfo.environment
      ).run()
    }
  }
}
