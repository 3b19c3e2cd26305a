// SPDX-License-Identifier: MIT

import Foundation
import Testing

/// Connections that take their time. All of a test's wait at once, since the deadlines are long.
@Suite("Slow peers")
struct SlowPeerTests {
  /// A connection that is open, and when the daemon closed it.
  private final class Watched {
    let what: String
    let file: Int32
    let expected: ClosedRange<Double>
    let start = Moment.now
    var closedAfter: Double?
    var bytes: [UInt8] = []

    init(_ what: String, _ file: Int32, _ expected: ClosedRange<Double>) {
      self.what = what
      self.file = file
      self.expected = expected
    }
  }

  /// Waits until the daemon has closed all of them; calls `tick` about every second.
  private func watch(
    _ all: [Watched], seconds: Double, tick: (Int) throws -> Void = { _ in }
  ) throws {
    let start = Moment.now
    var ticks = 0
    while Moment.now - start < seconds && all.contains(where: { $0.closedAfter == nil }) {
      for one in all where one.closedAfter == nil {
        var poll = pollfd(fd: one.file, events: Int16(POLLIN), revents: 0)
        while Glibc.poll(&poll, 1, 0) > 0 {
          guard let more = Wire.read(one.file) else {
            one.closedAfter = Moment.now - one.start
            break
          }
          one.bytes += more
        }
      }
      if Moment.now - start > Double(ticks) {
        try tick(ticks)
        ticks += 1
      }
      usleep(50_000)
    }
    for one in all {
      #expect(
        one.closedAfter.map { one.expected.contains($0) } ?? false,
        "\(one.what) was closed after \(one.closedAfter.map { "\($0) s" } ?? "never")")
    }
  }

  @Test("a head gets ten seconds, and a stranger that says nothing fifteen")
  func heads() throws {
    try Lab.run { lab in
      let desk = try lab.machine("desk")
      let daemon = try desk.startDaemon()
      let hand = try HandPeer(with: desk)
      let request = "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:\(daemon.httpPort)\r\n"
      let silent = Watched("silence", try Wire.connect(port: daemon.httpPort), 13...18)
      let partial = Watched("half a head", try Wire.connect(port: daemon.httpPort), 9...13)
      let trickle = Watched("a trickled head", try Wire.connect(port: daemon.httpPort), 9...13)
      let again = Watched(
        "silence after an answer", try Wire.connect(port: daemon.httpPort), 13...18)
      let second = Watched("half a second head", try Wire.connect(port: daemon.httpPort), 9...13)
      Wire.send(partial.file, Array(request.utf8))
      Wire.send(again.file, Array((request + "\r\n").utf8))
      Wire.send(second.file, Array((request + "\r\nGET /").utf8))
      // A peer's connection may stay, and so may its event stream.
      let known = try Wire.connect(port: daemon.httpPort)
      let stream = try Wire.connect(port: daemon.httpPort)
      defer { for file in [known, stream] { close(file) } }
      for (file, path) in [(known, "/v1/none"), (stream, "/v1/events")] {
        Wire.send(
          file,
          Array(
            ("GET \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(daemon.httpPort)\r\n"
              + "Authorization: \(hand.header)\r\n\r\n").utf8))
      }
      // The first asked for no route, which shows nobody's token; this does.
      Wire.send(
        known,
        Array(
          ("POST /v1/texts/get HTTP/1.1\r\nHost: 127.0.0.1:\(daemon.httpPort)\r\n"
            + "Content-Type: application/octet-stream\r\nAuthorization: \(hand.header)\r\n"
            + "Content-Length: 1\r\n\r\n\0").utf8))
      let text = Array((request + "A: " + String(repeating: "b", count: 60)).utf8)
      let all = [silent, partial, trickle, again, second]
      defer { for one in all { close(one.file) } }
      try watch(all, seconds: 20) { tick in
        Wire.send(trickle.file, [text[tick]])
        let status = try daemon.get("/healthz").status
        #expect(status == 200)
      }
      // Who began is told why; who said nothing isn't.
      #expect(Wire.answer(partial.bytes).status == 408)
      #expect(Wire.answer(trickle.bytes).status == 408)
      #expect(SafeFields.problems(Wire.answer(partial.bytes)) == [])
      #expect(silent.bytes.isEmpty)
      #expect(Wire.answer(again.bytes).status == 200)
      for file in [known, stream] {
        while let more = Wire.readNow(file) { #expect(!more.isEmpty, "a peer was closed") }
      }
    }
  }

  @Test(
    "a body gets a minute, and an answer that nobody reads half of one",
    .enabled(if: Programs.isSlow, "takes 70 s; set SLOW=1"))
  func bodies() throws {
    try Lab.run { lab in
      let desk = try lab.machine("desk")
      // Enough that no socket's buffer takes an answer whole.
      for number in 0..<5 {
        let words = Noise.words(bytes: 1 << 20, seed: UInt64(number))
        _ = try desk.add(text: words, title: "Large \(number)")
      }
      let daemon = try desk.startDaemon()
      let hand = try HandPeer(with: desk)
      let hashes = try Self.texts(desk)
      var message: [UInt8] = [UInt8(hashes.count)]
      for hash in hashes { message += hash + [0] }
      let post =
        "HTTP/1.1\r\nHost: 127.0.0.1:\(daemon.httpPort)\r\nAuthorization: \(hand.header)\r\n"
        + "Content-Type: application/octet-stream\r\n"
      let body = Watched("a trickled body", try Wire.connect(port: daemon.httpPort), 58...66)
      Wire.send(
        body.file, Array("POST /v1/exchange \(post)Content-Length: 1000000\r\n\r\n".utf8))
      // Requests for the same exchange in a row, whose answers are never read.
      let file = try Wire.connect(port: daemon.httpPort)
      var size: Int32 = 4096
      setsockopt(file, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
      defer { for one in [file, body.file] { close(one) } }
      for _ in 0..<8 {
        Wire.send(
          file,
          Array("POST /v1/texts/get \(post)Content-Length: \(message.count)\r\n\r\n".utf8) + message
        )
      }
      let start = Moment.now
      var cutAfter: Double?
      try watch([body], seconds: 75) { _ in
        Wire.send(body.file, [0])
        // The daemon's side is gone when a byte of ours is answered with a reset.
        if cutAfter == nil, Wire.isReset(file) { cutAfter = Moment.now - start }
      }
      #expect(cutAfter.map { (25...50).contains($0) } ?? false, "cut after \(cutAfter ?? -1) s")
      #expect(Wire.answer(body.bytes).status == 408)
    }
  }

  /// The hashes of every text of a machine.
  private static func texts(_ machine: Machine) throws -> [[UInt8]] {
    let export = String(decoding: try machine.canonical(), as: UTF8.self)
    let found = Set(export.matches(of: /\b[0-9a-f]{64}\b/).map { String($0.0) })
    guard !found.isEmpty else { throw Trouble("the export names no texts") }
    return found.map { hex in
      stride(from: 0, to: 64, by: 2).compactMap { place in
        UInt8(hex.dropFirst(place).prefix(2), radix: 16)
      }
    }
  }
}

extension Wire {
  /// What is there to read; nil when nothing is, empty when the other side has closed.
  static func readNow(_ file: Int32) -> [UInt8]? {
    var poll = pollfd(fd: file, events: Int16(POLLIN), revents: 0)
    guard Glibc.poll(&poll, 1, 0) > 0 else { return nil }
    return read(file) ?? []
  }

  /// Whether the other side has torn a connection down.
  static func isReset(_ file: Int32) -> Bool {
    var poll = pollfd(fd: file, events: 0, revents: 0)
    _ = Glibc.poll(&poll, 1, 0)
    return Int32(poll.revents) & (Int32(POLLERR) | Int32(POLLHUP)) != 0
  }
}
