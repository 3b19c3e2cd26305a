// SPDX-License-Identifier: MIT

/// Which units belong to which op: dots to unit numbers and back.
///
/// Ops that follow one another in number, by one writer, of one size, form a run: a typed
/// paragraph is one run, not one entry a keystroke.
struct OperationNames: Sendable {
  /// How the dots of a run count on.
  enum Step: UInt8 {
    /// One op only, so far.
    case none
    /// By sequence, all with index 0 or whatever the first one has.
    case sequence
    /// By index inside one change.
    case index
  }

  /// Ops that follow one another in number: the first one's name, and how it goes on.
  struct Run: BitwiseCopyable {
    var sequence: UInt64
    var index: UInt32
    /// The number of the writer.
    var writer: Int32
    /// Units of each op.
    var size: Int32
    var step: Step

    /// Whether so many ops can be such a run.
    @inline(__always) func holds(_ count: Int) -> Bool {
      guard count > 0, (count > 1) == (step != .none) else { return false }
      let more = UInt64(count - 1)
      switch step {
      case .none: return true
      case .sequence: return sequence <= .max - more
      case .index: return UInt64(index) + more <= UInt64(UInt32.max)
      }
    }
  }

  /// The units of one op.
  struct Operation {
    var dot: Dot
    var first: Int32
    var end: Int32
  }

  /// In which order concurrent ops stand.
  var order = DotOrder()
  /// What the ops put in that begin the text, where their order goes by that.
  private var beginnings: [Dot: [TextPatch]] = [:]
  private(set) var writers: ContiguousArray<WriterID> = []
  private var numbers: [WriterID: Int32] = [:]
  /// For each writer its runs, ascending by dot.
  private var runsOf: ContiguousArray<ContiguousArray<Int32>> = []
  /// For each writer, whether a run of it starts inside another: its ops came out of order.
  private var overlapping: ContiguousArray<Bool> = []

  /// The first unit of each run; a run ends where the next one starts.
  private(set) var starts: ContiguousArray<Int32> = []
  private(set) var runs: ContiguousArray<Run> = []
  private(set) var end: Int32 = 0
  /// Whether no run of the last run's writer comes after that one.
  private var lastIsGreatest = false

  /// The unit after the last one of `run`.
  @inline(__always) func end(ofRun run: Int) -> Int32 {
    run + 1 < starts.count ? starts[run + 1] : end
  }

  /// The run in which `unit` lies.
  func run(of unit: Int32) -> Int { Search.floor(of: unit, in: starts) }

  /// Whose ops `run` holds.
  @inline(__always) func writer(ofRun run: Int) -> WriterID { writers[Int(runs[run].writer)] }

  /// How many ops `run` holds.
  @inline(__always) func operations(inRun run: Int) -> Int {
    let length = Int(end(ofRun: run) - starts[run])
    return runs[run].size == 1 ? length : length / Int(runs[run].size)
  }

  /// The name of op number `number` of `run`.
  @inline(__always) func dot(_ number: Int, ofRun run: Int) -> Dot {
    let first = runs[run]
    var dot = Dot(
      writer: writers[Int(first.writer)], sequence: first.sequence, index: first.index)
    switch first.step {
    case .none: break
    case .sequence: dot.sequence &+= UInt64(truncatingIfNeeded: number)
    case .index: dot.index &+= UInt32(truncatingIfNeeded: number)
    }
    return dot
  }

  /// The op to which `unit` belongs.
  func operation(at unit: Int32) -> Operation {
    let run = Search.floor(of: unit, in: starts)
    let number = Int(unit - starts[run]) / Int(runs[run].size)
    let first = starts[run] + Int32(truncatingIfNeeded: number) * runs[run].size
    return Operation(dot: dot(number, ofRun: run), first: first, end: first + runs[run].size)
  }

  /// Whether an op starts at `unit`, which lies in `near` or in a run before, mostly shortly
  /// before.
  @inline(__always) func isBoundary(_ unit: Int32, upTo near: Int) -> Bool {
    isBoundary(unit, inRun: Search.floor(of: unit, in: starts, near: near + 1))
  }

  /// Whether an op starts at `unit`, which lies in `run`.
  @inline(__always) func isBoundary(_ unit: Int32, inRun run: Int) -> Bool {
    let size = runs[run].size
    return size == 1 || (unit - starts[run]) % size == 0
  }

