// SPDX-License-Identifier: MIT

/// Which units two versions don't share.
///
/// Walks down from both heads at once, greatest unit first, until all that is left to visit is
/// known to be in both.
struct VersionDifference: Sendable {
  /// Units from `first` up to and without `end`.
  struct UnitRange: Sendable {
    var first: Int32
    var end: Int32
  }

  /// Units in the first version only, descending.
  private(set) var onlyFrom: ContiguousArray<UnitRange> = []
  /// Units in the second version only, descending.
  private(set) var onlyTo: ContiguousArray<UnitRange> = []

  /// Keys are unit << 2 | side; side 1 is the first version, 2 the second, 3 both.
  private var heap = UnitQueue()
  private var unshared = 0

  /// Finds what the versions with heads `from` and `to` don't share.
  mutating func compute(
    from: ContiguousArray<Int32>, to: ContiguousArray<Int32>, in graph: EventGraph
  ) {
    onlyFrom.removeAll(keepingCapacity: true)
    onlyTo.removeAll(keepingCapacity: true)
    heap.removeAll()
    unshared = 0
    for unit in from { push(unit, side: 1) }
    for unit in to { push(unit, side: 2) }
    while unshared > 0 { step(graph) }
  }

  private mutating func step(_ graph: EventGraph) {
    let (unit, side) = popUnit()
    let run = graph.run(of: unit)
    let start = graph.starts[run]
    if let top = heap.top, Int32(truncatingIfNeeded: top >> 2) >= start {
      let next = Int32(truncatingIfNeeded: top >> 2)
      record(UnitRange(first: next + 1, end: unit + 1), side: side)
      push(next, side: side)
    } else {
      record(UnitRange(first: start, end: unit + 1), side: side)
      for index in graph.parentRange(ofRun: run) { push(graph.parentPool[index], side: side) }
    }
  }

  private mutating func record(_ range: UnitRange, side: Int64) {
    if side == 1 { onlyFrom.append(range) }
    if side == 2 { onlyTo.append(range) }
  }

  /// Takes out the greatest unit, with the sides of all its entries.
  private mutating func popUnit() -> (unit: Int32, side: Int64) {
    let top = pop()
    var side = top & 3
    while let next = heap.top, next >> 2 == top >> 2 { side |= pop() & 3 }
    return (Int32(truncatingIfNeeded: top >> 2), side)
  }

  private mutating func push(_ unit: Int32, side: Int64) {
    if side != 3 { unshared += 1 }
    heap.push(Int64(unit) << 2 | side)
  }

  private mutating func pop() -> Int64 {
    let top = heap.pop()
    if top & 3 != 3 { unshared -= 1 }
    return top
  }
}

/// A binary heap, greatest key first.
struct UnitQueue: Sendable {
  private var keys: ContiguousArray<Int64> = []

  /// The greatest key.
  @inline(__always) var top: Int64? { keys.isEmpty ? nil : keys[0] }

  mutating func removeAll() { keys.removeAll(keepingCapacity: true) }

  mutating func push(_ key: Int64) {
    keys.append(key)
    var child = keys.count - 1
    while child > 0 {
      let parent = (child - 1) >> 1
      if keys[parent] >= key { break }
      keys[child] = keys[parent]
      child = parent
    }
    keys[child] = key
  }

  /// Takes out the greatest key. There must be one.
  @discardableResult
  mutating func pop() -> Int64 {
    let top = keys[0]
    let key = keys.removeLast()
    guard !keys.isEmpty else { return top }
    var parent = 0
    while true {
      var child = 2 * parent + 1
      guard child < keys.count else { break }
      if child + 1 < keys.count, keys[child + 1] > keys[child] { child += 1 }
      if keys[child] <= key { break }
      keys[parent] = keys[child]
      parent = child
    }
    keys[parent] = key
    return top
  }
}
