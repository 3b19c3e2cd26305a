// SPDX-License-Identifier: MIT

import Merge
import Store
import Testing

/// What a peer may send and this store must not take.
@Suite struct RefusalTests {
  /// A change that must be refused, the second of its writer.
  struct Bad: Sendable, CustomStringConvertible {
    var description: String
    var reason: String
    var make: @Sendable (inout RawWriter) -> EncodedChange
  }

  static let bad: [Bad] = [
    Bad(description: "a Lamport number too high", reason: "Lamport") { $0.title("x", lamport: 9) },
    Bad(description: "a Lamport number too low", reason: "Lamport") { $0.title("x", lamport: 1) },
    Bad(description: "the greatest Lamport number", reason: "Lamport") {
      $0.title("x", lamport: .max)
    },
    Bad(description: "a dot of nobody", reason: "can't have seen") { raw in
      let dot = Dot(writer: RawWriter(99).writer, sequence: 1, index: 0)
      return raw.change([Operation(.numbered(1), .title, removes: [dot], value: .text("x"))])
    },
    Bad(description: "a dot of its own future", reason: "can't have seen") { raw in
      raw.change([Operation(.numbered(1), .title, removes: [raw.dot(7)], value: .text("x"))])
    },
    Bad(description: "a deletion that saw the future", reason: "can't have seen") { raw in
      raw.change([Operation(.numbered(1), .deletion, value: .dots([raw.dot(2, 5)]))])
    },
    Bad(description: "a gap", reason: "came when 2 was next") { raw in
      _ = raw.title("lost")
      return raw.title("x")
    },
    Bad(description: "a missing dependency", reason: "not held") { raw in
      let other = RawWriter(99).writer
      return raw.change(
        [Operation(.numbered(1), .title, value: .text("x"))], lamport: 5,
        after: [.init(writer: other, count: 4, hash: 0)])
    },
    Bad(description: "an empty body", reason: "byte 0") { raw in
      var change = raw.title("x")
      change.body = []
      return change
    },
    Bad(description: "garbage", reason: "byte") { raw in
      var change = raw.title("x")
      change.body = [1, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]
      return change
    },
    Bad(description: "a newer format", reason: "newer than this program") { raw in
      var change = raw.title("x")
      change.body[0] = 2
      return change
    },
    Bad(description: "bytes left over", reason: "left over") { raw in
      var change = raw.title("x")
      change.body.append(0)
      return change
    },
    Bad(description: "a cut body", reason: "byte") { raw in
      var change = raw.title("x")
      change.body.removeLast()
      return change
    },
    Bad(description: "a text edit outside the text", reason: "outside the text") { raw in
      let patch = TextPatch(position: 5, deleted: 0, inserted: "x")
      return raw.change([
        Operation(.numbered(1), .author, value: .text("never seen")),
        Operation(.note(1), .text, value: .edit([patch])),
      ])
    },
    Bad(
      description: "a deletion outside the text", reason: "to take out at 0 of a text of 0"
    ) { raw in
      let patch = TextPatch(position: 0, deleted: 3, inserted: "")
      return raw.change([Operation(.note(1), .text, value: .edit([patch]))])
    },
    Bad(description: "a note that is no edit", reason: "not an edit") { raw in
      raw.change([Operation(.note(1), .text, value: .text("x"))])
    },
    Bad(description: "a deletion without dots", reason: "without the dots") { raw in
      raw.change([Operation(.note(1), .deletion, value: .integer(1))])
    },
    Bad(description: "no ops", reason: "does nothing") { $0.change([]) },
  ]

  @Test("writers beyond a thousand are refused, and those that are known go on")
  func writersWithoutEnd() throws {
    let scratch = try Scratch()
    let store = try scratch.store("a")
    var raws = (1...1_002).map { RawWriter(UInt64($0)) }
    let report = try store.merge(raws.indices.map { raws[$0].title("one") })
    #expect(report.merged == 1_000)
    #expect(report.refusals.map(\.name.writer) == raws[1_000...].map(\.writer))
    #expect(try #require(report.refusals.first).reason.contains("1000"))
    #expect(try store.merge([raws[999].title("two")]).merged == 1)
  }

  @Test("a message in which 65 writers break a rule is refused whole, as one")
  func refusalsWithoutEnd() throws {
    let scratch = try Scratch()
    let store = try scratch.store("a")
    func bad(_ count: Int) -> [EncodedChange] {
      (2..<(2 + count)).map { number in
        var raw = RawWriter(UInt64(number))
        return raw.title("x", lamport: 9)
      }
    }
    var good = RawWriter(1)
    let first = good.title("one")
    #expect(throws: StoreError.self) { try store.merge([first] + bad(65)) }
    #expect(try store.holdings().version.total == 0)
    let report = try store.merge([first] + bad(64))
    #expect(report.merged == 1 && report.refusals.count == 64)
  }

