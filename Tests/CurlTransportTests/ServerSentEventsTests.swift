// SPDX-License-Identifier: MIT

import CurlTransport
import Testing

@Suite("Server-sent events")
struct ServerSentEventsTests {
  /// Takes in the text as the parts say and returns all events, with the parser.
  private func parse(
    _ parts: [[UInt8]]
  ) throws -> (events: [ServerSentEvent], parser: ServerSentEventParser) {
    var parser = ServerSentEventParser()
    var events: [ServerSentEvent] = []
    for part in parts { events += try parser.take(part) }
    return (events, parser)
  }

  private func parse(_ text: String) throws -> [ServerSentEvent] {
    try parse([Array(text.utf8)]).events
  }

  private static let sample = """
    \u{FEFF}: hello
    retry: 2500

    event: change
    id: 7
    data: {"n":1}
    data
    data:  два 😀

    id
    data:x
    other: ignored

    data: unfinished
    """
  private static let expected = [
    ServerSentEvent(event: "change", data: "{\"n\":1}\n\n два 😀", id: "7"),
    ServerSentEvent(data: "x"),
  ]

  @Test(
    "are the same whatever ends the lines and wherever the parts end",
    arguments: ["\n", "\r", "\r\n"])
  func everySplit(lineEnd: String) throws {
    let lines = Self.sample.split(separator: "\n", omittingEmptySubsequences: false)
    let bytes = Array(lines.joined(separator: lineEnd).utf8)
    #expect(try parse(bytes.map { [$0] }).events == Self.expected)
    for first in 0...bytes.count {
      for second in first...bytes.count {
        let parts = [bytes[..<first], bytes[first..<second], bytes[second...]].map(Array.init)
        let (events, parser) = try parse(parts)
        guard events == Self.expected, parser.retry == .milliseconds(2500) else {
          Issue.record("split at \(first) and \(second): \(events)")
          return
        }
      }
    }
  }

  @Test("follow the examples of the specification")
  func specificationExamples() throws {
    #expect(
      try parse("data: YHOO\ndata: +2\ndata: 10\n\n") == [ServerSentEvent(data: "YHOO\n+2\n10")])
    #expect(
      try parse(
        ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\n"
          + "data:  third event\n\n")
        == [
          ServerSentEvent(data: "first event", id: "1"), ServerSentEvent(data: "second event"),
          ServerSentEvent(data: " third event"),
        ])
    #expect(
      try parse("data\n\ndata\ndata\n\ndata:")
        == [ServerSentEvent(data: ""), ServerSentEvent(data: "\n")])
    #expect(
      try parse("data:test\n\ndata: test\n\n")
        == [ServerSentEvent(data: "test"), ServerSentEvent(data: "test")])
  }

  @Test(
    "leave out what the specification leaves out",
    arguments: [
      "", "\n\n\n", ":\n\n", "event: x\n\n", "id: 1\n\n", "Data: x\n\n", " data: x\n\n",
      "data: x\n",
      "x\u{FEFF}data: x\n\n", "data : x\n\n",
    ])
  func nothing(text: String) throws {
    #expect(try parse(text) == [])
  }

  @Test("an event's type doesn't outlive it, an id does")
  func carriedOver() throws {
    #expect(
      try parse("event: a\nid: 1\n\ndata: x\n\nevent: b\nevent\ndata: y\nid: 2\n\n")
        == [ServerSentEvent(data: "x", id: "1"), ServerSentEvent(data: "y", id: "2")])
  }

  @Test("an id counts when its event is complete, even one without data")
  func lastEventID() throws {
    var parser = ServerSentEventParser(lastEventID: "0")
    #expect(try parser.take(Array("data: a\n\nid: 1\n".utf8)).map(\.id) == ["0"])
    #expect(parser.lastEventID == "0")
    _ = try parser.take([0x0A])
    #expect(parser.lastEventID == "1")
    _ = try parser.take(Array("id: 2\u{0}\n\n".utf8))
    #expect(parser.lastEventID == "1")
  }

  @Test(
    "a wait is taken only as digits",
    arguments: [
      ("15", 15), ("0", 0), ("+5", nil), ("-5", nil), ("5 ", nil), ("", nil), ("1e3", nil),
      ("99999999999", nil),
    ])
  func retry(text: String, milliseconds: Int?) throws {
    let (events, parser) = try parse([Array("retry:\(text)\ndata: a\n\ndata: b\n\n".utf8)])
    let wait = milliseconds.map { Duration.milliseconds($0) }
    #expect(parser.retry == wait)
    #expect(events.map(\.retry) == [wait, nil])
  }

  @Test("bytes that aren't UTF-8 become replacement characters, wherever the parts end")
  func notUTF8() throws {
    let bytes: [UInt8] = Array("data: a".utf8) + [0xFF, 0xE2, 0x82] + Array("b\n\n".utf8)
    let whole = try parse([bytes]).events
    #expect(whole == [ServerSentEvent(data: "a\u{FFFD}\u{FFFD}b")])
    #expect(try parse(bytes.map { [$0] }).events == whole)
  }

  @Test("a line has its limit, complete or not, and so has an event")
  func limits() throws {
    func makeParser() -> ServerSentEventParser {
      ServerSentEventParser(lineBytesMax: 10, eventBytesMax: 8)
    }
    let fits = Array("data: 1234\r\ndata: 56\n\n".utf8)
    let longLine = Array("data: 12345".utf8)
    let largeEvent = Array("data: 1234\ndata: 5678\n".utf8)
    for isBytewise in [false, true] {
      func take(
        _ bytes: [UInt8], _ parser: inout ServerSentEventParser
      ) throws -> [ServerSentEvent] {
        guard isBytewise else { return try parser.take(bytes) }
        return try bytes.flatMap { try parser.take([$0]) }
      }
      var parser = makeParser()
      #expect(try take(fits, &parser) == [ServerSentEvent(data: "1234\n56")])
      #expect(throws: ServerSentEventError.lineTooLong(bytesMax: 10)) {
        _ = try take(longLine, &parser)
      }
      // It stays so.
      #expect(throws: ServerSentEventError.lineTooLong(bytesMax: 10)) {
        _ = try parser.take([])
      }
      parser = makeParser()
      #expect(throws: ServerSentEventError.eventTooLarge(bytesMax: 8)) {
        _ = try take(largeEvent, &parser)
      }
    }
  }
}
