// SPDX-License-Identifier: MIT

// Reading the columns of a history.
extension TextCodec {
  static func read(
    _ reader: inout TextByteReader, prefix: ContiguousArray<UInt8>
  ) throws(TextError) -> TextHistory {
    var base: [Dot] = []
    for _ in 0..<(try reader.count(bytesEach: 18)) { base.append(try dot(&reader)) }
    let baseCount = try reader.number(atMost: TextLimit.history.most)
    var history = TextHistory(base: base, baseCount: baseCount)
    let units = try reader.number(atMost: TextLimit.history.most)
    try readNames(&reader, units: units, into: &history.names)
    try readGraph(&reader, units: units, names: history.names, into: &history.graph)
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
    for _ in 0..<(try reader.count(bytesEach: 16)) {
      guard names.append(writer: try writer(&reader)) else { throw reader.flaw(.inconsistent) }
    }
    var expected = RawArray<UInt64>(room: names.writers.count)
    expected.append(repeating: 1, count: names.writers.count)
    // The greatest sequence so far of each writer.
    var greatest = RawArray<UInt64>(room: names.writers.count)
    greatest.append(repeating: 0, count: names.writers.count)
    let count = try reader.count(bytesEach: 1)
    var starts = RawArray<Int32>(room: count)
    var runs = RawArray<OperationNames.Run>(room: count)
    var end: Int32 = 0
    for _ in 0..<count {
      let (run, operations) = try readRun(&reader, units: units &- Int(end), expected: expected)
      guard run.holds(operations) else { throw reader.flaw(.inconsistent) }
      let writer = Int(run.writer)
      let follows = run.sequence > greatest[known: writer]
      let last = run.sequence &+ (run.step == .sequence ? UInt64(operations &- 1) : 0)
      expected[known: writer] = last &+ 1
      greatest[known: writer] = max(greatest[known: writer], last)
      if follows {
        starts.append(end)
        runs.append(run)
      } else {
        names.append(starts: starts.buffer, runs: runs.buffer, end: end)
        starts.removeAll()
        runs.removeAll()
        guard names.append(run, count: operations) else { throw reader.flaw(.inconsistent) }
      }
      end &+= run.size &* Int32(truncatingIfNeeded: operations)
    }
    names.append(starts: starts.buffer, runs: runs.buffer, end: end)
    guard Int(end) == units else { throw reader.flaw(.inconsistent) }
  }

  /// A run of ops that have at most `units` units, and how many ops it is. A writer's next op has
  /// its number in `expected`.
  @inline(__always)
  private static func readRun(
    _ reader: inout TextByteReader, units: Int, expected: borrowing RawArray<UInt64>
  ) throws(TextError) -> (OperationNames.Run, Int) {
    let head = try reader.number()
    guard let step = OperationNames.Step(rawValue: UInt8(head & 3)),
      head >> 4 < UInt64(expected.count)
    else { throw reader.flaw(.number) }
    let writer = Int(head >> 4)
    var run = OperationNames.Run(
      sequence: expected[known: writer], index: 0, writer: Int32(truncatingIfNeeded: writer),
      size: 1, step: step)
    if head & dotFollows != 0 {
      let ahead = try reader.number()
      run.sequence &+= ahead >> 1 ^ (0 &- (ahead & 1))
      run.index = UInt32(try reader.number(atMost: Int(UInt32.max)))
    }
    if head & sizeFollows != 0 { run.size = Int32(try reader.number(atMost: units)) }
    guard run.size > 0, units > 0 else { throw reader.flaw(.number) }
    let most = run.size == 1 ? units : units / Int(run.size)
    return (run, step == .none ? 1 : try reader.number(atMost: most))
  }

