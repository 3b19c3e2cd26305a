// SPDX-License-Identifier: MIT

/// Bytes in a link: base64url without padding (RFC 4648, section 5).
enum Base64URL {
  private static let digits = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

  static func text(_ bytes: [UInt8]) -> String {
    var out: [UInt8] = []
    var bits: UInt32 = 0
    var held = 0
    for byte in bytes {
      bits = bits << 8 | UInt32(byte)
      held += 8
      while held >= 6 {
        held -= 6
        out.append(digits[Int(bits >> UInt32(held) & 63)])
      }
    }
    if held > 0 { out.append(digits[Int(bits << UInt32(6 - held) & 63)]) }
    return String(decoding: out, as: UTF8.self)
  }

  /// The bytes; nil for what `text` would not have written.
  static func bytes(_ text: String) -> [UInt8]? {
    var out: [UInt8] = []
    var bits: UInt32 = 0
    var held = 0
    for character in text.utf8 {
      guard let value = digits.firstIndex(of: character) else { return nil }
      bits = bits << 6 | UInt32(value)
      held += 6
      if held >= 8 {
        held -= 8
        out.append(UInt8(truncatingIfNeeded: bits >> UInt32(held)))
      }
    }
    return Self.text(out) == text ? out : nil
  }
}

/// Text in a link (RFC 3986, section 2.1).
enum PercentCoding {
  static func escaped(_ text: String) -> String {
    var out: [UInt8] = []
    let digits = Array("0123456789ABCDEF".utf8)
    for byte in text.utf8 {
      let isPlain =
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
        || (0x61...0x7A).contains(byte) || [0x2D, 0x2E, 0x5F, 0x7E, 0x3A, 0x2F].contains(byte)
      if isPlain {
        out.append(byte)
      } else {
        out += [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: out, as: UTF8.self)
  }

  static func unescaped(_ text: Substring) -> String? {
    var out: [UInt8] = []
    var bytes = Array(text.utf8)[...]
    while let byte = bytes.popFirst() {
      guard byte == 0x25 else {
        out.append(byte)
        continue
      }
      let hex = String(decoding: bytes.prefix(2), as: UTF8.self)
      guard hex.utf8.count == 2, hex.allSatisfy(\.isHexDigit), let value = UInt8(hex, radix: 16)
      else { return nil }
      bytes = bytes.dropFirst(2)
      out.append(value)
    }
    return String(validating: out, as: UTF8.self)
  }
}
