// SPDX-License-Identifier: MIT

import SyncEngine
import Testing

@Suite("Counting tries")
struct TryLimiterTests {
  /// How many of these tries may be made.
  private func taken(
    _ limiter: inout TryLimiter, _ tries: [(place: String, at: Double)]
  ) -> Int {
    var count = 0
    for one in tries where limiter.take(one.place, at: one.at) { count += 1 }
    return count
  }

  @Test("five a minute from one place, and others aren't held back by it")
  func perPlace() {
    var limiter = TryLimiter()
    let five = (0..<5).map { ("a", Double($0)) }
    #expect(taken(&limiter, five) == 5)
    #expect(taken(&limiter, [("a", 5)]) == 0)
    #expect(taken(&limiter, [("b", 5)]) == 1)
    // The first try is forgotten after a minute, and only the first.
    #expect(taken(&limiter, [("a", 59.9)]) == 0)
    #expect(taken(&limiter, [("a", 60), ("a", 60)]) == 1)
    #expect(taken(&limiter, [("a", 61)]) == 1)
  }

  @Test("thirty a minute in all, wherever they come from")
  func inAll() {
    var limiter = TryLimiter()
    #expect(taken(&limiter, (0..<1_000).map { ("place \($0)", Double($0) / 100) }) == 30)
    #expect(taken(&limiter, [("another", 59)]) == 0)
    #expect(taken(&limiter, [("another", 61)]) == 1)
  }

  @Test("what succeeded is no try; giving back more than was taken changes nothing")
  func givingBack() {
    var limiter = TryLimiter()
    var count = 0
    for step in 0..<100 where limiter.take("a", at: Double(step) / 100) {
      limiter.giveBack("a")
      count += 1
    }
    #expect(count == 100)
    limiter.giveBack("a")
    limiter.giveBack("nobody")
    #expect(taken(&limiter, (0..<10).map { _ in ("a", 2) }) == 5)
  }
}
