// SPDX-License-Identifier: MIT

/// All occurrences of one sequence in another (Knuth, Morris, Pratt 1977): linear whatever the
/// input, so no text can make it slow.
struct ExactSearch {
  private let pattern: [UInt32]
  /// For each length of a matched part, how long the longest proper prefix that is also its end is.
  private let fallback: [Int]

  /// Prepares a search for `pattern`.
  init(_ pattern: [UInt32]) {
    self.pattern = pattern
    var fallback = [Int](repeating: 0, count: pattern.count + 1)
    var matched = 0
    for index in pattern.indices.dropFirst() {
      while matched > 0, pattern[index] != pattern[matched] { matched = fallback[matched] }
      if pattern[index] == pattern[matched] { matched += 1 }
      fallback[index + 1] = matched
    }
    self.fallback = fallback
  }

  /// Where the pattern starts in `text`, overlapping occurrences included; those for which
  /// `isWanted` is false are left out, and at most `limit` are returned.
  func occurrences(
    in text: [UInt32], limit: Int, where isWanted: (Int) -> Bool = { _ in true }
  ) -> [Int] {
    guard let first = pattern.first, pattern.count <= text.count, limit > 0 else { return [] }
    var out: [Int] = []
    var matched = 0
    for index in text.indices {
      let value = text[index]
      if matched == 0, value != first { continue }
      while matched > 0, pattern[matched] != value { matched = fallback[matched] }
      if pattern[matched] == value { matched += 1 }
      guard matched == pattern.count else { continue }
      matched = fallback[matched]
      let start = index + 1 - pattern.count
      guard isWanted(start) else { continue }
      out.append(start)
      if out.count == limit { break }
    }
    return out
  }
}
