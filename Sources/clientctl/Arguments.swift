// SPDX-License-Identifier: MIT

import Anchoring
import Host
import Terminal

/// Checks of what options say.
enum Arguments {
  /// The colours that a highlight may have.
  static let colors = HighlightColor.allCases.map(\.rawValue)

  /// Bytes of a title, an author, a site.
  private static let lineBytesMax = 2_000

  /// One line of text: trimmed, not empty, no control characters.
  static func line(_ text: String, _ what: String) throws -> String {
    var scalars = Array(text.unicodeScalars)
    while let last = scalars.last, last.properties.isWhitespace { scalars.removeLast() }
    let start = scalars.firstIndex { !$0.properties.isWhitespace } ?? scalars.endIndex
    let line = String(String.UnicodeScalarView(scalars[start...]))
    guard !line.isEmpty else { throw Failure(.usage, "the \(what) is empty") }
    guard line.utf8.count <= lineBytesMax else {
      throw Failure(.usage, "the \(what) is longer than \(lineBytesMax) bytes")
    }
    guard line.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control }) else {
      throw Failure(.usage, "the \(what) holds a control character")
    }
    return line
  }

  /// A time, milliseconds since 1970.
  static func time(_ text: String, _ option: String) throws -> Int64 {
    guard let time = Timestamp(rfc3339: text) ?? Timestamp(rfc3339: text + "T00:00:00Z") else {
      throw Failure(
        .usage, "“\(text)” of \(option) is not a time; write 2026-11-02T08:00:00Z or 2026-11-02")
    }
    return time.milliseconds
  }

  /// A highlight's colour.
  static func color(_ text: String) throws -> String {
    guard colors.contains(text) else {
      throw Failure(
        .usage, "“\(text)” is not a colour here; use \(colors.joined(separator: ", "))")
    }
    return text
  }
}
