// SPDX-License-Identifier: MIT

/// A run of units put in one behind the other, as the walker sees it.
struct Span: Sendable {
  /// The first unit.
  var id: Int32
  var length: Int32
  /// What stood left and right of the first unit when it was put in. Every further unit stood
  /// right of the one before it, and left of the same `right`.
  var left: Int32
  var right: Int32
  /// In the version being prepared: 0 not there yet, 1 there, n + 1 taken out n times.
  var prepared: Int32
  /// Whether any event walked so far took it out.
  var gone: Bool

  /// Code points that count in the version being prepared.
  @inline(__always) var preparedWidth: Int32 { prepared == 1 ? length : 0 }
  /// Code points that stand in the text.
  @inline(__always) var standingWidth: Int32 { gone ? 0 : length }
}

/// The walker's sequence of spans: a B-tree in arrays, with two widths per child, so that
/// positions in the prepared version and in the text are found from either side in O(log n).
struct SpanTree: Sendable {
  static let leafMax = 32
  static let fanout = 16
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
  struct Child: Sendable {
    var number: Int32
    var prepared: Int32
    var standing: Int32
  }

  var spans: ContiguousArray<Span> = []
  var leafCounts: ContiguousArray<Int32> = []
  var leafNext: ContiguousArray<Int32> = []
  var leafParents: ContiguousArray<Int32> = []

  var children: ContiguousArray<Child> = []
  var nodeCounts: ContiguousArray<Int32> = []
  var nodeParents: ContiguousArray<Int32> = []
  /// 1 when the children are leaves.
  var nodeLevels: ContiguousArray<Int32> = []

  var root: Int32 = 0
  /// Levels of inner nodes above the leaves.
  var height: Int32 = 0
  var prepared: Int32 = 0
  var standing: Int32 = 0
  var index = SpanIndex()

  init() { reset() }

  /// Holds the placeholder alone again; keeps the memory.
  mutating func reset() {
    // Most stretches are short and fill one leaf, which can be used again as it is.
    if leafCounts.count != 1 {
      spans.removeAll(keepingCapacity: true)
      leafCounts.removeAll(keepingCapacity: true)
      leafNext.removeAll(keepingCapacity: true)
      leafParents.removeAll(keepingCapacity: true)
      children.removeAll(keepingCapacity: true)
      nodeCounts.removeAll(keepingCapacity: true)
      nodeParents.removeAll(keepingCapacity: true)
      nodeLevels.removeAll(keepingCapacity: true)
      root = 0
      height = 0
      _ = addLeaf()
    }
    index.removeAll()
    leafCounts[0] = 1
    spans[0] = Span(
      id: -Self.placeholder, length: Self.placeholder, left: Self.start, right: Self.finish,
      prepared: 1, gone: false)
    prepared = Self.placeholder
    standing = Self.placeholder
    index.insert(-Self.placeholder, leaf: 0)
  }

  @inline(__always) func at(_ place: Place) -> Int { Int(place.leaf) * Self.leafMax + place.slot }

  /// The span that holds code point `position` of the prepared version, how far in it lies, and
  /// where the span starts in the text.
  func locate(prepared position: Int32) -> (place: Place, offset: Int32, standing: Int32) {
    var left = position
    var before: Int32 = 0
    var node = root
    var level = height
    while level > 0 {
      var slot = Int(node) * Self.fanout
      while left >= children[slot].prepared {
        left -= children[slot].prepared
        before += children[slot].standing
        slot += 1
      }
      node = children[slot].number
      level -= 1
    }
    var slot = Int(node) * Self.leafMax
    while left >= spans[slot].preparedWidth {
      left -= spans[slot].preparedWidth
      before += spans[slot].standingWidth
      slot += 1
    }
    return (Place(leaf: node, slot: slot - Int(node) * Self.leafMax), left, before)
  }

  /// The span in which `unit` lies.
  func find(_ unit: Int32) -> Place {
    let leaf = index.leaf(of: unit)
    let start = Int(leaf) * Self.leafMax
    var slot = start
    while !(spans[slot].id <= unit && unit - spans[slot].id < spans[slot].length) { slot += 1 }
    return Place(leaf: leaf, slot: slot - start)
  }

  /// The span in which `unit` lies, tried first behind `place`, where text put in together stays
  /// unless somebody typed into it.
  @inline(__always) func find(_ unit: Int32, after place: Place) -> Place {
    if let next = next(place), spans[at(next)].id == unit { return next }
    return find(unit)
  }

  /// Code points of the text before the span at `place`.
  func standing(before place: Place) -> Int32 {
    var sum: Int32 = 0
    let start = Int(place.leaf) * Self.leafMax
    for slot in start..<start + place.slot { sum += spans[slot].standingWidth }
    var child = place.leaf
    var node = leafParents[Int(place.leaf)]
    while node >= 0 {
      var slot = Int(node) * Self.fanout
      while children[slot].number != child {
        sum += children[slot].standing
        slot += 1
      }
      child = node
      node = nodeParents[Int(node)]
    }
    return sum
  }

  /// The place after `place`, or nil at the end.
  @inline(__always) func next(_ place: Place) -> Place? {
    normal(Place(leaf: place.leaf, slot: place.slot + 1))
  }

  /// `place`, or the start of the next leaf when it is behind its leaf's last span.
  @inline(__always) func normal(_ place: Place) -> Place? {
    if place.slot < Int(leafCounts[Int(place.leaf)]) { return place }
    let leaf = leafNext[Int(place.leaf)]
    return leaf < 0 ? nil : Place(leaf: leaf, slot: 0)
  }

  /// Whether unit `left` comes before unit `right` in the sequence.
  func precedes(_ left: Int32, _ right: Int32) -> Bool {
    let one = find(left)
    let two = find(right)
    if one.leaf == two.leaf {
      return one.slot == two.slot ? left < right : one.slot < two.slot
    }
    var (low, high) = (one.leaf, two.leaf)
    var (lowParent, highParent) = (leafParents[Int(low)], leafParents[Int(high)])
    while lowParent != highParent {
      (low, high) = (lowParent, highParent)
      (lowParent, highParent) = (nodeParents[Int(low)], nodeParents[Int(high)])
    }
    var slot = Int(lowParent) * Self.fanout
    while children[slot].number != low, children[slot].number != high { slot += 1 }
    return children[slot].number == low
  }

  /// Changes the widths of `leaf` in all nodes above it.
  @inline(__always)
  mutating func widen(_ leaf: Int32, prepared more: Int32, standing moreStanding: Int32) {
    prepared += more
    standing += moreStanding
    var child = leaf
    var node = leafParents[Int(leaf)]
    while node >= 0 {
      var slot = Int(node) * Self.fanout
      while children[slot].number != child { slot += 1 }
      children[slot].prepared += more
      children[slot].standing += moreStanding
      child = node
      node = nodeParents[Int(node)]
    }
  }
}