  @Test(
    "a change that breaks a rule is refused with its reason, and others are merged", arguments: bad)
  func refused(bad: Bad) throws {
    let scratch = try Scratch()
    let store = try scratch.store("a")
    var (good, wrong) = (RawWriter(1), RawWriter(2))
    var changes = [good.title("one"), wrong.title("fine")]
    let refused = bad.make(&wrong)
    changes.append(refused)
    // What its writer said after it falls with it.
    changes.append(wrong.title("later"))
    changes += [good.title("two"), good.title("three")]
    let report = try store.merge(changes)
    #expect(report.merged == 4)
    #expect(report.duplicates == 0)
    let name = ChangeName(writer: refused.writer, sequence: refused.sequence)
    #expect(report.refusals.map(\.name) == [name])
    let reason = try #require(report.refusals.first?.reason)
    #expect(reason.contains(bad.reason), "\(reason)")
    let version = try store.holdings().version
    #expect(version[good.writer] == 3)
    #expect(version[wrong.writer] == 1)
    #expect(try store.article(.numbered(2)).author == nil)
    #expect(try store.doctor().problems == [])
    // The right change is taken afterwards.
    var mended = RawWriter(2)
    _ = mended.title("fine")
    #expect(try store.merge([mended.title("mended")]).merged == 1)
    #expect(try store.article(.numbered(2)).title == "mended")
  }

  @Test("a refused change leaves the very bytes of every table as they were", arguments: bad)
  func nothingStored(bad: Bad) throws {
    let scratch = try Scratch()
    let store = try scratch.store("a")
    var wrong = RawWriter(2)
    _ = try store.merge([wrong.title("fine")])
    let (before, terms) = (try store.dump(), try store.terms())
    _ = try store.merge([bad.make(&wrong)])
    #expect(try store.dump() == before)
    #expect(try store.terms() == terms)
  }

  @Test("what depends on a refused change is refused, and told")
  func dependents() throws {
    let scratch = try Scratch()
    let store = try scratch.store("a")
    var (wrong, after) = (RawWriter(2), RawWriter(3))
    let refused = wrong.title("x", lamport: 7)
    let change = after.change(
      [Operation(.numbered(3), .title, value: .text("y"))], lamport: 8,
      after: [.init(writer: wrong.writer, count: 1, hash: 0)])
    let report = try store.merge([refused, change])
    #expect(report.merged == 0)
    #expect(Set(report.refusals.map(\.name.writer)) == [wrong.writer, after.writer])
    #expect(try store.holdings().version.isEmpty)
    #expect(try store.allArticles() == [])
  }

  @Test("a change that was written on another history than the one held is refused")
  func otherBranch() throws {
    let scratch = try Scratch()
    let store = try scratch.store("a")
    var (one, other, after) = (RawWriter(2), RawWriter(2), RawWriter(3))
    let (held, elsewhere) = (one.title("x"), other.title("y"))
    func hash(_ change: EncodedChange) -> UInt64 {
      Chain.prefix(
        Chain.hash(
          after: [UInt8](repeating: 0, count: 32), writer: change.writer,
          sequence: change.sequence, body: change.body))
    }
    let title = Operation(.numbered(2), .title, removes: [one.dot(1)], value: .text("z"))
    let wrong = after.change(
      [title], lamport: 2, after: [.init(writer: one.writer, count: 1, hash: hash(elsewhere))])
    var report = try store.merge([held, wrong])
    #expect(report.merged == 1)
    #expect(report.refusals.map(\.name.writer) == [after.writer])
    #expect(report.refusals.first?.reason.contains("written twice") == true)
    #expect(try store.article(.numbered(2)).title == "x")
    // The same on the change that is held.
    var right = RawWriter(3)
    report = try store.merge([
      right.change(
        [title], lamport: 2, after: [.init(writer: one.writer, count: 1, hash: hash(held))])
    ])
    #expect(report.refusals == [])
    #expect(try store.article(.numbered(2)).title == "z")
  }

  @Test("a change that comes twice, in one batch or in two, counts once")
  func duplicates() throws {
    let scratch = try Scratch()
    let store = try scratch.store("a")
    var raw = RawWriter(1)
    let changes = [raw.title("one"), raw.title("two")]
    var report = try store.merge(changes + changes)
    #expect(report.merged == 2)
    #expect(report.duplicates == 2)
    let before = try store.dump()
    report = try store.merge(changes)
    #expect(report.merged == 0)
    #expect(report.duplicates == 2)
    #expect(try store.dump() == before)
  }

  @Test("two edits of one note in one change are taken by every store, or by none")
  func twoEditsInOneChange() throws {
    let scratch = try Scratch()
    let (straight, apart) = (try scratch.store("a", seed: 1), try scratch.store("b", seed: 2))
    var (first, second) = (RawWriter(1), RawWriter(2))
    func edit(_ text: String, after: [Dot]) -> Operation {
      let patch = TextPatch(position: 0, deleted: 0, inserted: text)
      return Operation(.note(1), .text, removes: after, value: .edit([patch]))
    }
    let one = first.change([edit("one ", after: [])])
    let two = second.change([edit("b", after: []), edit("a", after: [second.dot(1)])])
    // Here the two edits are the note's first, there they are made apart from another.
    #expect(try straight.merge([two, one]).refusals == [])
    #expect(try apart.merge([one, two]).refusals == [])
    try expectSame(straight, apart)
  }
}
