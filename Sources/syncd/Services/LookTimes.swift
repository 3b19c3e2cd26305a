// SPDX-License-Identifier: MIT

/// When a service looks at the peers anew: at every notice and every commit, since peers also come
/// and go by commands that don't reach the daemon; and after a while without either, for a look
/// that failed.
struct LookTimes: Sendable {
  let news: Broadcast
  let commits: Broadcast

  private static let pause = Duration.seconds(30)

  /// An element for each time from now on: nothing is missed, whatever is looked at first.
  func begin(in group: inout ThrowingDiscardingTaskGroup<any Error>) -> AsyncStream<Void> {
    let (looks, look) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    for told in [news.listen(), commits.listen()] {
      group.addTask { for await _ in told { look.yield() } }
    }
    group.addTask {
      while true {
        try await Task.sleep(for: Self.pause, tolerance: .seconds(5))
        look.yield()
      }
    }
    return looks
  }
}
