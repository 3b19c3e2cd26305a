// SPDX-License-Identifier: MIT

/// A run of code points that one op put in.
public struct TextSpan: Hashable, Sendable {
  /// Code points.
  public var count: Int
  /// The op that put them in; nil for text older than the history's base.
  public var dot: Dot?

  /// `count` code points put in by the op named `dot`.
  public init(count: Int, dot: Dot?) {
    self.count = count
    self.dot = dot
  }
}

extension TextHistory {
  /// Who wrote what: the text at the heads as runs, each with the op that put it in.
  public func attribution() throws(TextError) -> [TextSpan] {
    let walker = try walkAll()
    var out: [TextSpan] = []
    func add(_ count: Int, _ dot: Dot?) {
      if let last = out.indices.last, out[last].dot == dot {
        out[last].count += count
      } else if count > 0 {
        out.append(TextSpan(count: count, dot: dot))
      }
    }
    // The placeholder is longer than the text that it stands for.
    let baseEnd = Int(SpanTree.placeholder) - min(baseCount, Int(SpanTree.placeholder))
    walker.tree.forEach { span in
      guard !span.isGone else { return }
      if span.id < 0 {
        add(min(Int(span.length), -baseEnd - Int(span.id)), nil)
        return
      }
      var at = span.id
      let end = span.id + span.length
      while at < end {
        let op = names.operation(at: at)
        add(Int(min(end, op.end) - at), op.dot)
        at = op.end
      }
    }
    return out
  }

  /// The edits of the text at the heads that undo the op named `dot` and nothing else.
  ///
  /// What it put in and still stands goes; what it took out and nobody else did too comes back in
  /// its place. Empty when nothing of it is left to undo.
  public func inverse(of dot: Dot) throws(TextError) -> [TextPatch] {
    guard let op = names.operation(named: dot) else { throw .unknownOperation(dot) }
    var walker = try walkAll()
    // The first units of the spans that it took out and others had put in. It took out each unit
    // once, so that none of these spans is cut again.
    var taken: Set<Int32> = []
    walker.isolate(op.first, op.end) { taken.insert($0.id) }
    var out = PatchBuilder()
    var missing = false
    walker.tree.forEach { span in
      if (op.first..<op.end).contains(span.id) {
        // What it put in and took out again is not to come back.
        out.delete(Int(span.standingWidth))
      } else if span.states[Lanes.text] == 2, taken.contains(span.id) {
        if span.id < 0 { missing = true } else { out.insert(self.edits.string(of: span)) }
      } else {
        out.keep(Int(span.standingWidth))
      }
    }
    if missing { throw .textNotLoaded(op: dot) }
    return out.patches
  }
}

extension TextWalker {
  /// Makes what the units `first ..< end` put in or took out spans of their own, and visits those
  /// that they took out.
  fileprivate mutating func isolate(_ first: Int32, _ end: Int32, _ visitTaken: (Span) -> Void) {
    var at = first
    while at < end {
      let (slot, start) = tree.index.span(of: at)
      if slot < 0 {
        let part = target(~slot, from: at, to: end)
        isolate(units: part.unit, part.length, visitTaken)
        at += part.length
      } else {
        let span = tree.spans[tree.at(tree.place(of: start, from: slot))]
        let stop = min(end, start + span.length)
        isolate(units: at, stop - at) { _ in }
        at = stop
      }
    }
  }

  private mutating func isolate(units first: Int32, _ length: Int32, _ body: (Span) -> Void) {
    var at = first
    while at < first + length {
      var place = tree.find(at)
      let span = tree.spans[tree.at(place)]
      let part = min(first + length - at, span.length - (at - span.id))
      place = tree.isolate(place, from: at - span.id, length: part)
      body(tree.spans[tree.at(place)])
      at += part
    }
  }
}

extension EditRuns {
  /// The text of a span's units.
  fileprivate func string(of span: Span) -> String {
    var bytes: [UInt8] = []
    for part in parts(of: span) { bytes += content[part.content] }
    return String(decoding: bytes, as: UTF8.self)
  }
}

/// Builds patches from a walk over a text, first code point to last.
struct PatchBuilder {
  private(set) var patches: [TextPatch] = []
  /// Where the walk is, in the text as the patches leave it.
  private var position = 0
  /// Whether nothing was kept since the last patch.
  private var joins = false

  /// Leaves `count` code points as they are.
  mutating func keep(_ count: Int) {
    guard count > 0 else { return }
    position += count
    joins = false
  }

  /// Takes out the next `count` code points.
  mutating func delete(_ count: Int) {
    guard count > 0 else { return }
    open()
    patches[patches.count - 1].deleted += count
  }

  /// Puts in `text`.
  mutating func insert(_ text: String) {
    guard !text.utf8.isEmpty else { return }
    open()
    patches[patches.count - 1].inserted += text
    position += UTF8Scan.count(text)
  }

  private mutating func open() {
    guard !joins else { return }
    patches.append(TextPatch(position: position, deleted: 0, inserted: ""))
    joins = true
  }
}
