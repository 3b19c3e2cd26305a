// SPDX-License-Identifier: MIT

/// Turns a request's headers into the lines that libcurl takes, and refuses those that would change
/// the message instead of describing it.
enum HeaderLines {
  /// The most headers of a request.
  static let countMax = 64
  /// The most bytes of a header's value.
  static let valueBytesMax = 16 << 10
  /// They say where the message ends or what the connection does: the transport's business.
  private static let reserved = [
    "connection", "content-length", "expect", "te", "trailer", "transfer-encoding", "upgrade",
  ]

  /// - Throws: ``CurlError/Code/invalidRequest``, naming the header but never its value.
  static func lines(
    for headers: [(String, String)], target: RequestTarget
  ) throws(CurlError) -> [String] {
    func refusal(_ reason: String) -> CurlError {
      CurlError(.invalidRequest, target: target.display, because: reason)
    }
    guard headers.count <= countMax else { throw refusal("more than \(countMax) headers") }
    var lines: [String] = []
    for (name, value) in headers {
      let shown = CurlError.printable(name)
      guard !name.isEmpty, name.utf8.allSatisfy(isTokenByte) else {
        throw refusal("a header has the name '\(shown)'")
      }
      guard !reserved.contains(where: { HTTPHeaders.areSame($0, name) }) else {
        throw refusal("the header \(shown) isn't the caller's to set")
      }
      guard value.utf8.count <= valueBytesMax, value.utf8.allSatisfy(isValueByte) else {
        throw refusal("the header \(shown) has a control character in it, or is too long")
      }
      let isBlank = value.utf8.allSatisfy { $0 == 0x20 || $0 == 0x09 }
      lines.append(isBlank ? "\(name);" : "\(name): \(value)")
    }
    return lines
  }

  /// RFC 9110, 5.6.2.
  private static func isTokenByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }
  }

  /// RFC 9110, 5.5: no control characters but the tab.
  private static func isValueByte(_ byte: UInt8) -> Bool {
    byte == 0x09 || (byte >= 0x20 && byte != 0x7F)
  }
}
