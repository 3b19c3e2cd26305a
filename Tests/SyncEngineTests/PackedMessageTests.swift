// SPDX-License-Identifier: MIT

import Merge
import Packing
import Store
import TestSupport
import Testing

@testable import SyncEngine

/// Packed blocks and texts: they unpack to what they say, or not at all.
@Suite struct PackedMessageTests {
  private static func head(_ blocks: Int) -> ByteWriter {
    let empty = ExchangeRequest(
      library: Samples.library, fingerprint: Samples.fingerprint, claim: nil, changes: [])
    var out = ByteWriter()
    out.bytes += empty.encoded().dropLast()
    out.count(blocks)
    return out
  }

  /// The table of a block with one change.
  private static var table: [UInt8] {
    var out = ByteWriter()
    out.count(1)
    out.raw(RawWriter(1).writer.raw)
    out.blob([])
    out.bytes += [1, 0, 1]
    return out.bytes
  }

  private func refused(_ bytes: [UInt8]) {
    let error = #expect(throws: SyncError.self) { try ExchangeRequest(decoding: bytes) }
    #expect(error?.code == .garbage)
  }

  @Test("a block whose size is another than it says, or too large, is refused")
  func sizes() throws {
    var writer = RawWriter(1)
    let change = writer.title(String(repeating: "no two alike ", count: 40))
    let packed = try #require(BodyPacker().pack([change.body]))
    func message(size: UInt64, coding: UInt8 = 1) -> [UInt8] {
      var out = Self.head(1)
      out.blob(Self.table)
      out.bytes.append(coding)
      out.number(size)
      out.blob(packed)
      return out.bytes
    }
    let read = try ExchangeRequest(decoding: message(size: UInt64(change.body.count))).changes
    #expect(read.map(\.body) == [change.body])
    refused(message(size: UInt64(change.body.count) - 1))
    refused(message(size: UInt64(SyncLimits.frameBytesMax) + 1))
    refused(message(size: .max))
    refused(message(size: UInt64(change.body.count), coding: 2))
  }

  @Test("changes without bodies are refused: millions of names would fit into a message")
  func manyNames() throws {
    var table = ByteWriter()
    table.count(1)
    table.raw(RawWriter(1).writer.raw)
    table.blob([])
    table.count(60_000)
    for _ in 0..<60_000 { table.bytes += [0, 1] }
    // Whole but for what the bodies hold: nothing else is wrong with it.
    var out = Self.head(1)
    out.blob(table.bytes)
    out.bytes += [UInt8](repeating: 0, count: 1 + 60_000)
    refused(out.bytes)
  }

  @Test("blocks that are each allowed, and too much together, are refused")
  func together() {
    let blocks = 9
    var out = Self.head(blocks)
    for _ in 0..<blocks {
      out.blob(Self.table)
      out.bytes.append(0)
      out.blob([UInt8](repeating: 1, count: 1 << 20))
    }
    refused(out.bytes)
    refused(Self.head(5_000).bytes)
  }

  @Test("changes are cut into blocks that each stay within a frame, and stay in order")
  func blocks() throws {
    var raw = RawWriter(1)
    let long = String(repeating: "no two alike ", count: 40_000)
    let changes = (0..<6).flatMap { [raw.title("\($0) \(long)"), raw.title("\($0)")] }
    let request = ExchangeRequest(
      library: Samples.library, fingerprint: Samples.fingerprint, claim: nil, changes: changes)
    let bytes = request.encoded()
    var read = try ExchangeRequest(decoding: bytes).changes
    for place in read.indices {
      // What is large is packed by itself, and may go into the log as it came.
      let packed = read[place].packed
      #expect((packed != nil) == (read[place].body.count > 100_000))
      #expect(try packed.map { try unpacked($0) } ?? read[place].body == read[place].body)
      read[place].packed = nil
      // A line's number means something within its block only.
      read[place].line = 0
    }
    #expect(read == changes)
    #expect(bytes.count < 20_000)
  }

  private func unpacked(_ bytes: [UInt8]) throws -> [UInt8] {
    try BodyPacker().unpack(bytes, count: 1, bytesMax: ChangeLimits.bytesMax)[0]
  }

  @Test("texts are sent packed, and come back", arguments: [0, 255, 256, 200_000])
  func texts(count: Int) throws {
    let parts = (0..<3).map { number in
      TextPart(
        hash: Samples.hash(UInt8(number)), total: count + 7, offset: number,
        bytes: (0..<count).map { UInt8($0 % 60) + 32 })
    }
    let bytes = TextParts(parts: parts).encoded()
    #expect(try TextParts(decoding: bytes).parts == parts)
    #expect(bytes.count < 300 + 3 * min(count, 256))
  }

  @Test("a bomb among texts is refused before it is unpacked")
  func textBomb() throws {
    let zeros = [UInt8](repeating: 0, count: 32 << 20)
    let bomb = try #require(Zstandard().compress(zeros))
    #expect(bomb.count < 200_000)
    for size in [0, 1, 1_000, SyncLimits.textBytesMax, zeros.count] {
      var out = ByteWriter()
      out.count(1)
      out.bytes += Samples.hash(1)
      out.count(zeros.count)
      out.count(0)
      out.count(size)
      out.bytes.append(1)
      out.bytes += bomb
      let error = #expect(throws: SyncError.self) { try TextParts(decoding: out.bytes) }
      #expect(error?.code == .garbage)
    }
  }
}
