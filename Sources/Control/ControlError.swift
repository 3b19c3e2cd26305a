// SPDX-License-Identifier: MIT

/// Why a command could not talk to the daemon.
public enum ControlError: Error, Hashable, Sendable {
  /// No daemon listens on the store's socket.
  case noDaemon
  /// A system call failed: what was tried, and the system's reason.
  case system(doing: String, reason: String)
  /// The program that would do the work isn't where it should be.
  case programMissing(String)
}
