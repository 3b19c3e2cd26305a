// SPDX-License-Identifier: MIT

/// The causal order of a history's units, numbered as they arrived.
///
/// A unit is one code point put in or taken out. Units whose only parent is the unit before them
/// form one run; a run keeps the parents of its first unit. Numbers only grow along the order, so
/// the units below any number are a version.
struct EventGraph: Sendable {
  /// The first unit of each run; a run ends where the next one starts.
  private(set) var starts: ContiguousArray<Int32> = []
  private(set) var parentsEnd: ContiguousArray<Int32> = []
  private(set) var parentPool: ContiguousArray<Int32> = []
  /// The runs in which the parents lie, in the order of the pool.
  private(set) var parentRuns: ContiguousArray<Int32> = []
  /// How many units there are.
  private(set) var count: Int32 = 0
  /// The units that no other follows, ascending.
  private(set) var heads: ContiguousArray<Int32> = []
  private(set) var critical = CriticalVersions()

  /// How many runs there are.
  var runCount: Int { starts.count }

  /// The unit after the last one of `run`.
  @inline(__always) func end(ofRun run: Int) -> Int32 {
    run + 1 < starts.count ? starts[run + 1] : count
  }

  /// Where the parents of `run` lie in the pool.
  @inline(__always) func parentRange(ofRun run: Int) -> Range<Int> {
    (run == 0 ? 0 : Int(parentsEnd[run - 1]))..<Int(parentsEnd[run])
  }

  /// Puts the parents of the first unit of `run`, ascending, into `out`.
  @inline(__always) func parents(ofRun run: Int, into out: inout ContiguousArray<Int32>) {
    let range = parentRange(ofRun: run)
    guard out.count == range.count else {
      out.removeAll(keepingCapacity: true)
      return out.append(contentsOf: parentPool[range])
    }
    for place in 0..<range.count { out[place] = parentPool[range.lowerBound + place] }
  }

  /// The run in which `unit` lies.
  @inline(__always) func run(of unit: Int32) -> Int {
    Search.floor(of: unit, in: starts)
  }

  /// The same, when that run comes before `end`, mostly shortly before.
  @inline(__always) func run(of unit: Int32, before end: Int) -> Int {
    Search.floor(of: unit, in: starts, near: end)
  }

  /// Adds `length` units, one after another, of which the first has `parents`: ascending, and
  /// none an ancestor of another.
  mutating func append(_ length: Int32, parents: ContiguousArray<Int32>) {
    if parents == heads { return append(length) }
    let start = count
    let follows = parents.count == 1 && parents[0] == start - 1
    if !follows { startRun(parents: parents) }
    critical.restrict(to: parents)
    count += length
    replaceHeads(parents)
    critical.append(first: start + 1, last: count, heads: heads)
  }

  /// Adds `length` units, one after another, of which the first one's parents are the heads.
  mutating func append(_ length: Int32) {
    let start = count
    if heads.count == 1 {
      count += length
      heads[0] = count - 1
    } else {
      startRun(parents: heads)
      count += length
      heads.removeAll(keepingCapacity: true)
      heads.append(count - 1)
    }
    critical.extend(first: start + 1, last: count)
  }

  /// Takes `parents` out of the heads, and enters the last unit.
  private mutating func replaceHeads(_ parents: ContiguousArray<Int32>) {
    var kept = 0
    for place in heads.indices where !parents.contains(heads[place]) {
      heads[kept] = heads[place]
      kept += 1
    }
    while heads.count > kept { heads.removeLast() }
    heads.append(count - 1)
  }

  private mutating func startRun(parents: ContiguousArray<Int32>) {
    for parent in parents {
      parentPool.append(parent)
      parentRuns.append(Int32(truncatingIfNeeded: Search.floor(of: parent, nearEndOf: starts)))
    }
    starts.append(count)
    parentsEnd.append(Int32(truncatingIfNeeded: parentPool.count))
  }

