// SPDX-License-Identifier: MIT

import Configuration
import Host
import Logging
import SyncEngine
import SystemPackage

/// What the daemon is told, from flags, the environment and a file, the first that says so.
struct DaemonConfiguration: Sendable {
  /// The store's directory.
  var store: String
  /// Where to listen.
  var listen: PeerAddress
  /// What people call this machine.
  var name: String
  var logLevel: Logger.Level
  var logFormat: LogFormat

  /// How log lines look.
  enum LogFormat: String, Sendable {
    case text
    case json
  }

  /// What flags may say.
  struct Flags: Sendable {
    var store: String?
    var listen: String?
    var name: String?
    var config: String?
    var logLevel: String?
    var logFormat: String?
  }

  /// Where the daemon listens when nobody says.
  static let usualAddress = "127.0.0.1:7417"

  /// Puts the sources together; the error names the setting that is wrong.
  init(
    flags: Flags, environment: [String: String], defaultStore: String, hostName: String
  ) async throws {
    var providers: [any ConfigProvider] = [
      EnvironmentVariablesProvider(environmentVariables: environment)
        .prefixKeys(with: "postil")
    ]
    if let file = flags.config ?? environment["POSTIL_CONFIG"] {
      do {
        providers.append(try await FileProvider<JSONSnapshot>(filePath: FilePath(file)))
      } catch {
        throw Failure(.usage, "can't read the configuration \(file): \(error)")
      }
    }
    let reader = ConfigReader(providers: providers)
    store = flags.store ?? reader.string(forKey: "store") ?? defaultStore
    name = flags.name ?? reader.string(forKey: "name") ?? hostName
    let address = flags.listen ?? reader.string(forKey: "listen") ?? Self.usualAddress
    do {
      listen = try PeerAddress(address, listening: true)
    } catch {
      throw Failure(error.code == .notAllowed ? .notAllowed : .usage, error.message)
    }
    let level = flags.logLevel ?? reader.string(forKey: "log.level") ?? "info"
    guard let logLevel = Logger.Level(rawValue: level) else {
      throw Failure(
        .usage, "“\(level)” is not a log level; use trace, debug, info, notice, warning or error")
    }
    self.logLevel = logLevel
    let format = flags.logFormat ?? reader.string(forKey: "log.format") ?? "text"
    guard let logFormat = LogFormat(rawValue: format) else {
      throw Failure(.usage, "“\(format)” is not a log format; use text or json")
    }
    self.logFormat = logFormat
  }
}
