// SPDX-License-Identifier: MIT

extension TextHistory {
  /// The op named `dot`; nil when there is none. Its edits do what those it was made of did, in
  /// as few patches as that takes.
  public func operation(named dot: Dot) -> TextOperation? {
    names.operation(named: dot).map(operation)
  }

  /// Every op, parents before children.
  public var operations: [TextOperation] {
    var out: [TextOperation] = []
    var at: Int32 = 0
    while at < graph.count {
      let op = names.operation(at: at)
      out.append(operation(op))
      at = op.end
    }
    return out
  }

  private func operation(_ op: OperationNames.Operation) -> TextOperation {
    let run = graph.run(of: op.first)
    var parents: [Dot] = []
    if graph.starts[run] < op.first {
      parents.append(names.operation(at: op.first - 1).dot)
    } else {
      for index in graph.parentRange(ofRun: run) {
        parents.append(names.operation(at: graph.parents[index].unit).dot)
      }
      if parents.isEmpty { parents = base }
    }
    var patches: [TextPatch] = []
    var at = op.first
    var row = edits.run(of: at)
    while at < op.end {
      let edit = edits.edit(at, op.end, inRun: row)
      add(edit, from: at, row: row, to: &patches)
      at += edit.length
      row += 1
    }
    return TextOperation(dot: op.dot, parents: parents.sorted(), patches: patches)
  }

  private func add(_ edit: RunEdit, from unit: Int32, row: Int, to patches: inout [TextPatch]) {
    let position = Int(edit.position)
    guard edit.kind == .insert else {
      patches.append(TextPatch(position: position, deleted: Int(edit.length), inserted: ""))
      return
    }
    let bytes = edits.content[edits.contentRange(unit, unit + edit.length, inRun: row)]
    let text = String(decoding: bytes, as: UTF8.self)
    if let last = patches.last, last.inserted.isEmpty, last.position == position {
      patches[patches.count - 1].inserted = text
    } else {
      patches.append(TextPatch(position: position, deleted: 0, inserted: text))
    }
  }

  /// Merges the ops of `other` that are not held into `text`, which stands at the heads.
  ///
  /// All or none: when this throws, nothing has changed.
  public mutating func merge(
    contentsOf other: TextHistory, into text: inout TextBuffer
  ) throws(TextError) {
    if isEmpty, base == other.base {
      let edited = try other.transform(from: 0, count: text.count)
      try edited.apply(to: &text, content: other.edits.content)
      self = other
    } else {
      try merge(contentsOf: other.operations.filter { !contains($0.dot) }, into: &text)
    }
  }
}
