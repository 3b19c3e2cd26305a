// SPDX-License-Identifier: MIT

/// The walker's sequence of spans: a B-tree in arrays, with the widths of every version per child,
/// so that positions in any version are found from either side in O(log n).
struct SpanTree: ~Copyable {
  static let leafMax = 1 << leafBits
  static let fanout = 1 << fanoutBits
  private static let leafBits = 4
  private static let fanoutBits = 4
  /// No unit: the start of the text, as what stood left.
  static let start = Int32.min
  /// No unit: the end of the text, as what stood right.
  static let finish = Int32.max
  /// The code points of the version from which the walk starts: how many they are doesn't
  /// matter to it, so there are as many as there can be.
  static let placeholder: Int32 = 1 << 30

  /// A place in a leaf.
  struct Place {
    var leaf: Int32
    var slot: Int
  }

  /// A node or leaf below a node, and the widths of what it holds.
  struct Child: BitwiseCopyable, Sendable {
    var widths: Lanes
    var number: Int32
  }

  /// Leaves of `leafMax` slots each.
  var spans = RawArray<Span>(room: 2 * leafMax)
  var leafCounts = RawArray<Int32>()
  var leafNext = RawArray<Int32>()
  /// Where in `children` each leaf lies, or lay before others came in front of it; -1: nowhere.
  var leafSlots = RawArray<Int32>()

  /// Nodes of `fanout` slots each.
  var children = RawArray<Child>(room: fanout)
  var nodeCounts = RawArray<Int32>()
  /// The same of each node.
  var nodeSlots = RawArray<Int32>()
  /// 1 when the children are leaves.
  var nodeLevels = RawArray<Int32>()

  var root: Int32 = 0
  /// Levels of inner nodes above the leaves.
  var height: Int32 = 0
  var widths = Lanes.zero
  var index = SpanIndex()

  /// Holds the placeholder alone. Units from `base` on will follow.
  init(base: Int32) { reset(base: base) }

  /// Holds the placeholder alone again; keeps the memory.
  mutating func reset(base: Int32) {
    // Most stretches are short and fill one leaf, which can be used again as it is.
    if leafCounts.count != 1 {
      spans.removeAll()
      leafCounts.removeAll()
      leafNext.removeAll()
      leafSlots.removeAll()
      children.removeAll()
      nodeCounts.removeAll()
      nodeSlots.removeAll()
      nodeLevels.removeAll()
      root = 0
      height = 0
      _ = addLeaf()
    }
    index.reset(base: base)
    leafCounts[0] = 1
    let all = Span(
      id: -Self.placeholder, length: Self.placeholder, left: Self.start, right: Self.finish,
      states: Lanes(repeating: 1))
    spans[0] = all
    widths = all.widths
    index.insert(all.id, slot: 0)
  }

  @inline(__always) func at(_ place: Place) -> Int {
    Int(place.leaf) &<< Self.leafBits &+ place.slot
  }

  // What reads the tree in the middle of a walk is inlined: a call would be given a copy of it.

  /// The span that holds code point `position` of the version in `lane`, which must have one; how
  /// far in it lies; and where the span starts in the text.
  @inline(__always) func locate(
    _ position: Int32, in lane: Int
  ) -> (place: Place, offset: Int32, standing: Int32) {
    precondition(position >= 0 && position < widths[lane] && lane < Lanes.scalarCount)
    var left = position
    var before: Int32 = 0
    var node = root
    var level = height
    // The widths of a node are the sums of those below it, so `left` runs out before the slots do:
    // all that is looked at are children of a node, then spans of a leaf, that there are.
    while level > 0 {
      var child = children.pointer + Int(node) * Self.fanout
      while true {
        let width = Self.scalar(lane, of: child)
        if left < width { break }
        left &-= width
        before &+= Self.scalar(Lanes.text, of: child)
        child += 1
      }
      node = child.pointee.number
      level -= 1
    }
    let start = spans.pointer + Int(node) * Self.leafMax
    var span = start
    while true {
      // Arithmetic instead of branches, which no processor could predict.
      let length = span.pointee.length
      let width = Self.isThere(lane, span) &* length
      if left < width { break }
      left &-= width
      before &+= Self.isThere(Lanes.text, span) &* length
      span += 1
    }
    return (Place(leaf: node, slot: span - start), left, before)
  }

  /// The width of a child in a lane, read alone: a lane of a vector in a register is slow to reach.
  @inline(__always)
  private static func scalar(_ lane: Int, of child: UnsafeMutablePointer<Child>) -> Int32 {
    // `widths` is the first member, and a vector's scalars lie one behind the other.
    UnsafeRawPointer(child).load(fromByteOffset: 4 * lane, as: Int32.self)
  }

  /// The state in a lane of the span at `place`.
  @inline(__always) func state(of place: Place, in lane: Int) -> Int32 {
    Self.state(lane, spans.pointer + at(place))
  }

