// SPDX-License-Identifier: MIT

extension TextHistory {
  /// Merges one op into `text`, which stands at the heads; returns what that did to `text`.
  ///
  /// The op is checked in full first: when this throws, nothing has changed. An op on the heads is
  /// applied as it is. For any other, the stretch since the last version that both sides share is
  /// replayed, and forgotten again.
  @discardableResult
  public mutating func merge(
    _ op: TextOperation, into text: inout TextBuffer
  ) throws(TextError) -> [TextPatch] {
    let parents = try resolve(op)
    if parents == graph.heads { return try follow(op, parents: parents, into: &text) }
    var walker: TextWalker?
    return try replay(op, parents: parents, into: &text, walker: &walker)
  }

  /// Merges one op whose parents are the heads, as it is.
  mutating func follow(
    _ op: TextOperation, parents: ContiguousArray<Int32>, into text: inout TextBuffer
  ) throws(TextError) -> [TextPatch] {
    _ = try TextEdit.check(op, count: text.count)
    try store(op, parents: parents)
    for patch in op.patches {
      try text.replace(
        position: patch.position, deleted: patch.deleted, inserted: patch.inserted)
    }
    return op.patches
  }

  /// Merges one op on any `parents`, with the walker that an earlier merge into the same history
  /// left, and leaves it for the next.
  mutating func replay(
    _ op: TextOperation, parents: ContiguousArray<Int32>, into text: inout TextBuffer,
    walker: inout TextWalker?
  ) throws(TextError) -> [TextPatch] {
    try TextEdit.checkNumbers(op)
    let first = graph.count
    var active = try walk(to: first, base: graph.critical.base(for: parents), &walker)
    let lane = active.prepare(parents, for: names.number(of: op.dot.writer), in: self)
    do throws(TextError) {
      _ = try TextEdit.check(op, count: text.count + active.surplus(in: lane))
      try store(op, parents: parents)
    } catch {
      walker = consume active
      throw error
    }
    active.emits = true
    try active.walk(to: graph.count, in: self)
    active.emits = false
    let output = active.takeOutput()
    walker = consume active
    try output.apply(to: &text, content: edits.content)
    return output.patches(content: edits.content)
  }

  /// A walker that has walked from a version at or below `base` to `end`: the one there is, unless
  /// it starts too late, or so early that a new one is quicker.
  private func walk(
    to end: Int32, base: Int32, _ walker: inout TextWalker?
  ) throws(TextError) -> TextWalker {
    var active = walker.take() ?? TextWalker(base: base, in: self)
    if active.base > base || active.place.unit < base {
      active.restart(at: HistoryPlace(base, in: self))
    }
    try active.walk(to: end, in: self)
    return active
  }

  /// Merges many ops into `text`, which stands at the heads, parents before children.
  ///
  /// All or none: when this throws, nothing has changed. Far faster than one by one when many are
  /// concurrent, since each stretch is replayed once.
  public mutating func merge(
    contentsOf ops: [TextOperation], into text: inout TextBuffer
  ) throws(TextError) {
    let before = self
    do throws(TextError) {
      let first = graph.count
      for op in ops { try append(op) }
      try transform(from: first, count: text.count).apply(to: &text, content: edits.content)
    } catch {
      self = before
      throw error
    }
  }

  /// Makes a local edit of `text`, which stands at the heads: an op named `dot` on the heads.
  public mutating func edit(
    _ dot: Dot, position: Int, deleted: Int, inserted: String, text: inout TextBuffer
  ) throws(TextError) {
    if isKnown(dot) { throw .duplicate(dot) }
    let points = UTF8Scan.count(inserted)
    _ = try TextEdit.check(
      position: position, deleted: deleted, inserted: points, count: text.count, op: dot)
    guard deleted + points <= TextLimit.history.most - Int(graph.count) else {
      throw .tooLong(op: dot, limit: .history)
    }
    var joins = graph.heads.count == 1 && graph.heads[0] == graph.count - 1
    store(
      position: position, deleted: deleted, inserted: inserted, points: points, joins: &joins,
      text: &text)
    let length = Int32(truncatingIfNeeded: deleted + points)
    names.append(dot, length: length)
    graph.append(length)
  }

  /// Makes a local edit of `text`, which stands at the heads, by several patches.
  public mutating func edit(
    _ dot: Dot, patches: [TextPatch], text: inout TextBuffer
  ) throws(TextError) {
    if patches.count == 1 {
      let patch = patches[0]
      return try edit(
        dot, position: patch.position, deleted: patch.deleted, inserted: patch.inserted, text: &text
      )
    }
    try merge(TextOperation(dot: dot, parents: heads, patches: patches), into: &text)
  }

  /// Adds one checked patch to the history and applies it to the text.
  @inline(__always)
  private mutating func store(
    position: Int, deleted: Int, inserted: String, points: Int, joins: inout Bool,
    text: inout TextBuffer
  ) {
    if deleted > 0 {
      edits.appendDeletion(at: position, deleted, joins: joins)
      joins = true
    }
    var inserted = inserted
    inserted.withUTF8 { utf8 in
      let bytes = UnsafeRawBufferPointer(utf8)
      if points > 0 { edits.appendInsertion(at: position, bytes, points: points, joins: joins) }
      text.apply(position: position, deleted: deleted, inserted: bytes)
    }
  }

  /// What the units from `first` on do to the text of those below, `count` code points long.
  ///
  /// Between critical versions that follow one another edits are fast-forward and stay as they
  /// are; only the stretches in between are walked.
  func transform(from first: Int32, count: Int) throws(TextError) -> TransformedEdits {
    let ranges = graph.critical.ranges
    var range = graph.critical.range(at: first)
    var place = HistoryPlace(first, in: self)
    var output = TransformedEdits()
    var count = count
    if ranges[range].last >= graph.count {
      try pass(&place, to: graph.count, into: &output, count: &count)
      return output
    }
    var walker = TextWalker(at: place)
    walker.output.reserve(edits.count - place.row)
    while place.unit < graph.count {
      // A unit between two critical versions follows just what the first one holds.
      while range + 1 < ranges.count, ranges[range + 1].first - 1 == ranges[range].last {
        range += 1
      }
      let last = ranges[range].last
      if place.unit < last {
        try pass(&place, to: last, into: &walker.output, count: &count)
        continue
      }
      range += 1
      let end = range < ranges.count ? ranges[range].first : graph.count
      walker.restart(at: place.unit == last ? place : HistoryPlace(last, in: self))
      walker.emits = false
      try walker.walk(to: place.unit, in: self)
      walker.emits = true
      walker.setCount(count)
      try walker.walk(to: end, in: self)
      count = walker.count
      place = walker.place
    }
    return walker.takeOutput()
  }

  /// Takes the units from `place` to `end` over as they are, and moves `place` there.
  private func pass(
    _ place: inout HistoryPlace, to end: Int32, into output: inout TransformedEdits,
    count: inout Int
  ) throws(TextError) {
    while place.unit < end {
      let edit = edits.edit(place.unit, end, inRun: place.row)
      try edit.check(count: count, most: TextLimit.text.most, at: place.unit, in: self)
      let next = place.unit + edit.length
      if edit.kind == .insert {
        let content = edits.contentRange(place.unit, next, inRun: place.row)
        output.insert(at: edit.position, points: edit.length, content: content)
        count += Int(edit.length)
      } else {
        output.delete(at: edit.position, edit.length)
        count -= Int(edit.length)
      }
      place.unit = next
      if next == edits.end(ofRun: place.row) { place.row += 1 }
    }
    place.settle(in: self)
  }
}
