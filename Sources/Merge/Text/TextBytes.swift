// SPDX-License-Identifier: MIT

/// Writes the numbers and columns of an encoded history.
struct TextByteWriter {
  var bytes: [UInt8] = []

  /// A number in groups of seven bits, lowest first.
  mutating func number(_ value: UInt64) {
    var rest = value
    while rest > 0x7F {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(truncatingIfNeeded: rest))
  }

  mutating func number(_ value: Int) { number(UInt64(truncatingIfNeeded: value)) }

  mutating func number(_ value: Int32) { number(UInt64(truncatingIfNeeded: value)) }

  /// A number with its sign in the lowest bit.
  mutating func signed(_ value: Int) {
    number(UInt64(bitPattern: Int64(value << 1) ^ Int64(value >> 63)))
  }
}

/// Reads what `TextByteWriter` wrote; every number is checked before it is believed.
struct TextByteReader {
  let bytes: ArraySlice<UInt8>
  private(set) var offset: Int

  init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    offset = bytes.startIndex
  }

  /// Bytes not read yet.
  var left: Int { bytes.endIndex - offset }

  func flaw(_ what: TextFlaw) -> TextError { .malformed(offset: offset, what: what) }

  mutating func byte() throws(TextError) -> UInt8 {
    guard offset < bytes.endIndex else { throw flaw(.truncated) }
    defer { offset += 1 }
    return bytes[offset]
  }

  mutating func number() throws(TextError) -> UInt64 {
    var value = UInt64(try byte())
    guard value > 0x7F else { return value }
    value &= 0x7F
    var shift: UInt64 = 7
    while true {
      let next = try byte()
      guard shift < 63 || next <= 1 else { throw flaw(.number) }
      value |= UInt64(next & 0x7F) << shift
      if next <= 0x7F { return value }
      shift += 7
    }
  }

  /// A number that is at most `most`.
  mutating func number(atMost most: Int) throws(TextError) -> Int {
    let value = try number()
    guard value <= UInt64(max(0, most)) else { throw flaw(.number) }
    return Int(value)
  }

  /// How many things follow that take at least `bytesEach` each.
  mutating func count(bytesEach: Int) throws(TextError) -> Int {
    let value = try number()
    guard value <= UInt64(left / bytesEach) else { throw flaw(.number) }
    return Int(value)
  }

  mutating func signed() throws(TextError) -> Int {
    let value = try number()
    return Int(Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1))
  }

  mutating func slice(_ count: Int) throws(TextError) -> ArraySlice<UInt8> {
    guard count >= 0, count <= left else { throw flaw(.truncated) }
    defer { offset += count }
    return bytes[offset..<offset + count]
  }

  mutating func expectEnd() throws(TextError) {
    guard left == 0 else { throw flaw(.trailing) }
  }
}
