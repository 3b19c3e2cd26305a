// SPDX-License-Identifier: MIT

/// The causal order of a history's units, numbered as they arrived.
///
/// A unit is one code point put in or taken out. Units whose only parent is the unit before them
/// form one run; a run keeps the parents of its first unit. Numbers only grow along the order, so
/// the units below any number are a version.
struct EventGraph: Sendable {
  /// A unit, and the run in which it lies.
  struct Parent: BitwiseCopyable, Sendable {
    var unit: Int32
    var run: Int32
  }

  /// The first unit of each run; a run ends where the next one starts.
  private(set) var starts: ContiguousArray<Int32> = []
  private var parentsEnd: ContiguousArray<Int32> = []
  /// The parents of all runs, one run's after the other's.
  private(set) var parents: ContiguousArray<Parent> = []
  /// How many units there are.
  private(set) var count: Int32 = 0
  /// The units that no other follows, ascending.
  private(set) var heads: ContiguousArray<Int32> = []
  private(set) var critical = CriticalVersions()

  /// No units.
  init() {}

  /// A graph that was put together elsewhere.
  init(
    starts: ContiguousArray<Int32>, parentsEnd: ContiguousArray<Int32>,
    parents: ContiguousArray<Parent>, count: Int32, heads: ContiguousArray<Int32>,
    critical: CriticalVersions
  ) {
    self.starts = starts
    self.parentsEnd = parentsEnd
    self.parents = parents
    self.count = count
    self.heads = heads
    self.critical = critical
  }

  /// How many runs there are.
  var runCount: Int { starts.count }

  /// The unit after the last one of `run`.
  @inline(__always) func end(ofRun run: Int) -> Int32 {
    run + 1 < starts.count ? starts[run + 1] : count
  }

  /// Where the parents of `run` lie in `parents`.
  @inline(__always) func parentRange(ofRun run: Int) -> Range<Int> {
    (run == 0 ? 0 : Int(parentsEnd[run - 1]))..<Int(parentsEnd[run])
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
    var known = RawArray<Parent>(room: parents.count)
    for unit in parents { known.append(parent(unit)) }
    append(length, parents: known.buffer)
  }

  /// A unit as a parent of what comes next.
  @inline(__always) func parent(_ unit: Int32) -> Parent {
    let run = Search.floor(of: unit, nearEndOf: starts)
    return Parent(unit: unit, run: Int32(truncatingIfNeeded: run))
  }

  /// The same, when it is known in which runs the parents lie.
  mutating func append(_ length: Int32, parents: UnsafeBufferPointer<Parent>) {
    if areHeads(parents) { return append(length) }
    let start = count
    let follows = parents.count == 1 && parents[0].unit == start - 1
    if !follows { startRun(parents: parents) }
    critical.restrict(to: parents)
    count += length
    replaceHeads(parents)
    critical.append(first: start + 1, last: count, heads: heads)
  }

  /// Adds `length` units, one after another, of which the first one's parents are the heads.
  mutating func append(_ length: Int32) {
    let start = count
    // The only head is the last unit: who comes later than it and isn't a head has a follower.
    if heads.count != 1 {
      for place in 0..<heads.count { parents.append(parent(heads[place])) }
      startRun()
      while heads.count > 1 { _ = heads.popLast() }
      if heads.isEmpty { heads.append(start) }
    }
    count += length
    heads[0] = count - 1
    critical.extend(first: start + 1, last: count)
  }

  /// Takes `parents` out of the heads, and enters the last unit.
  @inline(__always) private mutating func replaceHeads(_ parents: UnsafeBufferPointer<Parent>) {
    var kept = 0
    for place in 0..<heads.count {
      let head = heads[place]
      var isParent = false
      for parent in parents where parent.unit == head { isParent = true }
      if isParent { continue }
      heads[kept] = head
      kept += 1
    }
    while heads.count > kept { _ = heads.popLast() }
    heads.append(count - 1)
  }

  /// Whether `units`, ascending, are the heads.
  @inline(__always) private func areHeads(_ units: UnsafeBufferPointer<Parent>) -> Bool {
    guard units.count == heads.count else { return false }
    for place in 0..<units.count where units[place].unit != heads[place] { return false }
    return true
  }

  @inline(__always)
  private mutating func startRun(parents: UnsafeBufferPointer<Parent>) {
    for parent in parents { self.parents.append(parent) }
    startRun()
  }

  /// Starts a run whose parents are entered.
  @inline(__always) private mutating func startRun() {
    starts.append(count)
    parentsEnd.append(Int32(truncatingIfNeeded: parents.count))
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
      for index in parentRange(ofRun: next.run) where parents[index].unit >= unit {
        queue.push(parent(at: index, sides: 0))
      }
    }
    return false
  }

  /// The parent at `index`, for a queue.
  @inline(__always) func parent(at index: Int, sides: UInt64) -> UnitQueue.Entry {
    UnitQueue.Entry(
      unit: parents[index].unit, run: Int(parents[index].run), sides: sides)
  }
}
