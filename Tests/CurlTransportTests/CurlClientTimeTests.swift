// SPDX-License-Identifier: MIT

import Glibc
import TestSupport
import Testing

@testable import CurlTransport

@Suite("Time limits and cancellation", .timeLimit(.minutes(1)))
struct CurlClientTimeTests {
  private static let stalled = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart"

  @Test(
    "a stalled peer times out by the whole time",
    arguments: ["", "HTTP/1.1 200 OK\r\nA: b\r\n", stalled])
  func totalTimeout(text: String) async throws {
    let server = try ScriptedServer.answeringOnce(text) { $0.waitForClose() }
    let limits = HTTPLimits(totalTimeout: .milliseconds(300))
    let start = ContinuousClock.now
    let error = try await failure(of: HTTPRequest(url: server.url(), limits: limits))
    let time = ContinuousClock.now - start
    #expect(error.code == .timedOut, "\(error)")
    #expect(time > .milliseconds(250) && time < .seconds(8) * Sanitizer.patience, "\(time)")
  }

  @Test("slow headers within the time are waited for")
  func slowHeaders() async throws {
    let server = try ScriptedServer { connection in
      guard connection.readRequest() != nil else { return }
      for byte in ScriptedServer.ok("slow").utf8 {
        usleep(3000)
        connection.send([byte])
      }
    }
    let response = try await makeClient().perform(HTTPRequest(url: server.url()))
    #expect(response.body == Array("slow".utf8))
  }

  @Test("a trickling peer times out by its rate")
  func lowSpeed() async throws {
    let server = try ScriptedServer.answeringOnce(Self.stalled) { connection in
      while connection.send("x") { usleep(200_000) }
    }
    let limits = HTTPLimits(
      totalTimeout: nil, lowSpeed: HTTPLimits.LowSpeed(bytesPerSecond: 1000, seconds: 1))
    let error = try await failure(of: HTTPRequest(url: server.url(), limits: limits))
    #expect(error.code == .timedOut, "\(error)")
  }

  @Test("a silent peer times out by its silence, and only by that")
  func idleTimeout() async throws {
    // A second in parts, then nothing.
    let server = try ScriptedServer.answeringOnce(Self.stalled) { connection in
      for _ in 0..<10 {
        usleep(100_000)
        connection.send("x")
      }
      connection.waitForClose()
    }
    let limits = HTTPLimits(
      totalTimeout: nil, lowSpeed: nil, idleTimeout: .milliseconds(500))
    let start = ContinuousClock.now
    let error = try await failure(of: HTTPRequest(url: server.url(), limits: limits))
    let time = ContinuousClock.now - start
    #expect(error.code == .timedOut, "\(error)")
    #expect(time > .milliseconds(1400) && time < .seconds(8) * Sanitizer.patience, "\(time)")
  }

  @Test("a cancelled task cuts its transfer at once", arguments: ["", stalled])
  func cancellation(text: String) async throws {
    let hasAsked = Signal()
    let isCut = Signal()
    let server = try ScriptedServer.answeringOnce(text) { connection in
      hasAsked.send()
      if connection.waitForClose() { isCut.send() }
    }
    let client = try makeClient()
    let request = HTTPRequest(url: server.url())
    let task = Task { try await client.perform(request) }
    #expect(await hasAsked.wait())
    let start = ContinuousClock.now
    task.cancel()
    let error = await #expect(throws: CurlError.self) { try await task.value }
    #expect(error?.code == .cancelled)
    #expect(ContinuousClock.now - start < .seconds(5) * Sanitizer.patience)
    #expect(await isCut.wait())
  }

  @Test("a task that is cancelled already sends nothing")
  func cancelledBefore() async throws {
    let server = try ScriptedServer.answering { _ in ScriptedServer.ok("") }
    let client = try makeClient()
    let request = HTTPRequest(url: server.url())
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      let whole = await #expect(throws: CurlError.self) { _ = try await client.perform(request) }
      let stream = await #expect(throws: CurlError.self) { _ = try await client.stream(request) }
      return [whole?.code, stream?.code]
    }
    #expect(await task.value == [.cancelled, .cancelled])
    #expect(server.connectionsCount == 0)
  }

  @Test("a cancelled transfer leaves the others alone")
  func cancellationOfOne() async throws {
    let server = try ScriptedServer { connection in
      while let request = connection.readRequest() {
        if request.line.contains("/stall") {
          connection.waitForClose()
          return
        }
        usleep(50_000)
        connection.send(ScriptedServer.ok("fine"))
      }
    }
    let client = try makeClient()
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for number in 0..<40 {
        let path = number.isMultiple(of: 2) ? "/fine" : "/stall"
        let request = HTTPRequest(url: server.url(path))
        let task = Task { try await client.perform(request).status }
        group.addTask {
          if path == "/fine" { return try await task.value == 200 }
          try await Task.sleep(for: .milliseconds(number))
          task.cancel()
          return await #expect(throws: CurlError.self) { try await task.value }?.code == .cancelled
        }
      }
      for try await isRight in group { #expect(isRight) }
    }
  }
}
