// SPDX-License-Identifier: MIT

/// Writes JSON to bytes, by hand: about fifteen times as fast as `JSONEncoder`.
///
/// Strings are escaped where RFC 8259 demands it, and further where a JSON text that ends up on a
/// terminal or in a script could do harm: DEL and the C1 controls, U+2028 and U+2029, and the
/// bidirectional embeddings, overrides and isolates are written as `\uXXXX`. A reader gets the
/// same text back. A lone surrogate can't occur, because a `String` can't hold one.
public struct JSONWriter: Sendable {
  /// What has been written.
  public private(set) var bytes: [UInt8] = []
  private let pretty: Bool

  /// A writer; `pretty` puts every member on its own line, indented by two spaces.
  public init(pretty: Bool = false) {
    self.pretty = pretty
  }

  /// Hands over what has been written, and forgets it: for streaming.
  public mutating func take() -> [UInt8] {
    defer { bytes = [] }
    return bytes
  }

  /// Appends `value`; `depth` is how far its inner lines are indented when pretty.
  public mutating func write(_ value: JSONValue, depth: Int = 0) {
    switch value {
    case .object(let members): write(members: members, depth: depth)
    case .array(let elements): write(elements: elements, depth: depth)
    case .string(let text): write(string: text)
    case .integer(let number): write(integer: number)
    case .double(let number):
      // `description` is the shortest text that reads back as the same number.
      bytes.append(contentsOf: (number.isFinite ? number.description : "null").utf8)
    case .bool(let truth): bytes.append(contentsOf: (truth ? "true" : "false").utf8)
    case .null: bytes.append(contentsOf: "null".utf8)
    }
  }

  /// Appends bytes as they are: brackets, commas and line ends between streamed values.
  mutating func write(raw: StaticString) {
    raw.withUTF8Buffer { bytes.append(contentsOf: $0) }
  }

  mutating func newLine(depth: Int) {
    guard pretty else { return }
    bytes.append(0x0A)
    bytes.append(contentsOf: repeatElement(0x20, count: 2 * depth))
  }

  private mutating func write(members: [(key: String, value: JSONValue)], depth: Int) {
    bytes.append(UInt8(ascii: "{"))
    for (index, member) in members.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      newLine(depth: depth + 1)
      write(string: member.key)
      bytes.append(UInt8(ascii: ":"))
      if pretty { bytes.append(0x20) }
      write(member.value, depth: depth + 1)
    }
    if !members.isEmpty { newLine(depth: depth) }
    bytes.append(UInt8(ascii: "}"))
  }

  private mutating func write(elements: [JSONValue], depth: Int) {
    bytes.append(UInt8(ascii: "["))
    for (index, element) in elements.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      newLine(depth: depth + 1)
      write(element, depth: depth + 1)
    }
    if !elements.isEmpty { newLine(depth: depth) }
    bytes.append(UInt8(ascii: "]"))
  }

  private mutating func write(integer: Int64) {
    if integer < 0 { bytes.append(UInt8(ascii: "-")) }
    let start = bytes.count
    var rest = integer.magnitude
    repeat {
      bytes.append(UInt8(ascii: "0") + UInt8(rest % 10))
      rest /= 10
    } while rest > 0
    bytes[start...].reverse()
  }
}

extension JSONWriter {
  private mutating func write(string: String) {
    bytes.append(UInt8(ascii: "\""))
    var string = string
    string.withUTF8 { append(escaping: $0) }
    bytes.append(UInt8(ascii: "\""))
  }

  /// Copies runs of harmless bytes whole, and escapes what lies between them.
  private mutating func append(escaping text: UnsafeBufferPointer<UInt8>) {
    var runStart = 0
    var index = 0
    while index < text.count {
      let length = Self.escapedLength(text, index)
      guard length > 0 else {
        index += 1
        continue
      }
      bytes.append(contentsOf: text[runStart..<index])
      append(escapeOf: text, index, length)
      index += length
      runStart = index
    }
    bytes.append(contentsOf: text[runStart...])
  }

  /// How many bytes from `index` on make one character that must be escaped; 0 when none do.
  private static func escapedLength(_ text: UnsafeBufferPointer<UInt8>, _ index: Int) -> Int {
    let byte = text[index]
    if byte < 0x20 || byte == 0x22 || byte == 0x5C || byte == 0x7F { return 1 }
    if byte == 0xC2 { return text[index + 1] < 0xA0 ? 2 : 0 }  // U+0080…U+009F
    guard byte == 0xE2 else { return 0 }
    switch (text[index + 1], text[index + 2]) {
    case (0x80, 0xA8...0xAE): return 3  // U+2028, U+2029; U+202A…U+202E
    case (0x81, 0xA6...0xA9): return 3  // U+2066…U+2069
    default: return 0
    }
  }

  private mutating func append(
    escapeOf text: UnsafeBufferPointer<UInt8>, _ index: Int, _ length: Int
  ) {
    bytes.append(UInt8(ascii: "\\"))
    let byte = text[index]
    switch byte {
    case 0x22, 0x5C: bytes.append(byte)
    case 0x08: bytes.append(UInt8(ascii: "b"))
    case 0x09: bytes.append(UInt8(ascii: "t"))
    case 0x0A: bytes.append(UInt8(ascii: "n"))
    case 0x0C: bytes.append(UInt8(ascii: "f"))
    case 0x0D: bytes.append(UInt8(ascii: "r"))
    default:
      var code = UInt32(length == 3 ? byte & 0x0F : length == 2 ? byte & 0x1F : byte)
      for next in 1..<max(length, 1) { code = code << 6 | UInt32(text[index + next] & 0x3F) }
      bytes.append(UInt8(ascii: "u"))
      for shift in [12, 8, 4, 0] as [UInt32] {
        let digit = UInt8(code >> shift & 0xF)
        bytes.append(digit < 10 ? 0x30 + digit : 0x57 + digit)
      }
    }
  }
}

extension JSONValue {
  /// This value as UTF-8 bytes, without a line end.
  ///
  /// - Parameter pretty: one member or element a line, indented by two spaces; else no white space.
  public func serialized(pretty: Bool = false) -> [UInt8] {
    var writer = JSONWriter(pretty: pretty)
    writer.write(self)
    return writer.take()
  }
}

/// Writes a long array as it comes, element by element, so that it is never whole in memory.
///
///     var array = JSONArrayWriter(pretty: false)
///     for row in rows { array.append(row); if array.count > 1 << 16 { output(array.take()) } }
///     output(array.finish())
public struct JSONArrayWriter: Sendable {
  private var writer: JSONWriter
  private var isEmpty = true

  /// The array's opening bracket is written.
  public init(pretty: Bool = false) {
    writer = JSONWriter(pretty: pretty)
    writer.write(raw: "[")
  }

  /// How many bytes wait to be taken.
  public var count: Int { writer.bytes.count }

  /// Appends one element.
  public mutating func append(_ value: JSONValue) {
    if !isEmpty { writer.write(raw: ",") }
    isEmpty = false
    writer.newLine(depth: 1)
    writer.write(value, depth: 1)
  }

  /// Hands over what has been written so far, and forgets it.
  public mutating func take() -> [UInt8] { writer.take() }

  /// Closes the array, and hands over what has not been taken; ends without a line end.
  public mutating func finish() -> [UInt8] {
    if !isEmpty { writer.newLine(depth: 0) }
    writer.write(raw: "]")
    return writer.take()
  }
}
