// SPDX-License-Identifier: MIT

import Glibc

/// Shows output page by page, when a person looks on and it is longer than the screen.
///
/// `$PAGER` is used as it stands, by the shell; empty or `cat` means none. Without it, `less` if
/// there is one. `LESS=FRX` is set unless the user has set `LESS`, so that colours come through, a
/// short text isn't paged, and it stays on the screen afterwards.
public struct Pager: Sendable, Equatable {
  /// The shell command.
  public let command: String
  private let environment: [String: String]

  static let lessOptions = "FRX"

  /// The pager that the environment asks for; `nil` for none.
  ///
  /// - Parameters:
  ///   - environment: the process's variables; the pager gets them, too.
  ///   - isInstalled: whether a program is on the path; by default the real one.
  public init?(
    environment: [String: String], isInstalled: ((_ program: String) -> Bool)? = nil
  ) {
    let chosen = environment["PAGER"].map { $0.split(separator: " ").joined(separator: " ") }
    switch chosen {
    case "", "cat": return nil
    case let chosen?: command = chosen
    case nil:
      let path = environment["PATH"] ?? "/usr/bin:/bin"
      let isInstalled = isInstalled ?? { SystemCalls.isOnPath($0, path: path) }
      guard isInstalled("less") else { return nil }
      command = "less -" + Self.lessOptions
    }
    var environment = environment
    if environment["LESS"] == nil { environment["LESS"] = Self.lessOptions }
    self.environment = environment
  }

  /// Whether output is to be paged: on a terminal that can redraw, when it is longer than the
  /// screen less one row for the prompt.
  public static func isWanted(for output: String, on facts: TerminalFacts) -> Bool {
    guard facts.isTerminal, facts.canRedraw else { return false }
    return rows(of: output, width: facts.width, upTo: facts.height) >= facts.height
  }

  /// How many rows of a screen output takes, lines that are wider than it counted as they wrap;
  /// stops counting at a limit.
  static func rows(of output: String, width: Int, upTo limit: Int) -> Int {
    var rows = 0
    var rest = output[...]
    while !rest.isEmpty, rows < limit {
      let end = rest.firstIndex(where: \.isNewline) ?? rest.endIndex
      let cells = CellWidth.of(withoutStyles(rest[..<end]))
      rows += max(1, (cells + width - 1) / width)
      rest = end < rest.endIndex ? rest[rest.index(after: end)...] : ""
    }
    return rows
  }

  /// Without the SGR sequences that ``TerminalStyle`` puts in.
  static func withoutStyles(_ text: Substring) -> String {
    var result = String.UnicodeScalarView()
    var isInside = false
    for scalar in text.unicodeScalars {
      if scalar == "\u{1B}" {
        isInside = true
      } else if isInside {
        if scalar == "m" { isInside = false }
      } else {
        result.append(scalar)
      }
    }
    return String(result)
  }
}

extension Pager {
  /// Writes output to standard output, through a pager when that is wanted and there is one.
  ///
  /// Blocks until the pager has ended. A pager that the user leaves early is
  /// ``OutputResult/brokenPipe``, which is no error. When it can't be started, the output is
  /// written as it is.
  public static func show(
    _ output: String, facts: TerminalFacts, environment: [String: String]
  ) -> OutputResult {
    let pager = isWanted(for: output, on: facts) ? Pager(environment: environment) : nil
    return pager?.page(output) ?? OutputFile.standardOutput.write(output)
  }

  /// Runs the pager on the output; `nil` when it can't be started.
  func page(_ output: String) -> OutputResult? {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { return nil }
    // The pager must not hold the writing end, or it would never see the end of the text.
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    var result: OutputResult?
    let shell = ShellCommand(command, environment: environment)
    let ending = shell.run(reading: ends[0]) {
      // Nor may this process hold the reading end, or it would never see the pager go.
      close(ends[0])
      result = OutputFile(descriptor: ends[1]).write(output)
      close(ends[1])
    }
    switch ending {
    case nil:
      for end in ends { close(end) }
      return nil
    // The shell answers so when it couldn't start the command; then nothing was shown.
    case .exited(126), .exited(127): return nil
    default: return result
    }
  }
}
