// SPDX-License-Identifier: MIT

import Foundation
import Testing

/// More connections than there is room for.
@Suite("Floods", .serialized)
struct FloodTests {
  /// An address of this machine for each number.
  private static func source(_ number: Int) -> String {
    "127.\(1 + number / 60_000 % 200).\(number / 250 % 240).\(1 + number % 250)"
  }

  private static func count(open files: [Int32]) -> Int { files.count { !Wire.isClosed($0) } }

  @Test("one address holds at most 32 connections of strangers; the oldest leaves for the newest")
  func oneAddress() throws {
    try Lab.run { lab in
      let desk = try lab.machine("desk")
      let daemon = try desk.startDaemon()
      let hand = try HandPeer(with: desk)
      let stream = try Self.events(daemon, hand)
      var files: [Int32] = []
      defer { for file in files + [stream] { close(file) } }
      for _ in 0..<100 {
        files.append(try #require(Wire.connect(port: daemon.httpPort, from: "127.0.0.1")))
      }
      let isSettled = Moment.wait(seconds: 5) { Self.count(open: files) <= 32 }
      #expect(isSettled, "\(Self.count(open: files)) are open")
      #expect(Self.count(open: files) >= 31)
      #expect(!Wire.isClosed(files[99]) && Wire.isClosed(files[0]))
      // The peer's stream came first of all, and stays.
      #expect(!Wire.isClosed(stream))
      #expect(try daemon.get("/healthz").status == 200)
    }
  }

  @Test("512 connections in all: strangers leave, paired machines stay and are served")
  func total() throws {
    try Pair.run { pair in
      let daemon = try #require(pair.desk.daemon)
      let hand = try HandPeer(with: pair.desk)
      let stream = try Self.events(daemon, hand)
      var files: [Int32] = []
      defer { for file in files + [stream] { close(file) } }
      for number in 0..<700 {
        let file = Wire.connect(port: daemon.httpPort, from: Self.source(number / 20))
        files.append(try #require(file))
      }
      let isSettled = Moment.wait(seconds: 5) { Self.count(open: files) <= 512 }
      #expect(isSettled, "\(Self.count(open: files)) are open")
      #expect(Self.count(open: files) > 480)
      #expect(!Wire.isClosed(stream))
      let start = Moment.now
      _ = try pair.desk.ok("tag", "add", pair.article, "in-the-crowd")
      try pair.laptop.sync()
      #expect(Moment.now - start < 5)
      try pair.expectAgreement()
    }
  }

  @Test("a peer has at most 16 connections; its oldest leaves")
  func onePeer() throws {
    try Lab.run { lab in
      let desk = try lab.machine("desk")
      let daemon = try desk.startDaemon()
      let greedy = try HandPeer(with: desk, name: "greedy")
      let modest = try HandPeer(with: desk, name: "modest")
      let one = try Self.events(daemon, modest)
      var files: [Int32] = []
      defer { for file in files + [one] { close(file) } }
      for _ in 0..<24 { files.append(try Self.events(daemon, greedy)) }
      let isSettled = Moment.wait(seconds: 5) { Self.count(streaming: files) == 16 }
      #expect(isSettled, "\(Self.count(streaming: files)) are open")
      #expect(Self.count(streaming: Array(files.suffix(16))) == 16)
      #expect(Self.count(streaming: [one]) == 1)
    }
  }

  @Test(
    "10,000 idle and 1,200 slow connections: a paired machine is in step within 5 s",
    .enabled(if: Programs.isSlow, "opens 11,200 connections; set SLOW=1"))
  func large() throws {
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    limit.rlim_cur = limit.rlim_max
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    guard limit.rlim_cur > 12_000 else {
      print("skipped: 11,200 connections need more open files than \(limit.rlim_cur)")
      return
    }
    try Pair.run { pair in
      let daemon = try #require(pair.desk.daemon)
      let before = try Self.residentMiB(daemon)
      var idle: [Int32] = []
      var slow: [Int32] = []
      defer { for file in idle + slow { close(file) } }
      let start = Moment.now
      for number in 0..<10_000 {
        // Refused ones count too: the daemon answers to as many as ask.
        if let file = Wire.connect(port: daemon.httpPort, from: Self.source(number)) {
          idle.append(file)
        }
      }
      for number in 0..<1_200 {
        guard let file = Wire.connect(port: daemon.httpPort, from: Self.source(20_000 + number))
        else {
          continue
        }
        Wire.send(file, Array("GET /healthz HTTP/1.1\r\nHost: 127.0.".utf8))
        slow.append(file)
      }
      let opened = Moment.now - start
      var syncs: [Double] = []
      var peak = 0.0
      for round in 0..<5 {
        for file in slow { Wire.send(file, [0x30]) }
        _ = try pair.desk.ok("tag", "add", pair.article, "flood\(round)")
        let begin = Moment.now
        try pair.laptop.sync(seconds: 5)
        syncs.append(Moment.now - begin)
        peak = max(peak, try Self.residentMiB(daemon))
      }
      print(
        "FLOOD \(idle.count) idle + \(slow.count) slow in \(opened) s; syncs \(syncs) s; "
          + "resident \(before) MiB before, \(peak) MiB at most")
      #expect(idle.count + slow.count > 11_000)
      #expect((syncs.max() ?? 99) < 5)
      #expect(peak < 200)
      try pair.expectAgreement()
    }
  }

  /// An open event stream.
  private static func events(_ daemon: Daemon, _ hand: HandPeer) throws -> Int32 {
    let file = try Wire.connect(port: daemon.httpPort)
    let head =
      "GET /v1/events HTTP/1.1\r\nHost: 127.0.0.1:\(daemon.httpPort)\r\n"
      + "Authorization: \(hand.header)\r\n\r\n"
    Wire.send(file, Array(head.utf8))
    guard Wire.answer(Wire.read(file) ?? []).status == 200 else {
      throw Trouble("there is no event stream")
    }
    return file
  }

  /// How many streams are open; what they said so far is read away.
  private static func count(streaming files: [Int32]) -> Int {
    files.count { file in
      while let more = Wire.readNow(file) { if more.isEmpty { return false } }
      return true
    }
  }

  private static func residentMiB(_ daemon: Daemon) throws -> Double {
    let status = Lab.text("/proc/\(daemon.child.pid)/status")
    guard let line = status.firstMatch(of: /VmRSS:\s+([0-9]+) kB/), let kib = Double(line.1) else {
      throw Trouble("the daemon's memory can't be told: \(status)")
    }
    return kib / 1024
  }
}
