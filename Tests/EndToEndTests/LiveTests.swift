// SPDX-License-Identifier: MIT

import Foundation
import Testing

@Suite("Live: what is written here shows there", .serialized)
struct LiveTests {
  /// How long an edit may take to show on the other machine, seconds: far less than the pause after
  /// which a peer is called anyway, and more than a busy machine makes of some milliseconds.
  private static let limit = 10.0

  @Test("an edit shows on the other machine at once, in both directions")
  func bothCanCall() throws {
    try Pair.run { pair in
      try Self.expectLive(from: pair.desk, to: pair.laptop, pair, "the joined one calls")
      try Self.expectLive(from: pair.laptop, to: pair.desk, pair, "the joined one writes")
      try pair.expectAgreement()
    }
  }

  @Test("the same when only one of the two can be called")
  func oneCanCall() throws {
    try Lab.run { lab in
      let desk = try lab.machine("desk")
      let laptop = try lab.machine("laptop")
      let article = try desk.add(text: "One calls, one is called.", title: "Calls")
      try desk.startDaemon()
      // Joined without a daemon: the desk never learns an address of the laptop.
      try laptop.join(desk)
      #expect(!(try desk.ok("peer", "list")[0]["address"].exists))
      try laptop.startDaemon()
      try Self.expectInStep(desk, laptop)
      try Self.expectLive(from: desk, to: laptop, article, "to the one that calls")
      try Self.expectLive(from: laptop, to: desk, article, "from the one that calls")
    }
  }

  @Test("a machine that was away catches up by itself when its daemon starts")
  func catchesUp() throws {
    try Pair.run { pair in
      try pair.laptop.stopDaemon()
      try pair.desk.ok("edit", pair.article, "--title", "While you were away")
      try pair.laptop.ok("tag", "add", pair.article, "offline")
      try pair.laptop.startDaemon()
      try Self.expectInStep(pair.desk, pair.laptop)
      try pair.expectAgreement()
    }
  }

  private static func expectLive(
    from writer: Machine, to reader: Machine, _ pair: Pair, _ label: String
  ) throws {
    try expectInStep(writer, reader)
    try expectLive(from: writer, to: reader, pair.article, label)
  }

  /// Edits on one machine and waits until the other's daemon holds the change; prints how long.
  private static func expectLive(
    from writer: Machine, to reader: Machine, _ article: String, _ label: String
  ) throws {
    guard let daemon = reader.daemon else { throw Trouble("\(reader.name) has no daemon") }
    var latencies: [Double] = []
    for round in 1...5 {
      let before = try daemon.metric("postil_changes")
      let title = "Round \(round) by \(writer.name)"
      try writer.ok("edit", article, "--title", title)
      let start = Moment.now
      let isThere = try Moment.wait(seconds: limit, every: 0.002) {
        try daemon.metric("postil_changes") > before
      }
      latencies.append(Moment.now - start)
      #expect(isThere, "“\(title)” was not on \(reader.name) within \(limit) s")
      #expect(try reader.ok("show", article)["title"].text == title)
    }
    let shown = latencies.map { String(Int($0 * 1000)) }.joined(separator: ", ")
    print("LIVE \(label): \(shown) ms from the command's end to the change in the other store")
  }

  private static func expectInStep(_ one: Machine, _ other: Machine) throws {
    let isInStep = try Moment.wait(seconds: 10, every: 0.05) {
      try one.fingerprint() == other.fingerprint()
    }
    #expect(isInStep)
  }
}
