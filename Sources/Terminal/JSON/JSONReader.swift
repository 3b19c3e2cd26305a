// SPDX-License-Identifier: MIT

/// Reads one JSON text, strictly as RFC 8259 has it.
///
/// Nothing is forgiven: no comments, no trailing commas, no second value, no lone surrogate, no
/// invalid UTF-8, no byte order mark. Beyond the RFC, a key that occurs twice in one object is
/// refused (two programs would read two different things) and so is nesting deeper than
/// ``depthMax``. Time and memory are linear in the length of the text; the caller bounds that.
///
/// A whole number beyond 64 bits becomes a double, and loses digits, as it does in JavaScript.
public struct JSONReader {
  /// How deep arrays and objects may nest; the RFC (section 9) lets a reader set a limit.
  public static let depthMax = 64

  let bytes: [UInt8]
  var position = 0
  var depth = 0

  /// Reads the one value that `bytes` holds.
  ///
  /// - Parameters:
  ///   - bytes: UTF-8; white space around the value is fine.
  ///   - firstLine: the number of the first line, for errors in a file that is read by the line.
  /// - Throws: ``JSONError`` with the place of the first thing that is wrong.
  public static func read(_ bytes: [UInt8], firstLine: Int = 1) throws(JSONError) -> JSONValue {
    var reader = JSONReader(bytes: bytes)
    do {
      return try reader.readText()
    } catch {
      throw reader.located(error, firstLine: firstLine)
    }
  }

  /// Reads the one value that a part of an array holds: a line of a file.
  public static func read(
    _ bytes: ArraySlice<UInt8>, firstLine: Int = 1
  ) throws(JSONError) -> JSONValue {
    try read(Array(bytes), firstLine: firstLine)
  }

  /// What the parts of the reader throw; line and column are worked out only when it matters.
  struct Failure: Error {
    var code: JSONError.Code
    var offset: Int
  }

  private func located(_ failure: Failure, firstLine: Int) -> JSONError {
    var line = firstLine
    var column = 1
    for byte in bytes.prefix(failure.offset) {
      if byte == 0x0A {
        line += 1
        column = 1
      } else if byte & 0xC0 != 0x80 {  // The first byte of a code point.
        column += 1
      }
    }
    return JSONError(code: failure.code, offset: failure.offset, line: line, column: column)
  }

  private mutating func readText() throws(Failure) -> JSONValue {
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { throw Failure(code: .byteOrderMark, offset: 0) }
    let value = try readValue()
    skipWhiteSpace()
    guard position == bytes.count else { throw failure(.trailingText) }
    return value
  }

  private mutating func readValue() throws(Failure) -> JSONValue {
    skipWhiteSpace()
    guard position < bytes.count else { throw failure(.endOfText) }
    switch bytes[position] {
    case UInt8(ascii: "{"): return try nested { (self) throws(Failure) in try self.readObject() }
    case UInt8(ascii: "["): return try nested { (self) throws(Failure) in try self.readArray() }
    case UInt8(ascii: "\""): return .string(try readString())
    case UInt8(ascii: "t"): return try readWord("true", .bool(true))
    case UInt8(ascii: "f"): return try readWord("false", .bool(false))
    case UInt8(ascii: "n"): return try readWord("null", .null)
    case UInt8(ascii: "-"), 0x30...0x39: return try readNumber()
    default: throw unexpected("a value")
    }
  }

  private mutating func nested(
    _ body: (inout JSONReader) throws(Failure) -> JSONValue
  ) throws(Failure) -> JSONValue {
    guard depth < Self.depthMax else { throw failure(.tooDeep) }
    depth += 1
    position += 1
    let value = try body(&self)
    depth -= 1
    return value
  }

  private mutating func readArray() throws(Failure) -> JSONValue {
    var elements: [JSONValue] = []
    if skip(UInt8(ascii: "]")) { return .array([]) }
    while true {
      elements.append(try readValue())
      if skip(UInt8(ascii: "]")) { return .array(elements) }
      guard skip(UInt8(ascii: ",")) else { throw unexpected("a comma or \"]\"") }
    }
  }

  private mutating func readObject() throws(Failure) -> JSONValue {
    var members: [(key: String, value: JSONValue)] = []
    var keys = KeySet()
    if skip(UInt8(ascii: "}")) { return .object([]) }
    while true {
      skipWhiteSpace()
      let keyStart = position
      guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else {
        throw unexpected("a key in double quotes")
      }
      let key = try readString()
      guard keys.insert(key, among: members) else {
        throw Failure(code: .duplicateKey(key), offset: keyStart)
      }
      guard skip(UInt8(ascii: ":")) else { throw unexpected("a colon") }
      members.append((key: key, value: try readValue()))
      if skip(UInt8(ascii: "}")) { return .object(members) }
      guard skip(UInt8(ascii: ",")) else { throw unexpected("a comma or \"}\"") }
    }
  }

  private mutating func readWord(
    _ word: StaticString, _ value: JSONValue
  ) throws(Failure) -> JSONValue {
    for offset in 0..<word.utf8CodeUnitCount {
      guard position < bytes.count else { throw failure(.endOfText) }
      guard bytes[position] == word.utf8Start[offset] else { throw unexpected("\(word)") }
      position += 1
    }
    return value
  }
}

extension JSONReader {
  func failure(_ code: JSONError.Code) -> Failure { Failure(code: code, offset: position) }

  func unexpected(_ wanted: String) -> Failure {
    guard position < bytes.count else { return failure(.endOfText) }
    return failure(.unexpected(byte: bytes[position], wanted: wanted))
  }

  mutating func skipWhiteSpace() {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x09, 0x0A, 0x0D: position += 1
      default: return
      }
    }
  }

  /// Skips white space and then `byte`; false, and at that place, when something else is there.
  mutating func skip(_ byte: UInt8) -> Bool {
    skipWhiteSpace()
    guard position < bytes.count, bytes[position] == byte else { return false }
    position += 1
    return true
  }

  /// The keys of one object: compared one by one while they are few, hashed when they are many.
  private struct KeySet {
    private static let fewMax = 32
    private var hashed: Set<[UInt8]> = []

    /// False when `key` is among the members already.
    mutating func insert(_ key: String, among members: [(key: String, value: JSONValue)]) -> Bool {
      guard members.count >= Self.fewMax else {
        return !members.contains { JSONValue.sameBytes($0.key, key) }
      }
      if hashed.isEmpty { hashed = Set(members.map { Array($0.key.utf8) }) }
      return hashed.insert(Array(key.utf8)).inserted
    }
  }
}
