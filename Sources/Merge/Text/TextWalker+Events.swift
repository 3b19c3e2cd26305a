// SPDX-License-Identifier: MIT

// What one event does to the walker's tree.
extension TextWalker {
  // What reads the tree only is mutating too: otherwise the caller would copy the walker for it.

  /// Puts in the units `first ..< first + length` at `position` of the version in `lane`.
  mutating func insert(
    _ first: Int32, _ length: Int32, at position: Int32, in lane: Int, bump: Lanes, run: Int,
    of history: TextHistory
  ) {
    var place = SpanTree.Place(leaf: 0, slot: 0)
    var left = SpanTree.start
    var standing: Int32 = 0
    var right = SpanTree.finish
    if position > 0 {
      let found = tree.locate(position - 1, in: lane)
      let span = tree.spans[known: tree.at(found.place)]
      left = span.id &+ found.offset
      standing = found.standing &+ (span.isGone ? 0 : found.offset &+ 1)
      if found.offset &+ 1 < span.length {
        let new = Span(id: first, length: length, left: left, right: left &+ 1, states: bump)
        tree.insert(new, inside: found.place, at: found.offset &+ 1)
        return emit(first, length, at: standing, run: run, of: history)
      }
      place = SpanTree.Place(leaf: found.place.leaf, slot: found.place.slot &+ 1)
    }
    if let next = tree.normal(place) {
      let span = tree.spans[known: tree.at(next)]
      if tree.state(of: next, in: lane) > 0 {
        right = span.id
      } else {
        right = self.right(of: next, in: lane)
        let new = Span(id: first, length: length, left: left, right: right, states: .zero)
        integrate(new, in: lane, place: &place, standing: &standing, by: history.names)
      }
    }
    let span = Span(id: first, length: length, left: left, right: right, states: bump)
    tree.insert(span, at: place)
    emit(first, length, at: standing, run: run, of: history)
  }

  /// Notes what the units `first ..< first + length` put into the text, for who wants it.
  @inline(__always)
  private mutating func emit(
    _ first: Int32, _ length: Int32, at position: Int32, run: Int, of history: TextHistory
  ) {
    guard emits else { return }
    let content = history.edits.contentRange(first, first + length, inRun: run)
    output.insert(at: position, points: length, content: content)
  }

  /// The first unit at or behind `place` that the version in `lane` knows, there or taken out.
  private mutating func right(of place: SpanTree.Place, in lane: Int) -> Int32 {
    var place = place
    while tree.spans[tree.at(place)].states[lane] == 0 {
      guard let next = tree.next(place) else { return SpanTree.finish }
      place = next
    }
    return tree.spans[tree.at(place)].id
  }

  /// Moves `place` past the concurrent insertions that come before the new one: FugueMax.
  ///
  /// Among insertions with the same left neighbour, one whose right neighbour is further right
  /// comes first, then ops in the order of their names. What stands between is a descendant of one
  /// of them and goes where that one goes.
  private mutating func integrate(
    _ new: Span, in lane: Int, place: inout SpanTree.Place, standing: inout Int32,
    by names: OperationNames
  ) {
    var next = tree.normal(place)
    var passed = standing
    var undecided = false
    while let scan = next {
      let other = tree.spans[tree.at(scan)]
      if other.states[lane] > 0 { return }
      if other.left == new.left {
        if other.right == new.right, names.precedes(new.id, other.id) { return }
        undecided = other.right != new.right && isBefore(other.right, new.right)
      } else if isBefore(other.left, new.left) {
        return
      }
      passed += other.standingWidth
      next = tree.next(scan)
      if !undecided {
        place = SpanTree.Place(leaf: scan.leaf, slot: scan.slot + 1)
        standing = passed
      }
    }
  }

  private mutating func isBefore(_ one: Int32, _ two: Int32) -> Bool {
    if one == two || two == SpanTree.start || one == SpanTree.finish { return false }
    if one == SpanTree.start || two == SpanTree.finish { return true }
    return tree.precedes(one, two)
  }

  /// Takes out `length` code points from `position` of the version in `lane` on, by the units from
  /// `first` on.
  mutating func delete(
    _ first: Int32, _ length: Int32, at position: Int32, in lane: Int, bump: Lanes,
    backward: Bool
  ) {
    var done: Int32 = 0
    while done < length {
      let found = tree.locate(position, in: lane)
      let span = tree.spans[tree.at(found.place)]
      let part = min(length - done, span.length - found.offset)
      let place = tree.isolate(found.place, from: found.offset, length: part)
      if emits, !span.isGone { output.delete(at: found.standing + found.offset, part) }
      tree.change(place, by: bump)
      let deletion = backward ? first + length - done - part : first + done
      tree.index.insert(deletion, slot: ~targets.count)
      targets.append(
        Target(
          deletion: deletion, unit: span.id + found.offset, length: part, backward: backward))
      done += part
    }
  }
}
