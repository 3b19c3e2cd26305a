// SPDX-License-Identifier: MIT

/// The history of one text: an event graph of plain edits.
///
/// Each op is kept as it was made: positions in the text that its writer saw, and the version that
/// text had. Nothing else is stored. Where an op's edits belong in today's text is worked out when
/// they are merged, and only if something was concurrent to them.
///
/// Memory: columns of runs, some bytes for each run of typing or deleting, and the text put in.
public struct TextHistory: Sendable {
  /// The version below which nothing is loaded, by its heads; empty when all is.
  public let base: [Dot]
  /// Code points of the text at `base`.
  public let baseCount: Int

  var names = OperationNames()
  var graph = EventGraph()
  var edits = EditRuns()

  /// The history of an empty text.
  public init(order: DotOrder = DotOrder()) {
    base = []
    baseCount = 0
    names.order = order
  }

  /// A history of which what lies at and below a version is not loaded: that version's heads, and
  /// how many code points its text had. Nothing above may be concurrent to anything below.
  public init(base: [Dot], baseCount: Int, order: DotOrder = DotOrder()) {
    self.base = base.sorted()
    self.baseCount = max(0, baseCount)
    names.order = order
  }

  /// The heads of the version that holds every op: the parents of the next local edit.
  public var heads: [Dot] {
    guard !graph.heads.isEmpty else { return base }
    return graph.heads.map { names.operation(at: $0).dot }.sorted()
  }

  /// Whether no op is held.
  public var isEmpty: Bool { graph.count == 0 }

  /// How many code points were put in and taken out, all ops together.
  public var unitCount: Int { Int(graph.count) }

  /// Whether the op named `dot` is held.
  public func contains(_ dot: Dot) -> Bool { names.operation(named: dot) != nil }

  /// Whether `dot` can't be the name of a new op.
  @inline(__always) func isKnown(_ dot: Dot) -> Bool {
    names.operation(named: dot) != nil || !base.isEmpty && base.contains(dot)
  }

  /// Adds an op that was merged before, from the log. Its positions are not checked against the
  /// text at its parents; whatever replays the history does that.
  public mutating func append(_ op: TextOperation) throws(TextError) {
    let parents = try resolve(op)
    try TextEdit.checkNumbers(op)
    try store(op, parents: parents)
  }

  /// The units that `op` names as its parents, ascending, none an ancestor of another.
  func resolve(_ op: TextOperation) throws(TextError) -> ContiguousArray<Int32> {
    guard op.parents.count <= TextLimit.parents.most else {
      throw .tooLong(op: op.dot, limit: .parents)
    }
    if isKnown(op.dot) { throw .duplicate(op.dot) }
    var units: ContiguousArray<Int32> = []
    for parent in op.parents {
      if let known = names.operation(named: parent) {
        units.append(known.end - 1)
      } else if !base.contains(parent) {
        throw .unknownParent(op: op.dot, parent: parent)
      }
    }
    // A parent may be named twice, and counts once.
    if units.isEmpty, !base.allSatisfy(op.parents.contains) { throw .beforeBase(op: op.dot) }
    return graph.reduced(units)
  }

  /// Adds an op that was checked.
  mutating func store(_ op: TextOperation, parents: ContiguousArray<Int32>) throws(TextError) {
    var length = 0
    for patch in op.patches { length += patch.deleted + UTF8Scan.count(patch.inserted) }
    guard length <= TextLimit.history.most - Int(graph.count) else {
      throw .tooLong(op: op.dot, limit: .history)
    }
    var joins = parents.count == 1 && parents[0] == graph.count - 1
    for patch in op.patches {
      if patch.deleted > 0 {
        edits.appendDeletion(at: patch.position, patch.deleted, joins: joins)
        joins = true
      }
      var inserted = patch.inserted
      inserted.withUTF8 { utf8 in
        let text = UnsafeRawBufferPointer(utf8)
        guard text.count > 0 else { return }
        edits.appendInsertion(
          at: patch.position, text, points: UTF8Scan.count(text), joins: joins)
        joins = true
      }
    }
    if op.parents.isEmpty { names.begin(op.dot, op.patches) }
    names.append(op.dot, length: Int32(truncatingIfNeeded: length))
    graph.append(Int32(truncatingIfNeeded: length), parents: parents)
  }
}
