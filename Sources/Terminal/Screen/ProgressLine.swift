// SPDX-License-Identifier: MIT

/// What to write to standard error while long work goes on: done, total, rate, time left.
///
///     importing  12,345/100,000  12%  4,120/s  21 s left
///
/// A value without clock or file: it is told the time, and answers with the text to write, if
/// there is any to be written. ``ProgressReporter`` is its shell.
public struct ProgressLine: Sendable {
  /// How progress is shown.
  public enum Mode: Sendable, Equatable {
    /// One line that is drawn over itself, and cleared at the end.
    case redrawn(width: Int)
    /// A line every few seconds: for a log.
    case lines
    /// Not at all.
    case silent

    /// The mode for where it goes: drawn on a terminal; elsewhere lines, if `--progress` asks.
    public init(_ facts: TerminalFacts, isAskedFor: Bool = false) {
      if facts.canRedraw {
        self = .redrawn(width: facts.width)
      } else {
        self = facts.isTerminal || isAskedFor ? .lines : .silent
      }
    }
  }

  /// Work that is done sooner shows nothing.
  public static let patienceMilliseconds: Int64 = 300
  /// A line is redrawn ten times a second at most.
  public static let redrawMilliseconds: Int64 = 100
  /// A log gets a line every five seconds at most.
  public static let lineMilliseconds: Int64 = 5000
  /// How long the rate remembers.
  static let rateMemoryMilliseconds: Int64 = 4000

  private let label: String
  private let mode: Mode
  private let start: Int64
  private var total: Int?
  private var done = 0
  private var lastDrawn: Int64?
  private var rate = Rate()

  /// - Parameters:
  ///   - label: what is being done, in a word: `importing`.
  ///   - total: how much there is to do, when that is known.
  ///   - mode: how it is shown.
  ///   - start: the present, in milliseconds on a clock that never goes back.
  public init(label: String, total: Int?, mode: Mode, start: Int64) {
    self.label = DisplayText.escaped(label)
    self.total = total
    self.mode = mode
    self.start = start
  }

  /// Tells how much is done by now; answers what is to be written, which mostly is nothing.
  public mutating func update(done: Int, total: Int? = nil, at now: Int64) -> String? {
    self.done = done
    self.total = total ?? self.total
    guard mode != .silent else { return nil }
    rate.add(done: done, at: now - start)
    let isDue =
      lastDrawn.map { now - $0 >= interval }
      ?? (now - start >= (mode == .lines ? interval : Self.patienceMilliseconds))
    guard isDue else { return nil }
    lastDrawn = now
    return drawn()
  }

  /// Ends it; answers what clears the line, or a last line for a log that has had others.
  public mutating func finish(at now: Int64) -> String? {
    guard lastDrawn != nil else { return nil }
    lastDrawn = nil
    switch mode {
    case .redrawn: return "\r\u{1B}[K"
    case .lines:
      let seconds = max(0, now - start) / 1000
      return "\(label)  \(counts)  done in \(Self.duration(seconds: seconds))\n"
    case .silent: return nil
    }
  }

  private var interval: Int64 {
    mode == .lines ? Self.lineMilliseconds : Self.redrawMilliseconds
  }

  private func drawn() -> String {
    switch mode {
    // One column is left free: some terminals wrap after the last.
    case .redrawn(let width): "\r" + TextLayout.truncated(text, to: width - 1) + "\u{1B}[K"
    case .lines: text + "\n"
    case .silent: ""
    }
  }

  private var counts: String {
    Self.grouped(done) + (total.map { "/" + Self.grouped($0) } ?? "")
  }

  /// The line's text.
  var text: String {
    var parts = [label, counts]
    if let total, total > 0 { parts.append("\(Self.percent(done, total))%") }
    if let perSecond = rate.perSecond {
      parts.append(Self.grouped(Int(min(perSecond, 1e15).rounded())) + "/s")
      if let total, total > done, perSecond > 0 {
        let seconds = ((Double(total) - Double(done)) / perSecond).rounded(.up)
        if seconds < 100 * 86_400 {
          parts.append(Self.duration(seconds: Int64(seconds)) + " left")
        }
      }
    }
    return parts.joined(separator: "  ")
  }

  /// Rounded down, so that 100 % means done.
  private static func percent(_ done: Int, _ total: Int) -> Int {
    Int(min(100, max(0, Double(done) * 100 / Double(total))))
  }
}

extension ProgressLine {
  /// `12,345`
  public static func grouped(_ number: Int) -> String {
    let digits = Array(String(number.magnitude))
    var text = number < 0 ? "-" : ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0 { text += "," }
      text.append(digit)
    }
    return text
  }

  /// `21 s`, `3 min`, `1 h 05 min`.
  public static func duration(seconds: Int64) -> String {
    if seconds < 60 { return "\(seconds) s" }
    if seconds < 3600 { return "\(seconds / 60) min" }
    return "\(seconds / 3600) h " + CivilDate.digits(seconds / 60 % 60, 2) + " min"
  }
}

/// How fast work goes, with what is long past forgotten little by little.
private struct Rate {
  private var last: (done: Int, time: Int64) = (0, 0)
  private(set) var perSecond: Double?

  /// Shorter stretches say nothing.
  private static let sampleMilliseconds: Int64 = 100

  mutating func add(done: Int, at time: Int64) {
    let elapsed = time - last.time
    guard elapsed >= Self.sampleMilliseconds else { return }
    let now = max(0, Double(done) - Double(last.done)) * 1000 / Double(elapsed)
    let weight = Double(elapsed) / Double(elapsed + ProgressLine.rateMemoryMilliseconds)
    perSecond = perSecond.map { $0 + weight * (now - $0) } ?? now
    last = (done, time)
  }
}
