// SPDX-License-Identifier: MIT

extension TextHistory {
  /// The text at the heads, replayed from the start. The whole history must be loaded.
  public func text() throws(TextError) -> TextBuffer {
    guard base.isEmpty else { throw .textNotLoaded(op: base[0]) }
    var text = TextBuffer()
    try transform(from: 0, count: 0).apply(to: &text, content: edits.content)
    return text
  }

  /// The text at the version whose heads are `version`. The whole history must be loaded.
  public func text(at version: [Dot]) throws(TextError) -> TextBuffer {
    guard base.isEmpty else { throw .textNotLoaded(op: base[0]) }
    var units: ContiguousArray<Int32> = []
    for dot in version {
      guard let known = names.operation(named: dot) else { throw .unknownOperation(dot) }
      units.append(known.end - 1)
    }
    let target = graph.reduced(units)
    if target == graph.heads { return try text() }
    guard !target.isEmpty else { return TextBuffer() }
    var walker = try walkAll()
    let lane = walker.prepare(target, for: 0, in: self)
    var out = TransformedEdits()
    var position: Int32 = 0
    walker.tree.forEach { span in
      guard span.states[lane] == 1, span.id >= 0 else { return }
      for part in edits.parts(of: span) {
        out.insert(at: position, points: part.points, content: part.content)
        position += part.points
      }
    }
    var text = TextBuffer()
    try out.apply(to: &text, content: edits.content)
    return text
  }

  /// Walks everything that is loaded and keeps every span.
  func walkAll() throws(TextError) -> TextWalker {
    var walker = TextWalker(base: 0, in: self)
    try walker.walk(to: graph.count, in: self)
    return walker
  }
}

extension EditRuns {
  /// The text of a span's units, run by run.
  func parts(of span: Span) -> ContiguousArray<(points: Int32, content: Range<Int>)> {
    var out: ContiguousArray<(points: Int32, content: Range<Int>)> = []
    var run = self.run(of: span.id)
    var at = span.id
    while at < span.id + span.length {
      let stop = min(span.id + span.length, end(ofRun: run))
      out.append((stop - at, contentRange(at, stop, inRun: run)))
      at = stop
      run += 1
    }
    return out
  }
}
