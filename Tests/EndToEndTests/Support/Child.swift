// SPDX-License-Identifier: MIT

import Foundation
import TestSupport

/// A process that a test started: in a process group of its own, with no signal blocked, its
/// standard streams in files.
///
/// The tests' threads block signals, and a child would inherit that: a daemon that can't be told to
/// stop. So the mask is reset by `posix_spawn`.
final class Child {
  /// What to call it in messages.
  let command: String
  let pid: pid_t
  private(set) var code: Int32?

  /// How long to look away between two looks at a running process, microseconds.
  private static let pause: UInt32 = 2_000

  /// Starts `program`; a path given for a stream is the file that it reads or appends to.
  init(
    _ program: String, _ arguments: [String], environment: [String: String], directory: String,
    input: String = "/dev/null", output: String, error: String
  ) throws {
    command = ([program] + arguments).joined(separator: " ")
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    let flags = O_WRONLY | O_CREAT | O_APPEND
    posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, output, flags, 0o600)
    posix_spawn_file_actions_addopen(&actions, 2, error, flags, 0o600)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    var all = sigset_t()
    sigemptyset(&all)
    for signal in [SIGTERM, SIGINT, SIGHUP, SIGPIPE, SIGUSR1, SIGUSR2] { sigaddset(&all, signal) }
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setpgroup(&attributes, 0)
    let wanted = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP
    posix_spawnattr_setflags(&attributes, Int16(wanted))
    // `env -C` changes the directory and becomes the program: the same process.
    let words = (["env", "-C", directory, program] + arguments).map { strdup($0) }
    let variables = environment.merging(Programs.sanitizers) { own, _ in own }
      .map { strdup("\($0.key)=\($0.value)") }
    defer { for text in words + variables { free(text) } }
    var pid: pid_t = 0
    let failed = posix_spawn(
      &pid, "/usr/bin/env", &actions, &attributes, words + [nil], variables + [nil])
    guard failed == 0 else {
      throw Trouble("can't start \(command): \(String(cString: strerror(failed)))")
    }
    self.pid = pid
  }

  /// Whether it runs still.
  var isRunning: Bool {
    if code != nil { return false }
    var status: Int32 = 0
    guard waitpid(pid, &status, WNOHANG) == pid else { return true }
    code = status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F)
    return false
  }

  /// Waits until it ends; nil when it takes longer, or `Sanitizer.patience` times as long.
  func wait(seconds: Double) -> Int32? {
    let end = Moment.now + seconds * Sanitizer.patience
    while isRunning {
      guard Moment.now < end else { return nil }
      usleep(Self.pause)
    }
    return code
  }

  /// Sends it a signal.
  func signal(_ signal: Int32) {
    if isRunning { kill(pid, signal) }
  }

  /// Ends it, and whatever it started, at once.
  func end() {
    if isRunning {
      kill(-pid, SIGKILL)
      _ = wait(seconds: 10)
    } else {
      // It is gone, and something that it started may not be.
      kill(-pid, SIGKILL)
    }
  }
}

/// Time that only goes forward, seconds.
enum Moment {
  static var now: Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }

  /// Waits until `condition` holds; false when it takes longer, or `Sanitizer.patience`
  /// times as long.
  static func wait(
    seconds: Double, every pause: Double = 0.01, until condition: () throws -> Bool
  ) rethrows -> Bool {
    let end = now + seconds * Sanitizer.patience
    while try !condition() {
      guard now < end else { return false }
      usleep(UInt32(pause * 1e6))
    }
    return true
  }
}
