// SPDX-License-Identifier: MIT

/// When to call a peer again: at once when something is new, after a while when nothing is, and
/// ever later while it can't be reached. Pure: time goes by in the driver.
public struct PeerSchedule: Hashable, Sendable {
  /// Failures in a row.
  public private(set) var failures = 0

  /// The first pause after a failure, milliseconds.
  public static let firstPause = 200
  /// The longest pause after failures, milliseconds.
  public static let longestPause = 60_000
  /// The pause between two calls when nothing happens, milliseconds: a lost notice heals itself.
  public static let idlePause = 30_000

  /// A peer that has not been called.
  public init() {}

  /// Notes that an exchange came to its end.
  public mutating func succeeded() { failures = 0 }

  /// Notes that one did not.
  public mutating func failed() { failures += 1 }

  /// How long to wait before the next call, milliseconds, when nothing new happens.
  ///
  /// After failures the pause is drawn between half and all of a bound that doubles, so that a
  /// hundred machines that lost one peer don't all come back at once (Brooker, "Exponential Backoff
  /// And Jitter", 2015).
  public func pause(random: UInt64) -> Int {
    guard failures > 0 else { return Self.idlePause }
    let bound = min(Self.longestPause, Self.firstPause << min(failures - 1, 16))
    return bound / 2 + Int(random % UInt64(bound / 2 + 1))
  }
}
