// SPDX-License-Identifier: MIT

/// One form for paths, queries and fragments that mean the same (RFC 3986, section 6.2.2).
enum URLNormalization {
  static func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- 0x61 < 26 }

  /// RFC 3986, section 2.3: never needs to be encoded.
  static func isUnreserved(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: true
    default: false
    }
  }

  /// May stand as it is in paths, queries and fragments: `!$&'()*+,;=:@/?`.
  private static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x21, 0x24, 0x26...0x2C, 0x2F, 0x3A, 0x3B, 0x3D, 0x3F, 0x40: true
    default: isUnreserved(byte)
    }
  }

  /// Percent-encoding in its one form: upper-case hexadecimal, unreserved characters plain, all
  /// that may not stand in a URL encoded, a stray `%` too.
  static func percentNormalized(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(bytes.count)
    var index = bytes.startIndex
    while index < bytes.endIndex {
      let byte = bytes[index]
      index += 1
      if byte == 0x25, let value = hexPair(bytes, at: index) {
        index += 2
        if isUnreserved(value) { out.append(value) } else { appendEncoded(value, to: &out) }
      } else if isPlain(byte) {
        out.append(byte)
      } else {
        appendEncoded(byte, to: &out)
      }
    }
    return out
  }

  /// The byte that two hexadecimal digits at `index` stand for.
  static func hexPair(_ bytes: ArraySlice<UInt8>, at index: Int) -> UInt8? {
    guard index + 1 < bytes.endIndex, let high = hexValue(bytes[index]),
      let low = hexValue(bytes[index + 1])
    else { return nil }
    return high << 4 | low
  }

  private static func hexValue(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0x30...0x39: byte - 0x30
    case 0x41...0x46: byte - 0x41 + 10
    case 0x61...0x66: byte - 0x61 + 10
    default: nil
    }
  }

  private static func appendEncoded(_ byte: UInt8, to out: inout [UInt8]) {
    let digits: StaticString = "0123456789ABCDEF"
    out.append(0x25)
    digits.withUTF8Buffer { digits in
      out.append(digits[Int(byte >> 4)])
      out.append(digits[Int(byte & 15)])
    }
  }

  /// The path: always starts with a slash, ends with one only when it is nothing else.
  static func path(_ written: ArraySlice<UInt8>) -> String {
    let slashed = written.map { (byte: UInt8) -> UInt8 in byte == 0x5C ? 0x2F : byte }
    var segments: [ArraySlice<UInt8>] = []
    let normalized = percentNormalized(slashed[...])
    for segment in normalized.split(separator: 0x2F, omittingEmptySubsequences: false).dropFirst() {
      if segment.elementsEqual([0x2E]) { continue }
      if segment.elementsEqual([0x2E, 0x2E]) {
        _ = segments.popLast()
      } else {
        segments.append(segment)
      }
    }
    while segments.last?.isEmpty == true { segments.removeLast() }
    return "/" + String(decoding: Array(segments.joined(separator: [0x2F])), as: UTF8.self)
  }

  /// The query with its question mark, without parameters that track; empty when none is left.
  static func query(_ written: ArraySlice<UInt8>) -> String {
    var kept: [[UInt8]] = []
    for parameter in written.split(separator: 0x26) {
      let normalized = percentNormalized(parameter)
      let name = String(decoding: normalized.prefix { $0 != 0x3D }, as: UTF8.self)
      if !TrackingParameters.contains(name) { kept.append(normalized) }
    }
    guard !kept.isEmpty else { return "" }
    return "?" + String(decoding: Array(kept.joined(separator: [0x26])), as: UTF8.self)
  }

  /// The fragment with its hash where it is a route, `#!…` or `#/…`; else empty.
  static func fragment(_ written: ArraySlice<UInt8>) -> String {
    var normalized = percentNormalized(written)
    // What follows ":~:" addresses the browser (URL Fragment Text Directives).
    let directive: [UInt8] = [0x3A, 0x7E, 0x3A]
    for index in normalized.indices where normalized[index...].starts(with: directive) {
      normalized.removeSubrange(index...)
      break
    }
    guard normalized.count > 1, normalized[0] == 0x21 || normalized[0] == 0x2F else { return "" }
    return "#" + String(decoding: normalized, as: UTF8.self)
  }
}
