// SPDX-License-Identifier: MIT

/// Writes the numbers and columns of an encoded history.
struct TextByteWriter {
  var bytes: [UInt8] = []

  /// A number in groups of seven bits, lowest first.
  @inline(__always) mutating func number(_ value: UInt64) {
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
  private let bytes: UnsafeRawBufferPointer
  private(set) var offset: Int

  /// A reader of `bytes` from `offset` on, which must live as long.
  init(_ bytes: UnsafeRawBufferPointer, from offset: Int = 0) {
    self.bytes = bytes
    self.offset = min(max(0, offset), bytes.count)
  }

  /// What `body` makes of a reader of `bytes`.
  static func read<Result>(
    _ bytes: [UInt8], from offset: Int = 0,
    _ body: (inout TextByteReader) throws(TextError) -> Result
  ) throws(TextError) -> Result {
    // The standard library's function would lose the type of the error.
    try bytes.withUnsafeBytes { bytes -> Swift.Result<Result, TextError> in
      var reader = TextByteReader(bytes, from: offset)
      do throws(TextError) {
        return .success(try body(&reader))
      } catch {
        return .failure(error)
      }
    }.get()
  }

  /// Bytes not read yet.
  var left: Int { bytes.count - offset }

  func flaw(_ what: TextFlaw) -> TextError { .malformed(offset: offset, what: what) }

  @inline(__always) mutating func byte() throws(TextError) -> UInt8 {
    // 0 <= offset <= bytes.count always.
    guard offset < bytes.count else { throw flaw(.truncated) }
    let byte = bytes[offset]
    offset += 1
    return byte
  }

  @inline(__always) mutating func number() throws(TextError) -> UInt64 {
    let first = try byte()
    if first <= 0x7F { return UInt64(first) }
    // Most numbers take one byte or two.
    if offset < bytes.count, bytes[offset] <= 0x7F {
      offset &+= 1
      return UInt64(first & 0x7F) | UInt64(bytes[offset &- 1]) &<< 7
    }
    return try number(after: first)
  }

  @inline(never) private mutating func number(after first: UInt8) throws(TextError) -> UInt64 {
    var value = UInt64(first & 0x7F)
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
  @inline(__always) mutating func number(atMost most: Int) throws(TextError) -> Int {
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

  @inline(__always) mutating func signed() throws(TextError) -> Int {
    let value = try number()
    return Int(Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1))
  }

  mutating func slice(_ count: Int) throws(TextError) -> UnsafeRawBufferPointer {
    guard count >= 0, count <= left else { throw flaw(.truncated) }
    defer { offset += count }
    return UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count])
  }

  mutating func expectEnd() throws(TextError) {
    guard left == 0 else { throw flaw(.trailing) }
  }
}
