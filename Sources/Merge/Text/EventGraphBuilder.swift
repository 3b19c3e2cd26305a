// SPDX-License-Identifier: MIT

/// Puts an event graph together from runs as they were encoded.
///
/// What comes out is what `EventGraph.append` would make of the same runs. The columns grow in
/// memory that nobody shares, so that no step has to ask whether somebody does.
struct EventGraphBuilder: ~Copyable {
  typealias Parent = EventGraph.Parent

  private var starts: RawArray<Int32>
  private var parentsEnd: RawArray<Int32>
  private var parents: RawArray<Parent>
  private var heads = RawArray<Parent>()
  private var ranges = RawArray<CriticalVersions.Range>(room: 64)
  private var others = RawArray<Int32>(room: 64)
  private var queue = UnitQueue()
  /// The parents of the run to come.
  private var next = RawArray<Parent>()
  /// How many units there are.
  private(set) var count: Int32 = 0

  /// No units, and room for so many runs.
  init(runs: Int) {
    starts = RawArray(room: runs)
    parentsEnd = RawArray(room: runs)
    // Most runs of a concurrent history join two versions.
    parents = RawArray(room: 2 * runs)
    ranges.append(.init(first: 0, last: 0, othersEnd: 0))
  }

  /// Says that the run to come has no parents yet.
  @inline(__always) mutating func removeParents() { next.removeAll() }

  /// Adds a parent of the run to come: any unit that there is.
  @inline(__always) mutating func add(parent unit: Int32) {
    next.append(Parent(unit: unit, run: run(of: unit)))
  }

  /// Adds `length` units, one after another, of which the first has the parents `one` and `two`;
  /// false when one is an ancestor of the other.
  @inline(__always)
  mutating func append(_ length: Int32, parents one: Int32, _ two: Int32) -> Bool {
    removeParents()
    add(parent: min(one, two))
    add(parent: max(one, two))
    // Two writers who see a bit later what the other does: one parent is a head, and a head stays.
    if heads.count == 2, one != two {
      let (low, high) = (next[known: 0], next[known: 1])
      let (first, second) = (heads[known: 0].unit, heads[known: 1].unit)
      let endsFirst = first == low.unit || first == high.unit
      if endsFirst != (second == low.unit || second == high.unit) {
        // Nothing follows a head.
        let lowIsHead = low.unit == (endsFirst ? first : second)
        if lowIsHead || isAncestor(low.unit, of: high) == false {
          return appendJoin(length, besides: heads[known: endsFirst ? 1 : 0])
        }
      }
    }
    return append(length)
  }

  /// Adds `length` units, of which the first one's parents end all heads but one.
  @inline(__always)
  private mutating func appendJoin(_ length: Int32, besides head: Parent) -> Bool {
    startRun(next.buffer)
    restrictCritical()
    count &+= length
    heads.removeAll()
    heads.append(head)
    heads.append(Parent(unit: count &- 1, run: Int32(truncatingIfNeeded: starts.count &- 1)))
    others.append(head.unit)
    pushCritical(first: count)
    return true
  }

  /// Adds `length` units, one after another, of which the first has the parents that were added;
  /// false when these don't ascend, or one is an ancestor of another.
  @inline(never) mutating func append(_ length: Int32) -> Bool {
    if areHeads() {
      appendToHeads(length)
      return true
    }
    guard next.count <= 1 || isReduced() else { return false }
    let start = count
    if next.count != 1 || next[known: 0].unit != start - 1 { startRun(next.buffer) }
    restrictCritical()
    count += length
    var kept = 0
    for place in 0..<heads.count {
      let head = heads[known: place]
      if isParent(head.unit) { continue }
      heads[known: kept] = head
      kept += 1
    }
    heads.removeLast(heads.count - kept)
    heads.append(Parent(unit: count - 1, run: Int32(truncatingIfNeeded: starts.count - 1)))
    if kept == 0 {
      extendCritical(first: start + 1)
    } else {
      // With more heads than one, only the last version can ever be critical.
      for place in 0..<kept { others.append(heads[known: place].unit) }
      pushCritical(first: count)
    }
    return true
  }

  /// Adds `length` units, one after another, of which the first one's parents are the heads.
  @inline(__always) mutating func appendToHeads(_ length: Int32) {
    let start = count
    // The only head is the last unit: who comes later than it and isn't a head has a follower.
    if heads.count != 1 { startRun(heads.buffer) }
    count += length
    heads.removeAll()
    heads.append(Parent(unit: count - 1, run: Int32(truncatingIfNeeded: starts.count - 1)))
    extendCritical(first: start + 1)
  }

  /// The graph of all runs added.
  consuming func finish() -> EventGraph {
    var graphHeads: ContiguousArray<Int32> = []
    for place in 0..<heads.count { graphHeads.append(heads[known: place].unit) }
    return EventGraph(
      starts: ContiguousArray(starts.buffer), parentsEnd: ContiguousArray(parentsEnd.buffer),
      parents: ContiguousArray(parents.buffer), count: count, heads: graphHeads,
      critical: CriticalVersions(
        ranges: ContiguousArray(ranges.buffer), others: ContiguousArray(others.buffer)))
  }

