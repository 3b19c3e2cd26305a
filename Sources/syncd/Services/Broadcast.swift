// SPDX-License-Identifier: MIT

import Synchronization

/// Tells everybody who listens that the store holds something new. Notices carry nothing, and many
/// that come at once are one: who hears looks for itself.
final class Broadcast: Sendable {
  private struct State {
    var next = 0
    var listeners: [Int: AsyncStream<Void>.Continuation] = [:]
    var isFinished = false
  }

  private let state = Mutex(State())

  /// Notices from now on, until the listener goes away or the broadcast ends.
  func listen() -> AsyncStream<Void> {
    let (stream, continuation) = AsyncStream.makeStream(
      of: Void.self, bufferingPolicy: .bufferingNewest(1))
    let number: Int? = state.withLock { state in
      if state.isFinished { return nil }
      state.next += 1
      state.listeners[state.next] = continuation
      return state.next
    }
    guard let number else {
      continuation.finish()
      return stream
    }
    continuation.onTermination = { [weak self] _ in
      _ = self?.state.withLock { $0.listeners.removeValue(forKey: number) }
    }
    return stream
  }

  /// Tells everybody.
  func notify() {
    let listeners = state.withLock { Array($0.listeners.values) }
    for listener in listeners { listener.yield() }
  }

  /// Ends every listener's stream.
  func finish() {
    let listeners = state.withLock { state in
      state.isFinished = true
      return Array(state.listeners.values)
    }
    for listener in listeners { listener.finish() }
  }

  /// How many listen.
  var count: Int { state.withLock { $0.listeners.count } }
}
