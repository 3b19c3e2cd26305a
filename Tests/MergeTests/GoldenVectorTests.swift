// SPDX-License-Identifier: MIT

import Foundation
import Merge
import TestSupport
import Testing

/// The committed bytes, both ways, and everything near them.
@Suite("Golden vectors")
struct GoldenVectorTests {
  /// Once, before any test reads a file.
  private static let regenerated = Result {
    guard ProcessInfo.processInfo.environment["POSTIL_GOLDEN"] == "write" else { return }
    for vector in GoldenVector.all { try vector.write() }
  }

  init() throws { try Self.regenerated.get() }

  @Test("the bytes are the change, and the change is the bytes", arguments: GoldenVector.all)
  func bothWays(_ vector: GoldenVector) throws {
    let bytes = try vector.committed()
    let change = vector.change
    let decoded = try ChangeCodec.decode(bytes, writer: change.writer, sequence: change.sequence)
    #expect(decoded == change)
    #expect(ChangeCodec.encode(decoded) == bytes)
    #expect(ChangeCodec.encode(change) == bytes)
    let header = try ChangeCodec.header(of: bytes)
    #expect(header.lamport == change.lamport)
    #expect(header.dependencies == change.dependencies)
  }

  @Test("every file has its change")
  func files() throws {
    #expect(try GoldenVector.files() == Set(GoldenVector.all.map(\.name)))
  }

  @Test("every truncation is refused", arguments: GoldenVector.all)
  func truncated(_ vector: GoldenVector) throws {
    let bytes = try vector.committed()
    for length in 0..<bytes.count {
      #expect(mergeError { _ = try decode(Array(bytes.prefix(length)), vector) } != nil)
    }
    #expect(
      mergeError { _ = try decode(bytes + [0], vector) } == .trailingBytes(offset: bytes.count))
  }

  @Test(
    "every flipped bit is refused or gives a change with bytes of its own",
    arguments: GoldenVector.all)
  func flipped(_ vector: GoldenVector) throws {
    let bytes = try vector.committed()
    for place in bytes.indices {
      for bit in 0..<8 as Range<UInt8> {
        var bad = bytes
        bad[place] ^= 1 << bit
        try checkHostile(bad, writer: vector.change.writer, sequence: vector.change.sequence)
      }
    }
  }

  @Test("vectors cut, joined and altered at random never crash the reader")
  func mutated() throws {
    let bodies = try GoldenVector.all.map { try $0.committed() }
    forEachSeed(10_000) { generator in
      var bytes = generator.pick(bodies)
      for _ in 0..<generator.below(3) + 1 {
        let place = generator.below(bytes.count)
        switch generator.below(4) {
        case 0:
          bytes[place] = generator.pick([0, 1, 0x7F, 0x80, 0xFF, UInt8(generator.below(256))])
        case 1: bytes.insert(UInt8(generator.below(256)), at: place)
        case 2 where bytes.count > 1: bytes.remove(at: place)
        default:
          let other = generator.pick(bodies)
          bytes = Array(bytes.prefix(place + 1)) + other.suffix(generator.below(other.count))
        }
      }
      try checkHostile(bytes, writer: GoldenVector.minimal.change.writer, sequence: 1)
    }
  }

  private func decode(_ bytes: [UInt8], _ vector: GoldenVector) throws(MergeError) -> Change {
    try ChangeCodec.decode(bytes, writer: vector.change.writer, sequence: vector.change.sequence)
  }
}

/// Whatever the bytes are, they are refused with a `MergeError`, or they are a change that has
/// bytes of its own and is read back from them.
func checkHostile(_ bytes: [UInt8], writer: WriterID, sequence: UInt64) throws {
  do {
    let change = try ChangeCodec.decode(bytes, writer: writer, sequence: sequence)
    let own = ChangeCodec.encode(change)
    let again = try ChangeCodec.decode(own, writer: writer, sequence: sequence)
    try require(
      again == change && ChangeCodec.encode(again) == own,
      "\(Hex.text(bytes)) gives a change that its own bytes don't give")
    let header = try ChangeCodec.header(of: bytes)
    try require(header.lamport == change.lamport, "another header")
  } catch let error as LawBroken {
    throw error
  } catch {
    try require(error is MergeError, "\(error) is no MergeError")
  }
}
