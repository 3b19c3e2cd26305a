// SPDX-License-Identifier: MIT

/// From bodies into columns.
struct ColumnSplitter: BodyPort {
  private(set) var columns: [ByteWriter]
  private var reader = ByteReader([])
  /// Where the texts of the target stand in the body, by `QuotePart`.
  private var parts: [Range<Int>] = [0..<0, 0..<0, 0..<0]

  init() { columns = BodyColumn.allCases.map { _ in ByteWriter() } }

  /// Begins with the next body.
  mutating func begin(_ body: [UInt8]) { reader = ByteReader(body) }

  /// The body must be over.
  func finish() throws(MergeError) { try reader.finish() }

  mutating func byte(_ column: BodyColumn) throws(MergeError) -> UInt8 {
    let byte = try reader.byte()
    columns[column.rawValue].bytes.append(byte)
    return byte
  }

  mutating func number(_ column: BodyColumn) throws(MergeError) -> UInt64 {
    let number = try reader.number()
    columns[column.rawValue].number(number)
    return number
  }

  mutating func number(_ column: BodyColumn, from base: UInt64) throws(MergeError) -> UInt64 {
    let number = try reader.number()
    columns[column.rawValue].signed(Int64(bitPattern: number &- base))
    return number
  }

  mutating func signed(_ column: BodyColumn, from base: Int64) throws(MergeError) -> Int64 {
    let number = try reader.signed()
    columns[column.rawValue].signed(number &- base)
    return number
  }

  mutating func bytes(_ column: BodyColumn, count: Int) throws(MergeError) {
    columns[column.rawValue].bytes.append(contentsOf: try reader.take(count))
  }

  mutating func time(from base: UInt64) throws(MergeError) -> UInt64 {
    let time = try reader.take(6).reduce(0) { $0 << 8 | UInt64($1) }
    columns[BodyColumn.entityTimes.rawValue].signed(Int64(bitPattern: time &- base))
    return time
  }

  mutating func beginQuote() { parts = [0..<0, 0..<0, 0..<0] }

  mutating func quote(_ part: QuotePart) throws(MergeError) -> Int64 {
    let count = Int(clamping: try reader.number())
    let start = reader.offset
    let text = try reader.take(count)
    parts[part.rawValue] = start..<start + count
    // What stands before is told where the target ends, and read where it begins.
    if part != .prefix { columns[BodyColumn.quoteLengths.rawValue].count(count) }
    return part == .exact ? text.codePoints : 0
  }

  mutating func endQuote() {
    columns[BodyColumn.prefixLengths.rawValue].count(parts[QuotePart.prefix.rawValue].count)
    for part in parts {
      columns[BodyColumn.quotes.rawValue].bytes.append(contentsOf: reader.bytes[part])
    }
  }
}

extension ArraySlice<UInt8> {
  /// How many code points these bytes of UTF-8 have.
  var codePoints: Int64 { withUnsafeBytes { Int64(UTF8Scan.count($0)) } }
}
