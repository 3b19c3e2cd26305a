// SPDX-License-Identifier: MIT

/// Bytes as people read them.
enum Hex {
  /// Sixteen bytes a line.
  static func text(_ bytes: [UInt8]) -> String {
    stride(from: 0, to: bytes.count, by: 16).map { start in
      bytes[start..<min(start + 16, bytes.count)]
        .map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ")
    }.joined(separator: "\n")
  }

  /// The bytes of pairs of digits; what stands behind `#` in a line is a comment. Nil for anything
  /// else.
  static func bytes(_ text: String) -> [UInt8]? {
    var bytes: [UInt8] = []
    for line in text.split(whereSeparator: \.isNewline) {
      for pair in line.prefix(while: { $0 != "#" }).split(whereSeparator: \.isWhitespace) {
        guard pair.count == 2, let byte = UInt8(pair, radix: 16) else { return nil }
        bytes.append(byte)
      }
    }
    return bytes
  }
}
