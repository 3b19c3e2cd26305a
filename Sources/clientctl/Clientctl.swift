// SPDX-License-Identifier: MIT

import ArgumentParser
import Host
import Terminal

/// The command line: one file a command, under `Commands/`.
@main
struct Clientctl: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "clientctl",
    abstract: "Keep articles, and what you think of them, on your own machines.",
    discussion: """
      The first command makes the store; it lies in $POSTIL_STORE, else in the
      XDG data directory. Commands work with or without the daemon (syncd). On a
      terminal they print tables and colours, into a pipe tab-separated lines,
      and with --json documented JSON.

      EXAMPLES
        clientctl add article.txt --url https://example.org/story --tag news
        clientctl annotate 3f2a --quote 'the words themselves' --note 'Really?'
        clientctl search resistance
        clientctl sync --wait

      EXIT CODES
        0 done, 1 nothing matched, 2 usage, 3 not found, 4 needs a decision,
        5 peer or network, 6 not allowed, 7 done in part, 70 internal
      """,
    version: "clientctl 0.1.0",
    groupedSubcommands: [
      CommandGroup(
        name: "READ AND WRITE",
        subcommands: [
          AddCommand.self, ListCommand.self, ShowCommand.self, AnnotateCommand.self,
          AnnotationsCommand.self, SearchCommand.self, NoteCommand.self, ReplyCommand.self,
          TagCommand.self, EditCommand.self, DeleteCommand.self, RestoreCommand.self,
        ]),
      CommandGroup(
        name: "HISTORY",
        subcommands: [
          LogCommand.self, UndoCommand.self, ConflictsCommand.self, ResolveCommand.self,
        ]),
      CommandGroup(
        name: "MACHINES",
        subcommands: [StatusCommand.self, SyncCommand.self, PeerCommand.self]),
      CommandGroup(
        name: "CARE",
        subcommands: [
          ImportCommand.self, ExportCommand.self, BackupCommand.self, DoctorCommand.self,
          CompletionCommand.self,
        ]),
    ])

  /// Runs a command, and ends the program with the right exit code and a message on standard error.
  static func main() {
    StandardStreams.secure()
    OutputFile.ignoreBrokenPipeSignal()
    let arguments = CommandWords.arranged(Array(CommandLine.arguments.dropFirst()))
    do {
      var command = try parseAsRoot(arguments)
      try command.run()
    } catch let failure as Failure {
      end(failure)
    } catch let error where exitCode(for: error) != .validationFailure {
      // Help and versions, and failures that are ours.
      switch Failure(known: error) {
      case let failure?: end(failure)
      case nil where exitCode(for: error) == .success: exit(withError: error)
      case nil: end(Failure(.internal, fullMessage(for: error)))
      }
    } catch {
      let hint = CommandWords.suggestion(for: arguments).map { "Did you mean: \($0)?\n" } ?? ""
      _ = OutputFile.standardError.write(fullMessage(for: error) + "\n" + hint)
      Process.end(Failure.Code.usage.rawValue)
    }
  }

  private static func end(_ failure: Failure) -> Never {
    if !failure.message.isEmpty {
      let text = DisplayText.escaped(failure.message, breaks: .keep)
      _ = OutputFile.standardError.write("clientctl: \(text)\n")
    }
    Process.end(failure.code.rawValue)
  }
}
