// SPDX-License-Identifier: MIT

// Strings and numbers: the two kinds of JSON value that have a grammar of their own.

extension JSONReader {
  /// Reads a string; stands on its opening quote.
  mutating func readString() throws(Failure) -> String {
    let start = position
    position += 1
    var unescaped: [UInt8]? = nil
    var isASCII = true
    var runStart = position
    while true {
      guard position < bytes.count else { throw failure(.endOfText) }
      let byte = bytes[position]
      if byte == UInt8(ascii: "\"") { break }
      guard byte >= 0x20 else { throw failure(.controlCharacter(byte)) }
      position += 1
      if byte >= 0x80 { isASCII = false }
      guard byte == UInt8(ascii: "\\") else { continue }
      var text = unescaped ?? []
      unescaped = nil  // So that the array is not copied.
      text.append(contentsOf: bytes[runStart..<position - 1])
      try readEscape(into: &text)
      unescaped = text
      runStart = position
    }
    let run = bytes[runStart..<position]
    let text: String?
    if var unescaped {
      unescaped.append(contentsOf: run)
      text = String(validating: unescaped, as: UTF8.self)
    } else if isASCII {
      text = String(decoding: run, as: UTF8.self)
    } else {
      text = String(validating: run, as: UTF8.self)
    }
    guard let text else {
      throw Failure(code: .invalidUTF8, offset: invalidUTF8Offset(from: start))
    }
    position += 1
    return text
  }

  /// Reads what follows a backslash.
  private mutating func readEscape(into text: inout [UInt8]) throws(Failure) {
    guard position < bytes.count else { throw failure(.endOfText) }
    let start = position - 1
    let byte = bytes[position]
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0C)
    case UInt8(ascii: "n"): text.append(0x0A)
    case UInt8(ascii: "r"): text.append(0x0D)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "u"):
      text.append(contentsOf: String(try readScalar(start: start)).utf8)
    default: throw Failure(code: .badEscape, offset: start)
    }
  }

  /// Reads the digits of one `\uXXXX`, or of the pair that makes one code point.
  private mutating func readScalar(start: Int) throws(Failure) -> Unicode.Scalar {
    let first = try readHex(start: start)
    if let scalar = Unicode.Scalar(first) { return scalar }
    guard first < 0xDC00, position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\\"),
      bytes[position + 1] == UInt8(ascii: "u")
    else { throw Failure(code: .loneSurrogate, offset: start) }
    position += 2
    let second = try readHex(start: position - 2)
    guard (0xDC00...0xDFFF).contains(second),
      let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
    else { throw Failure(code: .loneSurrogate, offset: start) }
    return scalar
  }

  private mutating func readHex(start: Int) throws(Failure) -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      guard position < bytes.count else { throw failure(.endOfText) }
      let byte = bytes[position]
      switch byte {
      case 0x30...0x39: code = code << 4 | UInt32(byte - 0x30)
      case 0x41...0x46: code = code << 4 | UInt32(byte - 0x37)
      case 0x61...0x66: code = code << 4 | UInt32(byte - 0x57)
      default: throw Failure(code: .badEscape, offset: start)
      }
      position += 1
    }
    return code
  }

  /// Where the first malformed sequence begins; only called when there is one.
  private func invalidUTF8Offset(from start: Int) -> Int {
    var offset = start
    while offset < bytes.count {
      let byte = bytes[offset]
      let length = byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4
      let character = bytes[offset..<min(offset + length, bytes.count)]
      if String(validating: character, as: UTF8.self) == nil { return offset }
      offset += length
    }
    return start
  }

  /// Reads a number; stands on its sign or first digit.
  mutating func readNumber() throws(Failure) -> JSONValue {
    let start = position
    let isNegative = skipByte { $0 == UInt8(ascii: "-") }
    let integerStart = position
    try skipDigits()
    if bytes[integerStart] == 0x30, position > integerStart + 1 {
      throw Failure(code: .badNumber, offset: start)  // 01
    }
    let integerEnd = position
    if skipByte({ $0 == UInt8(ascii: ".") }) { try skipDigits() }
    if skipByte({ $0 | 0x20 == UInt8(ascii: "e") }) {
      _ = skipByte { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "+") }
      try skipDigits()
    }
    if position == integerEnd, let number = integer(integerStart..<integerEnd, isNegative) {
      return .integer(number)
    }
    guard let number = Double(String(decoding: bytes[start..<position], as: UTF8.self)) else {
      throw Failure(code: .badNumber, offset: start)
    }
    guard number.isFinite else { throw Failure(code: .numberTooLarge, offset: start) }
    return .double(number)
  }

  private mutating func skipByte(_ isWanted: (UInt8) -> Bool) -> Bool {
    guard position < bytes.count, isWanted(bytes[position]) else { return false }
    position += 1
    return true
  }

  /// Skips one digit or more.
  private mutating func skipDigits() throws(Failure) {
    guard position < bytes.count else { throw failure(.endOfText) }
    guard (0x30...0x39).contains(bytes[position]) else { throw failure(.badNumber) }
    while position < bytes.count, (0x30...0x39).contains(bytes[position]) { position += 1 }
  }

  /// The whole number that those digits make; `nil` when it doesn't fit, or is `-0`.
  private func integer(_ digits: Range<Int>, _ isNegative: Bool) -> Int64? {
    var number: Int64 = 0
    for byte in bytes[digits] {
      let (tens, overflow) = number.multipliedReportingOverflow(by: 10)
      let digit = Int64(byte - 0x30)
      let (next, overflow2) =
        isNegative ? tens.subtractingReportingOverflow(digit) : tens.addingReportingOverflow(digit)
      if overflow || overflow2 { return nil }
      number = next
    }
    return isNegative && number == 0 ? nil : number
  }
}
