// SPDX-License-Identifier: MIT

import Dispatch

/// Work that another thread does while this one goes on, and what comes of it.
///
/// `@unchecked Sendable`: the result is written once, before `done` is signalled, and read only
/// after `done` was waited for.
final class BackgroundWork<Value: Sendable>: @unchecked Sendable {
  private var result: Value?
  private let done = DispatchSemaphore(value: 0)

  /// Begins.
  init(_ work: @escaping @Sendable () -> Value) {
    DispatchQueue.global().async { [self] in
      result = work()
      done.signal()
    }
  }

  /// Waits for the result. To be called once.
  func take() -> Value? {
    done.wait()
    return result
  }
}

/// What is worth a thread.
enum BackgroundLimits {
  /// Bytes of a body from which on a thread is worth its while.
  static let bytesMin = 32 << 10
}
