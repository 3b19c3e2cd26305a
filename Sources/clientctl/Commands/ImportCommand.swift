// SPDX-License-Identifier: MIT

import ArgumentParser
import Host
import Interchange
import Store
import Terminal

/// Imports.
struct ImportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import", abstract: "Read a library in.", subcommands: [ImportJSON.self])
}

/// Reads our own export.
struct ImportJSON: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "json", abstract: "Read what clientctl export json wrote.",
    discussion: """
      Ids are kept, so reading a file twice, or on two machines, is once. What
      is here and differs stays as it is, and is counted. A line that can't be
      read is reported and left out; the exit code is 7 then.

      EXAMPLES
        clientctl import json library.jsonl
        clientctl import json library.jsonl --dry-run
        zcat library.jsonl.gz | clientctl import json -
      """)

  @Argument(help: "The file, or - for standard input.", completion: .file())
  var file: String

  @Flag(help: "Only say what would change.")
  var dryRun = false

  @Flag(help: "Bring back what was deleted here.")
  var restore = false

  @OptionGroup var options: GlobalOptions

  func run() throws {
    let source =
      try file == "-" ? .descriptor(0, name: "standard input") : ByteSource.file(file)
    let session = try options.open()
    let facts = TerminalFacts.detect(environment: Process.environment, descriptor: 2)
    let progress = SharedProgress("importing", facts)
    let report = try JSONImport(restore: restore, dryRun: dryRun).run(
      into: session.store, from: source, progress: progress.update)
    progress.finish()
    if report.isChange && !dryRun { session.notice() }
    try print(report, session)
    if report.skippedCount > 0 {
      throw Failure(.partly, "\(report.skippedCount) lines were left out")
    }
  }

  private func print(_ report: ImportReport, _ session: Session) throws {
    let counts: [(String, Int)] = [
      ("read", report.read), ("addedArticles", report.addedArticles),
      ("addedAnnotations", report.addedAnnotations), ("addedRevisions", report.addedRevisions),
      ("addedRenames", report.addedRenames), ("updated", report.updated),
      ("restored", report.restored), ("unchanged", report.unchanged),
      ("keptDeleted", report.keptDeleted), ("keptDifferent", report.keptDifferent),
      ("skipped", report.skippedCount),
    ]
    if session.output.isJSON {
      var object = JSONObject()
      for (name, count) in counts { object.put(name, count) }
      object.put("dryRun", dryRun)
      object.put(
        "problems",
        .array(
          report.skipped.map { skip in
            var each = JSONObject()
            each.put("line", skip.line)
            each.set("column", skip.column)
            each.put("reason", skip.reason)
            return each.value
          }))
      try session.output.print(object)
      return
    }
    for (name, count) in counts where count > 0 || name == "read" {
      try session.output.print("\(name)\t\(count)\n")
    }
    for skip in report.skipped {
      session.output.remark("line \(skip.line): \(skip.reason)")
    }
  }
}
