// SPDX-License-Identifier: MIT

import Merge
import TestSupport
import Testing

/// Numbers and text as bytes.
@Suite("Byte coding")
struct ByteCodingTests {
  static let numbers: [(UInt64, [UInt8])] = [
    (0, [0]), (1, [1]), (127, [0x7F]), (128, [0x80, 1]), (300, [0xAC, 2]),
    (16_383, [0xFF, 0x7F]), (16_384, [0x80, 0x80, 1]),
    (.max, [UInt8](repeating: 0xFF, count: 9) + [1]),
  ]

  @Test("unsigned numbers are little-endian groups of seven bits", arguments: numbers)
  func number(_ row: (UInt64, [UInt8])) throws {
    var writer = ByteWriter()
    writer.number(row.0)
    #expect(writer.bytes == row.1)
    var reader = ByteReader(row.1)
    #expect(try reader.number() == row.0)
    try reader.finish()
  }

  static let signedNumbers: [(Int64, [UInt8])] = [
    (0, [0]), (-1, [1]), (1, [2]), (-2, [3]), (63, [0x7E]), (64, [0x80, 1]), (-64, [0x7F]),
    (.max, [0xFE] + [UInt8](repeating: 0xFF, count: 8) + [1]),
    (.min, [UInt8](repeating: 0xFF, count: 9) + [1]),
  ]

  @Test("signed numbers alternate from zero outwards", arguments: signedNumbers)
  func signed(_ row: (Int64, [UInt8])) throws {
    var writer = ByteWriter()
    writer.signed(row.0)
    #expect(writer.bytes == row.1)
    var reader = ByteReader(row.1)
    #expect(try reader.signed() == row.0)
    try reader.finish()
  }

  @Test("any numbers are read back, and only from their shortest form")
  func roundTrip() {
    forEachSeed(2_000) { generator in
      let number = RandomValue.number(&generator)
      var writer = ByteWriter()
      writer.number(number)
      writer.signed(Int64(bitPattern: number))
      var reader = ByteReader(writer.bytes)
      try require(reader.number() == number, "\(number)")
      try require(reader.signed() == Int64(bitPattern: number) && reader.isAtEnd, "\(number)")

      var longer = ByteWriter()
      longer.number(number)
      longer.bytes[longer.bytes.count - 1] |= 0x80
      longer.bytes.append(0)
      var strict = ByteReader(longer.bytes)
      try require(
        mergeError { _ = try strict.number() } == .badNumber(offset: 0), "\(number) in long form")
    }
  }

  @Test("a count that the bytes can't hold is refused before anything is made of it")
  func counts() {
    var short = ByteReader([3, 0, 0, 0, 0, 0])
    #expect(mergeError { _ = try short.count(of: "pairs", bytesEach: 2) } == .truncated(offset: 0))
    var limited = ByteReader([3, 0, 0, 0])
    #expect(
      mergeError { _ = try limited.count(of: "things", limit: 2) }
        == .beyondLimit(what: "things", value: 3, limit: 2, offset: 0))
    var beyond = ByteReader([1, 2])
    #expect(mergeError { _ = try beyond.take(3) } == .truncated(offset: 0))
    #expect(mergeError { _ = try beyond.take(-1) } == .truncated(offset: 0))
  }
}
