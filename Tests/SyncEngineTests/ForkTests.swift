// SPDX-License-Identifier: MIT

import Merge
import SyncEngine
import TestSupport
import Testing

@testable import Store

/// A writer whose store was set back and wrote on has two histories: both are kept, everywhere.
@Suite struct ForkTests {
  /// Two empty stores that know each other.
  private func two() throws -> (Scratch, Store, Store, Bytes16) {
    let scratch = try Scratch()
    let (left, right) = (try scratch.store("a", seed: 1), try scratch.store("b", seed: 2))
    return (scratch, left, right, try pair(left, right))
  }

  @Test("two first changes under one name are kept as two writers, and told once")
  func fork() async throws {
    let (_, left, right, id) = try two()
    var (one, other) = (RawWriter(1), RawWriter(1))
    #expect(try left.merge([one.title("left"), one.title("left too")]).merged == 2)
    #expect(try right.merge([other.title("right"), other.title("right too")]).merged == 2)
    try left.add("The river rose at night.")
    try right.add("Bread is flour and water.")
    var report = try await exchange(left, with: right, as: id)
    #expect(report.forked == [one.writer])
    #expect(report.inStep)
    #expect(report.refusedByUs == [])
    #expect(report.refusedByPeer == [])
    report = try await exchange(left, with: right, as: id)
    #expect(report.forked == [])
    #expect(report.inStep)
    #expect(report.rounds == 1)
    #expect(try left.version.total == 6)
    #expect(try left.status().articles == 3)
    #expect(try left.status().forks == 1)
    #expect(try left.doctor().forks == 1)
    try expectInStep([left, right])
  }

  @Test(
    "a fork far back is found in a few round trips, whoever calls and whoever is longer",
    arguments: [(300, 2, 2), (300, 250, 3), (300, 3, 250), (1, 40, 40), (64, 1, 0)])
  func farBack(common: Int, mine: Int, theirs: Int) async throws {
    for turned in [false, true] {
      let (_, left, right, id) = try two()
      var one = RawWriter(1)
      let shared = one.titles(common)
      var other = one
      try left.mergeAll(shared + (0..<mine).map { one.title("mine \($0)") })
      try right.mergeAll(shared + (0..<theirs).map { other.title("theirs \($0)") })
      let transport = MemoryTransport(to: turned ? left : right, as: id)
      let report = try await exchange(
        turned ? right : left, with: turned ? left : right, as: id, transport: transport)
      #expect(report.inStep)
      #expect(report.rounds <= 3)
      #expect(report.refusedByUs == [])
      #expect(report.refusedByPeer == [])
      #expect(report.forked == (theirs == 0 ? [] : [one.writer]))
      #expect(try left.version.total == UInt64(common + mine + theirs))
      try expectInStep([left, right])
    }
  }

  @Test("a forked writer with more than a message of changes comes whole, and so do the others")
  func large() async throws {
    let (_, left, right, id) = try two()
    let long = String(repeating: "x", count: 900_000)
    var (one, other) = (RawWriter(1), RawWriter(1))
    let mine = [one.title("l")] + (0..<8).map { one.title("\($0)\(long)") }
    #expect(try left.merge(mine).merged == 9)
    #expect(try right.merge([other.title("r")]).merged == 1)
    var others = (RawWriter(2), RawWriter(3))
    #expect(try left.merge(others.0.titles(12)).merged == 12)
    #expect(try right.merge(others.1.titles(12)).merged == 12)
    let report = try await exchange(left, with: right, as: id)
    #expect(report.inStep)
    #expect(try left.version.total == 34)
    try expectInStep([left, right])
  }

