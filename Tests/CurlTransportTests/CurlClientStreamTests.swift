// SPDX-License-Identifier: MIT

import Glibc
import Synchronization
import TestSupport
import Testing

@testable import CurlTransport

@Suite("A stream", .timeLimit(.minutes(1)))
struct CurlClientStreamTests {
  private static let head =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"

  @Test("gives its head first, and each part when it comes")
  func partsInTime() async throws {
    let hasHead = Signal()
    let hasFirst = Signal()
    let server = try ScriptedServer.answeringOnce(Self.head) { connection in
      hasHead.block()
      connection.sendChunk("data: 1\n\n")
      hasFirst.block()
      usleep(50_000)
      connection.sendChunk("data: 2\n")
      usleep(50_000)
      connection.sendChunk("\n: end\n")
      connection.send("0\r\n\r\n")
    }
    let stream = try await makeClient().stream(
      HTTPRequest(url: server.url(), limits: .eventStream))
    #expect(stream.status == 200)
    #expect(stream.headers["content-type"] == "text/event-stream")
    #expect(stream.remoteAddress == "127.0.0.1:\(server.port)")
    hasHead.send()
    var parser = ServerSentEventParser()
    var events: [String] = []
    for try await bytes in stream.body {
      #expect(!bytes.isEmpty)
      for event in try parser.take(bytes) {
        events.append(event.data)
        hasFirst.send()
      }
    }
    #expect(events == ["1", "2"])
  }

  @Test("brings an event in about the time of a wake-up")
  func latency() async throws {
    let asked = Atomic(0)
    let server = try ScriptedServer.answeringOnce(Self.head) { connection in
      for number in 1...200 {
        while asked.load(ordering: .sequentiallyConsistent) < number { usleep(200) }
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        connection.sendChunk("\(now.tv_sec * 1_000_000_000 + now.tv_nsec)")
      }
      connection.send("0\r\n\r\n")
    }
    let stream = try await makeClient().stream(
      HTTPRequest(url: server.url(), limits: .eventStream))
    var times: [Int] = []
    asked.add(1, ordering: .sequentiallyConsistent)
    for try await bytes in stream.body {
      var now = timespec()
      clock_gettime(CLOCK_MONOTONIC, &now)
      let sent = try #require(Int(String(decoding: bytes, as: UTF8.self)))
      times.append(now.tv_sec * 1_000_000_000 + now.tv_nsec - sent)
      asked.add(1, ordering: .sequentiallyConsistent)
    }
    times.sort()
    #expect(times.count == 200)
    print("event on an open stream: median \(times[100] / 1000) µs, p90 \(times[180] / 1000) µs")
    // A transport that only looks now and then would take its pause, a second, for each.
    #expect(times[100] < 500_000_000)
  }

  @Test("holds its peer back while its reader is busy, and loses nothing")
  func backPressure() async throws {
    let sent = Atomic(0)
    let total = 24 << 20
    let server = try ScriptedServer.answeringOnce(
      "HTTP/1.1 200 OK\r\nContent-Length: \(total)\r\n\r\n"
    ) { connection in
      var position = 0
      while position < total {
        let part = [UInt8](repeating: UInt8(truncatingIfNeeded: position >> 16), count: 64 << 10)
        guard connection.send(part) else { return }
        position += part.count
        sent.store(position, ordering: .sequentiallyConsistent)
      }
    }
    var limits = HTTPLimits.eventStream
    limits.streamBufferBytesMax = 100_000
    // It passes while the peer is held back, which isn't the peer's fault.
    limits.idleTimeout = .milliseconds(500)
    let stream = try await makeClient().stream(HTTPRequest(url: server.url(), limits: limits))
    try await Task.sleep(for: .milliseconds(1200))
    // What the buffers of the two sockets take, and not all of it.
    #expect(sent.load(ordering: .sequentiallyConsistent) < total / 2)
    // Each block of 64 KiB is filled with its number.
    var counts = [Int](repeating: 0, count: total >> 16)
    var received = 0
    for try await bytes in stream.body {
      #expect(bytes.count <= 100_000 + 16 << 10)
      var rest = bytes[...]
      while let first = rest.first {
        let block = received >> 16
        let part = rest.prefix(min(rest.count, ((block + 1) << 16) - received))
        #expect(first == UInt8(truncatingIfNeeded: block) && part.last == first)
        counts[block] += part.count
        received += part.count
        rest = rest.dropFirst(part.count)
      }
    }
    #expect(received == total)
    #expect(counts.allSatisfy { $0 == 64 << 10 })
  }

