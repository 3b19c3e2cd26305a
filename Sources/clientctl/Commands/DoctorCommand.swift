// SPDX-License-Identifier: MIT

import ArgumentParser
import Host
import Store
import Terminal

/// Verifies the store.
struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Verify the log, the state against the log, the texts, and SQLite's file.",
    discussion: """
      EXAMPLES
        clientctl doctor
        clientctl doctor --fast
        clientctl doctor --rebuild      make state and indexes anew from the log, then verify
      """)

  @Flag(help: "Leave out what takes long: the replay of the log, and the texts.")
  var fast = false

  @Flag(help: "Make the state and the indexes anew from the log first.")
  var rebuild = false

  @OptionGroup var options: GlobalOptions

  func run() throws {
    let session = try options.open()
    let facts = TerminalFacts.detect(environment: Process.environment, descriptor: 2)
    if rebuild {
      try Self.reporting("rebuilding", facts) { progress in
        try session.store.rebuild(progress: progress)
      }
      session.notice()
    }
    let report = try Self.reporting("verifying", facts) { progress in
      try session.store.doctor(fast: fast, progress: progress)
    }
    var object = JSONObject()
    object.put("ok", report.problems.isEmpty)
    object.put("rebuilt", rebuild)
    object.put("changes", report.changes)
    object.put("entities", report.entities)
    object.put("texts", report.texts)
    if report.forks > 0 { object.put("forks", report.forks) }
    object.put("sqlite", report.sqliteVersion)
    object.put("problems", .array(report.problems.map { .string($0) }))
    if session.output.isJSON {
      try session.output.print(object)
    } else {
      var lines = [
        "SQLite \(report.sqliteVersion)", "\(report.changes) changes verified",
      ]
      if !fast {
        lines.append("\(report.entities) entities compared with the log")
        lines.append("\(report.texts) texts verified")
      }
      if report.forks > 0 {
        lines.append("\(report.forks) forks of a writer's history; all branches are kept")
      }
      lines += report.problems.map { "problem: \($0)" }
      lines.append(report.problems.isEmpty ? "all is well" : "\(report.problems.count) problems")
      try session.output.print(lines.map { DisplayText.escaped($0) + "\n" }.joined())
    }
    if !report.problems.isEmpty { throw Failure(.internal, "the store has problems") }
  }

  private static func reporting<Result>(
    _ label: String, _ facts: TerminalFacts,
    _ body: (@escaping (Int, Int) -> Void) throws -> Result
  ) throws -> Result {
    let progress = SharedProgress(label, facts)
    defer { progress.finish() }
    return try body { progress.update($0, $1) }
  }
}

/// A progress line that a closure may hold.
final class SharedProgress {
  private var reporter: ProgressReporter

  init(_ label: String, _ facts: TerminalFacts) {
    reporter = ProgressReporter(label: label, mode: .init(facts))
  }

  func update(_ done: Int, _ total: Int?) { reporter.update(done: done, total: total) }

  func finish() { reporter.finish() }
}
