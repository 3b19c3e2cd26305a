// SPDX-License-Identifier: MIT

/// Units from `first` up to and without `end`.
struct UnitRange: BitwiseCopyable, Sendable {
  var first: Int32
  var end: Int32
  /// The run of edits in which `first` lies, where that is known; else -1.
  var row: Int32 = -1
}

/// The versions that a walk has prepared, in lanes, and how a lane gets from one to another.
///
/// For each run of the graph it is known how far into it each lane's version reaches. So what a
/// version lacks is found by walking down from the new heads to what it has, and nothing below is
/// looked at.
struct PreparedVersions: ~Copyable {
  /// The writer for whom each lane was used last, and when that was.
  private var writers: ContiguousArray<WriterID?> = .init(
    repeating: nil, count: Lanes.preparedCount)
  private var used = Lanes.zero
  private var clock: Int32 = 0
  /// The only head of each lane's version; or `several`: those in `heads`; or `atBase`.
  private var tips = Lanes(repeating: atBase)
  private var heads: ContiguousArray<ContiguousArray<Int32>> = .init(
    repeating: [], count: Lanes.preparedCount)

  /// The version of all units below, from which every lane starts, and that version's heads.
  private var base: Int32
  private var baseHeads: ContiguousArray<Int32> = []
  /// The run of the graph in which `base` lies.
  private var firstRun = 0
  /// For each run from `firstRun` on, the unit up to which each lane's version holds it.
  private var reached = RawArray<Lanes>(room: 64)
  /// For each of those runs, the run of edits in which the first unit walked lies.
  private var rows = RawArray<Int32>(room: 64)

  private static let several: Int32 = -1
  private static let atBase: Int32 = -2

  /// The heads of the version asked for.
  private var targets = RawArray<EventGraph.Parent>()
  private var difference = VersionDifference()
  /// What a lane has to do to get to the version asked for.
  private(set) var retreat = RawArray<UnitRange>()
  private(set) var advance = RawArray<UnitRange>()

  /// All lanes at the critical version below `base`.
  init(base: Int32, in graph: EventGraph) {
    self.base = base
    reset(base: base, in: graph)
  }

  /// All lanes at the critical version below `base` again.
  mutating func reset(base: Int32, in graph: EventGraph) {
    self.base = base
    firstRun = max(0, graph.run(of: base))
    reached.removeAll()
    rows.removeAll()
    used = .zero
    clock = 0
    tips = Lanes(repeating: Self.atBase)
    if base >= graph.count {
      baseHeads = graph.heads
    } else if graph.starts[firstRun] < base {
      baseHeads = [base - 1]
    } else {
      graph.parents(ofRun: firstRun, into: &baseHeads)
    }
  }

  /// The lane in which to prepare what `writer` did: its own, a free one, or the one that was not
  /// used for longest.
  @inline(__always) mutating func lane(of writer: WriterID) -> Int {
    clock &+= 1
    var lane = 0
    for other in 0..<Lanes.preparedCount where used[other] > 0 && writers[other] == writer {
      used[other] = clock
      return other
    }
    for other in 1..<Lanes.preparedCount where used[other] < used[lane] { lane = other }
    writers[lane] = writer
    used[lane] = clock
    return lane
  }

  /// Asks for the version before `unit`, which lies in `run`.
  @inline(__always) mutating func aim(before unit: Int32, in run: Int, of graph: EventGraph) {
    targets.removeAll()
    if unit > graph.starts[run] {
      return targets.append(.init(unit: unit - 1, run: Int32(truncatingIfNeeded: run)))
    }
    for index in graph.parentRange(ofRun: run) { targets.append(graph.parents[index]) }
  }

  /// Asks for the version whose heads are `heads`.
  mutating func aim(at heads: ContiguousArray<Int32>, in graph: EventGraph) {
    targets.removeAll()
    for unit in heads {
      targets.append(.init(unit: unit, run: Int32(truncatingIfNeeded: graph.run(of: unit))))
    }
  }

  /// Whether the version in `lane` is the one asked for.
  @inline(__always) func isThere(_ lane: Int) -> Bool {
    let tip = tips[lane]
    if tip >= 0 { return targets.count == 1 && targets[0].unit == tip }
    let heads = tip == Self.atBase ? baseHeads : heads[lane]
    guard heads.count == targets.count else { return false }
    for place in heads.indices where heads[place] != targets[place].unit { return false }
    return true
  }

  /// Notes that the units of `run` up to `end`, which were applied in `lane`, are its version's
  /// only head and what that follows. They start in the run of edits `row`.
  @inline(__always) mutating func walk(_ run: Int, to end: Int32, row: Int, in lane: Int) {
    tips[lane] = end - 1
    let place = run - firstRun
    if place == reached.count {
      reached.append(.zero)
      rows.append(Int32(truncatingIfNeeded: row))
    }
    reached[place][lane] = end
  }

  /// Finds what has to retreat and to advance for the version in `lane` to become the one asked
  /// for. Then it is that, until `walk` or `stay` says what its heads are.
  mutating func findWay(of lane: Int, in graph: EventGraph) {
    retreat.removeAll()
    advance.removeAll()
    let tip = tips[lane]
    var follows = tip == Self.atBase
    for place in 0..<targets.count where targets[place].unit == tip { follows = true }
    if follows { climb(lane, in: graph) } else { compare(lane, in: graph) }
  }

  /// Notes that the version in `lane` is the one asked for.
  mutating func stay(in lane: Int) {
    tips[lane] = Self.several
    heads[lane].removeAll()
    for place in 0..<targets.count { heads[lane].append(targets[place].unit) }
  }

  /// Adds to the version in `lane` what the one asked for has and it lacks. `targets` is where to
  /// go yet.
  private mutating func climb(_ lane: Int, in graph: EventGraph) {
    while let next = targets.popLast() {
      guard next.unit >= base else { continue }
      let place = Int(next.run) - firstRun
      let first = graph.starts[Int(next.run)]
      let start = max(base, first)
      let known = max(start, reached[place][lane])
      guard known <= next.unit else { continue }
      advance.append(
        UnitRange(first: known, end: next.unit + 1, row: known == start ? rows[place] : -1))
      reached[place][lane] = next.unit + 1
      guard known == first else { continue }
      for index in graph.parentRange(ofRun: Int(next.run)) { targets.append(graph.parents[index]) }
    }
  }

  /// The same for any two versions, of which neither need follow the other.
  private mutating func compare(_ lane: Int, in graph: EventGraph) {
    let tip = tips[lane]
    var to: ContiguousArray<Int32> = []
    for place in 0..<targets.count { to.append(targets[place].unit) }
    difference.compute(
      from: tip < 0 ? heads[lane] : [tip], to: to, before: graph.runCount, in: graph)
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
      reached[run - firstRun][lane] = reach(at, stop)
      at = stop
      run += 1
    }
  }
}
