// SPDX-License-Identifier: MIT

import Glibc
import TestSupport
import Testing

@testable import CurlTransport

func makeClient(transfersMax: Int = 256) throws -> CurlClient {
  try CurlClient(userAgent: "postil/test", transfersMax: transfersMax)
}

@Suite("An answer", .timeLimit(.minutes(1)))
struct CurlClientAnswerTests {
  private static let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

  @Test("has its status, headers, body and address")
  func wholeAnswer() async throws {
    let server = try ScriptedServer.answering { _ in
      ScriptedServer.ok("hello", headers: "X-Kind: a\r\nx-kind:  b \r\nEmpty:\r\n")
    }
    let response = try await makeClient().perform(HTTPRequest(url: server.url()))
    #expect(response.status == 200)
    #expect(response.body == Array("hello".utf8))
    #expect(response.headers["CONTENT-LENGTH"] == "5")
    #expect(response.headers["x-KIND"] == "a")
    #expect(response.headers.values(of: "X-Kind") == ["a", "b"])
    #expect(response.headers["empty"] == "")
    #expect(response.headers["missing"] == nil)
    #expect(response.remoteAddress == "127.0.0.1:\(server.port)")
  }

  @Test("a GET goes out as written, and with nothing but that")
  func getOnTheWire() async throws {
    let server = try ScriptedServer.answering { request in
      ScriptedServer.ok(([request.line] + request.headers).joined(separator: "\n"))
    }
    let response = try await makeClient().perform(
      HTTPRequest(
        url: server.url("/a/../b?q=%20"),
        headers: [("Authorization", "Bearer secret"), ("X-Empty", "")]))
    #expect(
      String(decoding: response.body, as: UTF8.self).split(separator: "\n") == [
        "GET /a/../b?q=%20 HTTP/1.1", "Host: 127.0.0.1:\(server.port)", "User-Agent: postil/test",
        "Accept: */*", "Authorization: Bearer secret", "X-Empty:",
      ])
  }

  // Above 1 MiB, libcurl would ask first whether it may send (Expect: 100-continue).
  @Test(
    "a POST goes out with its body and length at once",
    arguments: [0, 1, 70_000, (1 << 20) + 1])
  func postOnTheWire(size: Int) async throws {
    let server = try ScriptedServer.answering { request in
      let sum = request.body.reduce(0) { ($0 &* 31 &+ Int($1)) & 0xFFFF_FFFF }
      return ScriptedServer.ok(
        "\(request.line)|\(request.header("Content-Length") ?? "")|\(sum)"
          + "|\(request.header("Expect") ?? "none")|\(request.header("Content-Type") ?? "none")")
    }
    let body = (0..<size).map { UInt8(truncatingIfNeeded: $0 / 3) }
    let sum = body.reduce(0) { ($0 &* 31 &+ Int($1)) & 0xFFFF_FFFF }
    let response = try await makeClient().perform(
      HTTPRequest(.post, url: server.url("/x"), body: body))
    #expect(
      String(decoding: response.body, as: UTF8.self)
        == "POST /x HTTP/1.1|\(size)|\(sum)|none|none")
  }

  @Test("a POST says what its caller says it is")
  func contentType() async throws {
    let server = try ScriptedServer.answering { request in
      ScriptedServer.ok(request.header("Content-Type") ?? "none")
    }
    let response = try await makeClient().perform(
      HTTPRequest(
        .post, url: server.url(), headers: [("content-type", "application/json")], body: [1]))
    #expect(String(decoding: response.body, as: UTF8.self) == "application/json")
  }

  @Test(
    "is read in each of HTTP/1's shapes",
    arguments: [
      (chunked + "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", 200),
      (chunked + "5\r\nabcde\r\n0\r\nX: t\r\n\r\n", 200),
      ("HTTP/1.0 404 \r\n\r\nabcde", 404),
      ("HTTP/1.1 500\r\nConnection: close\r\n\r\nabcde", 500),
      ("HTTP/1.1 100 Continue\r\nA: 1\r\n\r\n" + ScriptedServer.ok("abcde"), 200),
    ])
  func shapes(text: String, status: Int) async throws {
    let server = try ScriptedServer.answeringOnce(text)
    let response = try await makeClient().perform(HTTPRequest(url: server.url()))
    #expect(response.status == status)
    #expect(response.body == Array("abcde".utf8))
    #expect(response.headers["A"] == nil && response.headers["X"] == nil)
  }

  @Test("without a body is empty")
  func noContent() async throws {
    let server = try ScriptedServer.answering { _ in "HTTP/1.1 204 No Content\r\n\r\n" }
    let client = try makeClient()
    for _ in 0..<3 {
      let response = try await client.perform(HTTPRequest(url: server.url()))
      #expect(response.status == 204 && response.body.isEmpty)
    }
    #expect(server.connectionsCount == 1)
  }

  @Test("that redirects isn't followed")
  func redirect() async throws {
    let server = try ScriptedServer.answering { _ in
      "HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n"
    }
    let response = try await makeClient().perform(HTTPRequest(url: server.url()))
    #expect(response.status == 302)
    #expect(response.headers["location"] == "/elsewhere")
    #expect(server.connectionsCount == 1)
  }

  @Test("comes from the peer itself, whatever proxies the environment names")
  func environmentProxies() async {
    await #expect(processExitsWith: .success) {
      let proxy = try ScriptedServer.answering { _ in ScriptedServer.ok("proxy") }
      for name in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"] {
        setenv(name, proxy.url(), 1)
      }
      let server = try ScriptedServer.answering { _ in ScriptedServer.ok("peer") }
      let response = try await makeClient().perform(HTTPRequest(url: server.url()))
      #expect(response.body == Array("peer".utf8))
      #expect(proxy.connectionsCount == 0)
    }
  }

  @Test("comes over the connection of the one before, in well under a millisecond")
  func reuse() async throws {
    let server = try ScriptedServer.answering { _ in ScriptedServer.ok("in step") }
    let client = try makeClient()
    let request = HTTPRequest(.post, url: server.url(), body: Array(repeating: 7, count: 80))
    var times: [Duration] = []
    for _ in 0..<1000 {
      let start = ContinuousClock.now
      let response = try await client.perform(request)
      times.append(ContinuousClock.now - start)
      #expect(response.status == 200)
    }
    #expect(server.connectionsCount == 1)
    times.sort()
    print("warm round trip: median \(times[500]), p90 \(times[900]), p99 \(times[990])")
    // Measured at 0.1 ms; the bound is for a machine that is busy with other tests.
    #expect(times[500] < .milliseconds(5) * Sanitizer.patience)
  }

  @Test("comes over a new connection when the kept one has died")
  func deadConnection() async throws {
    let server = try ScriptedServer { connection in
      guard connection.readRequest() != nil else { return }
      connection.send(ScriptedServer.ok("\(connection.number)"))
      if connection.number == 1, connection.readRequest() != nil { connection.reset() }
      connection.waitForClose()
    }
    let client = try makeClient()
    for number in 1...2 {
      let response = try await client.perform(HTTPRequest(.post, url: server.url(), body: [1]))
      #expect(response.body == Array("\(number)".utf8))
    }
  }

  @Test("reaches whoever asked, with 200 asking at once")
  func concurrent() async throws {
    let server = try ScriptedServer.answering { request in ScriptedServer.ok(request.line) }
    let client = try makeClient()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<200 {
        group.addTask {
          let response = try await client.perform(HTTPRequest(url: server.url("/\(number)")))
          #expect(response.body == Array("GET /\(number) HTTP/1.1".utf8))
        }
      }
      try await group.waitForAll()
    }
  }
}
