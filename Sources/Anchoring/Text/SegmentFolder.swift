// SPDX-License-Identifier: MIT

/// Folds one segment at a time: a code point with all that may compose with it.
struct SegmentFolder {
  /// The most code points that one segment takes; longer ones are cut.
  static let segmentMax = 255

  /// What a segment became.
  struct Segment {
    /// The code points that are kept.
    var folded: [UInt32]
    /// Where the segment starts in the original.
    var start: Int
    /// How many code points it has, without invisible ones at its ends.
    var length: Int
  }

  private var classes = ScalarClasses()
  private var normalizer = Normalizer(.compatibility)
  /// What single code points became.
  private var known: [UInt32: [UInt32]] = [:]

  /// Where the segment that starts at `start` ends.
  mutating func segmentEnd(_ source: [UInt32], from start: Int) -> Int {
    var end = start + 1
    while end < source.count, end - start < Self.segmentMax,
      classes.of(source[end]).contains(.continues)
    {
      end += 1
    }
    return end
  }

  /// Folds one segment.
  mutating func fold(_ source: ArraySlice<UInt32>) -> Segment {
    var visible: [UInt32] = []
    var first = source.startIndex
    var last = source.startIndex
    var isSettled = true
    for index in source.indices {
      let found = classes.of(source[index])
      if found.contains(.ignorable) { continue }
      if visible.isEmpty { first = index }
      last = index
      visible.append(source[index])
      if found.contains(.foldsAway) { isSettled = false }
    }
    // Canonical text is in NFC, and stays so as long as nothing is taken out of its middle.
    let isWhole = visible.count <= 1 || last - first + 1 == visible.count
    let mapped = isSettled && isWhole ? visible : mapped(visible)
    return Segment(folded: kept(mapped), start: first, length: last - first + 1)
  }

  private mutating func mapped(_ segment: [UInt32]) -> [UInt32] {
    guard segment.count == 1 else { return casefoldedNFKC(segment) }
    let value = segment[0]
    if let found = known[value] { return found }
    var folded: [UInt32] = []
    UnicodeMappings.appendCaseFolded(value, to: &folded)
    if folded.count != 1 || classes.of(folded[0]).contains(.foldsAway) {
      folded = casefoldedNFKC(segment)
    }
    known[value] = folded
    return folded
  }

  /// NFKC(fold(NFKC(fold(…)))) until nothing changes; twice is enough (D146).
  private mutating func casefoldedNFKC(_ segment: [UInt32]) -> [UInt32] {
    var current = normalizer.normalized(segment)
    for _ in 0..<3 {
      var folded: [UInt32] = []
      for value in current { UnicodeMappings.appendCaseFolded(value, to: &folded) }
      let next = normalizer.normalized(folded)
      if next == current { break }
      current = next
    }
    return current
  }

  /// Letters and numbers, and marks that stand on one.
  private mutating func kept(_ mapped: [UInt32]) -> [UInt32] {
    var out: [UInt32] = []
    var isKept = false
    for value in mapped {
      let found = classes.of(value)
      if found.contains(.ignorable) { continue }
      if !found.contains(.mark) { isKept = found.contains(.letterOrDigit) }
      if isKept { out.append(value) }
    }
    return out
  }
}
