// SPDX-License-Identifier: MIT

extension Bytes16 {
  /// A UUID of version 7 (RFC 9562, section 5.7): the time in milliseconds, then random bits.
  ///
  /// Time and randomness are handed in, as everywhere in this module.
  public static func uuidV7(milliseconds: Int64, random: (UInt64, UInt64)) -> Bytes16 {
    let time = UInt64(max(milliseconds, 0)) & 0xFFFF_FFFF_FFFF
    return Bytes16(
      high: time << 16 | 0x7000 | (random.0 & 0x0FFF),
      low: 0x8000_0000_0000_0000 | (random.1 & 0x3FFF_FFFF_FFFF_FFFF))
  }

  /// A UUID of version 8 (RFC 9562, section 5.8) around bits of a hash: the same input gives the
  /// same id on every machine.
  public static func uuidV8(hash: Bytes16) -> Bytes16 {
    Bytes16(
      high: hash.high & 0xFFFF_FFFF_FFFF_0FFF | 0x8000,
      low: hash.low & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000)
  }

  /// The form with dashes, in lower case: `01234567-89ab-cdef-0123-456789abcdef`.
  public var uuidText: String {
    let digits = Array("0123456789abcdef".utf8)
    var out: [UInt8] = []
    out.reserveCapacity(36)
    for (place, byte) in bytes.enumerated() {
      if place == 4 || place == 6 || place == 8 || place == 10 { out.append(0x2D) }
      out.append(digits[Int(byte >> 4)])
      out.append(digits[Int(byte & 15)])
    }
    return String(decoding: out, as: UTF8.self)
  }

  /// Reads thirty-two hexadecimal digits, dashes between them ignored; nil for anything else.
  public init?(uuidText text: String) {
    var bytes: [UInt8] = []
    var half: UInt8?
    for character in text.utf8 where character != 0x2D {
      guard let digit = Character(UnicodeScalar(character)).hexDigitValue else { return nil }
      if let high = half {
        bytes.append(high << 4 | UInt8(digit))
        half = nil
      } else {
        half = UInt8(digit)
      }
    }
    guard half == nil, bytes.count == 16 else { return nil }
    self.init(bytes)
  }
}
