// SPDX-License-Identifier: MIT

import Foundation
import Merge
import TestSupport
import Testing

@testable import Store

/// Two histories of one writer in one store: what is cut, what it is called, and what is refused.
@Suite struct BranchTests {
  private static let zeros = [UInt8](repeating: 0, count: 32)

  /// The chain hash of the last of a writer's changes.
  private func hash(_ changes: [EncodedChange]) -> [UInt8] {
    changes.reduce(Self.zeros) {
      Chain.hash(after: $0, writer: $1.writer, sequence: $1.sequence, body: $1.body)
    }
  }

  /// Two branches after two common changes: three more on one, two on the other.
  private struct Fork {
    var (one, other) = (RawWriter(1), RawWriter(1))
    let common: [EncodedChange]
    let mine: [EncodedChange]
    let theirs: [EncodedChange]

    init() {
      common = [one.title("first"), one.title("second")]
      other = one
      mine = (0..<3).map { [one] index in
        var one = one
        for _ in 0..<index { _ = one.title("mine") }
        return one.title("mine")
      }
      theirs = [other.title("theirs"), other.title("theirs")]
      for _ in mine { _ = one.title("mine") }
    }
  }

  @Test("branches go by names that follow from their first changes, whichever came first")
  func names() throws {
    let scratch = try Scratch()
    let fork = Fork()
    let stores = try scratch.stores(2)
    #expect(try stores[0].merge(fork.common + fork.mine).refusals == [])
    #expect(try stores[0].merge(Array(marked(fork.theirs, after: fork.common))).merged == 2)
    #expect(try stores[1].merge(fork.common + fork.theirs).refusals == [])
    let report = try stores[1].merge(marked(fork.mine, after: fork.common))
    #expect(report.merged == 3)
    #expect(report.forked == [fork.one.writer])
    try expectSame(stores[0], stores[1])
    let names = [fork.mine, fork.theirs].map {
      Segment.name(root: fork.one.writer, first: hash(fork.common + $0.prefix(1)))
    }
    for store in stores {
      let version = try store.holdings().version
      #expect(version[fork.one.writer] == 2)
      #expect(names.map { version[$0] } == [3, 2])
      #expect(version.total == 7)
      #expect(try store.status().forks == 1)
      // Both last titles are there, as of two who wrote apart.
      #expect(try store.conflicts().count == 1)
      try expectSound(store)
    }
  }

  @Test("both branches in one message, one after the other or by turns, are kept")
  func oneMessage() throws {
    let scratch = try Scratch()
    let fork = Fork()
    let stores = try scratch.stores(2)
    let (mine, theirs) = (
      marked(fork.mine, after: fork.common), marked(fork.theirs, after: fork.common, line: 1)
    )
    #expect(try stores[0].merge(fork.common + mine + theirs).refusals == [])
    // Only a line's first says what it follows, as on the wire.
    var turns = fork.common
    for index in 0..<3 {
      for line in [theirs, mine] where index < line.count {
        turns.append(line[index])
        if index > 0 { turns[turns.count - 1].follows = nil }
      }
    }
    let report = try stores[1].merge(turns + turns)
    #expect(report.refusals == [])
    #expect(report.duplicates == turns.count)
    try expectSame(stores[0], stores[1])
    try expectSound(stores[1])
  }

  @Test("a change that says nothing of what it follows is refused where that is not plain")
  func unclear() throws {
    let scratch = try Scratch()
    let store = try scratch.store("a")
    let fork = Fork()
    _ = try store.merge(
      fork.common + marked(Array(fork.mine.prefix(1)), after: fork.common)
        + marked(Array(fork.theirs.prefix(1)), after: fork.common, line: 1))
    let report = try store.merge([fork.mine[1]])
    #expect(report.merged == 0)
    #expect(report.refusals.count == 1)
    // And one that follows what nobody wrote.
    var stray = fork.mine[1]
    stray.follows = [9, 9, 9, 9, 9, 9, 9, 9]
    #expect(try store.merge([stray]).refusals.first?.reason.contains("another history") == true)
    #expect(try store.doctor().problems == [])
  }

