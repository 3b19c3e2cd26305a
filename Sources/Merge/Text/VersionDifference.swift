// SPDX-License-Identifier: MIT

/// Which units two versions don't share.
///
/// Walks down from both heads at once, greatest unit first, until all that is left to visit is
/// known to be in both.
struct VersionDifference: Sendable {
  /// Units in the first version only, descending.
  private(set) var onlyFrom: ContiguousArray<UnitRange> = []
  /// Units in the second version only, descending.
  private(set) var onlyTo: ContiguousArray<UnitRange> = []

  /// Finds what the versions with heads `from` and `to` don't share. All heads lie in runs before
  /// `end`, mostly shortly before.
  mutating func compute(
    from: ContiguousArray<Int32>, to: ContiguousArray<Int32>, before end: Int, in graph: EventGraph
  ) {
    if !onlyFrom.isEmpty { onlyFrom.removeAll(keepingCapacity: true) }
    if !onlyTo.isEmpty { onlyTo.removeAll(keepingCapacity: true) }
    var frontier = Frontier()
    for unit in from {
      frontier.push(.init(unit: unit, run: graph.run(of: unit, before: end), sides: 1))
    }
    for unit in to {
      frontier.push(.init(unit: unit, run: graph.run(of: unit, before: end), sides: 2))
    }
    while frontier.unshared > 0 {
      let entry = frontier.pop()
      let start = graph.starts[entry.run]
      if let next = frontier.top, next.unit >= start {
        record(UnitRange(first: next.unit + 1, end: entry.unit + 1), sides: entry.sides)
        frontier.setTop(sides: entry.sides)
      } else {
        record(UnitRange(first: start, end: entry.unit + 1), sides: entry.sides)
        for index in graph.parentRange(ofRun: entry.run) {
          frontier.push(graph.parent(at: index, sides: entry.sides))
        }
      }
    }
  }

  @inline(__always)
  private mutating func record(_ range: UnitRange, sides: UInt64) {
    if sides == 1 { Self.add(range, to: &onlyFrom) }
    if sides == 2 { Self.add(range, to: &onlyTo) }
  }

  /// Adds a range, or lengthens the last one by it.
  @inline(__always)
  private static func add(_ range: UnitRange, to ranges: inout ContiguousArray<UnitRange>) {
    let last = ranges.count - 1
    if last >= 0, ranges[last].first == range.end {
      ranges[last].first = range.first
    } else {
      ranges.append(range)
    }
  }
}

/// The units to visit next. A side of 1 is the first version's, 2 the second's, 3 both versions'.
private struct Frontier: ~Copyable {
  private var queue = UnitQueue()
  /// How many entries are not known to be in both versions.
  private(set) var unshared = 0

  @inline(__always) var top: UnitQueue.Entry? { queue.top }

  @inline(__always)
  mutating func push(_ entry: UnitQueue.Entry) {
    if entry.sides != 3 { unshared += 1 }
    queue.push(entry)
  }

  /// Takes out the greatest unit, with the sides of all its entries.
  @inline(__always)
  mutating func pop() -> UnitQueue.Entry {
    var entry = popEntry()
    while let next = queue.top, next.isSameUnit(as: entry) { entry.sides |= popEntry().sides }
    return entry
  }

  @inline(__always)
  private mutating func popEntry() -> UnitQueue.Entry {
    let top = queue.pop()
    if top.sides != 3 { unshared -= 1 }
    return top
  }

  /// Gives the greatest entry more sides.
  @inline(__always)
  mutating func setTop(sides: UInt64) {
    guard let top = queue.top else { return }
    if top.sides != 3, top.sides | sides == 3 { unshared -= 1 }
    queue.setTop(sides: sides)
  }
}

/// A binary heap of units, greatest first.
struct UnitQueue: ~Copyable {
  /// A unit, the run in which it lies, and the sides from which it was reached, in one word that
  /// orders as the units do: 31 bits, 31 bits and 2 bits.
  struct Entry: Equatable, Sendable {
    fileprivate var word: UInt64

    @inline(__always) init(unit: Int32, run: Int, sides: UInt64) {
      word =
        UInt64(truncatingIfNeeded: unit) << 33 | UInt64(truncatingIfNeeded: run) << 2 | sides
    }

    /// A unit for a search in which sides don't matter.
    @inline(__always) init(_ parent: EventGraph.Parent) {
      self.init(unit: parent.unit, run: Int(parent.run), sides: 0)
    }

    @inline(__always) var unit: Int32 { Int32(truncatingIfNeeded: word >> 33) }
    @inline(__always) var run: Int { Int(truncatingIfNeeded: (word >> 2) & 0x7FFF_FFFF) }
    @inline(__always) var sides: UInt64 {
      get { word & 3 }
      set { word = word & ~3 | newValue }
    }
    @inline(__always) func isSameUnit(as other: Self) -> Bool { word >> 33 == other.word >> 33 }
  }

  // Memory of its own instead of an array: nobody shares it, so no access has to check whether
  // somebody does. Invariant: `entries` has room for `room` entries, of which the first `count`
  // are set; `count <= room`. An entry is a plain word and needs no clean-up.
  private var entries: UnsafeMutablePointer<Entry>
  private var room = 32
  private var count = 0

  init() { entries = .allocate(capacity: room) }

  deinit { entries.deallocate() }

  /// The greatest entry.
  @inline(__always) var top: Entry? { count == 0 ? nil : entries[0] }

  @inline(__always) mutating func removeAll() { count = 0 }

  /// Gives the greatest entry more sides, if there is one; it stays the greatest.
  @inline(__always) mutating func setTop(sides: UInt64) {
    if count > 0 { entries[0].sides |= sides }
  }

  @inline(__always)
  mutating func push(_ entry: Entry) {
    if count == room { grow() }
    var child = count
    count += 1
    while child > 0 {
      let parent = (child - 1) >> 1
      if entries[parent].word >= entry.word { break }
      entries[child] = entries[parent]
      child = parent
    }
    entries[child] = entry
  }

  /// Takes out the greatest entry. There must be one.
  @discardableResult @inline(__always)
  mutating func pop() -> Entry {
    precondition(count > 0)
    let top = entries[0]
    count -= 1
    let last = entries[count]
    var parent = 0
    while true {
      var child = 2 * parent + 1
      guard child < count else { break }
      if child + 1 < count, entries[child + 1].word > entries[child].word { child += 1 }
      if entries[child].word <= last.word { break }
      entries[parent] = entries[child]
      parent = child
    }
    entries[parent] = last
    return top
  }

  private mutating func grow() {
    let more = UnsafeMutablePointer<Entry>.allocate(capacity: 2 * room)
    more.moveInitialize(from: entries, count: count)
    entries.deallocate()
    entries = more
    room *= 2
  }
}
