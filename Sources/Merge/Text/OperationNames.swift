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

  /// The units of one op.
  struct Operation {
    var dot: Dot
    var first: Int32
    var end: Int32
  }

  private(set) var writers: ContiguousArray<WriterID> = []
  private var numbers: [WriterID: Int32] = [:]
  /// For each writer its runs, ascending by dot.
  private var runsOf: ContiguousArray<ContiguousArray<Int32>> = []
  /// For each writer, whether a run of it starts inside another: its ops came out of order.
  private var overlapping: ContiguousArray<Bool> = []

  private(set) var starts: ContiguousArray<Int32> = []
  private(set) var writer: ContiguousArray<Int32> = []
  private(set) var sequence: ContiguousArray<UInt64> = []
  private(set) var index: ContiguousArray<UInt32> = []
  /// Units of each op of the run.
  private(set) var size: ContiguousArray<Int32> = []
  private(set) var step: ContiguousArray<Step> = []
  private(set) var end: Int32 = 0
  /// Whether no run of the last run's writer comes after that one.
  private var lastIsGreatest = false

  /// The unit after the last one of `run`.
  @inline(__always) func end(ofRun run: Int) -> Int32 {
    run + 1 < starts.count ? starts[run + 1] : end
  }

  /// How many ops `run` holds.
  @inline(__always) func operations(inRun run: Int) -> Int {
    let length = Int(end(ofRun: run) - starts[run])
    return size[run] == 1 ? length : length / Int(size[run])
  }

  /// The name of op number `number` of `run`.
  @inline(__always) func dot(_ number: Int, ofRun run: Int) -> Dot {
    var dot = Dot(
      writer: writers[Int(writer[run])], sequence: sequence[run], index: index[run])
    switch step[run] {
    case .none: break
    case .sequence: dot.sequence &+= UInt64(truncatingIfNeeded: number)
    case .index: dot.index &+= UInt32(truncatingIfNeeded: number)
    }
    return dot
  }

  /// The op to which `unit` belongs.
  func operation(at unit: Int32) -> Operation {
    let run = Search.floor(of: unit, in: starts)
    let number = Int(unit - starts[run]) / Int(size[run])
    let first = starts[run] + Int32(truncatingIfNeeded: number) * size[run]
    return Operation(dot: dot(number, ofRun: run), first: first, end: first + size[run])
  }

  /// Whether an op starts at `unit`, or all end before it.
  func isBoundary(_ unit: Int32) -> Bool {
    guard unit < end else { return unit == end }
    let run = Search.floor(of: unit, in: starts)
    return size[run] == 1 || (unit - starts[run]) % size[run] == 0
  }

  /// Makes room for so many runs.
  mutating func reserve(runs: Int) {
    starts.reserveCapacity(runs)
    writer.reserveCapacity(runs)
    sequence.reserveCapacity(runs)
    index.reserveCapacity(runs)
    size.reserveCapacity(runs)
    step.reserveCapacity(runs)
  }

  /// The units of the op named `dot`; nil when there is no such op.
  func operation(named dot: Dot) -> Operation? {
    let last = starts.count - 1
    if last >= 0, writers[Int(writer[last])] == dot.writer {
      if let found = find(dot, inRun: last) { return found }
      if lastIsGreatest, lastDot(ofRun: last) < dot { return nil }
    }
    guard let number = numbers[dot.writer] else { return nil }
    let runs = runsOf[Int(number)]
    let place = floor(of: dot, in: runs)
    guard place >= 0 else { return nil }
    if let found = find(dot, inRun: Int(runs[place])) { return found }
    guard overlapping[Int(number)] else { return nil }
    for run in runs[..<place] {
      if let found = find(dot, inRun: Int(run)) { return found }
    }
    return nil
  }

  /// Adds an op of `length` units. Its name must be new.
  mutating func append(_ dot: Dot, length: Int32) {
    let start = end
    if let last = starts.indices.last, size[last] == length, extend(last, by: dot, at: start) {
      end += length
      return
    }
    startRun(dot, length: length)
    end += length
  }

  /// Adds a run of `count` ops of `size` units each, as it was encoded; false when it can't be.
  mutating func append(run first: Dot, step: Step, size: Int32, count: Int) -> Bool {
    guard count > 0, (count > 1) == (step != .none) else { return false }
    let more = UInt64(count - 1)
    switch step {
    case .none: break
    case .sequence: guard first.sequence <= .max - more else { return false }
    case .index: guard UInt64(first.index) + more <= UInt64(UInt32.max) else { return false }
    }
    let known = starts.count
    startRun(first, length: size)
    self.step[known] = step
    end += size * Int32(truncatingIfNeeded: count)
    return isNew(known)
  }

  /// Whether no op of the last run, `run`, has the name of an earlier one.
  private func isNew(_ run: Int) -> Bool {
    let number = Int(writer[run])
    if lastIsGreatest, !overlapping[number] {
      let runs = runsOf[number]
      return runs.count == 1 || lastDot(ofRun: Int(runs[runs.count - 2])) < dot(0, ofRun: run)
    }
    return runsOf[number].allSatisfy { Int($0) == run || isApart(Int($0), run) }
  }

  /// Whether two runs of one writer share no name: each is a rectangle of sequence and index.
  private func isApart(_ one: Int, _ two: Int) -> Bool {
    let (last, otherLast) = (lastDot(ofRun: one), lastDot(ofRun: two))
    return last.sequence < sequence[two] || otherLast.sequence < sequence[one]
      || last.index < index[two] || otherLast.index < index[one]
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
    writer.append(Int32(truncatingIfNeeded: number))
    sequence.append(dot.sequence)
    index.append(dot.index)
    size.append(length)
    step.append(.none)
  }

  /// Whether the op of unit `left` comes before that of `right` among concurrent ones.
  func precedes(_ left: Int32, _ right: Int32) -> Bool {
    let one = operation(at: left)
    let two = operation(at: right)
    return one.dot == two.dot ? left < right : one.dot < two.dot
  }

  /// Whether `dot` continues the last run, whose units end at `start`.
  @inline(__always)
  private mutating func extend(_ run: Int, by dot: Dot, at start: Int32) -> Bool {
    guard writers[Int(writer[run])] == dot.writer else { return false }
    let count = Int(start - starts[run]) / Int(size[run])
    let steps = UInt64(truncatingIfNeeded: count)
    let next: Step
    if dot.index == index[run], dot.sequence == sequence[run] &+ steps, dot.sequence > 0 {
      next = .sequence
    } else if dot.sequence == sequence[run], UInt64(dot.index) == UInt64(index[run]) + steps {
      next = .index
    } else {
      return false
    }
    if step[run] == next { return true }
    // A run that starts to grow must be its writer's greatest, or it would swallow another.
    guard step[run] == .none, lastIsGreatest else { return false }
    step[run] = next
    return true
  }

  private func lastDot(ofRun run: Int) -> Dot { dot(operations(inRun: run) - 1, ofRun: run) }

  private func find(_ dot: Dot, inRun run: Int) -> Operation? {
    let steps: UInt64
    if dot.sequence == sequence[run] {
      guard dot.index >= index[run] else { return nil }
      steps = UInt64(dot.index - index[run])
      guard steps == 0 || step[run] == .index else { return nil }
    } else {
      guard dot.sequence > sequence[run], dot.index == index[run], step[run] == .sequence else {
        return nil
      }
      steps = dot.sequence - sequence[run]
    }
    guard steps < UInt64(operations(inRun: run)) else { return nil }
    let first = starts[run] + Int32(truncatingIfNeeded: steps) * size[run]
    return Operation(dot: dot, first: first, end: first + size[run])
  }

  /// The place in `runs` of the last run that starts at or before `dot`; -1 when none does.
  private func floor(of dot: Dot, in runs: ContiguousArray<Int32>) -> Int {
    var low = 0
    var high = runs.count
    while low < high {
      let middle = (low + high) >> 1
      let run = Int(runs[middle])
      let after =
        sequence[run] != dot.sequence ? sequence[run] > dot.sequence : index[run] > dot.index
      if after { high = middle } else { low = middle + 1 }
    }
    return low - 1
  }

  private mutating func writerNumber(_ id: WriterID) -> Int {
    // A note has few writers mostly: looking through them is quicker than hashing.
    if writers.count <= 8 {
      for number in writers.indices where writers[number] == id { return number }
    } else if let number = numbers[id] {
      return Int(number)
    }
    numbers[id] = Int32(truncatingIfNeeded: writers.count)
    writers.append(id)
    runsOf.append([])
    overlapping.append(false)
    return writers.count - 1
  }
}
