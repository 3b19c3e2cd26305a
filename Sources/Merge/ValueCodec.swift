// SPDX-License-Identifier: MIT

/// The first byte of a value. Tags from 16 on are a newer version's: a length and bytes follow.
enum ValueTag {
  static let text: UInt64 = 1
  static let integer: UInt64 = 2
  static let bytes: UInt64 = 3
  static let entity: UInt64 = 4
  static let record: UInt64 = 5
  static let dots: UInt64 = 6
  static let edit: UInt64 = 7
  static let firstOpaque: UInt64 = 16
}

extension ByteWriter {
  mutating func dot(_ dot: Dot, _ tables: inout ReferenceTables) {
    count(tables.writers.place(of: dot.writer))
    number(dot.sequence)
    number(UInt64(dot.index))
  }

  mutating func dots(_ list: [Dot], _ tables: inout ReferenceTables) {
    count(list.count)
    for each in list { dot(each, &tables) }
  }

  mutating func entity(_ entity: EntityID, _ tables: inout ReferenceTables) {
    if let place = tables.entities?.place(of: entity) {
      count(place)
    } else {
      number(entity.kind.code)
      raw(entity.raw)
    }
  }

  mutating func members(_ members: [Value.Member], _ tables: inout ReferenceTables) {
    count(members.count)
    for member in members {
      number(member.key)
      value(member.value, &tables)
    }
  }

  mutating func value(_ value: Value, _ tables: inout ReferenceTables) {
    switch value {
    case .text(let text):
      number(ValueTag.text)
      self.text(text)
    case .integer(let integer):
      number(ValueTag.integer)
      signed(integer)
    case .bytes(let bytes):
      number(ValueTag.bytes)
      blob(bytes)
    case .entity(let entity):
      number(ValueTag.entity)
      self.entity(entity, &tables)
    case .record(let members):
      number(ValueTag.record)
      self.members(members, &tables)
    case .dots(let dots):
      number(ValueTag.dots)
      self.dots(dots, &tables)
    case .edit(let patches):
      number(ValueTag.edit)
      self.patches(patches)
    case .opaque(let tag, let bytes):
      number(tag)
      blob(bytes)
    }
  }

  /// Positions are written relative to where the patch before ended: typing is then all zeros.
  private mutating func patches(_ patches: [TextPatch]) {
    count(patches.count)
    var cursor: Int64 = 0
    for patch in patches {
      signed(Int64(patch.position) &- cursor)
      count(patch.deleted)
      text(patch.inserted)
      cursor = Int64(patch.position) + Int64(patch.inserted.unicodeScalars.count)
    }
  }
}

extension ByteReader {
  mutating func dot(_ tables: ReferenceTables) throws(MergeError) -> Dot {
    let start = offset
    let writer = try tables.writers.writer(at: number(), offset: start)
    let sequence = try number()
    let index = try number()
    guard index <= UInt64(UInt32.max) else { throw .badNumber(offset: start) }
    return Dot(writer: writer, sequence: sequence, index: UInt32(index))
  }

  mutating func dots(_ tables: ReferenceTables) throws(MergeError) -> [Dot] {
    let count = try count(of: "dots", bytesEach: 3)
    var dots: [Dot] = []
    dots.reserveCapacity(count)
    for _ in 0..<count { dots.append(try dot(tables)) }
    return dots
  }

  mutating func entity(_ tables: ReferenceTables) throws(MergeError) -> EntityID {
    let start = offset
    if let entities = tables.entities {
      return try entities.entity(at: number(), offset: start)
    }
    let kind = EntityKind(code: try number())
    return EntityID(kind: kind, raw: try raw())
  }

  mutating func members(
    _ tables: ReferenceTables, depth: Int = 0
  ) throws(MergeError) -> [Value.Member] {
    let count = try count(of: "members", bytesEach: 2)
    var members: [Value.Member] = []
    members.reserveCapacity(count)
    for _ in 0..<count {
      let start = offset
      let key = try number()
      if let last = members.last, last.key >= key {
        throw .malformed(what: "a record's keys out of order", offset: start)
      }
      members.append(Value.Member(key: key, value: try value(tables, depth: depth + 1)))
    }
    return members
  }

  mutating func value(_ tables: ReferenceTables, depth: Int = 0) throws(MergeError) -> Value {
    let start = offset
    guard depth <= ChangeLimits.depthMax else {
      throw .beyondLimit(
        what: "records within records", value: UInt64(depth), limit: ChangeLimits.depthMax,
        offset: start)
    }
    let tag = try number()
    switch tag {
    case ValueTag.text: return .text(try text())
    case ValueTag.integer: return .integer(try signed())
    case ValueTag.bytes: return .bytes(try blob())
    case ValueTag.entity: return .entity(try entity(tables))
    case ValueTag.record: return .record(try members(tables, depth: depth))
    case ValueTag.dots: return .dots(try dots(tables))
    case ValueTag.edit: return .edit(try patches())
    case ValueTag.firstOpaque...: return .opaque(tag: tag, bytes: try blob())
    default: throw .malformed(what: "a value's tag \(tag)", offset: start)
    }
  }

  private mutating func patches() throws(MergeError) -> [TextPatch] {
    let count = try count(of: "patches", bytesEach: 3)
    var patches: [TextPatch] = []
    patches.reserveCapacity(count)
    var cursor: Int64 = 0
    for _ in 0..<count {
      let start = offset
      let (position, overflow) = cursor.addingReportingOverflow(try signed())
      let deleted = try number()
      guard !overflow, position >= 0, position <= Int64(Int32.max), deleted <= UInt64(Int32.max)
      else { throw .badNumber(offset: start) }
      let inserted = try text()
      patches.append(
        TextPatch(position: Int(position), deleted: Int(deleted), inserted: inserted))
      cursor = position + Int64(inserted.unicodeScalars.count)
    }
    return patches
  }
}
