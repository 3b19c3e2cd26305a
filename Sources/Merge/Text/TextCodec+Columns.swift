// SPDX-License-Identifier: MIT

// The columns of a history: base, writers, names, graph, edits, content.
extension TextCodec {
  static func write(_ history: TextHistory, prefix: [UInt8], to out: inout TextByteWriter) {
    out.number(history.base.count)
    for dot in history.base {
      dot.writer.raw.append(to: &out.bytes)
      out.number(dot.sequence)
      out.number(UInt64(dot.index))
    }
    out.number(history.baseCount)
    out.number(history.unitCount)
    write(history.names, to: &out)
    write(history.graph, to: &out)
    write(history.edits, to: &out)
    let content = prefix + history.edits.content
    let packed = TextPacker.pack(content, from: prefix.count)
    out.number(history.edits.content.count)
    out.number(packed.count)
    out.bytes += packed
  }

  private static func write(_ names: OperationNames, to out: inout TextByteWriter) {
    out.number(names.writers.count)
    for writer in names.writers { writer.raw.append(to: &out.bytes) }
    out.number(names.starts.count)
    var expected = [UInt64](repeating: 1, count: names.writers.count)
    for run in names.starts.indices {
      let writer = Int(names.writer[run])
      let count = names.operations(inRun: run)
      out.number(writer << 2 | Int(names.step[run].rawValue))
      // Mostly the writer's next change.
      let ahead = Int64(bitPattern: names.sequence[run] &- expected[writer])
      out.number(UInt64(bitPattern: ahead << 1 ^ ahead >> 63))
      out.number(UInt64(names.index[run]))
      out.number(names.size[run])
      if names.step[run] != .none { out.number(count) }
      expected[writer] = names.dot(count - 1, ofRun: run).sequence &+ 1
    }
  }

  private static func write(_ graph: EventGraph, to out: inout TextByteWriter) {
    out.number(graph.runCount)
    for run in 0..<graph.runCount {
      let start = graph.starts[run]
      out.number(graph.end(ofRun: run) - start)
      let parents = graph.parentRange(ofRun: run)
      out.number(parents.count)
      for parent in parents { out.number(start - graph.parentPool[parent]) }
    }
  }

  private static func write(_ edits: EditRuns, to out: inout TextByteWriter) {
    out.number(edits.count)
    for run in 0..<edits.count {
      let length = Int(edits.end(ofRun: run) - edits.starts[run])
      out.number(length << 2 | Int(edits.kinds[run].rawValue))
    }
    var expected = 0
    for run in 0..<edits.count {
      out.signed(Int(edits.positions[run]) - expected)
      expected = edits.cursor(after: run)
    }
  }

  static func read(_ bytes: ArraySlice<UInt8>, prefix: [UInt8]) throws(TextError) -> TextHistory {
    var reader = TextByteReader(bytes)
    var base: [Dot] = []
    for _ in 0..<(try reader.count(bytesEach: 18)) { base.append(try dot(&reader)) }
    let baseCount = try reader.number(atMost: TextLimit.history.most)
    var history = TextHistory(base: base, baseCount: baseCount)
    let units = try reader.number(atMost: TextLimit.history.most)
    try readNames(&reader, units: units, into: &history.names)
    try readGraph(&reader, units: units, into: &history)
    try readEdits(&reader, units: units, prefix: prefix, into: &history.edits)
    try reader.expectEnd()
    return history
  }

  private static func writer(_ reader: inout TextByteReader) throws(TextError) -> WriterID {
    let bytes = try reader.slice(16)
    guard let raw = Bytes16(bytes) else { throw reader.flaw(.truncated) }
    return WriterID(raw)
  }

  private static func dot(_ reader: inout TextByteReader) throws(TextError) -> Dot {
    let writer = try writer(&reader)
    let sequence = try reader.number()
    let index = try reader.number(atMost: Int(UInt32.max))
    return Dot(writer: writer, sequence: sequence, index: UInt32(index))
  }

