// SPDX-License-Identifier: MIT

import Merge
import Packing
import TestSupport
import Testing

@testable import Store

/// Bodies in the log: packed where that is smaller, and the same bytes again.
@Suite struct StoredBodyTests {
  private let packer = BodyPacker()

  private static func body(_ count: Int) -> [UInt8] {
    var writer = RawWriter(1)
    let text = (0..<count).map { "word\($0 % 97)" }.joined(separator: " ")
    return writer.title(text).body
  }

  @Test(
    "a body is kept packed when that is smaller, and comes back", arguments: [1, 40, 400, 40_000])
  func roundTrip(words: Int) throws {
    let body = Self.body(words)
    let stored = StoredBody.stored(body, packed: nil, packer)
    #expect(try StoredBody.body(stored, packer) == body)
    #expect((stored == body) == (words == 1))
    #expect(StoredBody.packed(stored).map { [0] + $0 == stored } ?? (stored == body))
  }

  @Test("bytes that are no body, or don't get smaller, stand as they are")
  func plain() throws {
    var generator = SeededGenerator(seed: 1)
    let noise = (0..<1_000).map { _ in UInt8.random(in: 1...255, using: &generator) }
    #expect(StoredBody.stored(noise, packed: nil, packer) == noise)
    // What a peer packed badly is not kept so.
    let body = Self.body(40)
    let bad = [UInt8](repeating: 1, count: body.count)
    #expect(StoredBody.stored(body, packed: bad, packer) == body)
  }

  @Test("cut and altered bytes are damage, told as such, and never trap")
  func damage() throws {
    for words in [40, 4_000] {
      let body = Self.body(words)
      let stored = StoredBody.stored(body, packed: nil, packer)
      for count in stride(from: 1, to: stored.count, by: max(1, stored.count / 200)) {
        let error = #expect(throws: StoreError.self) {
          try StoredBody.body(Array(stored.prefix(count)), packer)
        }
        #expect(error?.code == .damaged)
      }
      var generator = SeededGenerator(seed: UInt64(words))
      for _ in 0..<2_000 {
        var altered = stored
        let place = Int.random(in: 1..<stored.count, using: &generator)
        altered[place] = UInt8.random(in: 0...255, using: &generator)
        // It may come out as other bytes: that is the chain hash's to notice.
        do { _ = try StoredBody.body(altered, packer) } catch { #expect(error.code == .damaged) }
      }
    }
  }

  @Test("packed bytes that claim to be gigabytes are refused before anything is allocated")
  func bomb() throws {
    var out = ByteWriter()
    out.bytes = [1]
    out.number(1)
    out.number(1 << 40)
    let error = #expect(throws: PackingError.self) {
      try packer.unpack(out.bytes, count: 1, bytesMax: ChangeLimits.bytesMax)
    }
    #expect(error == .tooLarge(1 << 40, limit: 2 * ChangeLimits.bytesMax))
    // A frame that holds more than its column says.
    let zeros = [UInt8](repeating: 0, count: 4 << 20)
    let frame = try #require(Zstandard().compress(zeros))
    #expect(frame.count < 1_000)
    #expect(Zstandard().decompress(frame[...], count: 1_000) == nil)
    #expect(Zstandard().decompress(frame[...], count: zeros.count) == zeros)
    #expect(Zstandard().decompress(frame[...], count: zeros.count + 1) == nil)
  }

  @Test("form 1, each column by itself, which was written once, is read for ever")
  func columns() throws {
    let body = Self.body(4_000)
    let columns = try BodyColumns.split([body])
    var out = ByteWriter()
    out.bytes = [1]
    out.number(columns.indices.reduce(0) { $0 | (columns[$1].isEmpty ? 0 : 1 << UInt64($1)) })
    for column in columns where !column.isEmpty {
      out.count(column.count)
      let packed = column.count < 32 ? nil : Zstandard().compress(column)
      out.count(packed?.count ?? 0)
      out.bytes += packed ?? column
    }
    #expect(try packer.unpack(out.bytes, count: 1, bytesMax: body.count) == [body])
    // And those that are written now are of another.
    #expect(try #require(packer.pack([body]))[0] == 3)
    #expect(try #require(packer.pack([Self.body(400)]))[0] == 2)
  }

  @Test("a form of a later version is told as such")
  func laterForm() {
    let error = #expect(throws: PackingError.self) {
      try packer.unpack([9, 1, 1], count: 1, bytesMax: 100)
    }
    #expect(error == .unknownForm(9))
  }
}
