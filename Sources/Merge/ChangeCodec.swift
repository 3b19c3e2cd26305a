// SPDX-License-Identifier: MIT

/// Bits of an op's first byte; the field's number stands above them.
enum OperationBits {
  static let value: UInt8 = 1
  static let removes: UInt8 = 2
  static let entity: UInt8 = 4
  static let fieldShift: UInt8 = 3
  /// The field's number does not fit and follows.
  static let fieldFollows: UInt8 = 31
}

/// A change's body: the bytes that are hashed, kept and sent, the same everywhere.
/// `docs/format.md` describes them with test vectors.
///
/// Writer and sequence number stand outside, since the log and a frame hold them already; the chain
/// hash covers them. The header (format, Lamport number, dependencies) comes first and can be read
/// without the rest.
public enum ChangeCodec {
  /// The one format that this version writes.
  public static let format: UInt8 = 1

  /// What can be known of a change without its payload.
  public struct Header: Hashable, Sendable {
    /// One more than the greatest Lamport number that the writer had seen.
    public var lamport: UInt64
    /// Of other writers, what the writer had newly seen.
    public var dependencies: [Dependency]
  }

  /// The body of `change`.
  public static func encode(_ change: Change) -> [UInt8] {
    var tables = ReferenceTables(writers: WriterTable([change.writer]), entities: EntityTable())
    for dependency in change.dependencies { _ = tables.writers.place(of: dependency.writer) }
    var operations = ByteWriter()
    var notes = ByteWriter()
    notes.members(change.notes, &tables)
    encode(change.operations, into: &operations, &tables)

    var out = ByteWriter()
    out.bytes.reserveCapacity(operations.bytes.count + 64)
    out.bytes.append(format)
    out.number(change.lamport)
    out.count(change.dependencies.count)
    for dependency in change.dependencies {
      out.raw(dependency.writer.raw)
      out.number(dependency.count)
      out.word(dependency.hash)
    }
    out.signed(change.time)
    let others = tables.writers.writers.dropFirst(1 + change.dependencies.count)
    out.count(others.count)
    for writer in others { out.raw(writer.raw) }
    let entities = tables.entities?.entities ?? []
    out.count(entities.count)
    for entity in entities {
      out.number(entity.kind.code)
      out.raw(entity.raw)
    }
    out.bytes.append(contentsOf: notes.bytes)
    out.bytes.append(contentsOf: operations.bytes)
    return out.bytes
  }

  private static func encode(
    _ operations: [Operation], into out: inout ByteWriter, _ tables: inout ReferenceTables
  ) {
    out.count(operations.count)
    var previous: EntityID?
    for operation in operations {
      var first: UInt8 = operation.entity == previous ? 0 : OperationBits.entity
      var field: UInt64 = 0
      if case .assign(let assigned, let removes, let value) = operation.action {
        field = assigned.code
        first |= value == nil ? 0 : OperationBits.value
        first |= removes.isEmpty ? 0 : OperationBits.removes
      }
      let follows = field >= UInt64(OperationBits.fieldFollows)
      first |= (follows ? OperationBits.fieldFollows : UInt8(field)) << OperationBits.fieldShift
      out.bytes.append(first)
      if follows { out.number(field) }
      if operation.entity != previous { out.entity(operation.entity, &tables) }
      previous = operation.entity
      switch operation.action {
      case .assign(_, let removes, let value):
        if !removes.isEmpty { out.dots(removes, &tables) }
        if let value { out.value(value, &tables) }
      case .unknown(let code, let bytes):
        out.number(code)
        out.blob(bytes)
      }
    }
  }

  /// The header of a body; the rest is not looked at.
  public static func header(of body: [UInt8]) throws(MergeError) -> Header {
    var reader = ByteReader(body)
    return try header(&reader)
  }

