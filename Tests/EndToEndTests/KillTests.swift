// SPDX-License-Identifier: MIT

import Foundation
import TestSupport
import Testing

@Suite("Power cuts: a daemon killed at any moment loses nothing")
struct KillTests {
  /// Seeds of the moments; `E2E_SEED` gives one to repeat, `SLOW=1` many.
  static let seeds: [UInt64] = {
    let environment = ProcessInfo.processInfo.environment
    if let one = environment["E2E_SEED"].flatMap(UInt64.init) { return [one] }
    return Array(1...(Programs.isSlow ? 40 : 3))
  }()

  /// The longest that a daemon lives in these tests, milliseconds.
  private static let livesAtMost: UInt64 = 1_000

  @Test(
    "killed during a larger sync, again and again, both sides agree in the end", arguments: seeds)
  func killed(seed: UInt64) throws {
    try Lab.run { lab in
      var random = SeededGenerator(seed: seed)
      let desk = try lab.machine("desk")
      let laptop = try lab.machine("laptop")
      try desk.choosePort()
      try laptop.choosePort()
      try desk.startDaemon()
      try laptop.startDaemon()
      try laptop.join(desk)
      try laptop.stopDaemon()
      try desk.stopDaemon()
      try Larger.fill(desk)
      var articles = Larger.articles
      var trail = "KILL seed \(seed):"
      for _ in 0..<(Programs.isSlow ? 6 : 3) {
        try desk.startDaemon()
        try laptop.startDaemon()
        let victim = random.next() % 2 == 0 ? desk : laptop
        let moment = random.next() % Self.livesAtMost
        usleep(UInt32(moment) * 1000)
        victim.killDaemon()
        // What a command acknowledged right after the crash must arrive too.
        articles += 1
        _ = try victim.add(text: "Written after kill \(articles).", title: "Kill \(articles)")
        trail += " \(victim.name) at \(moment) ms"
      }
      print(trail)
      desk.killDaemon()
      laptop.killDaemon()
      try desk.startDaemon()
      try laptop.startDaemon()
      try laptop.sync(seconds: 60)
      try desk.sync(seconds: 60)
      try Self.expectWhole(desk, laptop, articles: articles, trail)
    }
  }

  private static func expectWhole(
    _ desk: Machine, _ laptop: Machine, articles: Int, _ trail: String
  ) throws {
    #expect(try desk.fingerprint() == laptop.fingerprint(), "\(trail)")
    for machine in [desk, laptop] {
      let status = try machine.ok("status")
      #expect(status["articles"].int == articles, "\(machine.name) \(trail)")
      #expect(status["annotations"].int == Larger.annotations, "\(machine.name) \(trail)")
      #expect(status["textsWanted"].int == 0, "\(machine.name) \(trail)")
      #expect(try machine.problems() == [], "\(machine.name) \(trail)")
    }
    try expectEqualExports(desk, laptop)
  }
}
