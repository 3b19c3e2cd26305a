// SPDX-License-Identifier: MIT

import ArgumentParser
import CurlTransport
import DeviceKeys
import Foundation
import Host
import Store
import SyncEngine
import Terminal

extension DaemonOptions {
  /// The store's worker and a line to its peers, for a run that ends by itself.
  func tools() throws -> (StoreWorker, PeerLine) {
    let configuration = try configuration()
    let store = try Store(
      directory: StoreDirectory(path: configuration.store),
      environment: HostEnvironment.store(name: configuration.name))
    let client = try CurlClient(userAgent: "postil/\(ProgramVersion.text)")
    let device = try DeviceKey(at: store.directory.deviceKey)
    return (
      StoreWorker(store, label: "postil.store"),
      PeerLine(client: client, device: device, authorities: configuration.authorities)
    )
  }

  /// Writes answers to standard output, a line each.
  static var output: LineWriter { LineWriter { put($0) } }

  /// Writes a line to standard output. When nobody takes it, that is the program's end: a quiet one
  /// if the reader went away.
  static func put(_ line: [UInt8]) {
    switch OutputFile.standardOutput.write(line + [0x0A]) {
    case .written: break
    case .brokenPipe: Foundation.exit(0)
    case .failed(let number):
      let reason = String(cString: strerror(number))
      _ = OutputFile.standardError.write("syncd: can't write the answer: \(reason)\n")
      Foundation.exit(Failure.Code.internal.rawValue)
    }
  }
}

/// Exchanges with the peers once, without a daemon.
struct OnceCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "once", abstract: "Exchange with the peers once and end; prints lines of JSON.")

  @OptionGroup var options: DaemonOptions

  @Option(help: "Only this peer: its name, or the beginning of its id.")
  var peer: String?

  @Option(help: "Try again until the peers hold everything, so many seconds.")
  var wait: Double?

  func run() async throws {
    try await DaemonOptions.reporting {
      let (worker, line) = try options.tools()
      let code = await DaemonOptions.output.sync(
        SyncNow(line: line, worker: worker), peer: peer, waitSeconds: wait)
      await line.client.shutdown()
      if code != 0 { throw ExitCode(code) }
    }
  }
}

/// Makes an invitation, without a daemon.
struct InviteCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "invite", abstract: "Make an invitation link; prints JSON.")

  @OptionGroup var options: DaemonOptions

  @Option(help: "What the other machine may do: write or read.")
  var role: String?

  @Option(name: .customLong("address"), parsing: .singleValue, help: "Where to call, HOST:PORT.")
  var addresses: [String] = []

  func run() async throws {
    try await DaemonOptions.reporting {
      let (worker, line) = try options.tools()
      let code = await DaemonOptions.output.invite(
        InviteNow(device: line.device, worker: worker, addresses: []), role: role,
        addresses: addresses)
      await line.client.shutdown()
      if code != 0 { throw ExitCode(code) }
    }
  }
}

/// Joins a library by a link, without a daemon.
struct JoinCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "join",
    abstract: "Join a library by an invitation link, read from standard input; prints JSON.")

  @OptionGroup var options: DaemonOptions

  @Flag(help: "Fold this store's library into the other.")
  var merge = false

  func run() async throws {
    try await DaemonOptions.reporting {
      let (worker, line) = try options.tools()
      // Not an argument: the link holds a secret, and arguments can be seen by everybody.
      let link = readLine() ?? ""
      let code = await DaemonOptions.output.join(
        JoinNow(line: line, worker: worker, addresses: []), link: link, merging: merge)
      await line.client.shutdown()
      if code != 0 { throw ExitCode(code) }
    }
  }
}
