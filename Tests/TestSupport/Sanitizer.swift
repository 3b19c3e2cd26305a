// SPDX-License-Identifier: MIT

import Foundation

/// The sanitizer that the tests were built with. Everything takes several times longer under one,
/// and a bound on time that doesn't know it would measure that.
public enum Sanitizer {
  /// What `scripts/test --sanitize=…` says in `POSTIL_SANITIZER`.
  private static let kind = ProcessInfo.processInfo.environment["POSTIL_SANITIZER"]

  /// By how much a bound on time is multiplied; 1 without a sanitizer.
  public static let patience: Double =
    switch kind {
    case "thread": 5
    case "address": 3
    default: 1
    }

  /// How many of `count` seeds a computation in a single thread is tried with: a tenth under the
  /// thread sanitizer, which has nothing to find there, and else all.
  public static func seeds(_ count: UInt64) -> UInt64 {
    kind == "thread" ? max(1, count / 10) : count
  }
}
