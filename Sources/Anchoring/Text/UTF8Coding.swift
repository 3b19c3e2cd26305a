// SPDX-License-Identifier: MIT

/// UTF-8 to code points and back, over plain arrays.
enum UTF8Coding {
  /// The code points of `bytes`.
  ///
  /// Well-formed is what table 3-7 of the Unicode Standard allows: no overlong forms, no
  /// surrogates, nothing above U+10FFFF. Throws the offset where the first ill-formed sequence
  /// starts, or of the first NUL, whichever comes first.
  static func decode(_ bytes: [UInt8]) throws(AnchoringError) -> [UInt32] {
    var out: [UInt32] = []
    out.reserveCapacity(bytes.count)
    var index = 0
    while index < bytes.count {
      let lead = bytes[index]
      if lead < 0x80 {
        if lead == 0 { throw .textHasNUL(byteOffset: index) }
        out.append(UInt32(lead))
        index += 1
        continue
      }
      let length = sequenceLength(lead)
      guard length > 0, index + length <= bytes.count else {
        throw .textNotUTF8(byteOffset: index)
      }
      var value = UInt32(lead) & (0x7F >> UInt32(length))
      for step in 1..<length {
        let next = bytes[index + step]
        guard next & 0xC0 == 0x80 else { throw .textNotUTF8(byteOffset: index) }
        value = value << 6 | UInt32(next & 0x3F)
      }
      guard isShortest(value, length: length) else { throw .textNotUTF8(byteOffset: index) }
      out.append(value)
      index += length
    }
    return out
  }

  /// How many bytes a well-formed sequence that starts with `lead` has; 0 where none does.
  static func sequenceLength(_ lead: UInt8) -> Int {
    switch lead {
    case 0..<0x80: 1
    case 0xC2...0xDF: 2
    case 0xE0...0xEF: 3
    case 0xF0...0xF4: 4
    default: 0
    }
  }

  private static func isShortest(_ value: UInt32, length: Int) -> Bool {
    switch length {
    case 2: value >= 0x80
    case 3: value >= 0x800 && !(0xD800..<0xE000).contains(value)
    default: value >= 0x1_0000 && value <= 0x10_FFFF
    }
  }

  /// The UTF-8 of `scalars`, which must be Unicode scalar values.
  static func encode(_ scalars: some Collection<UInt32>) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(scalars.count + scalars.count / 8)
    for value in scalars { append(value, to: &out) }
    return out
  }

  /// Appends the UTF-8 of one code point.
  static func append(_ value: UInt32, to out: inout [UInt8]) {
    func tail(_ shift: UInt32) -> UInt8 {
      UInt8(truncatingIfNeeded: value >> shift) & 0x3F | 0x80
    }
    switch value {
    case 0..<0x80:
      out.append(UInt8(truncatingIfNeeded: value))
    case 0..<0x800:
      out.append(UInt8(truncatingIfNeeded: value >> 6) | 0xC0)
      out.append(tail(0))
    case 0..<0x1_0000:
      out.append(UInt8(truncatingIfNeeded: value >> 12) | 0xE0)
      out.append(tail(6))
      out.append(tail(0))
    default:
      out.append(UInt8(truncatingIfNeeded: value >> 18) | 0xF0)
      out.append(tail(12))
      out.append(tail(6))
      out.append(tail(0))
    }
  }

  /// The code points of a string, in whatever normalisation form it is.
  static func scalars(of string: String) -> [UInt32] {
    var out: [UInt32] = []
    out.reserveCapacity(string.utf8.count)
    for scalar in string.unicodeScalars { out.append(scalar.value) }
    return out
  }

  /// The string of `scalars`.
  static func string(_ scalars: some Collection<UInt32>) -> String {
    String(decoding: encode(scalars), as: UTF8.self)
  }
}
