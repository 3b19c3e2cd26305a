// SPDX-License-Identifier: MIT

import Dispatch

/// Makes values on a thread of its own, one ahead of who takes them: while one batch is written,
/// the next is read.
///
/// `next` is called on one thread at a time, in order, and never again after it answered nil or
/// threw. Whoever takes no more just lets go: a call that goes on then ends by itself, and its
/// value is nobody's.
///
/// `@unchecked Sendable`: `next` is called on `queue` alone, which is serial; `result` has one
/// owner at a time: the maker from `start` until it signals `made`, then the taker, who waited for
/// that, until it calls `start`; `isAtEnd` and `isMade` are the taker's, which is one thread by
/// contract.
final class Ahead<Value: Sendable>: @unchecked Sendable {
  private let next: () throws -> Value?
  private let queue = DispatchQueue(label: "postil.ahead")
  private let made = DispatchSemaphore(value: 0)
  private var result: Result<Value?, any Error> = .success(nil)
  private var isAtEnd = false
  /// Whether the taker has waited for `made` already.
  private var isMade = false

  /// Begins to make the first value. What `next` captures is the maker's from now on.
  init(_ next: @escaping () throws -> Value?) {
    self.next = next
    start()
  }

  /// The next value, nil at the end; begins to make the one after it.
  func take() throws -> Value? {
    if isAtEnd { return nil }
    if !isMade { made.wait() }
    isMade = false
    let result = result
    if case .success(.some) = result { start() } else { isAtEnd = true }
    return try result.get()
  }

  /// Whether `take` would answer at once: waits for that a moment, milliseconds.
  func isReady(within moment: Int) -> Bool {
    if isAtEnd || isMade { return true }
    isMade = made.wait(timeout: .now() + .milliseconds(moment)) == .success
    return isMade
  }

  private func start() {
    queue.async { [self] in
      result = Result { try next() }
      made.signal()
    }
  }
}
