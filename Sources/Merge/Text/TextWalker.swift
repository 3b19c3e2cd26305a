// SPDX-License-Identifier: MIT

/// Replays a concurrent stretch of a history: eg-walker (Gentle and Kleppmann, EuroSys 2025).
///
/// The walker holds every code point of the stretch with two states: whether it is there in the
/// version on which the next event was made (prepared), and whether it stands in the text after
/// all events walked so far. Before an event, the prepared version moves to the event's parents:
/// units that the parents don't hold retreat, units that they do advance. Then the event's
/// position names a code point, and where that one stands in the text is the transformed position.
struct TextWalker {
  /// Units that took out `length` code points from `unit` on, each one behind the one before, or
  /// each one in front of it.
  struct Target {
    var deletion: Int32
    var unit: Int32
    var length: Int32
    var backward: Bool
  }

  var tree = SpanTree()
  /// The heads of the version being prepared.
  private(set) var version: ContiguousArray<Int32> = []
  private var target: ContiguousArray<Int32> = []
  var targets: ContiguousArray<Target> = []
  /// For each edit run from `firstRun` on, where its targets start.
  private var targetStarts: ContiguousArray<Int32> = []
  private var firstRun: Int
  /// The units below are the version from which the walk started.
  private(set) var base: Int32
  /// The first unit not walked yet.
  private(set) var walked: Int32
  private var difference = VersionDifference()

  /// What the events do to the text, when somebody wants it.
  var output = TransformedEdits()
  var emits = false
  /// Code points of the text, when they are known: then events are checked before they are walked.
  var count: Int?

  /// A walker that starts at the critical version below `base`.
  init(base: Int32, in history: TextHistory) {
    firstRun = max(0, history.edits.run(of: base))
    self.base = base
    walked = base
    setVersion(below: base, in: history)
  }

  /// Forgets everything and starts anew at the critical version below `base`.
  mutating func restart(base: Int32, in history: TextHistory) {
    tree.reset()
    targets.removeAll(keepingCapacity: true)
    targetStarts.removeAll(keepingCapacity: true)
    self.base = base
    walked = base
    firstRun = max(0, history.edits.run(of: base))
    setVersion(below: base, in: history)
  }

  private mutating func setVersion(below base: Int32, in history: TextHistory) {
    let run = history.graph.run(of: base)
    guard run >= 0, base < history.graph.count else {
      return version.removeAll(keepingCapacity: true)
    }
    if history.graph.starts[run] < base {
      version.hold(base - 1)
    } else {
      history.graph.parents(ofRun: run, into: &version)
    }
  }

  /// By how many code points the prepared version is longer than the text.
  var surplus: Int { Int(tree.prepared) - Int(tree.standing) }

  /// Walks the units `first ..< end`.
  mutating func walk(_ first: Int32, _ end: Int32, in history: TextHistory) throws(TextError) {
    var at = first
    var run = history.graph.run(of: first)
    var row = history.edits.run(of: first)
    while at < end {
      let start = history.graph.starts[run]
      let stop = min(end, history.graph.end(ofRun: run))
      if at > start {
        target.hold(at - 1)
      } else {
        history.graph.parents(ofRun: run, into: &target)
      }
      move(before: (at > start ? run + 1 : run, row + 1), in: history)
      try apply(at, stop, from: &row, in: history)
      version.hold(stop - 1)
      walked = stop
      at = stop
      run += 1
    }
  }

  /// Moves the prepared version to the one whose heads are `heads`.
  mutating func prepare(_ heads: ContiguousArray<Int32>, in history: TextHistory) {
    target = heads
    move(before: (history.graph.runCount, history.edits.count), in: history)
    version = heads
  }