  @Test("one who may only read gets both branches, and gives none")
  func reader() async throws {
    let scratch = try Scratch()
    let (left, right) = (try scratch.store("a", seed: 1), try scratch.store("b", seed: 2))
    let id = try pair(left, right, role: .read)
    var one = RawWriter(1)
    let shared = one.titles(3)
    var other = one
    try left.mergeAll(shared + [one.title("mine")])
    try right.mergeAll(shared + [other.title("theirs"), other.title("theirs too")])
    for _ in 0..<2 {
      let report = try await exchange(right, with: left, as: id)
      #expect(report.rounds <= 3)
      #expect(!report.refusedByPeer.isEmpty)
    }
    #expect(try left.status().forks == 0)
    #expect(try left.version.total == 4)
    #expect(try right.status().forks == 1)
    #expect(try right.version.total == 6)
    _ = try await exchange(left, with: right, as: id)
    #expect(try left.version.total == 4)
  }

  @Test("branches beyond the bound are refused, and the rest goes on")
  func tooMany() async throws {
    let (_, left, right, id) = try two()
    var changes: [EncodedChange] = []
    for number in 0..<80 {
      var raw = RawWriter(1)
      var change = raw.title("branch \(number)")
      change.line = number
      changes.append(change)
    }
    let report = try left.merge(changes)
    #expect(report.merged >= 60)
    #expect(report.refusals.count == 80 - report.merged)
    #expect(report.refusals.first?.reason.contains("branches of one writer") == true)
    #expect(try left.doctor().problems == [])
    #expect(try await exchange(right, with: left, as: id).inStep)
    try expectInStep([left, right])
  }

  @Test("more forks than one message may bring come with the next ones, in one exchange")
  func manyForks() async throws {
    let (_, left, right, id) = try two()
    for number in 1...20 as ClosedRange<UInt64> {
      var one = RawWriter(number)
      let shared = one.titles(2)
      var other = one
      try left.mergeAll(shared + [one.title("mine")])
      try right.mergeAll(shared + [other.title("theirs")])
    }
    let report = try await exchange(left, with: right, as: id)
    #expect(report.inStep)
    #expect(report.refusedByUs == [])
    #expect(report.refusedByPeer == [])
    #expect(report.forked.count == 20)
    #expect(try left.status().forks == 20)
    try expectInStep([left, right])
  }

  @Test("a change that was written on a branch comes after it, whoever brings it")
  func dependents() async throws {
    let scratch = try Scratch()
    let stores = try (0..<3).map { try scratch.store("s\($0)", seed: UInt64($0) + 1) }
    let ids = [
      try pair(stores[0], stores[1]), try pair(stores[0], stores[2]),
      try pair(stores[1], stores[2]),
    ]
    var one = RawWriter(1)
    let shared = one.titles(2)
    var other = one
    // The first holds one branch, the second another on which it wrote, the third builds on that.
    try stores[0].mergeAll(shared + [one.title("mine")])
    try stores[1].mergeAll(shared + [other.title("theirs"), other.title("theirs too")])
    let article = try #require(try stores[1].articleOf(one))
    try stores[1].set([(.title, .text("read"))], of: article, action: "title")
    #expect(try await exchange(stores[2], with: stores[1], as: ids[2]).inStep)
    try stores[2].note(article, "a note on the second branch")
    let report = try await exchange(stores[2], with: stores[0], as: ids[1])
    #expect(report.inStep)
    #expect(report.refusedByPeer == [])
    #expect(report.refusedByUs == [])
    #expect(report.forked == [one.writer])
    #expect(try await exchange(stores[0], with: stores[1], as: ids[0]).inStep)
    try expectInStep(stores)
    #expect(try stores[1].status().forks == 1)
  }
}

extension Store {
  /// Merges all of these, none of which may be refused.
  func mergeAll(_ changes: [EncodedChange]) throws {
    let report = try merge(changes)
    #expect(report.merged == changes.count)
    #expect(report.refusals == [])
  }

  /// The article that a writer of titles writes of.
  func articleOf(_ raw: RawWriter) throws -> EntityID? {
    var found: EntityID?
    try canonicalItems { item in
      if case .entity(let id, _) = item, id.raw == Bytes16(high: 1, low: raw.writer.raw.low) {
        found = id
      }
    }
    return found
  }
}
