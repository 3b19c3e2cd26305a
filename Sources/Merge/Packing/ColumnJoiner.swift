// SPDX-License-Identifier: MIT

/// From columns back into bodies.
struct ColumnJoiner: BodyPort {
  private var columns: [ByteReader]
  private var out = ByteWriter()
  /// Bytes that may still come out.
  private var room: Int
  /// The texts of the target: where they begin, the bytes before the quote and of the quote.
  private var quoteStart = 0
  private var prefixCount = 0
  private var exactCount = 0
  private var suffixCount = 0

  init(_ columns: [[UInt8]], bytesMax: Int) {
    // A column that isn't there is an empty one.
    self.columns = BodyColumn.allCases.map { column in
      ByteReader(column.rawValue < columns.count ? columns[column.rawValue] : [])
    }
    room = bytesMax
  }

  /// The body that was gone through.
  mutating func take() -> [UInt8] {
    defer { out = ByteWriter() }
    return out.bytes
  }

  /// Everything must have been used.
  func finish() throws(MergeError) {
    for column in BodyColumn.allCases where column != .quotes {
      try columns[column.rawValue].finish()
    }
    guard quoteStart == columns[BodyColumn.quotes.rawValue].end else {
      throw .trailingBytes(offset: quoteStart)
    }
  }

  /// Takes so many bytes out of the room that is left.
  private mutating func spend(_ count: Int) throws(MergeError) {
    guard count <= room else {
      throw .beyondLimit(
        what: "bytes of changes", value: UInt64(count), limit: room, offset: out.bytes.count)
    }
    room -= count
  }

  mutating func byte(_ column: BodyColumn) throws(MergeError) -> UInt8 {
    try spend(1)
    let byte = try columns[column.rawValue].byte()
    out.bytes.append(byte)
    return byte
  }

  mutating func number(_ column: BodyColumn) throws(MergeError) -> UInt64 {
    let number = try columns[column.rawValue].number()
    try put(number)
    return number
  }

  mutating func number(_ column: BodyColumn, from base: UInt64) throws(MergeError) -> UInt64 {
    let number = base &+ UInt64(bitPattern: try columns[column.rawValue].signed())
    try put(number)
    return number
  }

  mutating func signed(_ column: BodyColumn, from base: Int64) throws(MergeError) -> Int64 {
    let number = base &+ (try columns[column.rawValue].signed())
    let before = out.bytes.count
    out.signed(number)
    try spend(out.bytes.count - before)
    return number
  }

  private mutating func put(_ number: UInt64) throws(MergeError) {
    let before = out.bytes.count
    out.number(number)
    try spend(out.bytes.count - before)
  }

  mutating func bytes(_ column: BodyColumn, count: Int) throws(MergeError) {
    try spend(count)
    out.bytes.append(contentsOf: try columns[column.rawValue].take(count))
  }

  mutating func time(from base: UInt64) throws(MergeError) -> UInt64 {
    try spend(6)
    let change = try columns[BodyColumn.entityTimes.rawValue].signed()
    let time = (base &+ UInt64(bitPattern: change)) & 0xFFFF_FFFF_FFFF
    for shift in stride(from: UInt64(40), through: 0, by: -8) {
      out.bytes.append(UInt8(truncatingIfNeeded: time >> shift))
    }
    return time
  }

  mutating func beginQuote() throws(MergeError) {
    prefixCount = Int(clamping: try columns[BodyColumn.prefixLengths.rawValue].number())
    exactCount = 0
    suffixCount = 0
    guard prefixCount <= columns[BodyColumn.quotes.rawValue].end - quoteStart else {
      throw .truncated(offset: quoteStart)
    }
  }

  mutating func quote(_ part: QuotePart) throws(MergeError) -> Int64 {
    var count = prefixCount
    if part != .prefix {
      count = Int(clamping: try columns[BodyColumn.quoteLengths.rawValue].number())
    }
    let quotes = columns[BodyColumn.quotes.rawValue]
    let start =
      switch part {
      case .prefix: quoteStart
      case .exact: quoteStart + prefixCount
      case .suffix: quoteStart + prefixCount + exactCount
      }
    guard start <= quotes.end, count <= quotes.end - start else {
      throw .truncated(offset: start)
    }
    if part == .exact { exactCount = count }
    if part == .suffix { suffixCount = count }
    try put(UInt64(count))
    try spend(count)
    let text = quotes.bytes[start..<start + count]
    out.bytes.append(contentsOf: text)
    return part == .exact ? text.codePoints : 0
  }

  mutating func endQuote() {
    // Each is within the column, but a target that names one of them twice may sum up to more.
    quoteStart = min(
      quoteStart + prefixCount + exactCount + suffixCount,
      columns[BodyColumn.quotes.rawValue].end)
  }
}
