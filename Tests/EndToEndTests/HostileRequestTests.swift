// SPDX-License-Identifier: MIT

import Foundation
import Testing

@Suite("Hostile requests")
struct HostileRequestTests {
  /// One request that no peer makes; `HOST` stands for the daemon's.
  struct Bad: Sendable, CustomStringConvertible {
    let description: String
    let text: String
    /// What may be answered; 0 stands for hanging up without a word.
    let statuses: Set<Int>

    init(_ description: String, _ text: String, _ statuses: Set<Int>) {
      self.description = description
      self.text = text
      self.statuses = statuses
    }
  }

  private static let get = "GET /healthz HTTP/1.1\r\nHost: HOST\r\n"
  private static let post =
    "POST /v1/exchange HTTP/1.1\r\nHost: HOST\r\nContent-Type: application/octet-stream\r\n"

  static let heads: [Bad] = [
    Bad("lines that end in LF alone", "GET /healthz HTTP/1.1\nHost: HOST\n\n", [400]),
    Bad("one line that ends in LF alone", "\(get)A: b\n\r\n", [400]),
    Bad("a lone CR in a field", "\(get)A: b\rc\r\n\r\n", [400]),
    Bad("an empty line at first", "\r\n\(get)\r\n", [400]),
    Bad("a folded line", "\(get)A: b\r\n c\r\n\r\n", [400]),
    Bad("a space before the colon", "\(get)A : b\r\n\r\n", [400]),
    Bad("a field without a colon", "\(get)nonsense\r\n\r\n", [400]),
    Bad("a field without a name", "\(get): b\r\n\r\n", [400]),
    Bad("NUL in a field", "\(get)A: b\0c\r\n\r\n", [400]),
    Bad("NUL in the path", "GET /health\0z HTTP/1.1\r\nHost: HOST\r\n\r\n", [400]),
    Bad("an escape sequence in the path", "GET /\u{1B}[2J HTTP/1.1\r\nHost: HOST\r\n\r\n", [400]),
    Bad("letters beyond ASCII in the path", "GET /é HTTP/1.1\r\nHost: HOST\r\n\r\n", [400]),
    Bad("a space in the path", "GET /a b HTTP/1.1\r\nHost: HOST\r\n\r\n", [400]),
    Bad("no version", "GET /healthz\r\n\r\n", [400]),
    Bad("version 0.9", "GET /healthz HTTP/0.9\r\nHost: HOST\r\n\r\n", [400, 505]),
    Bad("version 2.0", "GET /healthz HTTP/2.0\r\nHost: HOST\r\n\r\n", [400, 505]),
    Bad("the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", [400]),
    Bad("what TLS says first", "\u{16}\u{03}\u{01}\u{02}\0\u{01}\0", [400]),
    Bad("garbage", "\u{7}\u{7F}\u{1}xyz", [400]),
    Bad("lower-case garbage", "hello there\r\n\r\n", [400]),
    Bad("65 fields", get + String(repeating: "A: b\r\n", count: 64) + "\r\n", [431]),
    Bad("one long field", get + "A: \(String(repeating: "b", count: 17_000))\r\n\r\n", [431]),
    Bad("a long path", "GET /\(String(repeating: "b", count: 17_000)) HTTP/1.1\r\n\r\n", [431]),
    Bad("a head that never ends", get + String(repeating: "A: bcdefghi\r\n", count: 4_000), [431]),
    Bad("no Host", "GET /healthz HTTP/1.1\r\n\r\n", [400]),
    Bad("two Hosts", "\(get)Host: HOST\r\n\r\n", [400]),
    Bad("an upgrade", "\(get)Connection: upgrade\r\nUpgrade: websocket\r\n\r\n", [400]),
    Bad("an upgrade to HTTP/2", "\(get)Connection: upgrade\r\nUpgrade: h2c\r\n\r\n", [400]),
    Bad("CONNECT", "CONNECT HOST HTTP/1.1\r\nHost: HOST\r\n\r\n", [400]),
    Bad("TRACE", "TRACE /healthz HTTP/1.1\r\nHost: HOST\r\n\r\n", [400]),
    Bad("an unknown method", "BREW /healthz HTTP/1.1\r\nHost: HOST\r\n\r\n", [400]),
    Bad("a method in small letters", "get /healthz HTTP/1.1\r\nHost: HOST\r\n\r\n", [400]),
    Bad("OPTIONS *", "OPTIONS * HTTP/1.1\r\nHost: HOST\r\n\r\n", [400]),
    Bad("an absolute target", "GET http://HOST/healthz HTTP/1.1\r\nHost: HOST\r\n\r\n", [400]),
    Bad("another's target", "GET http://evil.example/ HTTP/1.1\r\nHost: HOST\r\n\r\n", [400]),
  ]