  @Test("a fork whose first change breaks a rule leaves the very bytes of every table")
  func refusedFork() throws {
    let scratch = try Scratch()
    let store = try scratch.store("a")
    let fork = Fork()
    _ = try store.merge(fork.common + fork.mine)
    let (before, terms) = (try store.dump(), try store.terms())
    var bad = RawWriter(1)
    _ = bad.title("first")
    _ = bad.title("second")
    let wrong = marked(
      [bad.change([Operation(.numbered(1), .title, removes: [bad.dot(9)], value: .text("x"))])],
      after: fork.common)
    let report = try store.merge(wrong)
    #expect(report.refusals.first?.reason.contains("can't have seen") == true)
    #expect(try store.dump() == before)
    #expect(try store.terms() == terms)
  }

  @Test("a transaction that is given up after a split leaves everything as it was")
  func interrupted() throws {
    let scratch = try Scratch()
    let store = try scratch.store("a")
    let fork = Fork()
    _ = try store.merge(fork.common + fork.mine)
    try store.add("The river rose at night.", tags: ["news"])
    let (before, terms) = (try store.dump(), try store.terms())
    struct Broken: Error {}
    #expect(throws: Broken.self) {
      try store.write { transaction in
        _ = try transaction.merge(marked(fork.theirs, after: fork.common), refused: [:])
        try transaction.finish()
        throw Broken()
      }
    }
    #expect(try store.dump() == before)
    #expect(try store.terms() == terms)
    #expect(try store.status().forks == 0)
    #expect(try store.merge(marked(fork.theirs, after: fork.common)).merged == 2)
    try expectSound(store)
  }

  @Test("who builds on one branch is not merged with the other, and is when both are there")
  func dependents() throws {
    let scratch = try Scratch()
    let store = try scratch.store("a")
    let fork = Fork()
    var after = RawWriter(3)
    let title = Operation(
      .numbered(1), .title, removes: [fork.one.dot(4)], value: .text("read"))
    let last = Chain.prefix(hash(fork.common + fork.theirs))
    let change = after.change(
      [title], lamport: 5, after: [.init(writer: fork.one.writer, count: 4, hash: last)])
    _ = try store.merge(fork.common + fork.mine)
    let report = try store.merge([change])
    #expect(report.merged == 0)
    #expect(report.refusals.first?.reason.contains("written twice") == true)
    #expect(
      try store.merge(marked(fork.theirs, after: fork.common) + [change]).refusals == [])
    // It replaced what it had seen: the last of its own branch, not of the other.
    let state = try #require(try store.read { try $0.state(of: .numbered(1)) })
    let live = Set(state.dots(of: .title))
    func dots(_ branch: [EncodedChange]) -> [Dot] {
      let name = Segment.name(root: fork.one.writer, first: hash(fork.common + branch.prefix(1)))
      return (1...2).map { Dot(writer: name, sequence: $0, index: 0) }
    }
    #expect(dots(fork.mine).map(live.contains) == [true, true])
    #expect(dots(fork.theirs).map(live.contains) == [true, false])
    try expectSound(store)
  }

  @Test("a note that was open in an editor while its writer's history was cut is saved")
  func openEditor() throws {
    let scratch = try Scratch()
    let (store, other) = (try scratch.store("a", seed: 1), try scratch.store("b", seed: 2))
    let article = try store.add("The river rose at night.")
    let writer = try #require(try store.status().writer)
    try other.pull(from: store)
    let note = try store.highlight(article, "river", note: "one")
    let draft = try store.draft(of: note)
    // Somebody else writes under the same name.
    var stolen = try #require(
      try store.changes(missingFrom: VersionVector(), bytesMax: .max).changes.last)
    let change = Change(
      writer: writer, sequence: 2, lamport: 2, time: 0,
      operations: [Operation(article, .title, value: .text("stolen"))])
    stolen.body = ChangeCodec.encode(change)
    #expect(try store.merge([stolen]).forked == [writer])
    #expect(try store.status().writer == nil)
    try store.setNote(of: note, to: "one and two", base: draft)
    #expect(try store.allAnnotations().first?.note == "one and two")
    #expect(try store.status().writer != writer)
    let branches = try store.holdings().version
    #expect(branches.entries.count == 4)
    // What was written on the machine is said to be, whichever branch it stands on.
    #expect(Set(try store.log(limit: 100).map(\.device)) == ["a"])
    try expectSound(store)
  }

  /// The changes with what the first of them follows, all on one line.
  private func marked(
    _ changes: [EncodedChange], after before: [EncodedChange], line: Int = 0
  ) -> [EncodedChange] {
    var marked = changes
    for index in marked.indices { marked[index].line = line }
    if !marked.isEmpty { marked[0].follows = Array(hash(before).prefix(8)) }
    return marked
  }
}