  @Test("that breaks off gives what came, then the error")
  func brokenOff() async throws {
    let server = try ScriptedServer.answeringOnce(Self.head) { connection in
      connection.sendChunk("abc")
    }
    let stream = try await makeClient().stream(HTTPRequest(url: server.url()))
    var received: [UInt8] = []
    let error = await #expect(throws: CurlError.self) {
      for try await bytes in stream.body { received += bytes }
    }
    #expect(received == Array("abc".utf8))
    #expect(error?.code == .connectionLost)
  }

  @Test("larger than its limit ends in an error")
  func tooLarge() async throws {
    let server = try ScriptedServer.answeringOnce(Self.head) { connection in
      while connection.sendChunk("abcdefgh") {}
    }
    let stream = try await makeClient().stream(
      HTTPRequest(url: server.url(), limits: HTTPLimits(responseBytesMax: 1000)))
    var count = 0
    let error = await #expect(throws: CurlError.self) {
      for try await bytes in stream.body { count += bytes.count }
    }
    #expect(error?.code == .tooLarge)
    #expect(count <= 1000)
  }

  @Test("that never begins fails before it is returned")
  func noHead() async throws {
    let server = try ScriptedServer.answeringOnce("nonsense\r\n")
    let client = try makeClient()
    let error = await #expect(throws: CurlError.self) {
      _ = try await client.stream(HTTPRequest(url: server.url()))
    }
    #expect(error?.code == .badResponse)
  }

  @Test("ends at once when its reader's task is cancelled", arguments: [true, false])
  func cancelled(afterHead: Bool) async throws {
    let isWaiting = Signal()
    let isCut = Signal()
    let server = try ScriptedServer.answeringOnce(afterHead ? Self.head : "") { connection in
      if !afterHead { isWaiting.send() }
      if connection.waitForClose() { isCut.send() }
    }
    let client = try makeClient()
    let task = Task {
      let stream = try await client.stream(
        HTTPRequest(url: server.url(), limits: .eventStream))
      isWaiting.send()
      for try await _ in stream.body {}
    }
    #expect(await isWaiting.wait())
    let start = ContinuousClock.now
    task.cancel()
    let error = await #expect(throws: CurlError.self) { try await task.value }
    #expect(error?.code == .cancelled)
    #expect(ContinuousClock.now - start < .seconds(5) * Sanitizer.patience)
    #expect(await isCut.wait())
  }

  @Test("is cut when nobody holds it any more")
  func dropped() async throws {
    let isCut = Signal()
    let server = try ScriptedServer.answeringOnce(Self.head) { connection in
      while connection.sendChunk(String(repeating: "x", count: 4096)) {}
      isCut.send()
    }
    let client = try makeClient()
    do {
      let stream = try await client.stream(HTTPRequest(url: server.url()))
      #expect(stream.status == 200)
    }
    #expect(await isCut.wait())
  }

  @Test("has one reader")
  func twoReaders() async throws {
    let server = try ScriptedServer.answeringOnce(Self.head) { $0.waitForClose() }
    let stream = try await makeClient().stream(HTTPRequest(url: server.url()))
    await withTaskGroup(of: CurlError.Code?.self) { group in
      for _ in 0..<2 {
        group.addTask {
          await #expect(throws: CurlError.self) { for try await _ in stream.body {} }?.code
        }
      }
      #expect(await group.next() == .invalidRequest)
      group.cancelAll()
      #expect(await group.next() == .cancelled)
    }
  }
}
