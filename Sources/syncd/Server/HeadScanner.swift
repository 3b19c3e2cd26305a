// SPDX-License-Identifier: MIT

import NIOHTTP1

/// Looks at each byte of a request's head before the parser does.
///
/// Parsers forgive: they skip empty lines, fold lines, take a lone line feed for a line end. Where
/// two programs forgive different things, one sees a request that the other doesn't. So nothing is
/// forgiven here: lines end in CR LF, hold no control characters, and don't begin with a space.
struct HeadScanner {
  /// What became of the bytes.
  enum Verdict: Equatable {
    /// All of them belong to the head, and it goes on.
    case more
    /// The head ends after so many of them.
    case complete(Int)
    case refused(HTTPResponseStatus)
  }

  /// Bytes of a head, with the request line and all line ends.
  static let bytesMax = 16 << 10
  /// Fields of a head.
  static let fieldsMax = 64

  private var bytes = 0
  private var line = 0
  private var lineBytes = 0
  private var isAfterCR = false

  /// Looks at the next bytes.
  mutating func scan(_ input: some Collection<UInt8>) -> Verdict {
    var seen = 0
    for byte in input {
      seen += 1
      bytes += 1
      if bytes > Self.bytesMax { return .refused(.requestHeaderFieldsTooLarge) }
      if isAfterCR {
        guard byte == 0x0A else { return .refused(.badRequest) }
        isAfterCR = false
        if lineBytes == 0 { return .complete(seen) }
        if line > Self.fieldsMax { return .refused(.requestHeaderFieldsTooLarge) }
        line += 1
        lineBytes = 0
      } else if byte == 0x0D {
        if line == 0 && lineBytes == 0 { return .refused(.badRequest) }
        isAfterCR = true
      } else {
        guard isAllowed(byte) else { return .refused(.badRequest) }
        lineBytes += 1
      }
    }
    return .more
  }

  private func isAllowed(_ byte: UInt8) -> Bool {
    if line == 0 {
      // The method comes first, and nothing in the line is beyond ASCII. What TLS says first isn't.
      return lineBytes == 0 ? (0x41...0x5A).contains(byte) : (0x20..<0x7F).contains(byte)
    }
    if lineBytes == 0 && (byte == 0x20 || byte == 0x09) { return false }
    return byte == 0x09 || (byte >= 0x20 && byte != 0x7F)
  }
}
