// SPDX-License-Identifier: MIT

/// The versions that split a history in two: every unit either belongs to the version or comes
/// after all of it. Below such a version nothing can be concurrent to what is above it.
///
/// A version that splits a history holds the units below some number `n`, and every unit from `n`
/// on has either a parent at or above `n`, or exactly the version's heads as its parents. So a new
/// unit with greatest parent `p` leaves the candidates up to `p` standing, ends those above
/// `p + 1`, and leaves `p + 1` only if its parents are that version's heads. Candidates form a
/// stack of ranges.
struct CriticalVersions: Sendable {
  /// Numbers `first` to `last`, each of which is critical.
  struct Range: BitwiseCopyable, Sendable {
    var first: Int32
    var last: Int32
    /// Where the heads other than `last - 1` end in `others`; a range that has any is one number
    /// long.
    var othersEnd: Int32
  }

  private(set) var ranges: ContiguousArray<Range> = [Range(first: 0, last: 0, othersEnd: 0)]
  private var others: ContiguousArray<Int32> = []

  /// The one version of no units.
  init() {}

  /// Versions that were worked out elsewhere.
  init(ranges: ContiguousArray<Range>, others: ContiguousArray<Int32>) {
    self.ranges = ranges
    self.others = others
  }

  /// The last range that starts at or below `number`.
  func range(at number: Int32) -> Int {
    var low = 0
    var high = ranges.count
    while high - low > 1 {
      let middle = (low + high) >> 1
      if ranges[middle].first <= number { low = middle } else { high = middle }
    }
    return low
  }

  /// The greatest critical version that remains when a unit with `parents` comes.
  func base(for parents: ContiguousArray<Int32>) -> Int32 {
    let bound = (parents.last ?? -1) + 1
    var range = ranges.count - 1
    while range > 0, ranges[range].first > bound { range -= 1 }
    let candidate = min(bound, ranges[range].last)
    let isOn = hasHeads(parents.count, { parents[$0] }, at: bound, range: range)
    guard candidate == bound, !isOn else { return candidate }
    if ranges[range].first < candidate { return candidate - 1 }
    return range > 0 ? ranges[range - 1].last : 0
  }

  /// Ends the candidates that a new unit with `parents` is not after.
  @inline(__always)
  mutating func restrict(to parents: UnsafeBufferPointer<EventGraph.Parent>) {
    let bound = (parents.last?.unit ?? -1) + 1
    var top = ranges.count - 1
    while top > 0, ranges[top].first > bound {
      _ = ranges.popLast()
      top -= 1
    }
    let range = ranges[top]
    if range.last >= bound {
      ranges[top].last = bound
      if !hasHeads(parents.count, { parents[$0].unit }, at: bound, range: top) {
        if range.first < bound {
          ranges[top].last = bound - 1
        } else if top > 0 {
          _ = ranges.popLast()
          top -= 1
        }
      }
    }
    while others.count > Int(ranges[top].othersEnd) { _ = others.popLast() }
  }

  /// Adds the versions `start ... end` after units whose parents were the heads.
  @inline(__always)
  mutating func extend(first start: Int32, last end: Int32) {
    let top = ranges.count - 1
    if ranges[top].last == start - 1, othersOf(top).isEmpty {
      ranges[top].last = end
    } else {
      push(start, end)
    }
  }

  /// Adds the versions `start ... end` after units of which the last one has `heads`. With more
  /// heads than one, only the last version can ever be critical.
  @inline(__always)
  mutating func append(first start: Int32, last end: Int32, heads: ContiguousArray<Int32>) {
    if heads.count == 1 { return extend(first: start, last: end) }
    for place in 0..<heads.count - 1 { others.append(heads[place]) }
    push(end, end)
  }

  @inline(__always) private mutating func push(_ start: Int32, _ end: Int32) {
    ranges.append(
      Range(first: start, last: end, othersEnd: Int32(truncatingIfNeeded: others.count)))
  }

  /// Whether so many parents are the heads of the version `number`, of a range.
  @inline(__always)
  private func hasHeads(
    _ count: Int, _ parent: (Int) -> Int32, at number: Int32, range: Int
  ) -> Bool {
    if number == 0 { return count == 0 }
    let more = othersOf(range)
    guard count == more.count + 1, parent(more.count) == number - 1 else { return false }
    for index in 0..<more.count where parent(index) != others[more.lowerBound + index] {
      return false
    }
    return true
  }

  @inline(__always) private func othersOf(_ range: Int) -> Swift.Range<Int> {
    (range == 0 ? 0 : Int(ranges[range - 1].othersEnd))..<Int(ranges[range].othersEnd)
  }
}
