// SPDX-License-Identifier: MIT

import Merge
import TestSupport
import Testing

/// A change's bytes: there and back, and what is refused.
@Suite("Change codec")
struct ChangeCodecTests {
  private let writer = WriterID.numbered(1)

  @Test("any change is read back from its bytes, byte for byte")
  func roundTrip() {
    forEachSeed(2_000) { generator in
      let change = RandomValue.change(&generator)
      let bytes = ChangeCodec.encode(change)
      let back = try ChangeCodec.decode(bytes, writer: change.writer, sequence: change.sequence)
      try require(back == change, "\(change) came back as \(back)")
      // Equal strings may differ in bytes; equal bytes don't.
      try require(ChangeCodec.encode(back) == bytes, "\(change) has other bytes now")
      let header = try ChangeCodec.header(of: bytes)
      try require(
        header.lamport == change.lamport && header.dependencies == change.dependencies,
        "\(change) has another header")
    }
  }

  @Test("truncated random changes are refused")
  func truncated() {
    forEachSeed(100) { generator in
      let change = RandomValue.change(&generator)
      let bytes = ChangeCodec.encode(change)
      for length in 0..<bytes.count {
        let error = mergeError {
          _ = try ChangeCodec.decode(
            Array(bytes.prefix(length)), writer: change.writer, sequence: change.sequence)
        }
        try require(error != nil, "\(change) cut at \(length) was read")
      }
    }
  }

  @Test("random bytes never crash the reader")
  func noise() {
    forEachSeed(100_000) { generator in
      // Most begin as a body does, or nothing behind the first byte would be tried.
      var bytes: [UInt8] = generator.once(in: 8) ? [] : [1, 1, 0, 0]
      if generator.once(in: 2) { bytes += [0, 1, 1] + Bytes16(high: 1, low: 2).bytes + [0, 1] }
      for _ in 0..<generator.below(48) {
        bytes.append(UInt8(truncatingIfNeeded: generator.next() >> UInt64(generator.below(8))))
      }
      try checkHostile(bytes, writer: .numbered(1), sequence: 1)
    }
  }

  /// A body's beginning up to where ops stand: format 1, Lamport 1, no dependencies, time 0, no
  /// writers, one article, no notes.
  private static let prelude: [UInt8] =
    [1, 1, 0, 0, 0, 1, 1] + [UInt8](repeating: 0xAA, count: 16) + [0]

  /// The hash of a dependency.
  private static let hash = [UInt8](repeating: 0xDD, count: 8)

  /// What is wrong, the bytes, and what is thrown.
  static let refusals: [(String, [UInt8], MergeError)] = [
    ("nothing", [], .truncated(offset: 0)),
    ("format 0", [0, 1, 0], .malformed(what: "format 0", offset: 0)),
    ("a newer format", [2], .newerFormat(2)),
    ("a long zero", [1, 0x80, 0x00], .badNumber(offset: 1)),
    ("a long one", [1, 0x81, 0x80, 0x00], .badNumber(offset: 1)),
    (
      "more than 64 bits", [1] + [UInt8](repeating: 0xFF, count: 9) + [0x02], .badNumber(offset: 1)
    ),
    (
      "more than ten bytes", [1] + [UInt8](repeating: 0x80, count: 10) + [0x01],
      .badNumber(offset: 1)
    ),
    (
      "2^62 dependencies", [1, 1] + numberBytes(1 << 62),
      .truncated(offset: 2)
    ),
    (
      "a dependency on nothing", [1, 1, 1] + [UInt8](repeating: 9, count: 16) + [0] + hash,
      .malformed(what: "a dependency on nothing", offset: 3)
    ),
    (
      "dependencies that don't ascend",
      [1, 1, 2] + WriterID.numbered(3).raw.bytes + [1] + hash + WriterID.numbered(3).raw.bytes
        + [1] + hash,
      .malformed(what: "dependencies out of order", offset: 28)
    ),
    (
      "a dependency on itself",
      [1, 1, 1] + WriterID.numbered(1).raw.bytes + [1] + hash + [0, 0, 0, 0, 0],
      .malformed(what: "a dependency on the writer itself", offset: 0)
    ),
    (
      "a dependency whose hash is cut off",
      [1, 1, 1] + WriterID.numbered(3).raw.bytes + [1] + hash.dropLast(),
      .truncated(offset: 2)
    ),
    (
      "2^35 writers", [1, 1, 0, 0, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01], .truncated(offset: 4)
    ),
    (
      "the writer in its own table", [1, 1, 0, 0, 1] + WriterID.numbered(1).raw.bytes + [0, 0, 0],
      .malformed(what: "a writer named twice", offset: 5)
    ),
    ("2^35 entities", [1, 1, 0, 0, 0, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01], .truncated(offset: 5)),
    ("2^35 notes", [1, 1, 0, 0, 0, 0, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01], .truncated(offset: 6)),
    (
      "notes that don't ascend", [1, 1, 0, 0, 0, 0, 2, 5, 2, 0, 5, 2, 0, 0],
      .malformed(what: "a record's keys out of order", offset: 10)
    ),
    ("no ops", prelude + [0], .empty(writer: .numbered(1), sequence: 1)),
    (
      "10,001 ops", prelude + [0x91, 0x4E] + [UInt8](repeating: 0, count: 30_000),
      .beyondLimit(what: "ops", value: 10_001, limit: 10_000, offset: 24)
    ),
    ("2^14 ops in two bytes", prelude + [0xFF, 0x3F], .truncated(offset: 24)),
    (
      "an op without entity", prelude + [1, 0x11, 2, 0],
      .malformed(what: "an op without entity", offset: 25)
    ),
    (
      "an entity beyond the table", prelude + [1, 0x15, 1, 2, 0],
      .badIndex(what: "entity", offset: 26)
    ),
    ("a small field in long form", prelude + [1, 0xFD, 30, 0, 2, 0], .badNumber(offset: 25)),
    (
      "field 2^32", prelude + [1, 0xFD, 0x80, 0x80, 0x80, 0x80, 0x10, 0, 2, 0],
      .badNumber(offset: 25)
    ),
    (
      "a dot of a writer beyond the table", prelude + [1, 0x16, 0, 1, 1, 1, 0],
      .badIndex(what: "writer", offset: 28)
    ),
    (
      "a dot's index of 2^32",
      prelude + [1, 0x16, 0, 1, 0, 1, 0x80, 0x80, 0x80, 0x80, 0x10], .badNumber(offset: 28)
    ),
    ("2^21 dots", prelude + [1, 0x16, 0, 0x80, 0x80, 0x80, 0x01], .truncated(offset: 27)),
    (
      "a value of type 0", prelude + [1, 0x15, 0, 0],
      .malformed(what: "a value's tag 0", offset: 27)
    ),
    (
      "a value of type 15", prelude + [1, 0x15, 0, 15],
      .malformed(what: "a value's tag 15", offset: 27)
    ),
    ("half a letter", prelude + [1, 0x15, 0, 1, 1, 0xC3], .notUTF8(offset: 29)),
    ("a surrogate", prelude + [1, 0x15, 0, 1, 3, 0xED, 0xA0, 0x80], .notUTF8(offset: 29)),
    ("a long form in UTF-8", prelude + [1, 0x15, 0, 1, 2, 0xC0, 0x80], .notUTF8(offset: 29)),
    ("2^62 bytes", prelude + [1, 0x15, 0, 3] + numberBytes(1 << 62), .truncated(offset: 28)),
    (
      "an edit before the text", prelude + [1, 0x5D, 0, 7, 1, 1, 0, 0], .badNumber(offset: 29)
    ),
    (
      "an edit beyond 2^31", prelude + [1, 0x5D, 0, 7, 1] + numberBytes(1 << 32) + [0, 0],
      .badNumber(offset: 29)
    ),
    (
      "an edit that overflows",
      prelude + [1, 0x5D, 0, 7, 2, 2, 0, 0] + numberBytes(.max - 1) + [0, 0], .badNumber(offset: 32)
    ),
  ]

