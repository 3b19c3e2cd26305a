// SPDX-License-Identifier: MIT

/// Replays a concurrent stretch of a history: eg-walker (Gentle and Kleppmann, EuroSys 2025).
///
/// The walker holds every code point of the stretch with its states: whether it is there in the
/// version on which the next event was made (prepared), and whether it stands in the text after
/// all events walked so far. Before an event, the prepared version moves to the event's parents:
/// units that the parents don't hold retreat, units that they do advance. Then the event's
/// position names a code point, and where that one stands in the text is the transformed position.
///
/// Otherwise than in the paper, there are several prepared versions, in lanes of their own: one for
/// each of the last writers. Writers who type at the same time see their own text grow, so a
/// writer's version only ever advances by what the others did meanwhile; with one version for all,
/// it would retreat and advance again at each change of writers.
struct TextWalker: ~Copyable {
  /// Units that took out `length` code points from `unit` on, each one behind the one before, or
  /// each one in front of it.
  struct Target: BitwiseCopyable {
    var deletion: Int32
    var unit: Int32
    var length: Int32
    var backward: Bool
  }

  var tree: SpanTree
  var versions: PreparedVersions
  var targets = RawArray<Target>(room: 64)
  /// For each edit run from `firstRow` on, where its targets start.
  private var targetStarts = RawArray<Int32>(room: 64)
  private var firstRow: Int
  /// The units below are the version from which the walk started.
  private(set) var base: Int32
  /// The first unit not walked yet.
  private(set) var walked: Int32

  /// What the events do to the text, when somebody wants it.
  var output = TransformedEdits()
  var emits = false
  /// Code points of the text, when they are known: then events are checked before they are walked.
  var count: Int?

  /// A walker that starts at the critical version below `base`.
  init(base: Int32, in history: TextHistory) {
    tree = SpanTree(base: base)
    versions = PreparedVersions(base: base, in: history.graph)
    firstRow = max(0, history.edits.run(of: base))
    self.base = base
    walked = base
  }

  /// Forgets everything and starts anew at the critical version below `base`.
  mutating func restart(base: Int32, in history: TextHistory) {
    tree.reset(base: base)
    versions.reset(base: base, in: history.graph)
    targets.removeAll()
    targetStarts.removeAll()
    self.base = base
    walked = base
    firstRow = max(0, history.edits.run(of: base))
  }

  /// By how many code points the version in `lane` is longer than the text.
  func surplus(in lane: Int) -> Int { Int(tree.widths[lane]) - Int(tree.widths[Lanes.text]) }

  /// Walks the units `first ..< end`, of which the first is the first one not walked yet.
  mutating func walk(_ first: Int32, _ end: Int32, in history: TextHistory) throws(TextError) {
    guard first < end else { return }
    tree.index.reserve(end)
    var at = first
    var run = history.graph.run(of: first)
    var row = history.edits.run(of: first)
    var name = history.names.run(of: first)
    var lane = versions.lane(of: history.names.writer(ofRun: name))
    while at < end {
      let stop = min(end, history.graph.end(ofRun: run))
      if history.names.end(ofRun: name) <= at {
        repeat { name += 1 } while history.names.end(ofRun: name) <= at
        lane = versions.lane(of: history.names.writer(ofRun: name))
      }
      versions.aim(before: at, in: run, of: history.graph)
      move(lane, before: row, in: history)
      let start = row
      try apply(at, stop, from: &row, in: lane, of: history)
      versions.walk(run, to: stop, row: start, in: lane)
      walked = stop
      at = stop
      run += 1
    }
  }

  /// Moves the lane in which to prepare what `writer` did to the version whose heads are `heads`;
  /// returns it.
  mutating func prepare(
    _ heads: ContiguousArray<Int32>, for writer: WriterID, in history: TextHistory
  ) -> Int {
    let lane = versions.lane(of: writer)
    versions.aim(at: heads, in: history.graph)
    if !versions.isThere(lane) {
      move(lane, before: history.edits.count - 1, in: history)
      versions.aim(at: heads, in: history.graph)
      versions.stay(in: lane)
    }
    return lane
  }

  /// Moves `lane` to the version asked for. What that takes lies in edit runs up to `row`.
  @inline(__always)
  private mutating func move(_ lane: Int, before row: Int, in history: TextHistory) {
    if versions.isThere(lane) { return }
    let bump = Lanes.one(in: lane)
    versions.findWay(of: lane, in: history.graph)
    for place in 0..<versions.retreat.count {
      shift(versions.retreat[place], by: Lanes.zero &- bump, upTo: row, in: history)
    }
    for place in 0..<versions.advance.count {
      shift(versions.advance[place], by: bump, upTo: row, in: history)
    }
  }

  /// Applies the units `first ..< end`, of which the first lies in the edit run `run`; leaves in
  /// `run` the one in which `end` lies.
  private mutating func apply(
    _ first: Int32, _ end: Int32, from run: inout Int, in lane: Int, of history: TextHistory
  ) throws(TextError) {
    let bump = Lanes.one(in: lane) &+ Lanes.one(in: Lanes.text)
    var at = first
    while at < end {
      let edit = history.edits.edit(at, end, inRun: run)
      let length = count.map { $0 + surplus(in: lane) } ?? Int(tree.widths[lane])
      let most = count == nil ? Int.max : TextLimit.text.most
      try edit.check(count: length, most: most, at: at, in: history.names)
      let standing = tree.widths.w
      if edit.kind == .insert {
        insert(
          at, edit.length, at: edit.position, in: lane, bump: bump, run: run, of: history)
      } else {
        noteTargets(of: run)
        delete(
          at, edit.length, at: edit.position, in: lane, bump: bump,
          backward: edit.kind == .deleteBackward)
      }
      if let known = count { count = known + Int(tree.widths.w - standing) }
      at += edit.length
      if at == history.edits.end(ofRun: run) { run += 1 }
    }
  }

  private mutating func noteTargets(of run: Int) {
    while targetStarts.count <= run - firstRow {
      targetStarts.append(Int32(truncatingIfNeeded: targets.count))
    }
  }

  /// Adds `delta` to the states of what the units of `range` put in or took out; they lie in edit
  /// runs up to `row`.
  private mutating func shift(
    _ range: UnitRange, by delta: Lanes, upTo row: Int, in history: TextHistory
  ) {
    var run =
      range.row >= 0 ? Int(range.row) : history.edits.run(of: range.first, before: row + 1)
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
    if history.edits.rows[run].kind == .insert { return body(&self, first, end - first) }
    var next = Int(targetStarts[run - firstRow])
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

  private mutating func shift(units first: Int32, _ length: Int32, by delta: Lanes) {
    var at = first
    var left = length
    var place = tree.find(at)
    while true {
      let span = tree.spans[tree.at(place)]
      let offset = at - span.id
      let part = min(left, span.length - offset)
      if part < span.length { place = tree.isolate(place, from: offset, length: part) }
      tree.change(place, by: delta)
      at += part
      left -= part
      guard left > 0 else { return }
      place = tree.find(at, after: place)
    }
  }
}
