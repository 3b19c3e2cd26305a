// SPDX-License-Identifier: MIT

import Terminal

/// Long work, with a progress line on standard error.
enum Reporting {
  /// Runs `body`, which tells how much is done of how much.
  static func progress<Result>(
    _ label: String, _ body: (@escaping (Int, Int) -> Void) throws -> Result
  ) throws -> Result {
    let facts = TerminalFacts.detect(environment: Process.environment, descriptor: 2)
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