  private static func readNames(
    _ reader: inout TextByteReader, units: Int, into names: inout OperationNames
  ) throws(TextError) {
    var writers: [WriterID] = []
    for _ in 0..<(try reader.count(bytesEach: 16)) { writers.append(try writer(&reader)) }
    var expected = [UInt64](repeating: 1, count: writers.count)
    let runs = try reader.count(bytesEach: 4)
    names.reserve(runs: runs)
    for _ in 0..<runs {
      let head = try reader.number()
      guard let step = OperationNames.Step(rawValue: UInt8(head & 3)),
        head >> 2 < UInt64(writers.count)
      else { throw reader.flaw(.number) }
      let writer = Int(head >> 2)
      let ahead = try reader.number()
      let sequence = expected[writer] &+ (ahead >> 1 ^ (0 &- (ahead & 1)))
      let index = try reader.number(atMost: Int(UInt32.max))
      let left = units - Int(names.end)
      let size = try reader.number(atMost: left)
      guard size > 0 else { throw reader.flaw(.number) }
      let count = step == .none ? 1 : try reader.number(atMost: left / size)
      let first = Dot(writer: writers[writer], sequence: sequence, index: UInt32(index))
      guard names.append(run: first, step: step, size: Int32(size), count: count) else {
        throw reader.flaw(.inconsistent)
      }
      expected[writer] = names.dot(count - 1, ofRun: names.starts.count - 1).sequence &+ 1
    }
    guard Int(names.end) == units else { throw reader.flaw(.inconsistent) }
  }

  private static func readGraph(
    _ reader: inout TextByteReader, units: Int, into history: inout TextHistory
  ) throws(TextError) {
    let runs = try reader.count(bytesEach: 2)
    history.graph.reserve(runs: runs)
    var queue = UnitQueue()
    var parents: ContiguousArray<Int32> = []
    for _ in 0..<runs {
      let start = history.graph.count
      let length = try reader.number(atMost: units - Int(start))
      guard length > 0, history.names.isBoundary(start) else { throw reader.flaw(.inconsistent) }
      if !parents.isEmpty { parents.removeAll(keepingCapacity: true) }
      for _ in 0..<(try reader.count(bytesEach: 1)) {
        let parent = start - Int32(truncatingIfNeeded: try reader.number(atMost: Int(start)))
        guard parent < start, parent > parents.last ?? -1,
          history.names.isBoundary(parent + 1)
        else { throw reader.flaw(.inconsistent) }
        parents.append(parent)
      }
      guard parents.count <= TextLimit.parents.most, history.graph.isReduced(parents, &queue)
      else { throw reader.flaw(.inconsistent) }
      history.graph.append(Int32(truncatingIfNeeded: length), parents: parents)
    }
    guard Int(history.graph.count) == units else { throw reader.flaw(.inconsistent) }
  }

  private static func readEdits(
    _ reader: inout TextByteReader, units: Int, prefix: [UInt8], into edits: inout EditRuns
  ) throws(TextError) {
    let count = try reader.count(bytesEach: 2)
    var kinds: ContiguousArray<EditRuns.Kind> = []
    var lengths: ContiguousArray<Int32> = []
    kinds.reserveCapacity(count)
    lengths.reserveCapacity(count)
    var left = units
    var inserted = 0
    for _ in 0..<count {
      let head = try reader.number(atMost: TextLimit.history.most << 2)
      guard let kind = EditRuns.Kind(rawValue: UInt8(head & 3)), head >> 2 > 0, head >> 2 <= left
      else { throw reader.flaw(.number) }
      kinds.append(kind)
      lengths.append(Int32(truncatingIfNeeded: head >> 2))
      left -= head >> 2
      if kind == .insert { inserted += head >> 2 }
    }
    guard left == 0 else { throw reader.flaw(.inconsistent) }
    var positions = reader
    for _ in 0..<count { _ = try reader.number() }
    let size = try reader.number(atMost: inserted * 4)
    let packed = try reader.slice(reader.number(atMost: reader.left))
    guard let content = TextPacker.unpack(packed, count: size, prefix: prefix) else {
      throw reader.flaw(.compression)
    }
    let points = content.withUnsafeBytes { bytes in
      UTF8Scan.validCount(UnsafeRawBufferPointer(rebasing: bytes[prefix.count...]))
    }
    guard let points else { throw reader.flaw(.utf8) }
    guard points == inserted else { throw reader.flaw(.inconsistent) }
    edits.reserve(runs: count, content: size)
    var at = prefix.count
    var expected = 0
    for (kind, length) in zip(kinds, lengths) {
      let position = expected.addingReportingOverflow(try positions.signed())
      guard !position.overflow, position.partialValue >= 0,
        position.partialValue <= TextLimit.history.most
      else { throw positions.flaw(.number) }
      at =
        content.withUnsafeBytes { bytes in
          edits.append(
            kind, at: position.partialValue, length: length,
            content: UnsafeRawBufferPointer(rebasing: bytes[at...]), even: points == size)
        } + at
      expected = edits.cursor(after: edits.count - 1)
    }
  }
}
