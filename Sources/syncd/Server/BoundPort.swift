// SPDX-License-Identifier: MIT

/// The port that a listener got, for those who must wait until it has one.
struct BoundPort: Sendable {
  private let ports: AsyncStream<Int>
  private let port: AsyncStream<Int>.Continuation

  init() {
    (ports, port) = AsyncStream.makeStream(of: Int.self, bufferingPolicy: .bufferingNewest(1))
  }

  /// Says which it is.
  func set(_ number: Int) {
    port.yield(number)
    port.finish()
  }

  /// The port, once it is known; nil when the task is cancelled before. Asked for once.
  var value: Int? {
    get async {
      for await number in ports { return number }
      return nil
    }
  }
}
