// SPDX-License-Identifier: MIT

/// Units from `first` up to and without `end`.
struct UnitRange: BitwiseCopyable, Sendable {
  var first: Int32
  var end: Int32
}

/// The versions that a walk has prepared, in lanes, and how a lane gets from one to another.
///
/// For each run of the graph it is known how far into it each lane's version reaches. So what a
/// version lacks is found by walking down from the new heads to what it has, and nothing below is
/// looked at.
struct PreparedVersions: ~Copyable {
  // Numbers of single lanes lie in memory rather than in vectors: a vector in a register is slow
  // to read and to write at a place that is a variable.

  /// For each writer, the lane in which its events are prepared; -1: none.
  private var laneOf = RawArray<Int>()
  /// The number of the writer for whom each lane was used last, and when that was.
  private var writers = RawArray<Int>()
  private var used = RawArray<Int32>()
  private var clock: Int32 = 0
  /// The only head of each lane's version; or `several`: those in `heads`; or `atBase`.
  private var tips = RawArray<Int32>()
  private var heads: ContiguousArray<ContiguousArray<Int32>> = .init(
    repeating: [], count: Lanes.preparedCount)

  /// The critical version of all units below, from which every lane starts.
  private var base: Int32
  /// The run of the graph in which `base` lies.
  private var firstRun = 0
  /// For each run from `firstRun` on, the unit up to which each lane's version holds it.
  private var reached = RawArray<Int32>(room: 64 * Lanes.scalarCount)

  private static let several: Int32 = -1
  private static let atBase: Int32 = -2

  /// The heads of the version asked for that a lane lacks, in the end none.
  private var missing = RawArray<EventGraph.Parent>()
  private var difference = VersionDifference()
  /// What a lane has to do to get to the version asked for, besides what `climb` names. Who does it
  /// takes it out.
  var retreat = RawArray<UnitRange>()
  var advance = RawArray<UnitRange>()

  /// All lanes at the critical version below `base`.
  init(base: Int32, run: Int) {
    self.base = base
    writers.append(repeating: -1, count: Lanes.preparedCount)
    used.append(repeating: 0, count: Lanes.preparedCount)
    tips.append(repeating: Self.atBase, count: Lanes.preparedCount)
    reset(base: base, run: run)
  }

  /// All lanes at the critical version below `base` again, which lies in `run`. Who wrote in which
  /// lane still holds.
  mutating func reset(base: Int32, run: Int) {
    self.base = base
    firstRun = run
    reached.removeAll()
    for lane in 0..<Lanes.preparedCount { tips[lane] = Self.atBase }
  }

  /// The lane in which to prepare what the writer of that number did: its own, or the one that was
  /// not used for longest.
  @inline(__always) mutating func lane(of writer: Int) -> Int {
    clock &+= 1
    if writer < laneOf.count, laneOf[known: writer] >= 0 {
      used[known: laneOf[known: writer]] = clock
      return laneOf[known: writer]
    }
    return giveLane(to: writer)
  }

  private mutating func giveLane(to writer: Int) -> Int {
    var lane = 0
    for other in 1..<Lanes.preparedCount where used[other] < used[lane] { lane = other }
    if writers[lane] >= 0 { laneOf[writers[lane]] = -1 }
    while laneOf.count <= writer { laneOf.append(-1) }
    laneOf[writer] = lane
    writers[lane] = writer
    used[lane] = clock
    return lane
  }

  /// Finds what has to advance and to retreat for the version in `lane` to become the one before
  /// `unit`, which lies in `run`; false when it is that one already.
  ///
  /// The version in the lane is taken to be there once all that is done, until `walk` says what its
  /// only head is.
  @inline(__always)
  mutating func findWay(
    of lane: Int, before unit: Int32, in run: Int, of graph: EventGraph
  ) -> Bool {
    let tip = tips[known: lane]
    // The critical version below is just what the first unit above it follows.
    if unit == base, tip == Self.atBase { return false }
    if unit > graph.starts[run] {
      if unit - 1 == tip { return false }
      findWay(of: lane, to: [unit - 1], in: graph)
      return true
    }
    missing.removeAll()
    var follows = tip == Self.atBase
    let range = graph.parentRange(ofRun: run)
    for index in range {
      let parent = graph.parents[index]
      if parent.unit == tip {
        follows = true
      } else if lacks(parent, in: lane) {
        missing.append(parent)
      }
    }
    if follows {
      return missing.count > 0
    } else if tip == Self.several,
      heads[lane].elementsEqual(graph.parents[range], by: Self.isHead)
    {
      return false
    } else {
      findWay(of: lane, to: ContiguousArray(graph.parents[range].map(\.unit)), in: graph)
    }
    return true
  }