  /// Starts a run with the parents `own`, which lie in another array than those of all runs.
  @inline(__always) private mutating func startRun(_ own: UnsafeBufferPointer<Parent>) {
    parents.append(own)
    starts.append(count)
    parentsEnd.append(Int32(truncatingIfNeeded: parents.count))
  }

  /// The run in which `unit` lies, mostly one of the last.
  @inline(__always) private func run(of unit: Int32) -> Int32 {
    Int32(truncatingIfNeeded: Search.floor(of: unit, in: starts.buffer, near: starts.count))
  }

  @inline(__always) private func isParent(_ unit: Int32) -> Bool {
    if next.count == 2 { return next[known: 0].unit == unit || next[known: 1].unit == unit }
    for place in 0..<next.count where next[known: place].unit == unit { return true }
    return false
  }

  @inline(__always) private func isHead(_ unit: Int32) -> Bool {
    for place in 0..<heads.count where heads[known: place].unit == unit { return true }
    return false
  }

  @inline(__always) private func areHeads() -> Bool {
    guard next.count == heads.count else { return false }
    // The last one mostly differs when any does.
    let last = next.count - 1
    if last >= 0, next[known: last].unit != heads[known: last].unit { return false }
    for place in 0..<next.count where next[known: place].unit != heads[known: place].unit {
      return false
    }
    return true
  }
}

// MARK: - Ancestors

extension EventGraphBuilder {
  /// Whether the parents of the run to come ascend and none is an ancestor of another.
  private mutating func isReduced() -> Bool {
    for place in 1..<next.count
    where next[known: place - 1].unit >= next[known: place].unit { return false }
    // Nothing follows a head.
    if next.count == 2, isHead(next[known: 0].unit) { return true }
    if next.count == 2, let isAncestor = isAncestor(next[known: 0].unit, of: next[known: 1]) {
      return !isAncestor
    }
    for place in 0..<next.count - 1 where isInVersion(above: place) { return false }
    return true
  }

  /// Whether `unit` is an ancestor of the later `version`; nil when the way down divides.
  ///
  /// Mutating like what adds a run, although nothing changes: a call would be given a copy.
  private mutating func isAncestor(_ unit: Int32, of version: Parent) -> Bool? {
    var run = Int(version.run)
    while starts[known: run] > unit {
      var below = -1
      for index in parentRange(ofRun: run) where parents[known: index].unit >= unit {
        if below >= 0 { return nil }
        below = Int(parents[known: index].run)
      }
      if below < 0 { return false }
      run = below
    }
    return true
  }

  /// Whether parent number `place` is an ancestor of one that comes after it.
  private mutating func isInVersion(above place: Int) -> Bool {
    let unit = next[known: place].unit
    queue.removeAll()
    for head in place + 1..<next.count { queue.push(.init(next[known: head])) }
    while let top = queue.top {
      repeat { queue.pop() } while queue.top == top
      if starts[known: top.run] <= unit { return true }
      for index in parentRange(ofRun: top.run) where parents[known: index].unit >= unit {
        queue.push(.init(parents[known: index]))
      }
    }
    return false
  }

  @inline(__always) private func parentRange(ofRun run: Int) -> Range<Int> {
    (run == 0 ? 0 : Int(parentsEnd[known: run - 1]))..<Int(parentsEnd[known: run])
  }
}

// MARK: - Critical versions, as in `CriticalVersions`

extension EventGraphBuilder {
  /// Ends the candidates that the run to come is not after.
  @inline(__always) private mutating func restrictCritical() {
    let bound = (next.count > 0 ? next[known: next.count - 1].unit : -1) + 1
    var top = ranges.count - 1
    while top > 0, ranges[known: top].first > bound { top -= 1 }
    let range = ranges[known: top]
    if range.last >= bound {
      ranges[known: top].last = bound
      if !hasHeads(at: bound, range: top) {
        if range.first < bound {
          ranges[known: top].last = bound - 1
        } else if top > 0 {
          top -= 1
        }
      }
    }
    ranges.removeLast(ranges.count - top - 1)
    let kept = Int(ranges[known: top].othersEnd)
    if others.count > kept { others.removeLast(others.count - kept) }
  }

  /// Adds the versions from `start` on.
  @inline(__always) private mutating func extendCritical(first start: Int32) {
    let top = ranges.count - 1
    if ranges[known: top].last == start - 1, othersOf(top).isEmpty {
      ranges[known: top].last = count
    } else {
      pushCritical(first: start)
    }
  }

  @inline(__always) private mutating func pushCritical(first start: Int32) {
    ranges.append(
      .init(first: start, last: count, othersEnd: Int32(truncatingIfNeeded: others.count)))
  }

  /// Whether the parents of the run to come are the heads of the version `number`, of a range.
  @inline(__always) private func hasHeads(at number: Int32, range: Int) -> Bool {
    if number == 0 { return next.count == 0 }
    let more = othersOf(range)
    guard next.count == more.count + 1, next[known: more.count].unit == number - 1 else {
      return false
    }
    for place in 0..<more.count
    where next[known: place].unit != others[known: more.lowerBound + place] {
      return false
    }
    return true
  }

  @inline(__always) private func othersOf(_ range: Int) -> Range<Int> {
    (range == 0 ? 0 : Int(ranges[known: range - 1].othersEnd))..<Int(ranges[known: range].othersEnd)
  }
}
