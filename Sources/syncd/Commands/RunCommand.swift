// SPDX-License-Identifier: MIT

import ArgumentParser
import Foundation
import Host

/// Settings that all of `syncd`'s commands share.
struct DaemonOptions: ParsableArguments {
  @Option(help: "The store's directory [env: POSTIL_STORE].")
  var store: String?

  @Option(help: "What people call this machine [env: POSTIL_NAME].")
  var name: String?

  @Option(help: "A JSON file with settings [env: POSTIL_CONFIG].")
  var config: String?

  @Option(help: "trace, debug, info, notice, warning or error [env: POSTIL_LOG_LEVEL].")
  var logLevel: String?

  @Option(help: "text or json [env: POSTIL_LOG_FORMAT].")
  var logFormat: String?

  /// Puts flags, environment and file together.
  func configuration(listen: String? = nil) async throws -> DaemonConfiguration {
    let environment = ProcessInfo.processInfo.environment
    return try await DaemonConfiguration(
      flags: .init(
        store: store, listen: listen, name: name, config: config, logLevel: logLevel,
        logFormat: logFormat),
      environment: environment, defaultStore: HostEnvironment.defaultStore(environment),
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
      FileHandle.standardError.write(Data("syncd: \(error.message)\n".utf8))
      throw ExitCode(error.code.rawValue)
    }
  }
}

/// Serves until it is told to stop.
struct RunCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Serve peers and call peers until told to stop (the default).")

  @OptionGroup var options: DaemonOptions

  @Option(help: "Where to listen, HOST:PORT on this machine [env: POSTIL_LISTEN].")
  var listen: String?

  func run() async throws {
    try await DaemonOptions.reporting {
      let configuration = try await options.configuration(listen: listen)
      try await Daemon(
        configuration: configuration, environment: ProcessInfo.processInfo.environment
      ).run()
    }
  }
}
