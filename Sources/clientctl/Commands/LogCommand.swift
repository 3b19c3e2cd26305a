// SPDX-License-Identifier: MIT

import ArgumentParser
import Host
import Terminal

/// Shows who did what.
struct LogCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "log", abstract: "Show what was done, by whom and when, the newest first.",
    discussion: """
      EXAMPLES
        clientctl log
        clientctl log 3f2a --limit 100
      """)

  @Argument(help: "Only what speaks of this article or annotation.")
  var id: String?

  @Option(help: "How many changes at most.")
  var limit: Int = 50

  @OptionGroup var options: GlobalOptions

  func validate() throws {
    guard limit > 0 else { throw ValidationError("--limit must be at least 1") }
  }

  func run() throws {
    let session = try options.open()
    let entity = try id.map { try session.resolve($0) }
    let entries = try session.store.log(of: entity, limit: limit)
    if options.json {
      try session.output.print(JSONValue.array(entries.map(\.json.value)))
      return
    }
    let now = Timestamp.now()
    let text = LogText(session, now)
    if session.output.facts.isTerminal {
      try session.output.page(try entries.map { try text.line($0) + "\n" }.joined())
    } else {
      for entry in entries {
        let fields = [
          entry.name.text, Timestamp(milliseconds: entry.time).rfc3339, entry.device,
          entry.action, try text.words(entry),
        ]
        try session.output.print(fields.map(DisplayText.tsvField).joined(separator: "\t") + "\n")
      }
    }
    if entries.isEmpty { throw Failure(.nothing, "nothing was done yet") }
  }
}
