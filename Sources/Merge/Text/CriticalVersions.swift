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
  /// A range of numbers, `first` to `last`, each of which is critical.
  private(set) var first: ContiguousArray<Int32> = [0]
  private(set) var last: ContiguousArray<Int32> = [0]
  /// Where the heads other than `n - 1` end in `others`; a range that has any is one number long.
  private var othersEnd: ContiguousArray<Int32> = [0]
  private var others: ContiguousArray<Int32> = []

  /// How many ranges there are.
  var count: Int { first.count }

  /// The last range that starts at or below `number`.
  func range(at number: Int32) -> Int { Search.floor(of: number, in: first) }

  /// The greatest critical version that remains when a unit with `parents` comes.
  func base(for parents: ContiguousArray<Int32>) -> Int32 {
    let bound = (parents.last ?? -1) + 1
    var range = first.count - 1
    while range > 0, first[range] > bound { range -= 1 }
    let candidate = min(bound, last[range])
    guard candidate == bound, !hasHeads(parents, at: bound, range: range) else { return candidate }
    if first[range] < candidate { return candidate - 1 }
    return range > 0 ? last[range - 1] : 0
  }

  /// Ends the candidates that a new unit with `parents` is not after.
  mutating func restrict(to parents: ContiguousArray<Int32>) {
    let bound = (parents.last ?? -1) + 1
    while first.count > 1, first[first.count - 1] > bound { removeLast() }
    let range = first.count - 1
    guard last[range] >= bound else { return }
    last[range] = bound
    if hasHeads(parents, at: bound, range: range) { return }
    if first[range] < bound {
      last[range] = bound - 1
    } else if range > 0 {
      removeLast()
    }
  }

  /// Adds the versions `start ... end` after units whose parents were the heads.
  mutating func extend(first start: Int32, last end: Int32) {
    let top = last.count - 1
    if last[top] == start - 1, othersOf(top).isEmpty {
      last[top] = end
    } else {
      push(start, end)
    }
  }

  /// Adds the versions `start ... end` after units of which the last one has `heads`. With more
  /// heads than one, only the last version can ever be critical.
  mutating func append(first start: Int32, last end: Int32, heads: ContiguousArray<Int32>) {
    if heads.count == 1 { return extend(first: start, last: end) }
    for place in heads.indices.dropLast() { others.append(heads[place]) }
    push(end, end)
  }

  private mutating func push(_ start: Int32, _ end: Int32) {
    first.append(start)
    last.append(end)
    othersEnd.append(Int32(truncatingIfNeeded: others.count))
  }

  private func hasHeads(_ parents: ContiguousArray<Int32>, at number: Int32, range: Int) -> Bool {
    if number == 0 { return parents.isEmpty }
    let more = othersOf(range)
    guard parents.count == more.count + 1 else { return false }
    guard parents[more.count] == number - 1 else { return false }
    for index in 0..<more.count where parents[index] != others[more.lowerBound + index] {
      return false
    }
    return true
  }

  private func othersOf(_ range: Int) -> Range<Int> {
    (range == 0 ? 0 : Int(othersEnd[range - 1]))..<Int(othersEnd[range])
  }

  private mutating func removeLast() {
    let more = othersOf(first.count - 1)
    others.removeLast(more.count)
    first.removeLast()
    last.removeLast()
    othersEnd.removeLast()
  }
}
