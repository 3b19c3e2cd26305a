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
  /// Found by the tree's index, where the slot of a deletion's first unit is `~` its place here.
  var targets = RawArray<Target>(room: 64)
  /// The units below are the version from which the walk started.
  private(set) var base: Int32
  /// The first unit not walked yet.
  private(set) var place: HistoryPlace

  /// What the events do to the text, when somebody wants it.
  var output = TransformedEdits()
  var emits = false
  /// How much longer the text is than the tree, whose placeholder stands for any text.
  private var surplus = 0
  /// How long events may make the text. None is too long as long as nobody said how long it is.
  private var lengthMost = Int.max

  /// A walker that starts at the critical version below `base`.
  init(base: Int32, in history: TextHistory) { self.init(at: HistoryPlace(base, in: history)) }

  /// A walker that starts at the critical version below `place`.
  init(at place: HistoryPlace) {
    tree = SpanTree(base: place.unit)
    versions = PreparedVersions(base: place.unit, run: place.run)
    base = place.unit
    self.place = place
  }

  /// Forgets everything and starts anew at the critical version below `place`.
  mutating func restart(at place: HistoryPlace) {
    tree.reset(base: place.unit)
    versions.reset(base: place.unit, run: place.run)
    targets.removeAll()
    base = place.unit
    self.place = place
    surplus = 0
    lengthMost = .max
  }

  /// Code points of the text, once `setCount` said how many they are.
  var count: Int { Int(tree.widths.w) + surplus }

  /// Says that the text has so many code points. From now on events are checked against it.
  mutating func setCount(_ count: Int) {
    surplus = count - Int(tree.widths.w)
    lengthMost = TextLimit.text.most
  }

  /// By how many code points the version in `lane` is longer than the text.
  func surplus(in lane: Int) -> Int { Int(tree.widths[lane]) - Int(tree.widths[Lanes.text]) }

  /// What the events did to the text since somebody asked last.
  mutating func takeOutput() -> TransformedEdits {
    var taken = TransformedEdits()
    swap(&taken, &output)
    return taken
  }

  /// Walks the units not walked yet, up to `end`.
  mutating func walk(to end: Int32, in history: TextHistory) throws(TextError) {
    guard place.unit < end else { return }
    tree.index.reserve(end)
    var place = self.place
    place.settle(in: history)
    var lane = versions.lane(of: Int(history.names.runs[place.name].writer))
    while place.unit < end {
      let stop = min(end, history.graph.end(ofRun: place.run))
      if history.names.end(ofRun: place.name) <= place.unit {
        repeat { place.name += 1 } while history.names.end(ofRun: place.name) <= place.unit
        lane = versions.lane(of: Int(history.names.runs[place.name].writer))
      }
      if versions.findWay(of: lane, before: place.unit, in: place.run, of: history.graph) {
        move(lane, in: history.graph)
      }
      try apply(place.unit, stop, from: &place.row, in: lane, of: history)
      versions.walk(place.run, to: stop, in: lane)
      place.unit = stop
      place.run += 1
    }
    place.settle(in: history)
    self.place = place
  }

  /// Moves the lane in which to prepare what a writer, given by its number, did to the version
  /// whose heads are `heads`; returns it.
  mutating func prepare(
    _ heads: ContiguousArray<Int32>, for writer: Int, in history: TextHistory
  ) -> Int {
    let lane = versions.lane(of: writer)
    versions.findWay(of: lane, to: heads, in: history.graph)
    move(lane, in: history.graph)
    return lane
  }

  /// Moves `lane` the way that was found.
  @inline(__always)
  private mutating func move(_ lane: Int, in graph: EventGraph) {
    let bump = Lanes.one(in: lane)
    while let range = versions.retreat.popLast() { shift(range, by: Lanes.zero &- bump) }
    while let range = versions.advance.popLast() { shift(range, by: bump) }
    while let range = versions.climb(lane, in: graph) { shift(range, by: bump) }
  }

  /// Applies the units `first ..< end`, of which the first lies in the edit run `run`; leaves in
  /// `run` the one in which `end` lies.
  @inline(__always)
  private mutating func apply(
    _ first: Int32, _ end: Int32, from run: inout Int, in lane: Int, of history: TextHistory
  ) throws(TextError) {
    let bump = Lanes.one(in: lane) &+ Lanes.one(in: Lanes.text)
    var at = first
    while at < end {
      let edit = history.edits.edit(at, end, inRun: run)
      try edit.check(
        count: Int(tree.widths[lane]) + surplus, most: lengthMost, at: at, in: history)
      if edit.kind == .insert {
        insert(
          at, edit.length, at: edit.position, in: lane, bump: bump, run: run, of: history)
      } else {
        delete(
          at, edit.length, at: edit.position, in: lane, bump: bump,
          backward: edit.kind == .deleteBackward)
      }
      at += edit.length
      if at == history.edits.end(ofRun: run) { run += 1 }
    }
  }

  /// Adds `delta` to the states of what the units of `range` put in or took out.
  private mutating func shift(_ range: UnitRange, by delta: Lanes) {
    var at = range.first
    while at < range.end {
      let (slot, start) = tree.index.span(of: at)
      if slot < 0 {
        let part = target(~slot, from: at, to: range.end)
        shift(units: part.unit, part.length, by: delta)
        at += part.length
      } else {
        at += shift(tree.place(of: start, from: slot), from: at, most: range.end - at, by: delta)
      }
    }
  }

  /// The same for the code points that units took out.
  private mutating func shift(units first: Int32, _ length: Int32, by delta: Lanes) {
    var at = first
    while at < first + length {
      at += shift(tree.find(at), from: at, most: first + length - at, by: delta)
    }
  }

  /// The same for at most so many of the units from `unit` on that lie in the span at `place`;
  /// returns how many they are.
  @inline(__always)
  private mutating func shift(
    _ place: SpanTree.Place, from unit: Int32, most: Int32, by delta: Lanes
  ) -> Int32 {
    let span = tree.spans[known: tree.at(place)]
    let offset = unit - span.id
    let part = min(most, span.length - offset)
    let own = part < span.length ? tree.isolate(place, from: offset, length: part) : place
    tree.change(own, by: delta)
    return part
  }

  /// What the units from `unit` on, up to and without `end`, took out, as far as it is one target,
  /// given by its number.
  @inline(__always)
  func target(
    _ number: Int32, from unit: Int32, to end: Int32
  ) -> (unit: Int32, length: Int32) {
    let target = targets[number]
    let skipped = unit - target.deletion
    let length = min(end - unit, target.length - skipped)
    return target.backward
      ? (target.unit + target.length - skipped - length, length) : (target.unit + skipped, length)
  }
}
