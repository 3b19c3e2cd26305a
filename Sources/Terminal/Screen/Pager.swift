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
    let process = spawn(reading: ends[0])
    close(ends[0])
    guard let process else {
      close(ends[1])
      return nil
    }
    // An interrupt from the keyboard is for the pager, which stays; so must its writer.
    let interrupt = signal(SIGINT, SIG_IGN)
    let quit = signal(SIGQUIT, SIG_IGN)
    let pipeSignal = signal(SIGPIPE, SIG_IGN)
    defer {
      signal(SIGINT, interrupt)
      signal(SIGQUIT, quit)
      signal(SIGPIPE, pipeSignal)
    }
    let result = OutputFile(descriptor: ends[1]).write(output)
    close(ends[1])
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0, errno == EINTR {}
    // The shell answers 126 or 127 when it couldn't start the command; then nothing was shown.
    let exitCode = status & 0x7F == 0 ? (status >> 8) & 0xFF : 0
    return exitCode == 126 || exitCode == 127 ? nil : result
  }

  /// Starts the shell with the pager's command, its signals as they are by default.
  private func spawn(reading input: Int32) -> pid_t? {
    var actions = posix_spawn_file_actions_t()
    var attributes = posix_spawnattr_t()
    guard posix_spawn_file_actions_init(&actions) == 0 else { return nil }
    defer { posix_spawn_file_actions_destroy(&actions) }
    guard posix_spawnattr_init(&attributes) == 0 else { return nil }
    defer { posix_spawnattr_destroy(&attributes) }
    var defaults = sigset_t()
    sigemptyset(&defaults)
    sigaddset(&defaults, SIGPIPE)
    posix_spawnattr_setsigdefault(&attributes, &defaults)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF))
    posix_spawn_file_actions_adddup2(&actions, input, 0)

    let variables = environment.map { "\($0.key)=\($0.value)" }
    var process: pid_t = 0
    let result = Self.withCStrings(["sh", "-c", command]) { arguments in
      Self.withCStrings(variables) { variables in
        posix_spawn(&process, "/bin/sh", &actions, &attributes, arguments, variables)
      }
    }
    return result == 0 ? process : nil
  }

  /// Calls `body` with a null-terminated array of C strings, good for the call alone.
  private static func withCStrings<Result>(
    _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
  ) -> Result {
    let pointers = strings.map { strdup($0) }
    defer { pointers.forEach { free($0) } }
    return body(pointers + [nil])
  }
}
