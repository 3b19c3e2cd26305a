// SPDX-License-Identifier: MIT

import Merge

/// The second edition: a Fugue tree (Weidner and Kleppmann, "The Art of the Fugue", 2023) with
/// FugueMax's order of right siblings, one node a code point, everything worked out anew each time.
///
/// Slow, short, and written from the paper alone; the engine must agree with it.
struct NaiveText {
  struct Name: Hashable, Comparable {
    var dot: Dot
    var offset: Int

    static func < (left: Self, right: Self) -> Bool {
      left.dot != right.dot ? left.dot < right.dot : left.offset < right.offset
    }
  }

  struct Node {
    var name: Name
    var scalar: Unicode.Scalar
    /// What stood right of it when it was put in; nil at the end.
    var rightOrigin: Int?
    var leftChildren: [Int] = []
    var rightChildren: [Int] = []
    var deletedBy: Set<Dot> = []
    /// The numbers of the ops that put it in and took it out.
    var insertion = 0
    var deletions: [Int] = []
  }

  /// Node 0 is the root: the start of the text.
  private(set) var nodes = [Node(name: Name(dot: NaiveText.rootDot, offset: 0), scalar: "^")]
  private(set) var past: [Dot: Set<Dot>] = [:]
  private(set) var parents: [Dot: [Dot]] = [:]
  private var numbers: [Dot: Int] = [rootDot: 0]
  /// Nodes in the order of the text.
  private var order = [0]

  private static let rootDot = Dot(
    writer: WriterID(Bytes16(high: 0, low: 0)), sequence: 0, index: 0)

  /// The ops of the version with these heads.
  func closure(_ heads: [Dot]) -> Set<Dot> {
    heads.reduce(into: Set()) { $0.formUnion(past[$1] ?? []) }
  }

  /// Of some ops, those that no other of them follows.
  func heads(of ops: Set<Dot>) -> [Dot] {
    var heads = ops
    for op in ops { heads.subtract(parents[op] ?? []) }
    return heads.sorted()
  }

  /// The nodes that stand in the text of the version that holds `ops`.
  func standing(_ ops: Set<Dot>) -> [Int] { standing(mask(ops)) }

  private func standing(_ known: [Bool]) -> [Int] {
    order.dropFirst().filter { node in
      known[nodes[node].insertion] && !nodes[node].deletions.contains { known[$0] }
    }
  }

  /// For each op's number, whether it is one of `ops`; so is the root.
  private func mask(_ ops: Set<Dot>) -> [Bool] {
    var out = [Bool](repeating: false, count: numbers.count)
    out[0] = true
    for op in ops { out[numbers[op] ?? 0] = true }
    return out
  }

  func scalars(_ ops: Set<Dot>) -> [Unicode.Scalar] { standing(ops).map { nodes[$0].scalar } }

  func string(_ ops: Set<Dot>) -> String {
    var text = String.UnicodeScalarView()
    text.append(contentsOf: scalars(ops))
    return String(text)
  }

  var string: String { string(Set(past.keys)) }

  /// Every node with what became of it, in the order of the text.
  var all: [Node] { order.dropFirst().map { nodes[$0] } }

  mutating func merge(_ op: TextOperation) {
    let version = closure(op.parents).union([op.dot])
    past[op.dot] = version
    parents[op.dot] = op.parents
    numbers[op.dot] = numbers.count
    let known = mask(version)
    var offset = 0
    for patch in op.patches {
      for node in standing(known)[patch.position..<patch.position + patch.deleted] {
        nodes[node].deletedBy.insert(op.dot)
        nodes[node].deletions.append(numbers.count - 1)
        offset += 1
      }
      for (step, scalar) in patch.inserted.unicodeScalars.enumerated() {
        let name = Name(dot: op.dot, offset: offset)
        insert(scalar, name, at: patch.position + step, known)
        offset += 1
      }
    }
  }

  private mutating func insert(
    _ scalar: Unicode.Scalar, _ name: Name, at position: Int, _ known: [Bool]
  ) {
    let left = position == 0 ? 0 : standing(known)[position - 1]
    let seen = order.filter { known[nodes[$0].insertion] }
    let place = (seen.firstIndex(of: left) ?? 0) + 1
    let right = place < seen.count ? seen[place] : nil
    let new = nodes.count
    nodes.append(Node(name: name, scalar: scalar, rightOrigin: right))
    nodes[new].insertion = numbers.count - 1
    let hasRightChild = nodes[left].rightChildren.contains { known[nodes[$0].insertion] }
    if hasRightChild, let right {
      let siblings = nodes[right].leftChildren + [new]
      nodes[right].leftChildren = siblings.sorted { [nodes] in nodes[$0].name < nodes[$1].name }
    } else {
      let siblings = nodes[left].rightChildren + [new]
      nodes[left].rightChildren = siblings.sorted { [self] in comesFirst($0, $1) }
    }
    order = []
    traverse(0)
  }

  /// The order of right siblings: the one whose right origin is further right, then by name.
  private func comesFirst(_ one: Int, _ two: Int) -> Bool {
    let first = nodes[one].rightOrigin.flatMap { order.firstIndex(of: $0) } ?? Int.max
    let second = nodes[two].rightOrigin.flatMap { order.firstIndex(of: $0) } ?? Int.max
    return first != second ? first > second : nodes[one].name < nodes[two].name
  }

  private mutating func traverse(_ root: Int) {
    for child in nodes[root].leftChildren { traverse(child) }
    order.append(root)
    for child in nodes[root].rightChildren { traverse(child) }
  }
}
