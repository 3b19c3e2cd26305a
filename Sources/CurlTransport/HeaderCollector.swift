// SPDX-License-Identifier: MIT

/// Builds an answer's status and headers from the lines that libcurl hands over, one at a time.
///
/// Interim answers (100, 103) are passed over. What comes after the head is complete are trailers:
/// they are counted and dropped. A head larger than its limit is refused when the line that passes
/// the limit comes, so that endless interim answers and endless trailers end too.
struct HeaderCollector {
  /// What one more line led to.
  enum Step: Equatable {
    /// Nothing to do yet.
    case more
    /// The head is there: ``HeaderCollector/status`` and ``HeaderCollector/headers`` are final.
    case complete
    /// The line passed the limit.
    case tooLarge
    /// The line has no place in an HTTP/1 answer to what we ask.
    case malformed
  }

  private enum Phase {
    case statusLine
    case fields
    case complete
  }

  /// The status of the answer that is being read; 0 before the first line.
  private(set) var status = 0
  /// The headers so far.
  private(set) var headers = HTTPHeaders()
  private var phase = Phase.statusLine
  private var bytesLeft: Int

  /// A collector for one answer.
  init(bytesMax: Int) {
    bytesLeft = bytesMax
  }

  /// Whether the head is there.
  var isComplete: Bool { phase == .complete }

  /// Takes one line with its line end.
  mutating func take(_ line: some BidirectionalCollection<UInt8>) -> Step {
    bytesLeft -= line.count
    guard bytesLeft >= 0 else { return .tooLarge }
    let text = line.trimming(while: { $0 == 0x0D || $0 == 0x0A })
    switch phase {
    case .statusLine: return takeStatusLine(text)
    case .fields: return text.isEmpty ? takeEnd() : takeField(text)
    case .complete: return .more
    }
  }

  /// `HTTP/1.1 200 OK`, the reason being optional (RFC 9112, 4).
  private mutating func takeStatusLine(_ text: some BidirectionalCollection<UInt8>) -> Step {
    guard text.starts(with: "HTTP/".utf8) else { return .malformed }
    let words = text.split(separator: 0x20, maxSplits: 2)
    guard words.count >= 2, words[1].count == 3,
      let code = Int(String(decoding: words[1], as: UTF8.self)), code >= 100
    else { return .malformed }
    status = code
    headers = HTTPHeaders()
    phase = .fields
    return .more
  }

  private mutating func takeEnd() -> Step {
    // We never ask for another protocol (RFC 9110, 15.2.2).
    if status == 101 { return .malformed }
    guard status >= 200 else {
      phase = .statusLine
      return .more
    }
    phase = .complete
    return .complete
  }

  private mutating func takeField(_ text: some BidirectionalCollection<UInt8>) -> Step {
    // A folded line continues the one before (RFC 9112, 5.2).
    if let first = text.first, first == 0x20 || first == 0x09 {
      guard !headers.fields.isEmpty else { return .malformed }
      let more = String(decoding: text.trimming(while: Self.isBlank), as: UTF8.self)
      headers.fields[headers.fields.count - 1].value += " " + more
      return .more
    }
    guard let colon = text.firstIndex(of: 0x3A), colon != text.startIndex else { return .malformed }
    let value = text[text.index(after: colon)...].trimming(while: Self.isBlank)
    headers.fields.append(
      HTTPHeaders.Field(
        name: String(decoding: text[..<colon], as: UTF8.self),
        value: String(decoding: value, as: UTF8.self)))
    return .more
  }

  private static func isBlank(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x09
  }
}

extension BidirectionalCollection where Element == UInt8 {
  /// What is left when the bytes that satisfy `isBlank` are taken off both ends.
  fileprivate func trimming(while isBlank: (UInt8) -> Bool) -> SubSequence {
    guard let end = lastIndex(where: { !isBlank($0) }) else { return self[endIndex...] }
    return self[...end].drop(while: isBlank)
  }
}
