// SPDX-License-Identifier: MIT

import Merge
import Store
import TestSupport
import Testing

@testable import SyncEngine

/// Compressed blocks: they inflate to what they say, or not at all.
@Suite struct DeflateTests {
  @Test("blocks of any size come back as they were", arguments: [0, 1, 255, 65_536, 1 << 20])
  func roundTrip(count: Int) throws {
    var generator = SeededGenerator(seed: UInt64(count))
    for bytes in [
      [UInt8](repeating: 7, count: count),
      (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) },
    ] {
      let packed = try Deflate.compress(bytes)
      #expect(try Deflate.inflate(packed, count: count) == bytes)
    }
  }

  @Test("a bomb stops at the size that was named, and a false size is refused")
  func bombs() throws {
    let zeros = [UInt8](repeating: 0, count: 32 << 20)
    let bomb = try Deflate.compress(zeros)
    #expect(bomb.count < 200_000)
    for count in [0, 1, 1000, 1 << 20, zeros.count - 1, zeros.count + 1] {
      let error = #expect(throws: SyncError.self) { try Deflate.inflate(bomb, count: count) }
      #expect(error?.code == .garbage)
    }
  }

  @Test("cut, altered and foreign bytes are refused")
  func garbage() throws {
    let packed = try Deflate.compress(Array("the river rose at night".utf8))
    for count in 0..<packed.count {
      #expect(throws: SyncError.self) { try Deflate.inflate(Array(packed[..<count]), count: 23) }
    }
    #expect(throws: SyncError.self) { try Deflate.inflate(packed + [0], count: 23) }
    #expect(throws: SyncError.self) { try Deflate.inflate([0xFF, 0xFF, 0xFF], count: 23) }
  }

  /// A message whose one block says that it has `size` bytes.
  private func message(size: Int, packed: [UInt8], blocks: Int = 1) throws -> [UInt8] {
    let empty = ExchangeRequest(
      library: Samples.library, fingerprint: Samples.fingerprint, claim: nil, changes: [])
    var out = ByteWriter()
    out.bytes += try empty.encoded().dropLast()
    out.count(blocks)
    for _ in 0..<blocks {
      out.count(size)
      out.blob(packed)
    }
    return out.bytes
  }

  @Test("a message with a bomb in it is refused before it is inflated")
  func bombInMessage() throws {
    let zeros = [UInt8](repeating: 0, count: 4 << 20)
    let bomb = try Deflate.compress(zeros)
    // Larger than a block may be, whatever the block is.
    #expect(throws: SyncError.self) {
      try ExchangeRequest(decoding: message(size: zeros.count, packed: bomb))
    }
    #expect(throws: SyncError.self) {
      try ExchangeRequest(decoding: message(size: .max, packed: bomb))
    }
    #expect(throws: SyncError.self) {
      try ExchangeRequest(decoding: message(size: 1000, packed: bomb))
    }
    // Blocks that are each allowed, and too much together. (A block of zeros holds no change.)
    let block = try Deflate.compress([UInt8](repeating: 0, count: 2) + zeros.prefix(0))
    let many = try message(size: SyncLimits.frameBytesMax, packed: block, blocks: 4000)
    #expect(throws: SyncError.self) { try ExchangeRequest(decoding: many) }
    let count = try message(size: 0, packed: [], blocks: 5000)
    #expect(throws: SyncError.self) { try ExchangeRequest(decoding: count) }
  }

  @Test("changes are cut into blocks that each stay within a frame, and stay in order")
  func blocks() throws {
    var raw = RawWriter(1)
    let long = String(repeating: "no two alike ", count: 40_000)
    let changes = (0..<6).map { raw.title("\($0) \(long)") }
    let request = ExchangeRequest(
      library: Samples.library, fingerprint: Samples.fingerprint, claim: nil, changes: changes)
    let bytes = try request.encoded()
    var read = try ExchangeRequest(decoding: bytes).changes
    // A line's number means something within its block only.
    for place in read.indices { read[place].line = 0 }
    #expect(read == changes)
    #expect(bytes.count < 200_000)
  }
}
