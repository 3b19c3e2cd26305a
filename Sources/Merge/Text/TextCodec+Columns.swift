// SPDX-License-Identifier: MIT

// Writing the columns of a history: base, writers, names, graph, edits.
//
// Names: for each run of ops, a head: the writer's number × 16, plus 8 if the units of an op (not
// one) follow, plus 4 if the first dot (not the writer's next) follows, plus the step. Then those,
// and the number of ops of a run that has a step.
//
// Graph: for each run, its length × 4, plus what the parents are: 0 the unit before it by the same
// writer; 1 the heads; 2 the former and one more, which follows; 3 others: their number, and they.
// A parent that follows is written as its distance.
//
// Edits: for each run, its length × 4, plus its kind; the content, packed; then the positions, each
// as its difference from where the run before left its writer's cursor.
extension TextCodec {
  /// What the parents of a run are.
  enum Parents: UInt8 {
    case own
    case heads
    case ownAndOther
    case others
  }

  static let sizeFollows: UInt64 = 8
  static let dotFollows: UInt64 = 4

  /// Adds the columns to `out`; returns where each one ends.
  static func write(
    _ history: TextHistory, prefix: [UInt8], to out: inout TextByteWriter
  ) -> [Int] {
    out.number(history.base.count)
    for dot in history.base {
      dot.writer.raw.append(to: &out.bytes)
      out.number(dot.sequence)
      out.number(UInt64(dot.index))
    }
    out.number(history.baseCount)
    out.number(history.unitCount)
    write(history.names, to: &out)
    var cuts = [out.bytes.count]
    write(history.graph, names: history.names, to: &out)
    cuts.append(out.bytes.count)
    writeHeads(history.edits, to: &out)
    cuts.append(out.bytes.count)
    let packed = TextPacker.pack(prefix + history.edits.content, from: prefix.count)
    out.number(history.edits.content.count)
    out.number(packed.count)
    out.bytes += packed
    cuts.append(out.bytes.count)
    writePositions(history.edits, to: &out)
    return cuts + [out.bytes.count]
  }

  private static func write(_ names: OperationNames, to out: inout TextByteWriter) {
    out.number(names.writers.count)
    for writer in names.writers { writer.raw.append(to: &out.bytes) }
    out.number(names.starts.count)
    var expected = [UInt64](repeating: 1, count: names.writers.count)
    for number in names.starts.indices {
      let run = names.runs[number]
      let writer = Int(run.writer)
      let count = names.operations(inRun: number)
      let isNext = run.sequence == expected[writer] && run.index == 0
      out.number(
        UInt64(writer) << 4 | UInt64(run.step.rawValue) | (run.size == 1 ? 0 : sizeFollows)
          | (isNext ? 0 : dotFollows))
      if !isNext {
        let ahead = Int64(bitPattern: run.sequence &- expected[writer])
        out.number(UInt64(bitPattern: ahead << 1 ^ ahead >> 63))
        out.number(UInt64(run.index))
      }
      if run.size != 1 { out.number(run.size) }
      if run.step != .none { out.number(count) }
      expected[writer] = names.dot(count - 1, ofRun: number).sequence &+ 1
    }
  }

  private static func write(
    _ graph: EventGraph, names: OperationNames, to out: inout TextByteWriter
  ) {
    out.number(graph.runCount)
    var own = OwnUnits(names)
    var heads = RawArray<Int32>()
    for run in 0..<graph.runCount {
      let start = graph.starts[run]
      let end = graph.end(ofRun: run)
      let range = graph.parentRange(ofRun: run)
      let mine = own.last(before: start, in: names)
      let kind = kind(of: range, in: graph, heads: heads, own: mine)
      out.number(UInt64(end - start) << 2 | UInt64(kind.rawValue))
      if kind == .others { out.number(range.count) }
      for index in range {
        let parent = graph.parents[index].unit
        if kind == .others || kind == .ownAndOther && parent != mine { out.number(start - parent) }
      }
      var kept = 0
      for place in 0..<heads.count {
        let head = heads[place]
        var isParent = false
        for index in range where graph.parents[index].unit == head { isParent = true }
        if isParent { continue }
        heads[kept] = head
        kept += 1
      }
      heads.removeLast(heads.count - kept)
      heads.append(end - 1)
    }
  }

  /// What the parents are that lie in `range`.
  @inline(__always)
  private static func kind(
    of range: Range<Int>, in graph: EventGraph, heads: borrowing RawArray<Int32>, own: Int32
  ) -> Parents {
    var areHeads = range.count == heads.count
    var hasOwn = false
    for index in range {
      let parent = graph.parents[index].unit
      if areHeads, heads[index - range.lowerBound] != parent { areHeads = false }
      if parent == own { hasOwn = true }
    }
    if areHeads { return .heads }
    guard hasOwn, range.count <= 2 else { return .others }
    return range.count == 1 ? .own : .ownAndOther
  }

  private static func writeHeads(_ edits: EditRuns, to out: inout TextByteWriter) {
    out.number(edits.count)
    for run in 0..<edits.count {
      let length = Int(edits.end(ofRun: run) - edits.starts[run])
      out.number(length << 2 | Int(edits.rows[run].kind.rawValue))
    }
  }

  private static func writePositions(_ edits: EditRuns, to out: inout TextByteWriter) {
    var expected = 0
    for run in 0..<edits.count {
      let row = edits.rows[run]
      let length = Int(edits.end(ofRun: run) - edits.starts[run])
      out.signed(Int(row.position) - expected)
      expected = EditRuns.cursor(after: row.kind, at: Int(row.position), length: length)
    }
  }
}

/// Goes along a history's names and knows each writer's last unit.
struct OwnUnits: ~Copyable {
  /// The run of names in which the unit asked for last lies.
  private(set) var run = 0
  /// For each writer, the last unit of its runs before that one; -1: none.
  private var last: RawArray<Int32>

  init(_ names: OperationNames) {
    last = RawArray(room: names.writers.count)
    last.append(repeating: -1, count: names.writers.count)
  }

  /// The last unit before `unit` by the writer of `unit`; -1: none. Units only ever ascend, and
  /// all lie in `names`.
  @inline(__always)
  mutating func last(before unit: Int32, in names: OperationNames) -> Int32 {
    while names.end(ofRun: run) <= unit {
      last[Int(names.runs[run].writer)] = names.end(ofRun: run) - 1
      run += 1
    }
    return unit > names.starts[run] ? unit - 1 : last[Int(names.runs[run].writer)]
  }
}
