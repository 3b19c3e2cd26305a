// SPDX-License-Identifier: MIT

import Glibc
import Testing

@testable import CurlTransport

@Suite("A client's life", .timeLimit(.minutes(1)))
struct CurlClientLifeTests {
  @Test("shutting down ends all that is under way, and what comes later fails")
  func shutdown() async throws {
    let hasAsked = Signal()
    let server = try ScriptedServer { connection in
      guard let request = connection.readRequest() else { return }
      if request.line.contains("/stream") {
        connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
      } else {
        hasAsked.send()
      }
      connection.waitForClose()
    }
    let client = try makeClient()
    let stream = try await client.stream(HTTPRequest(url: server.url("/stream")))
    let request = HTTPRequest(url: server.url())
    let task = Task { try await client.perform(request) }
    #expect(await hasAsked.wait())
    await client.shutdown()
    let whole = await #expect(throws: CurlError.self) { try await task.value }
    let part = await #expect(throws: CurlError.self) { for try await _ in stream.body {} }
    let late = try await failure(of: request, client: client)
    #expect([whole?.code, part?.code, late.code] == [.shutDown, .shutDown, .shutDown])
    await client.shutdown()
  }

  @Test("a dropped client stops its thread")
  func dropped() async throws {
    let server = try ScriptedServer.answering { _ in ScriptedServer.ok("") }
    weak var inbox: CurlInbox?
    do {
      let client = try makeClient()
      inbox = client.inbox
      _ = try await client.perform(HTTPRequest(url: server.url()))
      #expect(inbox != nil)
    }
    // The thread holds the inbox as long as it runs.
    for _ in 0..<500 where inbox != nil { try await Task.sleep(for: .milliseconds(2)) }
    #expect(inbox == nil)
  }

  @Test("a stream keeps the client that it came from")
  func streamOutlivesItsVariable() async throws {
    let server = try ScriptedServer.answeringOnce(
      "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n"
    ) { connection in
      usleep(100_000)
      connection.send("late")
    }
    let stream = try await makeClient().stream(HTTPRequest(url: server.url()))
    var received: [UInt8] = []
    for try await bytes in stream.body { received += bytes }
    #expect(received == Array("late".utf8))
  }

  @Test("more transfers than allowed are refused, and room is made by those that end")
  func overloaded() async throws {
    let server = try ScriptedServer { connection in
      while let request = connection.readRequest() {
        if request.line.contains("/stall") { connection.waitForClose() }
        connection.send(ScriptedServer.ok(""))
      }
    }
    let client = try makeClient(transfersMax: 2)
    let request = HTTPRequest(url: server.url("/stall"))
    let tasks = (0..<2).map { _ in Task { try await client.perform(request) } }
    for _ in 0..<1000 where server.connectionsCount < 2 {
      try await Task.sleep(for: .milliseconds(2))
    }
    let error = try await failure(of: HTTPRequest(url: server.url()), client: client)
    #expect(error.code == .overloaded)
    for task in tasks {
      task.cancel()
      _ = await task.result
    }
    #expect(try await client.perform(HTTPRequest(url: server.url())).status == 200)
  }

  @Test("what is handed over as the thread ends is failed, not forgotten")
  func lateSubmission() async throws {
    let multi = try CurlMulti(idleConnectionsMax: 1)
    let inbox = CurlInbox(waker: multi.waker, transfersMax: 1)
    let engine = CurlEngine(multi: multi, inbox: inbox, userAgent: "postil/test")
    let target = try RequestTarget("http://127.0.0.1:1/")
    func submit() -> StreamBuffer {
      let buffer = StreamBuffer(bytesMax: 1, target: target)
      inbox.submit(
        CurlInbox.Submission(
          id: 1, request: HTTPRequest(url: target.url), target: target,
          ticket: CancellationTicket(), sink: .stream(buffer)))
      return buffer
    }
    let before = submit()
    #expect(!before.hasEnded)
    withExtendedLifetime(engine) { inbox.close() }
    for buffer in [before, submit()] {
      try #require(buffer.hasEnded)
      let head = await buffer.head()
      #expect(throws: CurlError.self) { try head.get() }
    }
  }

  @Test("many clients come and go while their requests run")
  func churn() async throws {
    let server = try ScriptedServer.answering { _ in ScriptedServer.ok("x") }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<40 {
        group.addTask {
          let client = try makeClient()
          let request = HTTPRequest(url: server.url())
          let tasks = (0..<3).map { _ in Task { try await client.perform(request) } }
          if number.isMultiple(of: 2) { await client.shutdown() }
          for task in tasks {
            switch await task.result {
            case .success(let response): #expect(response.status == 200)
            case .failure(let error): #expect((error as? CurlError)?.code == .shutDown)
            }
          }
        }
      }
      try await group.waitForAll()
    }
  }

  @Test("the user agent has to be fit for a header", arguments: ["", "a\r\nb", "postil/\u{e4}"])
  func userAgent(text: String) {
    let error = #expect(throws: CurlError.self) { _ = try CurlClient(userAgent: text) }
    #expect(error?.code == .invalidRequest)
  }
}
