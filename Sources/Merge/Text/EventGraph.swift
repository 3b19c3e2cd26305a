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
    out.removeAll(keepingCapacity: true)
    for index in parentRange(ofRun: run) { out.append(parentPool[index]) }
  }

  /// The run in which `unit` lies.
  @inline(__always) func run(of unit: Int32) -> Int {
    Search.floor(of: unit, in: starts)
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
    heads.removeAll { parents.contains($0) }
    heads.append(count - 1)
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

  private mutating func startRun(parents: ContiguousArray<Int32>) {
    starts.append(count)
    parentPool.append(contentsOf: parents)
    parentsEnd.append(Int32(truncatingIfNeeded: parentPool.count))
  }

  /// `versions` without those that are ancestors of others, ascending.
  func reduced(_ versions: ContiguousArray<Int32>) -> ContiguousArray<Int32> {
    guard versions.count > 1 else { return versions }
    let sorted = versions.sorted()
    if sorted.elementsEqual(heads) { return heads }
    var out: ContiguousArray<Int32> = []
    for version in sorted.reversed() where !contains(version, in: out) { out.append(version) }
    return ContiguousArray(out.reversed())
  }

  /// Whether `unit` is in the version whose heads are `version`.
  func contains(_ unit: Int32, in version: ContiguousArray<Int32>) -> Bool {
    var queue = UnitQueue()
    for head in version where head >= unit { queue.push(Int64(head)) }
    while let next = queue.top {
      repeat { queue.pop() } while queue.top == next
      let run = self.run(of: Int32(truncatingIfNeeded: next))
      if starts[run] <= unit { return true }
      for index in parentRange(ofRun: run) where parentPool[index] >= unit {
        queue.push(Int64(parentPool[index]))
      }
    }
    return false
  }
}

/// Binary search in ascending arrays.
enum Search {
  /// The index of the greatest element that is at most `key`; -1 when all are greater.
  @inline(__always)
  static func floor(of key: Int32, in keys: ContiguousArray<Int32>) -> Int {
    var low = 0
    var high = keys.count
    while low < high {
      let middle = (low + high) >> 1
      if keys[middle] <= key { low = middle + 1 } else { high = middle }
    }
    return low - 1
  }
}
