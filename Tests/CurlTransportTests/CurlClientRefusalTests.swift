// SPDX-License-Identifier: MIT

import Glibc
import TestSupport
import Testing

@testable import CurlTransport

/// The error of a request that has to fail.
func failure(
  of request: HTTPRequest, client: CurlClient? = nil,
  sourceLocation: SourceLocation = #_sourceLocation
) async throws -> CurlError {
  let client = try client ?? makeClient()
  return try await #require(throws: CurlError.self, sourceLocation: sourceLocation) {
    _ = try await client.perform(request)
  }
}

@Suite("A request fails", .timeLimit(.minutes(1)))
struct CurlClientRefusalTests {
  @Test(
    "when the answer isn't HTTP/1",
    arguments: [
      "hello, this is HTTP/0.9\n",
      "\u{0}\u{1}\u{2}\u{3}garbage\r\n\r\n",
      "SSH-2.0-OpenSSH_9.2\r\n",
      "HTTP/1.1 OK\r\n\r\n",
      "HTTP/1.1 099 Low\r\n\r\n",
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\nbytes",
      "HTTP/1.1 200 OK\r\nno colon here\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: abc\r\n\r\n",
    ])
  func garbage(text: String) async throws {
    let server = try ScriptedServer.answeringOnce(text)
    let error = try await failure(of: HTTPRequest(url: server.url()))
    #expect(error.code == .badResponse, "\(error)")
  }

  @Test(
    "when the connection ends early",
    arguments: [
      "", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc",
    ], [false, true])
  func cut(text: String, byReset: Bool) async throws {
    let server = try ScriptedServer.answeringOnce(text) { connection in
      // So that the reset doesn't overtake the bytes.
      if byReset {
        usleep(20_000)
        connection.reset()
      }
    }
    let error = try await failure(of: HTTPRequest(url: server.url()))
    #expect(error.code == .connectionLost, "\(error)")
  }

  @Test("when nobody listens")
  func unreachable() async throws {
    let port = try ScriptedServer.unusedPort()
    let error = try await failure(of: HTTPRequest(url: "http://127.0.0.1:\(port)/x"))
    #expect(error.code == .cannotConnect)
    #expect(error.message.hasPrefix("Could not connect to http://127.0.0.1:\(port)/x ("))
    #expect(error.message.hasSuffix("). \(CurlError.Code.cannotConnect.advice)"))
  }

  @Test("when the host has no address")
  func unresolvable() async throws {
    // ".invalid" never has one (RFC 6761, 6.4); a machine without name servers may take its time.
    let limits = HTTPLimits(connectTimeout: .seconds(2))
    let error = try await failure(
      of: HTTPRequest(url: "http://nobody.invalid/", limits: limits))
    #expect(error.code == .cannotResolve || error.code == .timedOut, "\(error)")
  }

  @Test(
    "before it is sent, when it isn't one",
    arguments: [
      "file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1/", "dict://127.0.0.1/",
      "127.0.0.1/", "http:/127.0.0.1/", "http://", "http:///path", "HTTP://user@127.0.0.1/",
      "http://user:pass@127.0.0.1/", "http://127.0.0.1/a b", "http://127.0.0.1/\r\nX: y",
      "http://127.0.0.1\\@example.com/", "http://127.0.0.1/\u{0}", "", "http://127.0.0.1:99999/",
      "http://ex\u{e4}mple.invalid/",
    ])
  func badURL(url: String) async throws {
    let error = try await failure(of: HTTPRequest(url: url))
    #expect(error.code == .invalidRequest, "\(error)")
  }

  @Test(
    "before it is sent, when a header would change the message",
    arguments: [
      ("X", "a\r\nInjected: b"), ("X\r\nY", "a"), ("X:", "a"), ("", "a"), ("X", "a\u{0}b"),
      ("content-length", "0"), ("Transfer-Encoding", "chunked"), ("Expect", "100-continue"),
      ("Connection", "close"), ("X", String(repeating: "a", count: 20_000)),
    ])
  func badHeader(name: String, value: String) async throws {
    let server = try ScriptedServer.answering { _ in ScriptedServer.ok("") }
    let error = try await failure(
      of: HTTPRequest(.post, url: server.url(), headers: [(name, value)]))
    #expect(error.code == .invalidRequest, "\(error)")
    #expect(server.connectionsCount == 0)
  }

  @Test("before it is sent, when it is a GET with a body")
  func getWithBody() async throws {
    let error = try await failure(of: HTTPRequest(url: "http://127.0.0.1:1/", body: [1]))
    #expect(error.code == .invalidRequest)
  }

  @Test(
    "at once when the body is larger than its limit",
    arguments: [
      "Content-Length: 1000000000", "Content-Length: 1001", "Transfer-Encoding: chunked",
      "Connection: close",
    ])
  func hugeBody(header: String) async throws {
    let server = try ScriptedServer.answeringOnce("HTTP/1.1 200 OK\r\n\(header)\r\n\r\n") {
      let part = String(repeating: "x", count: 1001)
      switch header {
      case "Content-Length: 1000000000": break
      case "Transfer-Encoding: chunked": $0.sendChunk(part)
      default: $0.send(part)
      }
      // The peer doesn't end its answer: who is told at once doesn't wait for that.
      $0.waitForClose()
    }
    let start = ContinuousClock.now
    let error = try await failure(
      of: HTTPRequest(url: server.url(), limits: HTTPLimits(responseBytesMax: 1000)))
    #expect(error.code == .tooLarge, "\(error)")
    #expect(ContinuousClock.now - start < .seconds(8) * Sanitizer.patience)
  }

  @Test("not when the body is as large as its limit")
  func largestBody() async throws {
    let server = try ScriptedServer.answering { _ in
      ScriptedServer.ok(String(repeating: "x", count: 1000))
    }
    let response = try await makeClient().perform(
      HTTPRequest(url: server.url(), limits: HTTPLimits(responseBytesMax: 1000)))
    #expect(response.body.count == 1000)
  }

  @Test(
    "when headers, interim answers or trailers don't end",
    arguments: [
      ("HTTP/1.1 200 OK\r\n", "A: b\r\n"), ("", "HTTP/1.1 103 Early Hints\r\n\r\n"),
      ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", "A: b\r\n"),
    ])
  func endlessHeaders(start: String, part: String) async throws {
    let server = try ScriptedServer.answeringOnce(start) { connection in
      let parts = String(repeating: part, count: 100)
      while connection.send(parts) {}
    }
    let error = try await failure(of: HTTPRequest(url: server.url()))
    #expect(error.code == .tooLarge, "\(error)")
  }

  @Test("with a message that keeps secrets")
  func secrets() async throws {
    let port = try ScriptedServer.unusedPort()
    let requests = [
      HTTPRequest(
        .post, url: "http://127.0.0.1:\(port)/p?token=hush#hush",
        headers: [("Authorization", "Bearer hush")], body: Array("hush".utf8)),
      HTTPRequest(url: "http://me:hush@127.0.0.1/p"),
      HTTPRequest(url: "http://127.0.0.1/p", headers: [("Cookie", "hush\n")]),
    ]
    for request in requests {
      let error = try await failure(of: request)
      #expect(error.message.contains("http://127.0.0.1"))
      #expect(error.message.contains("/p "))
      #expect(!error.message.contains("hush"), "\(error)")
    }
  }
}
