// SPDX-License-Identifier: MIT

import Configuration
import Host
import Logging
import SyncEngine

/// What the daemon is told, from flags, the environment and a file, the first that says so.
struct DaemonConfiguration: Sendable {
  /// The store's directory.
  var store: String
  /// Where to listen for peers, over TLS.
  var listen: ListenAddress
  /// Where on this machine to serve plain HTTP: health, metrics, and a web server in front.
  var http: ListenAddress?
  /// Names that a web server in front is reached by, `NAME` or `NAME:PORT`, in lower case.
  var httpNames: Set<String>
  /// Where peers reach this daemon, if not where it listens.
  var advertised: [PeerAddress]
  /// A PEM file with the authorities that web servers in front of peers are vouched for by, if not
  /// the machine's own.
  var authorities: String?
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
    var http: String?
    var httpNames: [String] = []
    var advertise: [String] = []
    var name: String?
    var config: String?
    var authorities: String?
    var logLevel: String?
    var logFormat: String?
  }

  /// Where the daemon listens when nobody says.
  static let usualAddress = "127.0.0.1:7417"

  /// Puts the sources together; the error names the setting that is wrong.
  init(
    flags: Flags, environment: [String: String], defaultStore: String, hostName: String
  ) throws {
    var providers: [any ConfigProvider] = [
      EnvironmentVariablesProvider(environmentVariables: environment)
        .prefixKeys(with: "postil")
    ]
    if let file = flags.config ?? environment["POSTIL_CONFIG"] {
      providers.append(try ConfigurationFile.read(file))
    }
    let reader = ConfigReader(providers: providers)
    store = flags.store ?? reader.string(forKey: "store") ?? defaultStore
    authorities = flags.authorities ?? reader.string(forKey: "authorities")
    name = flags.name ?? reader.string(forKey: "name") ?? hostName
    let address = flags.listen ?? reader.string(forKey: "listen") ?? Self.usualAddress
    do {
      listen = try ListenAddress(address)
      let local = flags.http ?? reader.string(forKey: "http.listen")
      http = try local.map { text throws(SyncError) in
        let address = try ListenAddress(text)
        guard address.isLoopback else {
          throw SyncError(
            .notAllowed,
            "plain HTTP is served on this machine only, and \(address.host) is not it; put a web "
              + "server in front, as docs/operations.md shows")
        }
        return address
      }
      let advertise =
        flags.advertise.isEmpty
        ? reader.stringArray(forKey: "advertise") ?? [] : flags.advertise
      advertised = try advertise.map { text throws(SyncError) in try PeerAddress(text) }
    } catch {
      throw Failure(error.code == .notAllowed ? .notAllowed : .usage, error.message)
    }
    let names =
      flags.httpNames.isEmpty ? reader.stringArray(forKey: "http.names") ?? [] : flags.httpNames
    httpNames = Set(names.map { $0.lowercased() })
    guard httpNames.allSatisfy(Self.isHost) else {
      throw Failure(.usage, "http.names holds names of hosts, NAME or NAME:PORT, and nothing else")
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

  private static func isHost(_ text: String) -> Bool {
    text.wholeMatch(of: /[a-z0-9._-]+(:[0-9]{1,5})?/) != nil
  }
}