  @inline(__always)
  private static func state(_ lane: Int, _ span: UnsafeMutablePointer<Span>) -> Int32 {
    // Four numbers come before `states`: 16 bytes.
    UnsafeRawPointer(span).load(fromByteOffset: 16 + 4 * lane, as: Int32.self)
  }

  /// 1 when a span is there in a lane's version, else 0.
  @inline(__always)
  private static func isThere(_ lane: Int, _ span: UnsafeMutablePointer<Span>) -> Int32 {
    state(lane, span) == 1 ? 1 : 0
  }

  /// The span in which `unit` lies.
  @inline(__always) mutating func find(_ unit: Int32) -> Place {
    if unit < 0, !index.hasPlaceholder { indexPlaceholder() }
    let (slot, id) = index.span(of: unit)
    return place(of: id, from: slot)
  }

  /// Where the span that starts at `id` lies, by the slot that the index names.
  @inline(__always) func place(of id: Int32, from slot: Int32) -> Place {
    // The index knows where every span lay when it came into its leaf. There, it moves towards the
    // end only, and mostly not at all.
    var span = spans.pointer + Int(slot)
    while span.pointee.id != id { span += 1 }
    let found = span - spans.pointer
    let leaf = Int32(truncatingIfNeeded: found >> Self.leafBits)
    return Place(leaf: leaf, slot: found & (Self.leafMax - 1))
  }

  /// Enters the placeholder's spans in the index, which has gone without so far.
  @inline(never) private mutating func indexPlaceholder() {
    index.addPlaceholder()
    var place: Place? = Place(leaf: 0, slot: 0)
    while let here = place {
      let id = spans[at(here)].id
      if id < 0 { index.insert(id, slot: at(here)) }
      place = next(here)
    }
  }

  /// The place after `place`, or nil at the end.
  @inline(__always) func next(_ place: Place) -> Place? {
    normal(Place(leaf: place.leaf, slot: place.slot + 1))
  }

  /// `place`, or the start of the next leaf when it is behind its leaf's last span.
  @inline(__always) func normal(_ place: Place) -> Place? {
    if place.slot < Int(leafCounts[known: place.leaf]) { return place }
    let leaf = leafNext[known: place.leaf]
    return leaf < 0 ? nil : Place(leaf: leaf, slot: 0)
  }

  /// Visits every span, first to last.
  func forEach(_ body: (Span) -> Void) {
    var place: Place? = Place(leaf: 0, slot: 0)
    while let here = place {
      body(spans[at(here)])
      place = next(here)
    }
  }

  /// Whether unit `left` comes before unit `right` in the sequence.
  mutating func precedes(_ left: Int32, _ right: Int32) -> Bool {
    let one = find(left)
    let two = find(right)
    if one.leaf == two.leaf {
      return one.slot == two.slot ? left < right : one.slot < two.slot
    }
    var (low, high) = (one.leaf, two.leaf)
    var (lowParent, highParent) = (Self.node(of: leafSlots[low]), Self.node(of: leafSlots[high]))
    while lowParent != highParent {
      (low, high) = (lowParent, highParent)
      (lowParent, highParent) = (Self.node(of: nodeSlots[low]), Self.node(of: nodeSlots[high]))
    }
    var slot = Int(lowParent) * Self.fanout
    while children[slot].number != low, children[slot].number != high { slot += 1 }
    return children[slot].number == low
  }

  /// Adds `delta` to the states of the span at `place`.
  @inline(__always) mutating func change(_ place: Place, by delta: Lanes) {
    let slot = at(place)
    let before = spans[known: slot].widths
    spans[known: slot].states &+= delta
    widen(place.leaf, by: spans[known: slot].widths &- before)
  }

  /// Changes the widths of `leaf` in all nodes above it.
  @inline(__always)
  mutating func widen(_ leaf: Int32, by more: Lanes) {
    widths &+= more
    if height > 0, more != .zero { widenNodes(above: leaf, by: more) }
  }

  private mutating func widenNodes(above leaf: Int32, by more: Lanes) {
    var slot = self.slot(of: leaf, from: leafSlots[known: leaf])
    leafSlots[known: leaf] = slot
    while true {
      children[known: slot].widths &+= more
      let node = Self.node(of: slot)
      slot = nodeSlots[known: node]
      if slot < 0 { return }
      slot = self.slot(of: node, from: slot)
      nodeSlots[known: node] = slot
    }
  }

  /// Where a child lies, which moves in its node only towards the end.
  @inline(__always) func slot(of child: Int32, from known: Int32) -> Int32 {
    var slot = known
    while children[known: slot].number != child { slot &+= 1 }
    return slot
  }

  /// The node to which a slot of `children` belongs; -1: none.
  @inline(__always) static func node(of slot: Int32) -> Int32 {
    slot >> Int32(truncatingIfNeeded: fanoutBits)
  }
}
