// SPDX-License-Identifier: MIT

import Anchoring

/// Cuts out what stands around the words that were looked for.
struct Snippets {
  private let words: [String]

  /// Code points on either side.
  private static let context = 40
  /// How much of a long text is looked through.
  private static let bytesMax = 256 << 10

  /// Snippets for the words that a query wants to find.
  init(_ query: Query) {
    words = Self.wanted(query.expression)
  }

  private static func wanted(_ expression: Query.Expression) -> [String] {
    switch expression {
    case .words(let words):
      words.isPhrase ? [words.text] : words.text.split(separator: " ").map(String.init)
    case .and(let parts), .or(let parts): parts.flatMap(wanted)
    default: []
    }
  }

  /// The beginning of a text's bytes, as far as it is looked through, cut between code points.
  func beginning(of text: [UInt8]) -> String {
    guard text.count > Self.bytesMax else { return String(decoding: text, as: UTF8.self) }
    var end = Self.bytesMax
    while end > 0 && text[end] & 0xC0 == 0x80 { end -= 1 }
    return String(decoding: text[..<end], as: UTF8.self)
  }

  /// What stands around the first word found in the first text that has one; else the beginning of
  /// the first text that isn't empty. White space is one space.
  func snippet(in texts: [String]) -> String {
    for text in texts where !text.isEmpty {
      guard let canonical = try? CanonicalText(text) else { continue }
      var search = QuoteSearch(canonical)
      for word in words {
        guard let match = try? search.occurrences(of: word, limit: 1).first else { continue }
        return cut(canonical, match.range)
      }
    }
    guard let first = texts.first(where: { !$0.isEmpty }),
      let canonical = try? CanonicalText(first)
    else { return "" }
    return cut(canonical, 0..<0)
  }

  private func cut(_ text: CanonicalText, _ range: Range<Int>) -> String {
    let start = max(0, range.lowerBound - Self.context)
    let end = min(text.scalarCount, range.upperBound + Self.context)
    guard start < end, let slice = try? text.slice(start..<end) else { return "" }
    let words = slice.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    return (start > 0 ? "…" : "") + words + (end < text.scalarCount ? "…" : "")
  }
}