  /// The same for any version, given by its heads, ascending.
  mutating func findWay(of lane: Int, to heads: ContiguousArray<Int32>, in graph: EventGraph) {
    missing.removeAll()
    let tip = tips[known: lane]
    if heads.count == 1, heads[0] == tip { return }
    if tip != Self.atBase {
      compare(lane, with: heads, in: graph)
    } else {
      for unit in heads {
        missing.append(.init(unit: unit, run: Int32(truncatingIfNeeded: graph.run(of: unit))))
      }
    }
    tips[lane] = Self.several
    self.heads[lane] = heads
  }

  private static func isHead(_ head: Int32, _ parent: EventGraph.Parent) -> Bool {
    head == parent.unit
  }

  /// Whether the version in `lane` lacks `unit`.
  @inline(__always) private func lacks(_ unit: EventGraph.Parent, in lane: Int) -> Bool {
    unit.unit >= base && reached[place(ofRun: unit.run) + lane] <= unit.unit
  }

  /// Where in `reached` the lanes of a run start.
  @inline(__always) private func place(ofRun run: Int32) -> Int {
    (Int(run) &- firstRun) &* Lanes.scalarCount
  }

  /// Notes that the units of `run` up to `end`, which were applied in `lane`, are its version's
  /// only head and what that follows.
  @inline(__always) mutating func walk(_ run: Int, to end: Int32, in lane: Int) {
    tips[known: lane] = end &- 1
    let place = place(ofRun: Int32(truncatingIfNeeded: run))
    if place == reached.count {
      reached.append(atMost: Lanes.scalarCount) { lanes in
        for lane in 0..<Lanes.scalarCount { lanes[lane] = 0 }
        return Lanes.scalarCount
      }
    }
    reached[known: place + lane] = end
  }

  /// Adds to the version in `lane` the next units that are missing, or that those follow; returns
  /// which these are, or nil when none is missing.
  @inline(__always) mutating func climb(_ lane: Int, in graph: EventGraph) -> UnitRange? {
    while let next = missing.popLast() {
      guard lacks(next, in: lane) else { continue }
      let place = place(ofRun: next.run) + lane
      let first = graph.starts[Int(next.run)]
      let known = max(base, first, reached[place])
      reached[place] = next.unit + 1
      if known == first {
        for index in graph.parentRange(ofRun: Int(next.run)) {
          let parent = graph.parents[index]
          if lacks(parent, in: lane) { missing.append(parent) }
        }
      }
      return UnitRange(first: known, end: next.unit + 1)
    }
    return nil
  }

  /// The same for any two versions, of which neither need follow the other.
  private mutating func compare(
    _ lane: Int, with other: ContiguousArray<Int32>, in graph: EventGraph
  ) {
    let tip = tips[known: lane]
    difference.compute(
      from: tip < 0 ? heads[lane] : [tip], to: other, before: graph.runCount, in: graph)
    for range in difference.onlyFrom {
      retreat.append(range)
      note(range, in: lane, graph) { start, _ in start }
    }
    for range in difference.onlyTo {
      advance.append(range)
      note(range, in: lane, graph) { _, end in end }
    }
  }

  /// Notes how far the runs of `range` are reached: from where the range starts in them, to where
  /// it ends.
  @inline(__always)
  private mutating func note(
    _ range: UnitRange, in lane: Int, _ graph: EventGraph,
    _ reach: (_ start: Int32, _ end: Int32) -> Int32
  ) {
    var at = range.first
    var run = graph.run(of: at)
    while at < range.end {
      let stop = min(range.end, graph.end(ofRun: run))
      reached[place(ofRun: Int32(truncatingIfNeeded: run)) + lane] = reach(at, stop)
      at = stop
      run += 1
    }
  }
}