  /// Makes room for so many runs.
  mutating func reserve(runs: Int) {
    starts.reserveCapacity(runs)
    self.runs.reserveCapacity(runs)
  }

  /// The units of the op named `dot`; nil when there is no such op.
  func operation(named dot: Dot) -> Operation? {
    let last = starts.count - 1
    if last >= 0, writers[Int(runs[last].writer)] == dot.writer {
      if let found = find(dot, inRun: last) { return found }
      if lastIsGreatest, lastDot(ofRun: last) < dot { return nil }
    }
    guard let number = numbers[dot.writer] else { return nil }
    let own = runsOf[Int(number)]
    let place = floor(of: dot, in: own)
    guard place >= 0 else { return nil }
    if let found = find(dot, inRun: Int(own[place])) { return found }
    guard overlapping[Int(number)] else { return nil }
    for run in own[..<place] {
      if let found = find(dot, inRun: Int(run)) { return found }
    }
    return nil
  }

  /// Adds an op of `length` units. Its name must be new.
  mutating func append(_ dot: Dot, length: Int32) {
    let start = end
    if let last = starts.indices.last, runs[last].size == length, extend(last, by: dot, at: start) {
      end += length
      return
    }
    startRun(dot, length: length)
    end += length
  }

  /// Adds a writer of whom ops will follow, as it was encoded; false when there is that one.
  mutating func append(writer: WriterID) -> Bool {
    let known = writers.count
    return writerNumber(writer) == known
  }

  /// Adds encoded runs, each of which comes after all earlier ones of its writer; the units of the
  /// last one end at `end`.
  mutating func append(
    starts: UnsafeBufferPointer<Int32>, runs: UnsafeBufferPointer<Run>, end: Int32
  ) {
    guard !runs.isEmpty else { return }
    // Sorted by writer, so that each one's list grows once.
    var ends = RawArray<Int>(room: writers.count)
    ends.append(repeating: 0, count: writers.count)
    for run in runs { ends[run.writer] += 1 }
    for number in 1..<max(1, writers.count) { ends[number] += ends[number - 1] }
    var sorted = RawArray<Int32>(room: runs.count)
    sorted.append(repeating: 0, count: runs.count)
    for place in runs.indices.reversed() {
      let writer = runs[place].writer
      ends[writer] -= 1
      sorted[ends[writer]] = Int32(truncatingIfNeeded: self.runs.count + place)
    }
    for number in 0..<writers.count {
      let next = number + 1 < writers.count ? ends[number + 1] : runs.count
      guard ends[number] < next else { continue }
      runsOf[number].append(contentsOf: sorted.buffer[ends[number]..<next])
    }
    self.starts.append(contentsOf: starts)
    self.runs.append(contentsOf: runs)
    self.end = end
    lastIsGreatest = true
  }

  /// Adds a run of `count` ops, as it was encoded; false when it can't be.
  mutating func append(_ run: Run, count: Int) -> Bool {
    guard run.holds(count) else { return false }
    let number = Int(run.writer)
    let known = starts.count
    let first = Dot(writer: writers[number], sequence: run.sequence, index: run.index)
    let follows = runsOf[number].last.map { lastDot(ofRun: Int($0)) < first } ?? true
    if follows {
      lastIsGreatest = true
      runsOf[number].append(Int32(truncatingIfNeeded: known))
      starts.append(end)
      runs.append(run)
    } else {
      startRun(first, length: run.size)
      runs[known].step = run.step
    }
    end += run.size * Int32(truncatingIfNeeded: count)
    return follows || isNew(known)
  }

  /// Whether no op of the last run, `run`, has the name of an earlier one.
  private func isNew(_ run: Int) -> Bool {
    let number = Int(runs[run].writer)
    if lastIsGreatest, !overlapping[number] {
      let own = runsOf[number]
      return own.count == 1 || lastDot(ofRun: Int(own[own.count - 2])) < dot(0, ofRun: run)
    }
    return runsOf[number].allSatisfy { Int($0) == run || isApart(Int($0), run) }
  }

  /// Whether two runs of one writer share no name: each is a rectangle of sequence and index.
  private func isApart(_ one: Int, _ two: Int) -> Bool {
    let (last, otherLast) = (lastDot(ofRun: one), lastDot(ofRun: two))
    return last.sequence < runs[two].sequence || otherLast.sequence < runs[one].sequence
      || last.index < runs[two].index || otherLast.index < runs[one].index
  }