  /// Makes room for so many runs.
  mutating func reserve(runs: Int) {
    starts.reserveCapacity(runs)
    parentsEnd.reserveCapacity(runs)
    parentPool.reserveCapacity(runs)
    parentRuns.reserveCapacity(runs)
  }

  /// `versions` without those that are ancestors of others, ascending.
  func reduced(_ versions: ContiguousArray<Int32>) -> ContiguousArray<Int32> {
    guard versions.count > 1 else { return versions }
    let sorted = versions.sorted()
    if sorted.elementsEqual(heads) { return heads }
    var out: ContiguousArray<Int32> = []
    var queue = UnitQueue()
    for version in sorted.reversed() where !contains(version, in: out[...], &queue) {
      out.append(version)
    }
    return ContiguousArray(out.reversed())
  }

  /// Whether none of `versions`, which ascend, is an ancestor of another. `queue` is scratch.
  func isReduced(_ versions: ContiguousArray<Int32>, _ queue: inout UnitQueue) -> Bool {
    guard versions.count > 1, versions != heads else { return true }
    for place in versions.indices.dropLast()
    where contains(versions[place], in: versions[(place + 1)...], &queue) {
      return false
    }
    return true
  }

  /// Whether `unit` is in the version whose heads are `version`. `queue` is scratch.
  private func contains(
    _ unit: Int32, in version: ContiguousArray<Int32>.SubSequence, _ queue: inout UnitQueue
  ) -> Bool {
    queue.removeAll()
    for head in version where head >= unit {
      queue.push(UnitQueue.Entry(unit: head, run: run(of: head), sides: 0))
    }
    while let next = queue.top {
      repeat { queue.pop() } while queue.top == next
      if starts[next.run] <= unit { return true }
      for index in parentRange(ofRun: next.run) where parentPool[index] >= unit {
        queue.push(parent(at: index, sides: 0))
      }
    }
    return false
  }

  /// The parent at `index` of the pool, for a queue.
  @inline(__always) func parent(at index: Int, sides: UInt64) -> UnitQueue.Entry {
    UnitQueue.Entry(unit: parentPool[index], run: Int(parentRuns[index]), sides: sides)
  }
}

/// Binary search in ascending arrays.
enum Search {
  /// The index of the greatest element that is at most `key`; -1 when all are greater.
  @inline(__always)
  static func floor(of key: Int32, in keys: ContiguousArray<Int32>) -> Int {
    floor(of: key, in: keys, from: 0, to: keys.count)
  }

  /// The same, quick when few elements are greater.
  @inline(__always)
  static func floor(of key: Int32, nearEndOf keys: ContiguousArray<Int32>) -> Int {
    floor(of: key, in: keys, near: keys.count)
  }

  /// The same, quick when the element is one of the last before `end`; from there on, all are
  /// greater.
  @inline(__always)
  static func floor(of key: Int32, in keys: ContiguousArray<Int32>, near end: Int) -> Int {
    var high = end
    var step = 1
    while high - step >= 0, keys[high - step] > key {
      high -= step
      step <<= 1
    }
    return floor(of: key, in: keys, from: max(0, high - step), to: high)
  }

  /// The same, when all before `from` are at most `key` and all from `to` on are greater.
  @inline(__always)
  static func floor(
    of key: Int32, in keys: ContiguousArray<Int32>, from: Int, to: Int
  ) -> Int {
    // 0 <= from <= to <= keys.count, and what is looked at lies in from ..< to.
    keys.withUnsafeBufferPointer { keys in
      var low = from
      var count = to - from
      guard count > 0 else { return from - 1 }
      // A choice of values rather than of branches, which no processor could predict.
      while count > 1 {
        let half = count >> 1
        low = keys[low + half] <= key ? low + half : low
        count -= half
      }
      return keys[low] <= key ? low : low - 1
    }
  }
}
