// SPDX-License-Identifier: MIT

// Growing the tree: new spans, cut spans, full leaves and nodes.
extension SpanTree {
  /// Puts `span` before the one at `place`.
  mutating func insert(_ span: Span, at place: Place) {
    let place = makeRoom(at: place)
    open(at: place)
    spans[known: at(place)] = span
    widen(place.leaf, by: span.widths)
    index.insert(span.id, slot: at(place))
  }

  /// Puts `span` into the one at `place`, before that one's unit number `offset`.
  mutating func insert(_ span: Span, inside place: Place, at offset: Int32) {
    guard hasRoom(in: place.leaf, for: 2) else {
      return insert(span, at: cut(place, at: offset))
    }
    open(at: Place(leaf: place.leaf, slot: place.slot + 1), by: 2)
    let slot = at(place)
    let tail = spans[known: slot].cut(at: offset)
    spans[known: slot + 1] = span
    spans[known: slot + 2] = tail
    widen(place.leaf, by: span.widths)
    index.insert(span.id, slot: slot + 1)
    index.insert(tail.id, slot: slot + 2)
  }

  /// Cuts the span at `place` so that its unit number `offset` starts a span; returns where that
  /// one lies.
  mutating func cut(_ place: Place, at offset: Int32) -> Place {
    let place = makeRoom(at: place)
    let slot = at(place)
    let behind = Place(leaf: place.leaf, slot: place.slot + 1)
    open(at: behind)
    let tail = spans[known: slot].cut(at: offset)
    spans[known: slot + 1] = tail
    index.insert(tail.id, slot: slot + 1)
    return behind
  }

  /// Cuts so that `length` units from `offset` on, of the span at `place`, are a span of their
  /// own; returns where that one lies.
  @inline(__always)
  mutating func isolate(_ place: Place, from offset: Int32, length: Int32) -> Place {
    var place = place
    if offset > 0 { place = cut(place, at: offset) }
    if length < spans[known: at(place)].length {
      // The part in front stays where the cut found it, one slot before the part behind.
      let behind = cut(place, at: length)
      return Place(leaf: behind.leaf, slot: behind.slot - 1)
    }
    return place
  }

  /// Moves the spans from `place` on back by so many slots, for which there must be room.
  @inline(__always)
  private mutating func open(at place: Place, by more: Int = 1) {
    let end = Int(leafCounts[known: place.leaf])
    assert(place.slot <= end && end + more <= Self.leafMax)
    leafCounts[known: place.leaf] = Int32(truncatingIfNeeded: end + more)
    guard place.slot < end else { return }
    // Callers made room, so that what moves stays in slots of the leaf.
    let slot = spans.pointer + at(place)
    (slot + more).update(from: slot, count: end - place.slot)
  }

  /// Whether so many more spans fit into `leaf`.
  @inline(__always)
  private func hasRoom(in leaf: Int32, for more: Int) -> Bool {
    Int(leafCounts[known: leaf]) + more <= Self.leafMax
  }

  /// Divides the leaf of `place` if it is full; returns where `place` is then.
  @inline(__always)
  private mutating func makeRoom(at place: Place) -> Place {
    hasRoom(in: place.leaf, for: 1) ? place : divide(place)
  }

  private mutating func divide(_ place: Place) -> Place {
    let leaf = Int(place.leaf)
    let kept = Self.leafMax / 2
    let fresh = addLeaf()
    let from = leaf * Self.leafMax
    let to = Int(fresh) * Self.leafMax
    var moved = Lanes.zero
    for slot in kept..<Self.leafMax {
      let span = spans[from + slot]
      spans[to + slot - kept] = span
      moved &+= span.widths
      index.move(span.id, to: to + slot - kept)
    }
    leafCounts[leaf] = Int32(kept)
    leafCounts[fresh] = Int32(Self.leafMax - kept)
    leafNext[fresh] = leafNext[leaf]
    leafNext[leaf] = fresh
    addSibling(fresh, after: place.leaf, level: 0, widths: moved)
    if place.slot < kept { return place }
    return Place(leaf: fresh, slot: place.slot - kept)
  }

  /// Enters `fresh`, which took `widths` from its left sibling, in the node above.
  private mutating func addSibling(
    _ fresh: Int32, after sibling: Int32, level: Int32, widths: Lanes
  ) {
    var known = level == 0 ? leafSlots[sibling] : nodeSlots[sibling]
    if known < 0 { known = addRoot(over: sibling, level: level + 1) }
    if nodeCounts[Self.node(of: known)] == Int32(Self.fanout) {
      divideNode(Self.node(of: known))
      known = level == 0 ? leafSlots[sibling] : nodeSlots[sibling]
    }
    let node = Self.node(of: known)
    let place = Int(slot(of: sibling, from: known))
    var slot = Int(node) * Self.fanout + Int(nodeCounts[node])
    while slot > place + 1 {
      children[slot] = children[slot - 1]
      slot -= 1
    }
    children[slot] = Child(widths: widths, number: fresh)
    children[place].widths &-= widths
    nodeCounts[node] += 1
    setSlot(of: fresh, level: level, to: slot)
  }

  /// Makes the root a child of a new one; returns its slot there.
  private mutating func addRoot(over child: Int32, level: Int32) -> Int32 {
    let node = addNode(level: level)
    let slot = Int(node) * Self.fanout
    children[slot] = Child(widths: widths, number: child)
    nodeCounts[node] = 1
    setSlot(of: child, level: level - 1, to: slot)
    root = node
    height = level
    return Int32(truncatingIfNeeded: slot)
  }

  private mutating func divideNode(_ node: Int32) {
    let level = nodeLevels[node]
    let fresh = addNode(level: level)
    let kept = Self.fanout / 2
    let from = Int(node) * Self.fanout
    let to = Int(fresh) * Self.fanout
    var moved = Lanes.zero
    for slot in kept..<Self.fanout {
      let child = children[from + slot]
      children[to + slot - kept] = child
      moved &+= child.widths
      setSlot(of: child.number, level: level - 1, to: to + slot - kept)
    }
    nodeCounts[node] = Int32(kept)
    nodeCounts[fresh] = Int32(Self.fanout - kept)
    addSibling(fresh, after: node, level: level, widths: moved)
  }

  private mutating func setSlot(of child: Int32, level: Int32, to slot: Int) {
    let slot = Int32(truncatingIfNeeded: slot)
    if level == 0 { leafSlots[child] = slot } else { nodeSlots[child] = slot }
  }

  mutating func addLeaf() -> Int32 {
    let leaf = Int32(truncatingIfNeeded: leafCounts.count)
    let empty = Span(id: 0, length: 0, left: 0, right: 0, states: .zero)
    spans.append(repeating: empty, count: Self.leafMax)
    leafCounts.append(0)
    leafNext.append(-1)
    leafSlots.append(-1)
    return leaf
  }

  private mutating func addNode(level: Int32) -> Int32 {
    let node = Int32(truncatingIfNeeded: nodeCounts.count)
    children.append(repeating: Child(widths: .zero, number: 0), count: Self.fanout)
    nodeCounts.append(0)
    nodeSlots.append(-1)
    nodeLevels.append(level)
    return node
  }
}