  private mutating func startRun(_ dot: Dot, length: Int32) {
    let number = writerNumber(dot.writer)
    let run = Int32(truncatingIfNeeded: starts.count)
    if let last = runsOf[number].last, dot < lastDot(ofRun: Int(last)) {
      let place = floor(of: dot, in: runsOf[number]) + 1
      if place > 0, dot < lastDot(ofRun: Int(runsOf[number][place - 1])) {
        overlapping[number] = true
      }
      lastIsGreatest = place == runsOf[number].count
      runsOf[number].insert(run, at: place)
    } else {
      lastIsGreatest = true
      runsOf[number].append(run)
    }
    starts.append(end)
    runs.append(
      Run(
        sequence: dot.sequence, index: dot.index, writer: Int32(truncatingIfNeeded: number),
        size: length, step: .none))
  }

  /// Whether the op of unit `left` comes before that of `right` among concurrent ones.
  func precedes(_ left: Int32, _ right: Int32) -> Bool {
    let one = operation(at: left)
    let two = operation(at: right)
    if one.dot == two.dot { return left < right }
    if !beginnings.isEmpty {
      switch (beginnings[one.dot], beginnings[two.dot]) {
      case (let here?, let there?) where here != there: return here.precedes(there)
      case (_?, nil): return true
      case (nil, _?): return false
      default: break
      }
    }
    return order.precedes(one.dot, two.dot)
  }

  /// Notes an op that stands on nothing.
  mutating func begin(_ dot: Dot, _ patches: [TextPatch]) {
    if order.comparesBeginnings { beginnings[dot] = patches }
  }

  /// Whether `dot` continues the last run, whose units end at `start`.
  @inline(__always)
  private mutating func extend(_ run: Int, by dot: Dot, at start: Int32) -> Bool {
    let first = runs[run]
    guard writers[Int(first.writer)] == dot.writer else { return false }
    let count = Int(start - starts[run]) / Int(first.size)
    let steps = UInt64(truncatingIfNeeded: count)
    let next: Step
    if dot.index == first.index, dot.sequence == first.sequence &+ steps, dot.sequence > 0 {
      next = .sequence
    } else if dot.sequence == first.sequence, UInt64(dot.index) == UInt64(first.index) + steps {
      next = .index
    } else {
      return false
    }
    if first.step == next { return true }
    // A run that starts to grow must be its writer's greatest, or it would swallow another.
    guard first.step == .none, lastIsGreatest else { return false }
    runs[run].step = next
    return true
  }

  private func lastDot(ofRun run: Int) -> Dot { dot(operations(inRun: run) - 1, ofRun: run) }

  private func find(_ dot: Dot, inRun number: Int) -> Operation? {
    let run = runs[number]
    let steps: UInt64
    if dot.sequence == run.sequence {
      guard dot.index >= run.index else { return nil }
      steps = UInt64(dot.index - run.index)
      guard steps == 0 || run.step == .index else { return nil }
    } else {
      guard dot.sequence > run.sequence, dot.index == run.index, run.step == .sequence else {
        return nil
      }
      steps = dot.sequence - run.sequence
    }
    guard steps < UInt64(operations(inRun: number)) else { return nil }
    let first = starts[number] + Int32(truncatingIfNeeded: steps) * run.size
    return Operation(dot: dot, first: first, end: first + run.size)
  }

  /// The place in `own` of the last run that starts at or before `dot`; -1 when none does.
  private func floor(of dot: Dot, in own: ContiguousArray<Int32>) -> Int {
    var low = 0
    var high = own.count
    while low < high {
      let middle = (low + high) >> 1
      let run = runs[Int(own[middle])]
      let after =
        run.sequence != dot.sequence ? run.sequence > dot.sequence : run.index > dot.index
      if after { high = middle } else { low = middle + 1 }
    }
    return low - 1
  }

  /// The number of a writer; of one who is not known, the number that it would get.
  func number(of id: WriterID) -> Int {
    // A note has few writers mostly: looking through them is quicker than hashing.
    if writers.count <= 8 {
      for number in writers.indices where writers[number] == id { return number }
    } else if let number = numbers[id] {
      return Int(number)
    }
    return writers.count
  }

  private mutating func writerNumber(_ id: WriterID) -> Int {
    let number = number(of: id)
    if number < writers.count { return number }
    numbers[id] = Int32(truncatingIfNeeded: writers.count)
    writers.append(id)
    runsOf.append([])
    overlapping.append(false)
    return number
  }
}
