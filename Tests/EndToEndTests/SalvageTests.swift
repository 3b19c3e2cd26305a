// SPDX-License-Identifier: MIT

import Foundation
import TestSupport
import Testing

@Suite("Damage: noticed or harmless, never passed on, and what is left is brought out")
struct SalvageTests {
  /// Rounds of flipped bytes; `E2E_SEED` gives one to repeat, `SLOW=1` many.
  static let seeds: [UInt64] = {
    let environment = ProcessInfo.processInfo.environment
    if let one = environment["E2E_SEED"].flatMap(UInt64.init) { return [one] }
    return Array(1...(Programs.isSlow ? 100 : 6))
  }()

  @Test("flipped bytes anywhere in the database or its log", arguments: seeds)
  func flipped(seed: UInt64) throws {
    try Pair.run { pair in
      let (desk, laptop) = (pair.desk, pair.laptop)
      var random = SeededGenerator(seed: seed)
      for article in Seeds.articles { _ = try laptop.add(article) }
      try laptop.sync()
      try pair.part()
      // Edits that wait in the log, as a kill leaves them; half of the rounds damage those.
      let isLog = random.next() % 2 == 0
      if isLog {
        try laptop.startDaemon()
        for number in 1...5 { try laptop.ok("tag", "add", pair.article, "waiting-\(number)") }
        laptop.killDaemon()
      }
      let before = try Self.copied(laptop).canonical()
      let path = laptop.store + "/postil.db" + (isLog ? "-wal" : "")
      var bytes = Lab.bytes(path)
      try #require(!bytes.isEmpty)
      var places: [Int] = []
      for _ in 0..<(1 + random.next() % 12) {
        let place = Int(random.next() % UInt64(bytes.count))
        places.append(place)
        bytes[place] ^= UInt8(1 + random.next() % 255)
      }
      try Data(bytes).write(to: URL(fileURLWithPath: path))
      let trail = "FLIP seed \(seed): \(path.hasSuffix("-wal") ? "log" : "database") at \(places)"
      print(trail)
      let checked = try Self.copied(laptop).run("doctor", "--json", seconds: 120)
      if checked.code == 0 {
        let after = try Self.copied(laptop).canonical()
        #expect(after == before, "\(trail): neither noticed nor harmless")
      }
      print("\(trail): \(checked.code == 0 ? "harmless" : "noticed")")
      try Self.mend(laptop, desk, before, trail)
    }
  }

  /// A copy of the store to look at, so that looking doesn't mend or fold anything in the original.
  private static func copied(_ machine: Machine) throws -> Machine {
    let name = "copy-\(UInt64.random(in: 0..<1 << 40))"
    let copy = try machine.lab.machine(name)
    try machine.copyStore(to: copy.store)
    return copy
  }

  private static func mend(
    _ laptop: Machine, _ desk: Machine, _ before: [UInt8], _ trail: String
  ) throws {
    let damaged = ["", "-wal"].map { Lab.bytes(laptop.store + "/postil.db" + $0) }
    let result = try laptop.run("doctor", "--salvage", "--json", seconds: 120)
    #expect([0, 7].contains(result.code), "\(trail) \(result)")
    let kept = try result.json()["damaged"].text
    #expect(
      ["", "-wal"].map { Lab.bytes(kept + "/postil.db" + $0) } == damaged,
      "\(trail): the damaged files were touched")
    #expect(try laptop.problems() == [], "\(trail)")
    try desk.startDaemon()
    let report = try result.json()
    if report["peers"].int == 0 || !report["libraryKnown"].isTrue {
      try laptop.join(desk, merging: true)
    }
    try laptop.sync(seconds: 60)
    #expect(try laptop.fingerprint() == desk.fingerprint(), "\(trail)")
    // What was taken from a damaged state may name a text that nobody has: then both say so.
    let exports = try [laptop, desk].map { try $0.run("export", "canonical") }
    #expect(exports[0].bytes == exports[1].bytes && exports[0].code == exports[1].code, "\(trail)")
    #expect(exports[0].code == 0 || result.code == 7 && exports[0].code == 7, "\(trail)")
    // Both hold all that the laptop showed before, unless the damage took it: then it says so.
    if result.code == 0 { #expect(try laptop.canonical() == before, "\(trail)") }
    try laptop.ok("add", "-", "--title", "Since", input: Array("Written since.".utf8))
    try laptop.sync(seconds: 60)
    #expect(try laptop.fingerprint() == desk.fingerprint(), "\(trail)")
  }

  @Test("a running daemon keeps its store, and a new place must be empty")
  func refusals() throws {
    try Lab.run { lab in
      let desk = try lab.machine("desk")
      _ = try desk.add(Seeds.articles[0])
      try desk.startDaemon()
      let busy = try desk.run("doctor", "--salvage")
      #expect(busy.code == 4, "\(busy)")
      #expect(busy.error.contains("daemon"))
      try desk.stopDaemon()
      let place = lab.newPath("rescued")
      let there = try desk.run("doctor", "--salvage", "--into", desk.home)
      #expect(there.code == 4, "\(there)")
      #expect(try desk.run("doctor", "--into", place).code == 2)
      #expect(try desk.run("doctor", "--salvage", "--fast").code == 2)
      _ = try desk.run("doctor", "--salvage", "--into", place).succeeded()
      let other = try lab.machine("other")
      other.store = place
      #expect(try other.canonical() == desk.canonical())
      #expect(try lab.machine("none").run("doctor", "--salvage").code == 3)
      let names = try FileManager.default.contentsOfDirectory(atPath: lab.directory)
      #expect(!names.contains { $0.contains("salvage-") }, "\(names)")
    }
  }

  @Test("a damaged text keeps no other from being sent, and none is spread")
  func damagedText() throws {
    try Lab.run { lab in
      let (desk, laptop) = (try lab.machine("desk"), try lab.machine("laptop"))
      try desk.choosePort()
      for article in Seeds.articles { _ = try desk.add(article) }
      let path = desk.store + "/postil.db"
      var bytes = Lab.bytes(path)
      let place = try #require(
        bytes.firstRange(of: Array("the river is always stronger".utf8))?.lowerBound)
      bytes[place] ^= 1
      try Data(bytes).write(to: URL(fileURLWithPath: path))
      try desk.startDaemon()
      try laptop.join(desk)
      try laptop.ok("sync", "--wait")
      let status = try laptop.ok("status")
      #expect(status["articles"].int == Seeds.articles.count)
      #expect(status["textsWanted"].int == 1)
      #expect(try laptop.problems() == [])
      let doctor = try desk.run("doctor", "--json")
      #expect(doctor.code == 70)
      #expect(try doctor.json()["problems"].texts.contains { $0.contains("the text") })
      // Who keeps exports is told what isn't in them.
      let export = try desk.run("export", "json")
      #expect(export.code == 7)
      #expect(export.error.contains("1 texts are damaged"), "\(export)")
      #expect(try laptop.run("export", "json").code == 7)
    }
  }

  @Test("an open device key is named with the line that shuts it")
  func openKey() throws {
    try Pair.run { pair in
      try pair.part()
      let key = pair.desk.store + "/device.pem"
      chmod(key, 0o644)
      let result = try pair.desk.run("doctor", "--fast", "--json")
      #expect(result.code == 70, "\(result)")
      let problems = try result.json()["problems"].texts
      #expect(problems.count == 1)
      #expect(problems[0].contains("chmod 600 \(key)"))
      chmod(key, 0o600)
      let report = try pair.desk.ok("doctor", "--fast")
      #expect(report["ok"].isTrue && report["fast"].isTrue && report["walGuard"].isTrue)
    }
  }
}
