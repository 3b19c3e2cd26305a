// SPDX-License-Identifier: MIT

import Glibc

/// A command that the user chose, `$PAGER` or `$EDITOR`, run by the shell on the user's terminal.
///
/// Both get the keyboard's interrupt, the command and we who wait for it. It is meant for the
/// command, which may well stay; so this process ignores it as long.
public struct ShellCommand: Sendable {
  /// How a command ended.
  public enum Ending: Sendable, Equatable {
    /// By itself, with this exit code; 126 and 127 are the shell's, when there is no such command.
    case exited(Int32)
    /// By a signal.
    case killed(Int32)
  }

  private let words: [String]
  private let environment: [String: String]

  /// Signals that are ignored here meanwhile, and are as by default in the command.
  private static let signals = [SIGINT, SIGQUIT, SIGPIPE]

  /// - Parameters:
  ///   - line: what the shell is told, as it stands.
  ///   - arguments: its `$1`, `$2` …
  ///   - environment: all variables that it gets.
  public init(_ line: String, arguments: [String] = [], environment: [String: String]) {
    words = ["sh", "-c", line, "sh"] + arguments
    self.environment = environment
  }

  /// Starts the command, does `work`, and waits until the command has ended; nil, and `work` not
  /// done, when it can't be started.
  ///
  /// - Parameter input: what the command reads as its standard input, if not this process's.
  public func run(reading input: Int32? = nil, while work: () -> Void = {}) -> Ending? {
    // Before it is started: else one that interrupts at once would end this process.
    let former = Self.signals.map { ($0, signal($0, SIG_IGN)) }
    defer { for (number, handler) in former { signal(number, handler) } }
    guard let process = spawn(reading: input) else { return nil }
    work()
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0, errno == EINTR {}
    return status & 0x7F == 0 ? .exited((status >> 8) & 0xFF) : .killed(status & 0x7F)
  }

  /// Starts the shell, its signals as they are by default.
  private func spawn(reading input: Int32?) -> pid_t? {
    var actions = posix_spawn_file_actions_t()
    var attributes = posix_spawnattr_t()
    guard posix_spawn_file_actions_init(&actions) == 0 else { return nil }
    defer { posix_spawn_file_actions_destroy(&actions) }
    guard posix_spawnattr_init(&attributes) == 0 else { return nil }
    defer { posix_spawnattr_destroy(&attributes) }
    var defaults = sigset_t()
    sigemptyset(&defaults)
    for number in Self.signals { sigaddset(&defaults, number) }
    posix_spawnattr_setsigdefault(&attributes, &defaults)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF))
    if let input { posix_spawn_file_actions_adddup2(&actions, input, 0) }

    let variables = environment.map { "\($0.key)=\($0.value)" }
    var process: pid_t = 0
    let result = Self.withCStrings(words) { words in
      Self.withCStrings(variables) { variables in
        posix_spawn(&process, "/bin/sh", &actions, &attributes, words, variables)
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
