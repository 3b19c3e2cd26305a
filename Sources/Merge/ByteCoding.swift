// SPDX-License-Identifier: MIT

/// Writes numbers and bytes one after another.
///
/// Numbers are unsigned LEB128 in their shortest form, signed ones zigzag-folded first.
public struct ByteWriter: Sendable {
  /// What was written so far.
  public var bytes: [UInt8] = []

  /// Nothing written yet.
  public init() {}

  /// Appends an unsigned number.
  @inlinable public mutating func number(_ value: UInt64) {
    if value < 0x80 { return bytes.append(UInt8(truncatingIfNeeded: value)) }
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(truncatingIfNeeded: rest))
  }

  /// Appends a count.
  @inlinable public mutating func count(_ value: Int) { number(UInt64(value)) }

  /// Appends a signed number.
  @inlinable public mutating func signed(_ value: Int64) {
    number(UInt64(bitPattern: value << 1) ^ UInt64(bitPattern: value >> 63))
  }

  /// Appends a length and then the UTF-8 of `text`.
  @inlinable public mutating func text(_ text: String) {
    count(text.utf8.count)
    bytes.append(contentsOf: text.utf8)
  }

  /// Appends a length and then the bytes.
  @inlinable public mutating func blob(_ blob: [UInt8]) {
    count(blob.count)
    bytes.append(contentsOf: blob)
  }

  /// Appends eight bytes, big-endian.
  @inlinable public mutating func word(_ value: UInt64) {
    for shift in stride(from: 56, through: 0, by: -8) {
      bytes.append(UInt8(truncatingIfNeeded: value >> UInt64(shift)))
    }
  }

  /// Appends sixteen bytes as they are.
  @inlinable public mutating func raw(_ value: Bytes16) { value.append(to: &bytes) }
}

/// Reads what `ByteWriter` wrote, and refuses anything else.
public struct ByteReader: Sendable {
  /// All the bytes.
  public let bytes: [UInt8]
  /// The next byte to read, counted from the start of `bytes`.
  public private(set) var offset: Int
  /// One past the last byte to read.
  public let end: Int

  /// Reads `bytes` from the start.
  public init(_ bytes: [UInt8]) {
    self.bytes = bytes
    offset = 0
    end = bytes.count
  }

  /// How many bytes are left.
  public var remaining: Int { end - offset }

  /// Whether nothing is left.
  public var isAtEnd: Bool { offset == end }

  /// Takes one byte.
  public mutating func byte() throws(MergeError) -> UInt8 {
    guard offset < end else { throw .truncated(offset: offset) }
    defer { offset += 1 }
    return bytes[offset]
  }

  /// Takes an unsigned number; its shortest form is the only one that is read.
  public mutating func number() throws(MergeError) -> UInt64 {
    let start = offset
    // Nearly all numbers are small.
    if offset < end, bytes[offset] < 0x80 {
      offset += 1
      return UInt64(bytes[start])
    }
    var result: UInt64 = 0
    var shift: UInt64 = 0
    while true {
      guard offset < end else { throw .truncated(offset: start) }
      let byte = bytes[offset]
      offset += 1
      if shift == 63 && byte > 1 { throw .badNumber(offset: start) }
      result |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 {
        if byte == 0 && shift > 0 { throw .badNumber(offset: start) }
        return result
      }
      shift += 7
    }
  }

  /// Takes a signed number.
  public mutating func signed() throws(MergeError) -> Int64 {
    let folded = try number()
    return Int64(bitPattern: folded >> 1) ^ -Int64(bitPattern: folded & 1)
  }

  /// Takes a count of things that take at least `bytesEach` bytes each, so that a count which the
  /// rest of the bytes can't hold is refused before anything is allocated for it.
  public mutating func count(
    of what: String, bytesEach: Int = 1, limit: Int = Int.max
  ) throws(MergeError) -> Int {
    let start = offset
    let value = try number()
    guard value <= UInt64(limit) else {
      throw .beyondLimit(what: what, value: value, limit: limit, offset: start)
    }
    guard value <= UInt64(remaining / max(bytesEach, 1)) else { throw .truncated(offset: start) }
    return Int(value)
  }

  /// Takes `count` bytes.
  public mutating func take(_ count: Int) throws(MergeError) -> ArraySlice<UInt8> {
    guard count >= 0, count <= remaining else { throw .truncated(offset: offset) }
    defer { offset += count }
    return bytes[offset..<offset + count]
  }

  /// Takes a length and that many bytes.
  public mutating func blob() throws(MergeError) -> [UInt8] {
    let length = try count(of: "bytes")
    return Array(try take(length))
  }

  /// Takes a length and that many bytes of UTF-8.
  public mutating func text() throws(MergeError) -> String {
    let length = try count(of: "bytes of text")
    let start = offset
    offset += length
    // A buffer is checked and copied in one go, a slice byte by byte.
    let text = bytes.withUnsafeBufferPointer { bytes in
      let utf8 = UnsafeBufferPointer(rebasing: bytes[start..<start + length])
      return String(validating: utf8, as: UTF8.self)
    }
    guard let text else {
      offset = start
      throw .notUTF8(offset: start)
    }
    return text
  }

  /// Takes eight bytes, big-endian.
  public mutating func word() throws(MergeError) -> UInt64 {
    try take(8).reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// Takes sixteen bytes.
  public mutating func raw() throws(MergeError) -> Bytes16 {
    guard remaining >= 16 else { throw .truncated(offset: offset) }
    defer { offset += 16 }
    return bytes.withUnsafeBytes { bytes in
      Bytes16(
        high: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)),
        low: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self)))
    }
  }

  /// Refuses bytes that are left over.
  public func finish() throws(MergeError) {
    guard isAtEnd else { throw .trailingBytes(offset: offset) }
  }
}