  static let bodies: [Bad] = [
    Bad("chunks", "\(post)Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", [411]),
    Bad(
      "chunks with extensions",
      "\(post)Transfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n0\r\n\r\n",
      [411]),
    Bad(
      "an absurd chunk",
      "\(post)Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\nabc", [411]),
    Bad("an unknown transfer encoding", "\(post)Transfer-Encoding: xyz\r\n\r\nabc", [400, 411]),
    Bad(
      "a length and chunks",
      "\(post)Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", [400]),
    Bad("two lengths", "\(post)Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc", [400]),
    Bad("two other lengths", "\(post)Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", [400]),
    Bad("a list of lengths", "\(post)Content-Length: 3, 3\r\n\r\nabc", [400]),
    Bad("a length with a sign", "\(post)Content-Length: +3\r\n\r\nabc", [400]),
    Bad("a negative length", "\(post)Content-Length: -3\r\n\r\nabc", [400]),
    Bad("a length in hexadecimal", "\(post)Content-Length: 0x3\r\n\r\nabc", [400]),
    Bad("a length beyond numbers", "\(post)Content-Length: 99999999999999999999\r\n\r\n", [400]),
    Bad("a terabyte", "\(post)Content-Length: 1000000000000\r\n\r\nabc", [413]),
    Bad("9 MiB", "\(post)Content-Length: 9437184\r\n\r\nabc", [413]),
    Bad("a packed body", "\(post)Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc", [415]),
    Bad("expecting something", "\(post)Expect: a-miracle\r\nContent-Length: 3\r\n\r\nabc", [417]),
    Bad("a body of GET", "\(get)Content-Length: 3\r\nConnection: close\r\n\r\nabc", [413]),
    Bad("half a body", "\(get)Content-Length: 3\r\n\r\na", [413]),
  ]

  static let paths: [Bad] = [
    "//v1/exchange", "/v1//exchange", "/v1/exchange/", "/v1/../healthz", "/./healthz",
    "/%68ealthz", "/v1%2Fexchange", "/healthz?", "/healthz?a=b", "/healthz;a", "/HEALTHZ",
    "/healthz/", "/", "/v1", "/v2/exchange", "/healthz%00", "/%2e%2e/etc/passwd", "/\\healthz",
  ].map { Bad("GET \($0)", "GET \($0) HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n", [404]) }

  @Test("each ends in a clean refusal that closes, and the daemon serves on")
  func refused() throws {
    try Lab.run { lab in
      let daemon = try lab.machine("desk").startDaemon()
      // One that is served all the while, on one connection.
      let other = try Wire.connect(port: daemon.httpPort)
      defer { close(other) }
      for bad in Self.heads + Self.bodies + Self.paths {
        let text = bad.text.replacingOccurrences(of: "HOST", with: "127.0.0.1:\(daemon.httpPort)")
        let start = Moment.now
        let (answer, isClosed) = try Wire.raw(port: daemon.httpPort, Array(text.utf8))
        #expect(bad.statuses.contains(answer.status), "\(bad): \(answer.head)")
        #expect(isClosed, "\(bad): the connection stays open")
        #expect(Moment.now - start < 4, "\(bad) took \(Moment.now - start) s")
        if answer.status > 0 {
          #expect(SafeFields.problems(answer) == [], "\(bad): \(answer.head)")
          #expect(answer.body.count < 200, "\(bad): \(answer.text)")
        }
        Wire.send(
          other, Array("GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:\(daemon.httpPort)\r\n\r\n".utf8))
        let served = Wire.answer(Wire.read(other) ?? [])
        #expect(served.status == 200, "after \(bad): \(served.head)")
      }
    }
  }

