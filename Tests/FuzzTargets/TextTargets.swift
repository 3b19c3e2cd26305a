// SPDX-License-Identifier: MIT

import Anchoring
import Terminal

/// Articles, quotes and JSON.
enum TextTargets {
  static let all = [canonical, quotes, json, names]

  /// A file that is added.
  private static let canonical = FuzzTarget("canonical") { bytes in
    guard let text = try? CanonicalText(utf8: bytes) else { return nil }
    guard let again = try? CanonicalText(utf8: text.utf8) else {
      return "a text is none any more once it is canonical"
    }
    if let problem = same("a text", text.utf8, again.utf8) { return problem }
    for end in stride(from: 0, through: text.scalarCount, by: max(1, text.scalarCount / 8)) {
      guard let narrow = try? text.utf8Range(of: 0..<end),
        let wide = try? text.utf16Range(of: 0..<end),
        (try? text.range(utf8: narrow)) == 0..<end, (try? text.range(utf16: wide)) == 0..<end
      else { return "offset \(end) is another there and back" }
    }
    return nil
  }

  /// A text, a zero, and what is looked for in it.
  private static let quotes = FuzzTarget("quotes", bytesMax: 1500) { bytes in
    let halves = bytes.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false)
    guard halves.count == 2, let text = try? CanonicalText(utf8: Array(halves[0])) else {
      return nil
    }
    let quote = String(decoding: halves[1], as: UTF8.self)
    var search = QuoteSearch(text)
    for match in (try? search.occurrences(of: quote)) ?? [] {
      guard let selectors = try? text.selectors(for: match.range) else {
        return "a match at \(match.range) is no passage"
      }
      guard text.holds(selectors.quote, at: selectors.position) else {
        return "the passage at \(match.range) is not what its own selector says"
      }
    }
    for near in (try? search.nearest(to: quote)) ?? [] {
      _ = near
    }
    return nil
  }

  private static let json = FuzzTarget("json") { bytes in
    guard let value = try? JSONReader.read(bytes) else { return nil }
    for pretty in [false, true] {
      guard let again = try? JSONReader.read(value.serialized(pretty: pretty)) else {
        return "JSON can't be read after it was written"
      }
      if let problem = same("JSON", value, again) { return problem }
    }
    return nil
  }

  /// Addresses of articles, and tags.
  private static let names = FuzzTarget("names", bytesMax: 1000) { bytes in
    let text = String(decoding: bytes, as: UTF8.self)
    if let tag = try? TagName(text) { _ = tag.contains(tag) }
    _ = try? ArticleURL(text)
    _ = DisplayText.escaped(text)
    return nil
  }
}
