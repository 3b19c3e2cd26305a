// SPDX-License-Identifier: MIT

import ArgumentParser
import CPostilSystem
import Foundation
import Host
import Terminal

/// The daemon: serves peers, calls peers, and watches the store.
@main
struct Syncd: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "syncd",
    abstract: "Keep a Postil store in step with its peers.",
    discussion: """
      Runs until it is told to stop (SIGTERM or SIGINT). Settings come from
      flags, then the environment (POSTIL_STORE, POSTIL_LISTEN …), then a JSON
      file (--config).

      EXAMPLES
        syncd                                  serve the usual store on 127.0.0.1:7417
        syncd --listen 0.0.0.0:7417            serve paired machines on the network
        syncd --store ~/notes --listen 127.0.0.1:7500 --http 127.0.0.1:7501
        syncd --config /etc/postil/syncd.json --log-format json
      """,
    version: "syncd \(ProgramVersion.text)",
    subcommands: [
      RunCommand.self, OnceCommand.self, InviteCommand.self, JoinCommand.self,
      RoutesCommand.self,
    ],
    defaultSubcommand: RunCommand.self)

  /// Runs the program; arguments that can't be understood end it with the exit code for usage.
  static func main() async {
    // A first sync is merged by one thread and written by another: with a heap a thread it held
    // 165 MiB at its peak, with two heaps 138.
    postil_limit_heaps(2)
    StandardStreams.secure()
    // Who reads the log may go away; the daemon stays.
    OutputFile.ignoreBrokenPipeSignal()
    do {
      var command = try parseAsRoot()
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
    } catch  where exitCode(for: error) == .validationFailure {
      _ = OutputFile.standardError.write(fullMessage(for: error) + "\n")
      Foundation.exit(Failure.Code.usage.rawValue)
    } catch {
      exit(withError: error)
    }
  }
}

/// What this program calls itself.
enum ProgramVersion {
  static let text = "0.1.0"
}
