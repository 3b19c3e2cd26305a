// SPDX-License-Identifier: MIT

/// One direction in which bodies go: from one piece of bytes into columns, or back. Each call takes
/// one thing from where it comes, puts it where it goes, and says what it was.
protocol BodyPort {
  /// One byte.
  mutating func byte(_ column: BodyColumn) throws(MergeError) -> UInt8
  /// An unsigned number.
  mutating func number(_ column: BodyColumn) throws(MergeError) -> UInt64
  /// An unsigned number, kept as its difference from `base`, modulo 2^64.
  mutating func number(_ column: BodyColumn, from base: UInt64) throws(MergeError) -> UInt64
  /// A signed number, kept as its difference from `base`, modulo 2^64.
  mutating func signed(_ column: BodyColumn, from base: Int64) throws(MergeError) -> Int64
  /// Bytes whose number both sides know.
  mutating func bytes(_ column: BodyColumn, count: Int) throws(MergeError)
  /// Six bytes, big-endian, kept as their difference from `base`.
  mutating func time(from base: UInt64) throws(MergeError) -> UInt64
  /// A target begins: its quote, and what stands around it, are kept as one stretch.
  mutating func beginQuote() throws(MergeError)
  /// A text of the target, with its length; answers how many code points it has.
  mutating func quote(_ part: QuotePart) throws(MergeError) -> Int64
  /// The target is over.
  mutating func endQuote()
}

/// The texts of a target, in the order in which they stand in the article. The raw values are
/// places in that order.
enum QuotePart: Int {
  case prefix
  case exact
  case suffix

  /// The part that a target's member is.
  init?(member key: UInt64) {
    switch key {
    case 4: self = .exact
    case 5: self = .prefix
    case 6: self = .suffix
    default: return nil
    }
  }
}

/// Goes through bodies as docs/format.md, section 3, describes them, the same way in either
/// direction. What is expected of a number (the next Lamport number, the end of a quote that begins
/// there) is what it is kept as the difference from.
struct BodyWalker<Port: BodyPort> {
  var port: Port
  // What the number to come is expected by; carried from body to body.
  private var lamport: UInt64 = 0
  private var claimed: Int64 = 0
  private var entityTime: UInt64 = 0
  private var sequence: UInt64 = 0
  private var index: UInt64 = 0
  /// The times in the ids of the body's entities.
  private var times: [UInt64] = []
  /// The place of the entity that the op before spoke of.
  private var entity: UInt64 = 0

  init(_ port: Port) { self.port = port }

  /// Goes through one body.
  mutating func body() throws(MergeError) {
    let format = try port.byte(.structure)
    guard format == ChangeCodec.format else { throw .newerFormat(format) }
    lamport = try port.number(.numbers, from: lamport &+ 1)
    for _ in 0..<(try count()) {
      try port.bytes(.names, count: 16)
      _ = try port.number(.numbers)
      try port.bytes(.names, count: 8)
    }
    claimed = try port.signed(.numbers, from: claimed)
    for _ in 0..<(try count()) { try port.bytes(.names, count: 16) }
    times.removeAll(keepingCapacity: true)
    for _ in 0..<(try count()) {
      _ = try port.number(.structure)
      entityTime = try port.time(from: entityTime)
      times.append(entityTime)
      try port.bytes(.entityTails, count: 10)
    }
    try members(of: nil, depth: 0)
    entity = .max
    for _ in 0..<(try count()) { try operation() }
  }

  private mutating func count() throws(MergeError) -> Int {
    Int(clamping: try port.number(.structure))
  }

  private mutating func operation() throws(MergeError) {
    let first = try port.byte(.structure)
    var field = UInt64(first >> OperationBits.fieldShift)
    if field == UInt64(OperationBits.fieldFollows) { field = try port.number(.structure) }
    if first & OperationBits.entity != 0 {
      entity = try port.number(.references, from: entity &+ 1)
    }
    if first & (OperationBits.value | OperationBits.removes) == 0 {
      _ = try port.number(.structure)
      return try blob()
    }
    if first & OperationBits.removes != 0 { try dots() }
    if first & OperationBits.value != 0 { try value(of: Field(code: field), depth: 0) }
  }

  private mutating func dots() throws(MergeError) {
    for _ in 0..<(try count()) {
      _ = try port.number(.references)
      sequence = try port.number(.references, from: sequence)
      index = try port.number(.references, from: index &+ 1)
    }
  }

  private mutating func blob() throws(MergeError) {
    try port.bytes(.blobs, count: Int(clamping: try port.number(.textLengths)))
  }

  private mutating func members(of field: Field?, depth: Int) throws(MergeError) {
    for _ in 0..<(try count()) {
      _ = try port.number(.structure)
      try value(of: field, depth: depth + 1)
    }
  }

  private mutating func value(of field: Field?, depth: Int) throws(MergeError) {
    guard depth <= ChangeLimits.depthMax else {
      throw .beyondLimit(
        what: "records within records", value: UInt64(depth), limit: ChangeLimits.depthMax,
        offset: 0)
    }
    try content(port.number(.structure), of: field, depth: depth)
  }

  /// What stands behind a value's tag.
  private mutating func content(_ tag: UInt64, of field: Field?, depth: Int) throws(MergeError) {
    switch tag {
    case ValueTag.text:
      try port.bytes(.texts, count: Int(clamping: try port.number(.textLengths)))
    case ValueTag.integer:
      // Most things are told of the moment in which their id was made.
      let isCreation = field == .created && depth == 0 && entity < UInt64(times.count)
      let base = isCreation ? Int64(times[Int(entity)]) : 0
      _ = try port.signed(.numbers, from: base)
    case ValueTag.entity: _ = try port.number(.references)
    case ValueTag.record where field == .target && depth == 0: try target()
    case ValueTag.record: try members(of: field, depth: depth)
    case ValueTag.dots: try dots()
    case ValueTag.edit: try patches()
    case ValueTag.bytes, ValueTag.firstOpaque...: try blob()
    default: throw .malformed(what: "a value's tag \(tag)", offset: 0)
    }
  }

  private mutating func target() throws(MergeError) {
    try port.beginQuote()
    var codePoints: Int64 = 0
    var start: Int64 = 0
    var last: UInt64?
    for _ in 0..<(try count()) {
      let key = try port.number(.structure)
      // Where a text of it stands is worked out from those with lesser keys.
      if let last, key <= last {
        throw .malformed(what: "a record's keys out of order", offset: 0)
      }
      last = key
      let tag = try port.number(.structure)
      if let part = QuotePart(member: key), tag == ValueTag.text {
        let count = try port.quote(part)
        if part == .exact { codePoints = count }
      } else if tag == ValueTag.integer {
        // 7 is where the quote begins, 8 where it ends.
        let value = try port.signed(.starts, from: key == 8 ? start &+ codePoints : 0)
        if key == 7 { start = value }
      } else {
        try content(tag, of: nil, depth: 1)
      }
    }
    port.endQuote()
  }

  private mutating func patches() throws(MergeError) {
    for _ in 0..<(try count()) {
      _ = try port.number(.edits)
      _ = try port.number(.edits)
      try port.bytes(.notes, count: Int(clamping: try port.number(.noteLengths)))
    }
  }
}
