// SPDX-License-Identifier: MIT

/// One event of a server-sent event stream.
public struct ServerSentEvent: Sendable, Hashable {
  /// Its type; `message` when the peer named none.
  public var event: String
  /// Its data, lines joined by a line feed.
  public var data: String
  /// The id of the last event that had one, this one included; empty before any had.
  public var id: String
  /// How long to wait before connecting again, if the peer said so together with this event.
  public var retry: Duration?

  /// An event of the parts given.
  public init(event: String = "message", data: String, id: String = "", retry: Duration? = nil) {
    self.event = event
    self.data = data
    self.id = id
    self.retry = retry
  }
}

/// Why a stream of events was given up.
public enum ServerSentEventError: Error, Sendable, Hashable {
  /// A line has more bytes than allowed.
  case lineTooLong(bytesMax: Int)
  /// An event's data have more bytes than allowed.
  case eventTooLarge(bytesMax: Int)
}

/// Reads server-sent events from bytes that come in parts of any size.
///
/// Follows https://html.spec.whatwg.org/multipage/server-sent-events.html, sections "Parsing" and
/// "Interpreting an event stream": lines end with CR, LF or both; a line that begins with a colon
/// is a comment; an empty line ends an event; an event without data isn't one; a byte order mark at
/// the start is skipped; what follows the last empty line is dropped at the end of the stream.
///
/// The result doesn't depend on how the bytes are split. A part takes time proportional to its
/// size; at most one line and one event are kept, each within its limit. An error is final.
///
///     var parser = ServerSentEventParser()
///     for try await bytes in stream.body {
///       for event in try parser.take(bytes) { … }
///     }
public struct ServerSentEventParser: Sendable {
  /// The id of the last event that had one: what to send as `Last-Event-ID` when connecting again.
  public private(set) var lastEventID = ""
  /// How long the peer last asked us to wait before we connect again, with an event or without.
  public private(set) var retry: Duration?

  private let lineBytesMax: Int
  private let eventBytesMax: Int
  private var line: [UInt8] = []
  private var data: [UInt8] = []
  private var eventType = ""
  private var eventRetry: Duration?
  private var idBuffer = ""
  private var isFirstLine = true
  /// The last byte was a CR: an LF right after it belongs to it.
  private var followsCarriageReturn = false
  private var failure: ServerSentEventError?

  /// A parser at the start of a stream.
  ///
  /// - Parameters:
  ///   - lastEventID: that of the stream that this one goes on from.
  ///   - lineBytesMax: the longest line, its end not counted.
  ///   - eventBytesMax: the most data of one event, line feeds between its lines counted.
  public init(
    lastEventID: String = "", lineBytesMax: Int = 64 << 10, eventBytesMax: Int = 1 << 20
  ) {
    precondition(lineBytesMax > 0 && eventBytesMax > 0, "a parser needs room for a line")
    self.lastEventID = lastEventID
    self.lineBytesMax = lineBytesMax
    self.eventBytesMax = eventBytesMax
    idBuffer = lastEventID
  }

  /// Takes the next bytes and returns the events that they complete.
  public mutating func take(
    _ bytes: [UInt8]
  ) throws(ServerSentEventError) -> [ServerSentEvent] {
    if let failure { throw failure }
    var events: [ServerSentEvent] = []
    do throws(ServerSentEventError) {
      var rest = bytes[...]
      while let first = rest.first {
        if followsCarriageReturn {
          followsCarriageReturn = false
          if first == Self.lineFeed {
            rest.removeFirst()
            continue
          }
        }
        let text = rest.prefix { $0 != Self.lineFeed && $0 != Self.carriageReturn }
        guard line.count + text.count <= lineBytesMax else {
          throw .lineTooLong(bytesMax: lineBytesMax)
        }
        line.append(contentsOf: text)
        rest = rest[text.endIndex...]
        guard let end = rest.popFirst() else { break }
        followsCarriageReturn = end == Self.carriageReturn
        if let event = try endLine() { events.append(event) }
      }
    } catch {
      failure = error
      throw error
    }
    return events
  }

  /// Interprets the line that is complete.
  private mutating func endLine() throws(ServerSentEventError) -> ServerSentEvent? {
    var text = line[...]
    defer { line.removeAll(keepingCapacity: true) }
    if isFirstLine {
      isFirstLine = false
      if text.starts(with: Self.byteOrderMark) { text = text.dropFirst(Self.byteOrderMark.count) }
    }
    if text.isEmpty { return dispatch() }
    let name = text.prefix { $0 != Self.colon }
    // A comment has an empty name, which no field has.
    var value = text[name.endIndex...].dropFirst()
    if value.first == Self.space { value = value.dropFirst() }
    try takeField(String(decoding: name, as: UTF8.self), value)
    return nil
  }

  private mutating func takeField(
    _ name: String, _ value: ArraySlice<UInt8>
  ) throws(ServerSentEventError) {
    switch name {
    case "event": eventType = String(decoding: value, as: UTF8.self)
    case "data":
      // Its last line feed goes away when the event is complete.
      guard data.count + value.count <= eventBytesMax else {
        throw .eventTooLarge(bytesMax: eventBytesMax)
      }
      data.append(contentsOf: value)
      data.append(Self.lineFeed)
    case "id":
      if !value.contains(0) { idBuffer = String(decoding: value, as: UTF8.self) }
    case "retry":
      // Ten digits of milliseconds are 115 days; more is no wish to take seriously.
      let isNumber = value.allSatisfy { (0x30...0x39).contains($0) }
      if isNumber, value.count <= 10, let time = Int(String(decoding: value, as: UTF8.self)) {
        retry = .milliseconds(time)
        eventRetry = retry
      }
    default: break
    }
  }

  /// Ends the event; one without data leaves nothing but its id.
  private mutating func dispatch() -> ServerSentEvent? {
    lastEventID = idBuffer
    defer {
      data = []
      eventType = ""
      eventRetry = nil
    }
    guard !data.isEmpty else { return nil }
    return ServerSentEvent(
      event: eventType.isEmpty ? "message" : eventType,
      data: String(decoding: data.dropLast(), as: UTF8.self),
      id: lastEventID,
      retry: eventRetry)
  }

  private static let lineFeed: UInt8 = 0x0A
  private static let carriageReturn: UInt8 = 0x0D
  private static let colon: UInt8 = 0x3A
  private static let space: UInt8 = 0x20
  private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
}