  private static func header(_ reader: inout ByteReader) throws(MergeError) -> Header {
    let format = try reader.byte()
    guard format == Self.format else {
      if format > Self.format { throw .newerFormat(format) }
      throw .malformed(what: "format \(format)", offset: 0)
    }
    let lamport = try reader.number()
    let count = try reader.count(of: "dependencies", bytesEach: 25)
    var dependencies: [Dependency] = []
    dependencies.reserveCapacity(count)
    for _ in 0..<count {
      let start = reader.offset
      let writer = WriterID(try reader.raw())
      let held = try reader.number()
      if held == 0 { throw .malformed(what: "a dependency on nothing", offset: start) }
      if let last = dependencies.last, last.writer >= writer {
        throw .malformed(what: "dependencies out of order", offset: start)
      }
      dependencies.append(Dependency(writer: writer, count: held, hash: try reader.word()))
    }
    return Header(lamport: lamport, dependencies: dependencies)
  }

  /// The change whose body this is.
  ///
  /// Reads any bytes without trapping, and allocates for no count that the bytes can't hold.
  public static func decode(
    _ body: [UInt8], writer: WriterID, sequence: UInt64
  ) throws(MergeError) -> Change {
    guard body.count <= ChangeLimits.bytesMax else {
      throw .beyondLimit(
        what: "bytes of a change", value: UInt64(body.count), limit: ChangeLimits.bytesMax,
        offset: 0)
    }
    var reader = ByteReader(body)
    let header = try header(&reader)
    let time = try reader.signed()
    var tables = ReferenceTables(writers: WriterTable([writer]), entities: EntityTable())
    for dependency in header.dependencies {
      if dependency.writer == writer {
        throw .malformed(what: "a dependency on the writer itself", offset: 0)
      }
      _ = tables.writers.place(of: dependency.writer)
    }
    for _ in 0..<(try reader.count(of: "writers", bytesEach: 16)) {
      let start = reader.offset
      let known = tables.writers.writers.count
      if tables.writers.place(of: WriterID(try reader.raw())) != known {
        throw .malformed(what: "a writer named twice", offset: start)
      }
    }
    for _ in 0..<(try reader.count(of: "entities", bytesEach: 17)) {
      let kind = EntityKind(code: try reader.number())
      tables.entities?.append(EntityID(kind: kind, raw: try reader.raw()))
    }
    let notes = try reader.members(tables)
    let operations = try operations(&reader, tables)
    try reader.finish()
    guard !operations.isEmpty else { throw .empty(writer: writer, sequence: sequence) }
    return Change(
      writer: writer, sequence: sequence, lamport: header.lamport,
      dependencies: header.dependencies, time: time, notes: notes, operations: operations)
  }

  private static func operations(
    _ reader: inout ByteReader, _ tables: ReferenceTables
  ) throws(MergeError) -> [Operation] {
    let count = try reader.count(of: "ops", bytesEach: 2, limit: ChangeLimits.operationsMax)
    var operations: [Operation] = []
    operations.reserveCapacity(count)
    var entity: EntityID?
    for _ in 0..<count {
      let start = reader.offset
      let first = try reader.byte()
      var code = UInt64(first >> OperationBits.fieldShift)
      if code == UInt64(OperationBits.fieldFollows) {
        code = try reader.number()
        guard (UInt64(OperationBits.fieldFollows)...ChangeLimits.fieldMax).contains(code) else {
          throw .badNumber(offset: start)
        }
      }
      if first & OperationBits.entity != 0 { entity = try reader.entity(tables) }
      guard let entity else { throw .malformed(what: "an op without entity", offset: start) }
      if first & (OperationBits.value | OperationBits.removes) == 0 {
        let operation = try reader.number()
        operations.append(
          Operation(entity: entity, action: .unknown(code: operation, bytes: try reader.blob())))
        continue
      }
      let removes = first & OperationBits.removes == 0 ? [] : try reader.dots(tables)
      if first & OperationBits.removes != 0 && removes.isEmpty {
        throw .malformed(what: "an op that takes nothing out", offset: start)
      }
      let value = first & OperationBits.value == 0 ? nil : try reader.value(tables)
      operations.append(Operation(entity, Field(code: code), removes: removes, value: value))
    }
    return operations
  }
}
