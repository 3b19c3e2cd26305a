// SPDX-License-Identifier: MIT

import Merge

/// Bytes as digits, two each.
enum Hexadecimal {
  /// The digits, in lower case.
  static func text(_ bytes: [UInt8]) -> String {
    String(unsafeUninitializedCapacity: bytes.count * 2) { digits in
      for (place, byte) in bytes.enumerated() {
        digits[place * 2] = digit(byte >> 4)
        digits[place * 2 + 1] = digit(byte & 15)
      }
      return bytes.count * 2
    }
  }

  /// The bytes that the digits, dashes between them ignored, say; nil when there are not exactly
  /// `count` of them, or anything else.
  static func bytes(_ text: String, count: Int) -> [UInt8]? {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count)
    var half: UInt8?
    for character in text.utf8 where character != UInt8(ascii: "-") {
      guard let digit = value(of: character) else { return nil }
      if let high = half {
        if bytes.count == count { return nil }
        bytes.append(high << 4 | digit)
        half = nil
      } else {
        half = digit
      }
    }
    return half == nil && bytes.count == count ? bytes : nil
  }

  /// The id that the digits say.
  static func bytes16(_ text: String) -> Bytes16? {
    var words: (high: UInt64, low: UInt64) = (0, 0)
    var count = 0
    for character in text.utf8 where character != UInt8(ascii: "-") {
      guard let digit = value(of: character), count < 32 else { return nil }
      words.high = words.high << 4 | words.low >> 60
      words.low = words.low << 4 | UInt64(digit)
      count += 1
    }
    return count == 32 ? Bytes16(high: words.high, low: words.low) : nil
  }

  private static func value(of character: UInt8) -> UInt8? {
    switch character {
    case 0x30...0x39: character - 0x30
    case 0x61...0x66: character - 0x57
    case 0x41...0x46: character - 0x37
    default: nil
    }
  }

  private static func digit(_ value: UInt8) -> UInt8 {
    value < 10 ? 0x30 + value : 0x57 + value
  }
}
