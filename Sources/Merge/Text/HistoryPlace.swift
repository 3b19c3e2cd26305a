// SPDX-License-Identifier: MIT

/// A unit of a history, and where it lies in the history's columns.
struct HistoryPlace: BitwiseCopyable {
  var unit: Int32
  /// The run of the graph.
  var run: Int
  /// The run of edits.
  var row: Int
  /// The run of names.
  var name: Int

  /// The place of `unit`, which may be the one that comes next.
  init(_ unit: Int32, in history: TextHistory) {
    self.unit = unit
    run = max(0, history.graph.run(of: unit))
    row = max(0, history.edits.run(of: unit))
    name = max(0, history.names.run(of: unit))
  }

  /// Finds the unit's runs again, after units were added to the history or the place was moved
  /// forward: none of its runs lies further back than the last one that there was.
  @inline(__always) mutating func settle(in history: TextHistory) {
    Self.settle(&run, at: unit, in: history.graph.starts)
    Self.settle(&row, at: unit, in: history.edits.starts)
    Self.settle(&name, at: unit, in: history.names.starts)
  }

  @inline(__always)
  private static func settle(
    _ run: inout Int, at unit: Int32, in starts: ContiguousArray<Int32>
  ) {
    // A run behind the last one was none yet: what came may have lengthened that one.
    if run > 0, run >= starts.count || starts[run] > unit { run -= 1 }
    while run + 1 < starts.count, starts[run + 1] <= unit { run += 1 }
  }
}
