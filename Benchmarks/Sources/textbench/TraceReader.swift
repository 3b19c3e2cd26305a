// SPDX-License-Identifier: MIT
import Foundation
import Merge

private struct TraceFile: Decodable {
  struct Transaction: Decodable {
    var parents: [Int]?
    var agent: Agent?
    var patches: [FilePatch]
  }
  var kind: String?
  var startContent: String?
  var endContent: String
  var txns: [Transaction]
}

private struct ConformanceCase: Decodable {
  struct Transaction: Decodable {
    var span: [Int]
    var parents: [Int]
    var agent: Agent
    var seqStart: UInt64
    var ops: [FilePatch]
  }
  var txns: [Transaction]
  var endContent: String
}

private func decode<T: Decodable>(_ type: T.Type, _ path: String) throws -> T {
  let data = try readFile(path)
  do {
    return try JSONDecoder().decode(type, from: data)
  } catch let error as DecodingError {
    throw BenchError("\(path): not a trace: \(explain(error))")
  }
}

private func explain(_ error: DecodingError) -> String {
  func place(_ context: DecodingError.Context) -> String {
    let path = context.codingPath.map { key in
      key.intValue.map { "[\($0)]" } ?? ".\(key.stringValue)"
    }
    return path.isEmpty ? "" : " at \(path.joined())"
  }
  switch error {
  case .keyNotFound(let key, let context): return "no \"\(key.stringValue)\"\(place(context))"
  case .typeMismatch(_, let context), .valueNotFound(_, let context):
    return context.debugDescription + place(context)
  case .dataCorrupted(let context): return context.debugDescription + place(context)
  @unknown default: return "unreadable"
  }
}

/// Reads a sequential or concurrent trace.
func readTrace(_ path: String) throws -> Trace {
  let file = try decode(TraceFile.self, path)
  let concurrent = file.kind == "concurrent" || file.txns.contains { $0.parents != nil }
  var operations: [TextOperation] = []
  operations.reserveCapacity(file.txns.count)
  var counts: [WriterID: UInt64] = [:]
  /// For each transaction, the ops at its end: its own, or its parents' when it does nothing.
  var ends: [[Dot]] = []
  for (number, transaction) in file.txns.enumerated() {
    var parents = Set<Dot>()
    for parent in concurrent ? transaction.parents ?? [] : number == 0 ? [] : [number - 1] {
      guard parent >= 0, parent < number else {
        throw BenchError("\(path): transaction \(number): parent \(parent) is not an earlier one")
      }
      parents.formUnion(ends[parent])
    }
    let sorted = parents.sorted()
    guard !transaction.patches.isEmpty else {
      ends.append(sorted)
      continue
    }
    let writer = try writer(transaction.agent ?? .number(0))
    counts[writer, default: 0] += 1
    let dot = Dot(writer: writer, sequence: counts[writer, default: 1], index: 0)
    operations.append(
      TextOperation(dot: dot, parents: sorted, patches: transaction.patches.map(\.patch)))
    ends.append([dot])
  }
  let start = file.startContent ?? ""
  if !start.isEmpty {
    // The start is an op before all others.
    let dot = Dot(writer: WriterID(Bytes16(high: .max, low: .max)), sequence: 1, index: 0)
    for index in operations.indices where operations[index].parents.isEmpty {
      operations[index].parents = [dot]
    }
    let patch = TextPatch(position: 0, deleted: 0, inserted: start)
    operations.insert(TextOperation(dot: dot, parents: [], patches: [patch]), at: 0)
  }
  let name = URL(fileURLWithPath: path).lastPathComponent
  return Trace(
    name: name.split(separator: ".").first.map(String.init) ?? name, start: start,
    end: file.endContent, concurrent: concurrent, operations: operations)
}

/// Reads conformance histories. A transaction in whose middle another one starts becomes two ops.
func readConformance(_ path: String) throws -> [Trace] {
  try decode([ConformanceCase].self, path).enumerated().map { number, file in
    var cuts = Set<Int>()
    for transaction in file.txns { cuts.formUnion(transaction.parents.map { $0 + 1 }) }
    var operations: [TextOperation] = []
    var dots: [Int: Dot] = [:]
    for transaction in file.txns {
      guard transaction.span.count == 2 else {
        throw BenchError("\(path): case \(number): a span has two numbers")
      }
      var splitter = Splitter(
        writer: try writer(transaction.agent), sequence: transaction.seqStart,
        unit: transaction.span[0])
      splitter.parents = try transaction.parents.map { parent in
        guard let dot = dots[parent] else {
          throw BenchError("\(path): case \(number): parent \(parent) is not an earlier op")
        }
        return dot
      }.sorted()
      for patch in transaction.ops { splitter.add(patch, cuts: cuts) }
      splitter.finish()
      guard splitter.unit == transaction.span[1] else {
        throw BenchError("\(path): case \(number): ops don't fill the span")
      }
      operations += splitter.operations
      dots.merge(splitter.dots) { $1 }
    }
    return Trace(
      name: "case \(number)", start: "", end: file.endContent, concurrent: true,
      operations: operations)
  }
}

/// Makes ops of one transaction.
private struct Splitter {
  var writer: WriterID
  var sequence: UInt64
  var unit: Int
  var parents: [Dot] = []
  var operations: [TextOperation] = []
  var dots: [Int: Dot] = [:]
  private var patches: [TextPatch] = []
  private var length: UInt64 = 0

  init(writer: WriterID, sequence: UInt64, unit: Int) {
    self.writer = writer
    self.sequence = sequence
    self.unit = unit
  }

  mutating func add(_ patch: FilePatch, cuts: Set<Int>) {
    for _ in 0..<max(0, patch.deleted) {
      step(TextPatch(position: patch.position, deleted: 1, inserted: ""), cuts)
    }
    for (offset, scalar) in patch.inserted.unicodeScalars.enumerated() {
      step(
        TextPatch(position: patch.position + offset, deleted: 0, inserted: String(scalar)), cuts)
    }
  }

  private mutating func step(_ patch: TextPatch, _ cuts: Set<Int>) {
    if let last = patches.last, last.deleted == 0, patch.deleted == 0,
      last.position + last.inserted.unicodeScalars.count == patch.position
    {
      patches[patches.count - 1].inserted += patch.inserted
    } else {
      patches.append(patch)
    }
    unit += 1
    length += 1
    if cuts.contains(unit) { finish() }
  }

  mutating func finish() {
    guard !patches.isEmpty else { return }
    let dot = Dot(writer: writer, sequence: sequence + 1, index: 0)
    operations.append(TextOperation(dot: dot, parents: parents, patches: patches))
    dots[unit - 1] = dot
    parents = [dot]
    sequence += length
    patches = []
    length = 0
  }
}