  private static func readGraph(
    _ reader: inout TextByteReader, units: Int, names: OperationNames, into graph: inout EventGraph
  ) throws(TextError) {
    let runs = try reader.count(bytesEach: 1)
    var builder = EventGraphBuilder(runs: runs)
    var own = OwnUnits(names)
    for _ in 0..<runs {
      let start = builder.count
      let head = try reader.number(atMost: (units - Int(start)) << 2 | 3)
      let length = Int32(truncatingIfNeeded: head >> 2)
      guard length > 0, let kind = Parents(rawValue: UInt8(head & 3)) else {
        throw reader.flaw(.number)
      }
      let mine = own.last(before: start, in: names)
      guard names.isBoundary(start, inRun: own.run) else { throw reader.flaw(.inconsistent) }
      if kind == .heads {
        builder.appendToHeads(length)
        continue
      }
      guard kind == .others || mine >= 0 else { throw reader.flaw(.inconsistent) }
      if kind == .ownAndOther {
        let other = try readParent(&reader, before: start, names: names, upTo: own.run)
        guard builder.append(length, parents: mine, other) else {
          throw reader.flaw(.inconsistent)
        }
        continue
      }
      builder.removeParents()
      if kind == .own {
        builder.add(parent: mine)
      } else {
        let count = try reader.count(bytesEach: 1)
        guard count <= TextLimit.parents.most else { throw reader.flaw(.inconsistent) }
        for _ in 0..<count {
          builder.add(
            parent: try readParent(&reader, before: start, names: names, upTo: own.run))
        }
      }
      guard builder.append(length) else { throw reader.flaw(.inconsistent) }
    }
    guard Int(builder.count) == units else { throw reader.flaw(.inconsistent) }
    graph = builder.finish()
  }

  /// A parent of the unit `start`: the last unit of an op, in the run of names `run` or before.
  @inline(__always)
  private static func readParent(
    _ reader: inout TextByteReader, before start: Int32, names: OperationNames, upTo run: Int
  ) throws(TextError) -> Int32 {
    let distance = Int32(truncatingIfNeeded: try reader.number(atMost: Int(start)))
    guard distance > 0, names.isBoundary(start &- distance &+ 1, upTo: run) else {
      throw reader.flaw(.inconsistent)
    }
    return start &- distance
  }

  private static func readEdits(
    _ reader: inout TextByteReader, units: Int, prefix: ContiguousArray<UInt8>,
    into edits: inout EditRuns
  ) throws(TextError) {
    let count = try reader.count(bytesEach: 2)
    var starts = RawArray<Int32>(room: count)
    var rows = RawArray<EditRuns.Row>(room: count)
    starts.append(repeating: 0, count: count)
    rows.append(repeating: .init(kind: .insert, position: 0, contentStart: 0), count: count)
    var end = 0
    var inserted = 0
    for run in 0..<count {
      let head = try reader.number(atMost: (units &- end) &<< 2 | 3)
      let length = head &>> 2
      guard let kind = EditRuns.Kind(rawValue: UInt8(truncatingIfNeeded: head & 3)), length > 0
      else { throw reader.flaw(.number) }
      starts[known: run] = Int32(truncatingIfNeeded: end)
      rows[known: run].kind = kind
      end &+= length
      inserted &+= kind == .insert ? length : 0
    }
    guard end == units else { throw reader.flaw(.inconsistent) }
    let content = try readContent(&reader, points: inserted, prefix: prefix)
    let even = content.count == inserted
    var at = 0
    var expected = 0
    for run in 0..<count {
      let kind = rows[known: run].kind
      let next = run + 1 < count ? Int(starts[known: run + 1]) : end
      let length = next &- Int(starts[known: run])
      let position = expected.addingReportingOverflow(try reader.signed())
      guard !position.overflow,
        UInt(bitPattern: position.partialValue) <= UInt(TextLimit.history.most)
      else { throw reader.flaw(.number) }
      rows[known: run].position = Int32(truncatingIfNeeded: position.partialValue)
      rows[known: run].contentStart = Int32(truncatingIfNeeded: at)
      expected = EditRuns.cursor(after: kind, at: position.partialValue, length: length)
      guard kind == .insert else { continue }
      let size = even ? length : UTF8Scan.size(ofPoints: length, from: at, in: content)
      guard size == length || length <= EditRuns.unevenPointsMax else {
        throw reader.flaw(.inconsistent)
      }
      at &+= size
    }
    edits = EditRuns(starts: starts.buffer, rows: rows.buffer, end: end, content: content)
  }

  /// The text of all edits, which is so many code points.
  private static func readContent(
    _ reader: inout TextByteReader, points: Int, prefix: ContiguousArray<UInt8>
  ) throws(TextError) -> ContiguousArray<UInt8> {
    let size = try reader.number(atMost: points * 4)
    let packed = try reader.slice(reader.number(atMost: reader.left))
    let content = prefix.withUnsafeBytes { prefix in
      TextPacker.unpack(packed, count: size, prefix: prefix)
    }
    guard let content else { throw reader.flaw(.compression) }
    guard let found = content.withUnsafeBytes({ UTF8Scan.validCount($0) }) else {
      throw reader.flaw(.utf8)
    }
    guard found == points else { throw reader.flaw(.inconsistent) }
    return content
  }
}