  private static func numberBytes(_ number: UInt64) -> [UInt8] {
    var writer = ByteWriter()
    writer.number(number)
    return writer.bytes
  }

  @Test("what breaks a rule is refused by name and place", arguments: refusals)
  func refused(_ row: (String, [UInt8], MergeError)) {
    #expect(
      mergeError { _ = try ChangeCodec.decode(row.1, writer: .numbered(1), sequence: 1) } == row.2,
      "\(row.0)")
  }

  @Test("records stand in one another as deep as the limit and no deeper")
  func depth() throws {
    for (depth, isRead) in [(8, true), (9, false), (200, false)] {
      let change = change([Operation(.article, .target, value: GoldenVector.nested(depth))])
      #expect((mergeError { _ = try decode(change) } == nil) == isRead, "\(depth)")
      var noted = self.change([Operation(.article, .title, value: .text("t"))])
      noted.notes = [.init(key: 1, value: GoldenVector.nested(depth - 1))]
      #expect((mergeError { _ = try decode(noted) } == nil) == isRead, "\(depth) in notes")
    }
  }

  @Test("a body holds 1 MiB and no byte more")
  func size() throws {
    let empty = ChangeCodec.encode(change([Operation(.article, .title, value: .bytes([]))])).count
    // The length of so many bytes takes two bytes more than that of none.
    let room = ChangeLimits.bytesMax - empty - 2
    for (extra, isRead) in [(0, true), (1, false)] {
      let value = Value.bytes([UInt8](repeating: 1, count: room + extra))
      let change = change([Operation(.article, .title, value: value)])
      #expect(ChangeCodec.encode(change).count == ChangeLimits.bytesMax + extra)
      #expect((mergeError { _ = try decode(change) } == nil) == isRead)
    }
  }

  @Test("a change holds 10,000 ops")
  func operations() throws {
    let one = Operation(.article, .tag, value: .text("t"))
    let most = change([Operation](repeating: one, count: ChangeLimits.operationsMax))
    #expect(try decode(most).operations.count == 10_000)
  }

  @Test("a header is read without the rest")
  func header() throws {
    var change = change([Operation(.article, .title, value: .text("t"))])
    change.lamport = 300
    change.dependencies = [.init(writer: .numbered(7), count: 9, hash: .max - 1)]
    let bytes = ChangeCodec.encode(change)
    let header = try ChangeCodec.header(of: Array(bytes.prefix(1 + 2 + 1 + 25)) + [0xFF])
    #expect(header.lamport == 300)
    #expect(header.dependencies == change.dependencies)
  }

  private func change(_ operations: [Operation]) -> Change {
    Change(writer: writer, sequence: 1, lamport: 1, time: 0, operations: operations)
  }

  private func decode(_ change: Change) throws(MergeError) -> Change {
    try ChangeCodec.decode(
      ChangeCodec.encode(change), writer: change.writer, sequence: change.sequence)
  }
}
