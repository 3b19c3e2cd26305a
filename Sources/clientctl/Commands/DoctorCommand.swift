// SPDX-License-Identifier: MIT

import ArgumentParser
import Host
import Store
import Terminal

/// Verifies the store, mends what follows from the log, and rescues what is left of a damaged one.
struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Verify the log, the state against the log, the texts, and SQLite's file.",
    discussion: """
      EXAMPLES
        clientctl doctor
        clientctl doctor --fast         about a second, however large the library
        clientctl doctor --rebuild      make state and indexes anew from the log, then verify
        clientctl doctor --salvage      from a damaged store, make a sound one in its place
        clientctl doctor --salvage --into ~/rescued
      """)

  @Flag(help: "Look only at what was written last, and at what goes wrong first.")
  var fast = false

  @Flag(help: "Make the state and the indexes anew from the log first.")
  var rebuild = false

  @Flag(help: "Make a new store from everything that can be read; the damaged one is kept.")
  var salvage = false

  @Option(
    help: ArgumentHelp(
      "With --salvage: leave the damaged store where it is, and make the new one here.",
      valueName: "dir"),
    completion: .directory)
  var into: String?

  @OptionGroup var options: GlobalOptions

  func validate() throws {
    if into != nil && !salvage { throw ValidationError("--into goes with --salvage") }
    if salvage && (fast || rebuild) {
      throw ValidationError("--salvage goes with neither --fast nor --rebuild")
    }
  }

  func run() throws {
    if salvage { return try Salvaging(options: options, into: into).run() }
    // Opening the store shuts its directory: who may look in there is asked before.
    let open = options.directory.permissionProblems()
    let session = try options.open()
    if rebuild {
      try Reporting.progress("rebuilding") { progress in
        try session.store.rebuild(progress: progress)
      }
      session.notice()
    }
    var report = try Reporting.progress("verifying") { progress in
      let aside =
        session.store.whyUnwritable == nil ? nil : Process.environment["TMPDIR"] ?? "/var/tmp"
      return try session.store.doctor(fast: fast, aside: aside, progress: progress)
    }
    report.problems = open + report.problems
    try print(report, session.output)
    if !report.problems.isEmpty { throw Failure(.internal, "the store has problems") }
  }

  private func print(_ report: DoctorReport, _ output: Output) throws {
    if output.isJSON {
      var object = JSONObject()
      object.put("ok", report.problems.isEmpty)
      object.put("fast", fast)
      object.put("rebuilt", rebuild)
      object.put("changes", report.changes)
      object.put("entities", report.entities)
      object.put("texts", report.texts)
      if !fast { object.put("words", report.words) }
      if report.forks > 0 { object.put("forks", report.forks) }
      object.put("sqlite", report.sqliteVersion)
      object.put("walGuard", true)
      object.put("walGuardNeeded", report.isGuardNeeded)
      object.put("problems", .array(report.problems.map { .string($0) }))
      return try output.print(object)
    }
    var lines = [
      "SQLite \(report.sqliteVersion); every checkpoint is made under the store's lock"
        + (report.isGuardNeeded ? ", which this version needs (before 3.51.3)" : ""),
      "\(report.changes) changes verified",
    ]
    if fast {
      lines.append("\(report.entities) entities and \(report.texts) texts read; not the rest")
    } else {
      lines.append("\(report.entities) entities and \(report.words) words compared with the log")
      lines.append("\(report.texts) texts verified")
    }
    if report.forks > 0 {
      lines.append("\(report.forks) forks of a writer's history; all branches are kept")
    }
    lines += report.problems.map { "problem: \($0)" }
    lines.append(report.problems.isEmpty ? "all is well" : "\(report.problems.count) problems")
    try output.print(lines.map { DisplayText.escaped($0) + "\n" }.joined())
  }
}
