// SPDX-License-Identifier: MIT

/// Shows a ``ProgressLine`` on standard error.
///
/// The clock is handed in; by default it is the system's monotonic one. Use from one task, or hand
/// it over as it is: it is not safe to share. Ends itself, so that no line is left behind.
public struct ProgressReporter: ~Copyable {
  private var line: ProgressLine
  private let clock: @Sendable () -> Int64
  private let output: @Sendable (String) -> Void

  /// - Parameters:
  ///   - label: what is being done, in a word: `importing`.
  ///   - total: how much there is to do, when that is known.
  ///   - mode: how it is shown.
  ///   - clock: milliseconds that never go back.
  ///   - output: where text goes.
  public init(
    label: String, total: Int? = nil, mode: ProgressLine.Mode,
    clock: @escaping @Sendable () -> Int64 = { SystemClock.monotonicMilliseconds() },
    output: @escaping @Sendable (String) -> Void = { _ = OutputFile.standardError.write($0) }
  ) {
    self.clock = clock
    self.output = output
    line = ProgressLine(label: label, total: total, mode: mode, start: clock())
  }

  deinit {
    var line = line
    if let text = line.finish(at: clock()) { output(text) }
  }

  /// Tells how much is done by now; cheap enough for every item.
  public mutating func update(done: Int, total: Int? = nil) {
    if let text = line.update(done: done, total: total, at: clock()) { output(text) }
  }

  /// Clears the line, before something else is written.
  public mutating func finish() {
    if let text = line.finish(at: clock()) { output(text) }
  }
}

/// The system's clocks, for the shell to hand in.
public enum SystemClock {
  /// Milliseconds on a clock that never goes back.
  public static func monotonicMilliseconds() -> Int64 { SystemCalls.monotonicMilliseconds() }
}
