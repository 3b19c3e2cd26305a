// SPDX-License-Identifier: MIT

// Growing the tree: new spans, cut spans, full leaves and nodes.
extension SpanTree {
  /// Puts `span` before the one at `place`; returns where it lies.
  mutating func insert(_ span: Span, at place: Place) -> Place {
    let place = makeRoom(at: place)
    open(at: place)
    spans[at(place)] = span
    widen(place.leaf, by: span.widths)
    index.insert(span.id, slot: at(place))
    return place
  }

  /// Cuts the span at `place` so that its unit number `offset` starts a span; returns where that
  /// one lies.
  mutating func cut(_ place: Place, at offset: Int32) -> Place {
    let place = makeRoom(at: place)
    let slot = at(place)
    var tail = spans[slot]
    tail.left = tail.id + offset - 1
    tail.id += offset
    tail.length -= offset
    spans[slot].length = offset
    let behind = Place(leaf: place.leaf, slot: place.slot + 1)
    open(at: behind)
    spans[slot + 1] = tail
    index.insert(tail.id, slot: slot + 1)
    return behind
  }

  /// Cuts so that `length` units from `offset` on, of the span at `place`, are a span of their
  /// own; returns where that one lies.
  @inline(__always)
  mutating func isolate(_ place: Place, from offset: Int32, length: Int32) -> Place {
    var place = place
    if offset > 0 { place = cut(place, at: offset) }
    if length < spans[at(place)].length {
      // The part in front stays where the cut found it, one slot before the part behind.
      let behind = cut(place, at: length)
      return Place(leaf: behind.leaf, slot: behind.slot - 1)
    }
    return place
  }

  /// Moves the spans from `place` on one slot back.
  private mutating func open(at place: Place) {
    let first = at(place)
    let end = Int(place.leaf) * Self.leafMax + Int(leafCounts[place.leaf])
    leafCounts[place.leaf] += 1
    guard first < end else { return }
    // Callers made room: the leaf isn't full, so slot `end` is the leaf's too.
    precondition(first >= 0 && end < spans.count)
    let slot = spans.pointer + first
    (slot + 1).update(from: slot, count: end - first)
  }

  /// Divides the leaf of `place` if it is full; returns where `place` is then.
  @inline(__always)
  private mutating func makeRoom(at place: Place) -> Place {
    leafCounts[place.leaf] < Int32(Self.leafMax) ? place : divide(place)
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
