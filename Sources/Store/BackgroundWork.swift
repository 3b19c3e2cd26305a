// SPDX-License-Identifier: MIT

import Dispatch
import Synchronization

/// Work that another thread does while this one goes on, and what comes of it.
final class BackgroundWork<Value: Sendable>: Sendable {
  private let result = Mutex<Value?>(nil)
  private let done = DispatchSemaphore(value: 0)

  /// Begins, on a thread that waits for no other work: the global queues have one a processor, and
  /// whoever blocks there keeps it.
  init(_ work: @escaping @Sendable () -> Value) {
    DispatchQueue(label: "postil.background").async { [self] in
      let value = work()
      result.withLock { $0 = value }
      done.signal()
    }
  }

  /// Waits for the result. To be called once.
  func take() -> Value? {
    done.wait()
    return result.withLock { $0 }
  }
}

/// What is worth a thread.
enum BackgroundLimits {
  /// Bytes of a body from which on a thread is worth its while.
  static let bytesMin = 32 << 10
}
