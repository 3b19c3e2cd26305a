// SPDX-License-Identifier: MIT

/// Why a query can't be read, where, and what may have been meant.
public struct QueryError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is wrong; no period at the end.
  public let message: String
  /// Where: so many code points stand before the place.
  public let offset: Int
  /// What to write instead, as it would stand in the query.
  public let suggestion: String?
  /// The query, as it was given.
  public let query: String

  init(_ message: String, at offset: Int, suggestion: String? = nil, in query: String) {
    self.message = message
    self.offset = offset
    self.suggestion = suggestion
    self.query = query
  }

  /// The message with its suggestion, in one line.
  public var description: String {
    suggestion.map { "\(message); did you mean \($0)?" } ?? message
  }

  /// The query and a caret below the place, in two lines that are safe to print on a terminal. Of a
  /// long query only the surroundings are shown.
  public var rendered: String {
    let scalars = Array(query.unicodeScalars.prefix(offset + 41))
    let first = offset > 60 ? offset - 40 : 0
    let last = min(scalars.count, offset + 40)
    var line = first > 0 ? "…" : ""
    var column = first > 0 ? 1 : 0
    for index in min(first, last)..<last {
      let shown = Self.printable(scalars[index])
      line.unicodeScalars.append(shown)
      if index < offset { column += Self.width(shown) }
    }
    if scalars.count > last { line += "…" }
    return line + "\n" + String(repeating: " ", count: column) + "^"
  }

  /// Whatever moves the cursor, changes a terminal's state or turns text around becomes harmless.
  private static func printable(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned:
      scalar.properties.isWhitespace ? " " : "\u{FFFD}"
    default: scalar
    }
  }

  /// How many cells of a terminal a code point takes, near enough to put a caret.
  private static func width(_ scalar: Unicode.Scalar) -> Int {
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark: return 0
    default: break
    }
    switch scalar.value {
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF,
      0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1FAFF, 0x20000...0x3FFFD:
      return 2
    default: return 1
    }
  }

  /// A piece of the query as a message may hold it: short, and on one line.
  static func quoted(_ text: String) -> String {
    var out = "'"
    for (index, scalar) in text.unicodeScalars.enumerated() {
      if index == 40 {
        out += "…"
        break
      }
      out.unicodeScalars.append(printable(scalar))
    }
    return out + "'"
  }

  /// The candidate that is nearest to what was typed, if any is near.
  static func nearest(to typed: String, among candidates: [String]) -> String? {
    let typed = Array(typed.unicodeScalars.prefix(40))
    var best: (distance: Int, candidate: String)?
    for candidate in candidates {
      let other = Array(candidate.unicodeScalars)
      let distance = distance(typed, other)
      guard distance <= min(2, other.count / 2) else { continue }
      if distance < best?.distance ?? .max { best = (distance, candidate) }
    }
    return best?.candidate
  }

  /// How many letters were left out, put in, changed, or swapped with their neighbour.
  private static func distance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
    var before: [Int] = []
    var above = Array(0...right.count)
    for i in left.indices {
      var row = [i + 1]
      for j in right.indices {
        var cost = min(
          row[j] + 1, above[j + 1] + 1, above[j] + (left[i] == right[j] ? 0 : 1))
        if i > 0, j > 0, left[i] == right[j - 1], left[i - 1] == right[j] {
          cost = min(cost, before[j - 1] + 1)
        }
        row.append(cost)
      }
      before = above
      above = row
    }
    return above[right.count]
  }
}
