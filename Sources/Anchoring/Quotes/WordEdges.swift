// SPDX-License-Identifier: MIT

/// Where words begin and end: between a letter, digit or mark and anything else. In scripts that
/// put no spaces between words, everywhere.
struct WordEdges {
  private let scalars: [UInt32]

  /// The words of `scalars`.
  init(_ scalars: [UInt32]) { self.scalars = scalars }

  /// True when `offset` does not lie inside a word.
  func isEdge(_ offset: Int) -> Bool {
    guard offset > 0, offset < scalars.count else { return true }
    let before = ScalarClass(scalars[offset - 1])
    let after = ScalarClass(scalars[offset])
    if before.contains(.spaceless) || after.contains(.spaceless) { return true }
    let joinsBefore = before.isWord || before.contains(.ignorable)
    let joinsAfter = after.isWord || after.contains(.ignorable)
    return !(joinsBefore && joinsAfter)
  }

  /// True when neither end of `range` lies inside a word.
  func areWhole(_ range: Range<Int>) -> Bool {
    isEdge(range.lowerBound) && isEdge(range.upperBound)
  }

  /// `offset` moved to an edge of the word that it lies in: to the word's start or end, whichever
  /// leaves out or takes in less. Words longer than 64 code points are cut as they are.
  func nearestEdge(_ offset: Int) -> Int {
    let reachMax = 64
    for reach in 0..<reachMax {
      if isEdge(offset - reach) { return max(offset - reach, 0) }
      if isEdge(offset + reach) { return min(offset + reach, scalars.count) }
    }
    return offset
  }
}