  /// Moves the prepared version to `target`; the caller says which one it is after that.
  /// Both lie in runs of the graph and of edits before those of `end`.
  private mutating func move(before end: (run: Int, row: Int), in history: TextHistory) {
    if version == target { return }
    difference.compute(from: version, to: target, before: end.run, in: history.graph)
    for range in difference.onlyFrom { shift(range, by: -1, before: end.row, in: history) }
    for range in difference.onlyTo { shift(range, by: 1, before: end.row, in: history) }
  }

  /// Applies the units `first ..< end`, of which the first lies in the edit run `run`; leaves in
  /// `run` the one in which `end` lies.
  private mutating func apply(
    _ first: Int32, _ end: Int32, from run: inout Int, in history: TextHistory
  ) throws(TextError) {
    var at = first
    while at < end {
      let edit = history.edits.edit(at, end, inRun: run)
      let length = count.map { $0 + surplus } ?? Int(tree.prepared)
      let most = count == nil ? Int.max : TextLimit.text.most
      try edit.check(count: length, most: most, at: at, in: history.names)
      let standing = tree.standing
      if edit.kind == .insert {
        insert(at, edit.length, at: edit.position, run: run, in: history)
      } else {
        noteTargets(of: run)
        delete(at, edit.length, at: edit.position, backward: edit.kind == .deleteBackward)
      }
      if let known = count { count = known + Int(tree.standing - standing) }
      at += edit.length
      if at == history.edits.end(ofRun: run) { run += 1 }
    }
  }

  private mutating func noteTargets(of run: Int) {
    while targetStarts.count <= run - firstRun {
      targetStarts.append(Int32(truncatingIfNeeded: targets.count))
    }
  }

  /// Adds `delta` to the prepared state of what the units of `range` put in or took out; they lie
  /// in edit runs before `row`.
  private mutating func shift(
    _ range: VersionDifference.UnitRange, by delta: Int32, before row: Int, in history: TextHistory
  ) {
    var run = history.edits.run(of: range.first, before: row)
    var at = range.first
    while at < range.end {
      let stop = min(range.end, history.edits.end(ofRun: run))
      forUnits(of: run, at, stop, in: history) { walker, unit, length in
        walker.shift(units: unit, length, by: delta)
      }
      at = stop
      run += 1
    }
  }

  /// Visits the code points that the units `first ..< end` of `run` put in or took out.
  @inline(__always)
  mutating func forUnits(
    of run: Int, _ first: Int32, _ end: Int32, in history: TextHistory,
    _ body: (inout Self, _ unit: Int32, _ length: Int32) -> Void
  ) {
    if history.edits.kinds[run] == .insert { return body(&self, first, end - first) }
    var next = Int(targetStarts[run - firstRun])
    while next < targets.count, targets[next].deletion < end {
      let target = targets[next]
      next += 1
      let low = max(first, target.deletion)
      let high = min(end, target.deletion + target.length)
      guard low < high else { continue }
      let skipped =
        target.backward ? target.deletion + target.length - high : low - target.deletion
      body(&self, target.unit + skipped, high - low)
    }
  }

  private mutating func shift(units first: Int32, _ length: Int32, by delta: Int32) {
    var at = first
    var left = length
    var place = tree.find(at)
    while true {
      let span = tree.spans[tree.at(place)]
      let offset = at - span.id
      let part = min(left, span.length - offset)
      if part < span.length { place = tree.isolate(place, from: offset, length: part) }
      let slot = tree.at(place)
      let before = tree.spans[slot].preparedWidth
      tree.spans[slot].prepared += delta
      let more = tree.spans[slot].preparedWidth - before
      if more != 0 { tree.widen(place.leaf, prepared: more, standing: 0) }
      at += part
      left -= part
      guard left > 0 else { return }
      place = tree.find(at, after: place)
    }
  }
}

extension ContiguousArray<Int32> {
  /// Makes `unit` the only element.
  @inline(__always) fileprivate mutating func hold(_ unit: Int32) {
    if count == 1 { return self[0] = unit }
    removeAll(keepingCapacity: true)
    append(unit)
  }
}