  @Test("HEAD is answered without a body, and without keeping the next answer from its place")
  func head() throws {
    try Lab.run { lab in
      let daemon = try lab.machine("desk").startDaemon()
      let host = "Host: 127.0.0.1:\(daemon.httpPort)\r\n"
      let text =
        "HEAD /healthz HTTP/1.1\r\n\(host)\r\nGET /healthz HTTP/1.1\r\n\(host)"
        + "Connection: close\r\n\r\n"
      let file = try Wire.connect(port: daemon.httpPort)
      defer { close(file) }
      Wire.send(file, Array(text.utf8))
      let all = String(decoding: Wire.readAll(file), as: UTF8.self)
      #expect(all.hasPrefix("HTTP/1.1 404"))
      #expect(all.contains("\r\n\r\nHTTP/1.1 200 OK\r\n"), "\(all)")
      #expect(all.hasSuffix(#"{"status":"ok"}"#))
    }
  }

  @Test("requests in a row are answered in their order, and too many of them cut the connection")
  func pipelined() throws {
    try Lab.run { lab in
      let daemon = try lab.machine("desk").startDaemon()
      let one = "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:\(daemon.httpPort)\r\n\r\n"
      let file = try Wire.connect(port: daemon.httpPort)
      defer { close(file) }
      Wire.send(file, Array(String(repeating: one, count: 8).utf8))
      let (bytes, isClosed) = Wire.readAll(file, until: Moment.now + 1.5)
      #expect(!isClosed)
      let all = String(decoding: bytes, as: UTF8.self)
      #expect(all.components(separatedBy: "HTTP/1.1 200 OK").count == 9)

      let flood = Array(String(repeating: one, count: 2_000).utf8)
      #expect(try Wire.raw(port: daemon.httpPort, flood, seconds: 5).isClosed)
      #expect(try daemon.get("/healthz").status == 200)
    }
  }

  @Test("who promises a large body and waits to be told hears 401 first; a peer hears 100")
  func expectations() throws {
    try Lab.run { lab in
      let machine = try lab.machine("desk")
      let daemon = try machine.startDaemon()
      let hand = try HandPeer(with: machine)
      let start =
        "POST /v1/texts/get HTTP/1.1\r\nHost: 127.0.0.1:\(daemon.httpPort)\r\nConnection: close\r\n"
        + "Content-Type: application/octet-stream\r\nExpect: 100-continue\r\nContent-Length: 1\r\n"
      #expect(try Wire.raw(port: daemon.httpPort, Array("\(start)\r\n".utf8)).answer.status == 401)

      let file = try Wire.connect(port: daemon.httpPort)
      defer { close(file) }
      Wire.send(file, Array("\(start)Authorization: \(hand.header)\r\n\r\n".utf8))
      #expect(Wire.answer(Wire.read(file) ?? []).status == 100)
      Wire.send(file, [0])
      #expect(Wire.answer(Wire.readAll(file)).status == 200)
    }
  }

  @Test("a body that is too large is refused before it comes, and not read")
  func notRead() throws {
    try Lab.run { lab in
      let machine = try lab.machine("desk")
      let daemon = try machine.startDaemon()
      let hand = try HandPeer(with: machine)
      for (path, most) in [("/v1/exchange", 8 << 20), ("/v1/texts/get", 64 << 10)] {
        let head =
          "POST \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(daemon.httpPort)\r\n"
          + "Authorization: \(hand.header)\r\nContent-Type: application/octet-stream\r\n"
          + "Content-Length: \(most + 1)\r\n\r\n"
        let (answer, isClosed) = try Wire.raw(port: daemon.httpPort, Array(head.utf8), seconds: 4)
        #expect(answer.status == 413, "\(path): \(answer.head)")
        #expect(isClosed)
      }
    }
  }
}
