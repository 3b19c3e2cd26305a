// SPDX-License-Identifier: MIT

/// A value as a database file holds it.
enum RawValue: Equatable {
  case null
  case integer(Int64)
  case bytes([UInt8])
  case text([UInt8])

  var integer: Int64? { if case .integer(let number) = self { number } else { nil } }
  var bytes: [UInt8]? { if case .bytes(let bytes) = self { bytes } else { nil } }
  var text: String? {
    if case .text(let bytes) = self { String(validating: bytes, as: UTF8.self) } else { nil }
  }
}

/// One row, or one entry of an index: where it lies, so that it can be read when it is wanted.
struct RawRecord: Hashable {
  /// Its page.
  var edition: RawPages.Edition
  /// Where on the page its payload begins, and how many bytes that has in all.
  var start: Int
  var count: Int
  /// Bytes of the payload that lie on the page itself.
  var local: Int
  /// The row's number; 0 in an index.
  var rowid: Int64
}

extension RawPages {
  /// The records of a page with their columns' types, if it looks like a leaf of a table or like a
  /// part of an index. What looks wrong is left out.
  func records(_ edition: Edition) -> [(record: RawRecord, shape: [RawShape])] {
    let page = bytes(edition)
    guard page.count == size else { return [] }
    // The file's first page begins with its header.
    let isFirst = !edition.isInLog && edition.place == 0
    let head = isFirst ? 100 : 0
    let kind = page[head]
    guard [0x02, 0x0A, 0x0D].contains(kind) else { return [] }
    let cells = Int(page[head + 3]) << 8 | Int(page[head + 4])
    let pointers = head + (kind == 0x02 ? 12 : 8)
    guard cells > 0, pointers + cells * 2 <= size else { return [] }
    return (0..<cells).compactMap { cell in
      let at = Int(page[pointers + cell * 2]) << 8 | Int(page[pointers + cell * 2 + 1])
      guard at >= pointers, at < usable else { return nil }
      var reader = RawReader(bytes: page, place: at + (kind == 0x02 ? 4 : 0))
      guard let count = reader.varint(), count > 0, count < 1 << 31 else { return nil }
      var rowid: Int64 = 0
      if kind == 0x0D {
        guard let number = reader.varint() else { return nil }
        rowid = number
      }
      let local = Self.local(Int(count), isTable: kind == 0x0D, usable)
      guard reader.place + local <= usable else { return nil }
      let record = RawRecord(
        edition: edition, start: reader.place, count: Int(count), local: local, rowid: rowid)
      let shape = RawReader.shape(Array(page[reader.place..<reader.place + local])).shape
      return shape.isEmpty ? nil : (record, shape)
    }
  }

  /// How many bytes of a payload lie on its page; the rest is on overflow pages.
  private static func local(_ count: Int, isTable: Bool, _ usable: Int) -> Int {
    let most = isTable ? usable - 35 : (usable - 12) * 64 / 255 - 23
    if count <= most { return count }
    let least = (usable - 12) * 32 / 255 - 23
    let wished = least + (count - least) % (usable - 4)
    return wished <= most ? wished : least
  }

  /// A record's values; nil when they can't be read. Overflow pages are taken from the editions
  /// that count, or from the last there are.
  func values(_ record: RawRecord, isLive: Bool) -> [RawValue]? {
    let page = bytes(record.edition)
    guard record.start + record.local <= page.count else { return nil }
    var payload = Array(page[record.start..<record.start + record.local])
    if record.count > record.local {
      guard record.start + record.local + 4 <= page.count else { return nil }
      var reader = RawReader(bytes: page, place: record.start + record.local)
      var next = reader.pageNumber()
      while payload.count < record.count {
        guard next != 0, let edition = edition(of: next, isLive: isLive) else { return nil }
        let more = bytes(edition)
        guard more.count == size else { return nil }
        reader = RawReader(bytes: more, place: 0)
        next = reader.pageNumber()
        payload += more[4..<min(usable, 4 + record.count - payload.count)]
      }
    }
    return RawReader.values(payload)
  }
}

/// The type of a column in a record.
enum RawShape: Equatable {
  case null
  case integer
  case bytes(Int)
  case text(Int)
  case other
}

/// Reads numbers and records (https://www.sqlite.org/fileformat2.html#record_format).
struct RawReader {
  let bytes: [UInt8]
  var place: Int

  /// A number of one to nine bytes; nil at the end.
  mutating func varint() -> Int64? {
    var number: UInt64 = 0
    for index in 0..<9 {
      guard place < bytes.count else { return nil }
      let byte = bytes[place]
      place += 1
      if index == 8 { return Int64(bitPattern: number << 8 | UInt64(byte)) }
      number = number << 7 | UInt64(byte & 0x7F)
      if byte & 0x80 == 0 { return Int64(bitPattern: number) }
    }
    return nil
  }

  /// Four bytes; 0 at the end.
  mutating func pageNumber() -> UInt32 {
    guard place + 4 <= bytes.count else { return 0 }
    defer { place += 4 }
    return bytes[place..<place + 4].reduce(0) { $0 << 8 | UInt32($1) }
  }

  /// The columns' types, and where their values begin.
  static func shape(_ payload: [UInt8]) -> (shape: [RawShape], types: [Int64], start: Int) {
    var reader = RawReader(bytes: payload, place: 0)
    guard let head = reader.varint(), head > 0, head <= payload.count else { return ([], [], 0) }
    var shape: [RawShape] = []
    var types: [Int64] = []
    while reader.place < head {
      guard let type = reader.varint(), type >= 0 else { return ([], [], 0) }
      types.append(type)
      switch type {
      case 0: shape.append(.null)
      case 1...6, 8, 9: shape.append(.integer)
      case 12...:
        shape.append(type % 2 == 0 ? .bytes(Int(type - 12) / 2) : .text(Int(type - 13) / 2))
      default: shape.append(.other)
      }
    }
    return reader.place == head ? (shape, types, Int(head)) : ([], [], 0)
  }

  /// All values of a whole payload; nil when it isn't one.
  static func values(_ payload: [UInt8]) -> [RawValue]? {
    let (shape, types, start) = shape(payload)
    guard !shape.isEmpty else { return nil }
    var place = start
    var values: [RawValue] = []
    for (column, type) in zip(shape, types) {
      var count = 0
      switch column {
      case .null: break
      case .integer: count = [0, 1, 2, 3, 4, 6, 8, 0, 0, 0][Int(type)]
      case .bytes(let length), .text(let length): count = length
      case .other: return nil
      }
      guard count >= 0, place + count <= payload.count else { return nil }
      let slice = payload[place..<place + count]
      place += count
      switch column {
      case .null: values.append(.null)
      case .integer: values.append(.integer(type > 7 ? type - 8 : number(slice)))
      case .bytes: values.append(.bytes(Array(slice)))
      default: values.append(.text(Array(slice)))
      }
    }
    return values
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> Int64 {
    var number: Int64 = (bytes.first ?? 0) & 0x80 != 0 ? -1 : 0
    for byte in bytes { number = number << 8 | Int64(byte) }
    return number
  }
}
