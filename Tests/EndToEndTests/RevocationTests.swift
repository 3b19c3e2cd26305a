// SPDX-License-Identifier: MIT

import Foundation
import Testing

@Suite("Machines that were removed")
struct RevocationTests {
  @Test("a removed machine is refused at once, by its daemon's open connections too")
  func atOnce() throws {
    try Pair.run { pair in
      let lab = pair.desk.lab
      let port = try #require(pair.desk.daemon).port
      let listens = try SecureLine(
        lab: lab, port: port, key: pair.laptop.store + "/device.pem",
        request: Array("GET /v1/events HTTP/1.1\r\nHost: desk\r\n\r\n".utf8))
      let hears = Moment.wait(seconds: 10) {
        String(decoding: listens.received, as: UTF8.self).contains("event: changed")
      }
      #expect(hears)
      try pair.desk.ok("peer", "remove", "laptop")
      let isCut = Moment.wait(seconds: 3) { !listens.isOpen }
      #expect(isCut, "the event stream of a removed machine is open still")
      let before = try pair.laptop.fingerprint()
      _ = try pair.desk.add(Seeds.articles[2])
      #expect(try pair.laptop.run("sync").code == 6)
      usleep(1_500_000)
      #expect(try pair.laptop.fingerprint() == before)
      // The laptop's own edits stay with it.
      _ = try pair.laptop.add(Seeds.articles[3])
      #expect(try pair.laptop.run("sync").code == 6)
      #expect(try pair.desk.ok("list").elements.count == 2)
    }
  }

  @Test(
    "a machine that is removed in the middle of an answer gets not a byte more",
    .enabled(if: SecureLine.program != nil, SecureLine.missing))
  func midTransfer() throws {
    try Pair.run { pair in
      let lab = pair.desk.lab
      try pair.laptop.stopDaemon()
      // Sixteen answers of this are more than the system's buffers hold: the rest waits in the
      // daemon.
      _ = try pair.desk.add(text: Noise.words(bytes: 2 << 20), title: "Long")
      let hash = try Self.wantedHash(pair.desk)
      let body: [UInt8] = [1] + hash + [0]
      let port = try #require(pair.desk.daemon).port
      let request =
        "POST /v1/texts/get HTTP/1.1\r\nHost: desk\r\nContent-Type: application/octet-stream\r\n"
        + "Content-Length: \(body.count)\r\n\r\n"
      // Asks again and again on one connection, and falls asleep while it is answered.
      let asks = (0..<16).flatMap { _ in Array(request.utf8) + body }
      let line = try SecureLine(
        lab: lab, port: port, key: pair.laptop.store + "/device.pem", request: asks)
      let begins = Moment.wait(seconds: 10, every: 0.001) { line.received.count > 100_000 }
      line.pause()
      #expect(begins)
      try pair.desk.ok("peer", "remove", "laptop")
      usleep(500_000)
      let had = line.received.count
      line.resume()
      let isCut = Moment.wait(seconds: 3) { !line.isOpen }
      #expect(isCut)
      // What had reached the laptop's own system before is out of our hands.
      let more = line.received.count - had
      #expect(more < 8 << 20, "\(more) bytes came after the removal")
      #expect(line.received.count < 16 << 20)
      print("REVOKED after \(had) bytes, \(more) more were in the laptop's own buffers")
    }
  }

  /// SHA-256 of the newest article's text, as the canonical export names it.
  private static func wantedHash(_ machine: Machine) throws -> [UInt8] {
    let list = try machine.ok("list", "title:Long")[0]
    let hex = list["revision"].text
    guard hex.count == 64 else { throw Trouble("no revision: \(list)") }
    return stride(from: 0, to: 64, by: 2).compactMap { place in
      let start = hex.index(hex.startIndex, offsetBy: place)
      return UInt8(hex[start..<hex.index(start, offsetBy: 2)], radix: 16)
    }
  }

  @Test("the word of a removal spreads: a third machine lets it go too, until it is paired anew")
  func spreads() throws {
    try Lab.run { lab in
      let desk = try lab.machine("desk")
      let laptop = try lab.machine("laptop")
      let phone = try lab.machine("phone")
      for machine in [desk, laptop, phone] { try machine.choosePort() }
      _ = try desk.add(Seeds.articles[0])
      try desk.startDaemon()
      try laptop.startDaemon()
      try laptop.join(desk)
      try laptop.sync()
      // The phone is paired with both.
      try phone.join(desk)
      try phone.join(laptop)
      try phone.sync()
      #expect(try laptop.ok("peer", "list").elements.count == 2)
      try desk.ok("peer", "remove", "phone")
      let isForgotten = try Moment.wait(seconds: 10) {
        try laptop.ok("peer", "list").elements.count == 1
      }
      #expect(isForgotten)
      let result = try phone.run("sync")
      #expect(result.code == 6, "\(result)")
      try phone.join(laptop)
      let isKnown = try Moment.wait(seconds: 10) {
        try phone.run("sync", "--peer", "laptop").code == 0
      }
      #expect(isKnown)
    }
  }

  @Test("forgetting a machine here leaves it with the others")
  func hereOnly() throws {
    try Pair.run { pair in
      let removed = try pair.desk.ok("peer", "remove", "laptop", "--here")
      #expect(removed["revoked"] == .bool(false))
      #expect(try pair.laptop.run("sync").code == 6)
      #expect(try pair.desk.ok("log")[0]["action"].text != "revoke")
    }
  }
}
