// SPDX-License-Identifier: MIT

import TestSupport
import Testing

@testable import Merge

@Suite("Text: the encoded history")
struct TextCodecTests {
  private static func encoded(
    seed: UInt64, count: Int = 30
  ) throws -> (history: TextHistory, text: TextBuffer, bytes: [UInt8]) {
    let made = RandomHistory(seed: seed, operations: count)
    var history = TextHistory()
    var text = TextBuffer()
    for op in made.operations { try history.merge(op, into: &text) }
    return (history, text, TextCodec.encode(history, text: text))
  }

  @Test("decoding gives back the history and its text", arguments: UInt64(1)...20)
  func roundTrip(seed: UInt64) throws {
    let made = try Self.encoded(seed: seed)
    let decoded = try TextCodec.decode(made.bytes)
    #expect(decoded.text == made.text)
    #expect(decoded.history.operations == made.history.operations)
    #expect(decoded.history.heads == made.history.heads)
    #expect(try decoded.history.text() == made.text)
    #expect(TextCodec.encode(decoded.history, text: decoded.text) == made.bytes)
    let alone = try TextCodec.decode(TextCodec.encode(made.history, text: nil))
    #expect(alone.text == nil)
    #expect(try alone.history.text() == made.text)
  }

  @Test("ops read back merge to the same text", arguments: UInt64(1)...10)
  func operations(seed: UInt64) throws {
    let made = try Self.encoded(seed: seed)
    var history = TextHistory()
    var text = TextBuffer()
    for op in made.history.operations {
      #expect(made.history.operation(named: op.dot) == op)
      try history.merge(op, into: &text)
    }
    #expect(text == made.text)
    var other = TextHistory()
    var otherText = TextBuffer()
    let half = Array(made.history.operations.prefix(10))
    try other.merge(contentsOf: half, into: &otherText)
    try other.merge(contentsOf: made.history, into: &otherText)
    #expect(otherText == made.text)
    #expect(other.heads == made.history.heads)
  }

  @Test("a history with a base keeps it")
  func base() throws {
    let base = [Dot(writer: RandomHistory.writer(9), sequence: 4, index: 1)]
    var history = TextHistory(base: base, baseCount: 5)
    var text = TextBuffer("hello")
    let dot = Dot(writer: RandomHistory.writer(1), sequence: 1, index: 0)
    try history.edit(dot, position: 5, deleted: 0, inserted: " world", text: &text)
    let decoded = try TextCodec.decode(TextCodec.encode(history, text: text))
    #expect(decoded.history.base == base)
    #expect(decoded.history.baseCount == 5)
    #expect(decoded.history.operations == history.operations)
  }

  @Test("every truncation is refused")
  func truncation() throws {
    let bytes = try Self.encoded(seed: 3, count: 12).bytes
    for length in 0..<bytes.count {
      #expect(throws: TextError.self) { try TextCodec.decode(Array(bytes[..<length])) }
    }
    #expect(throws: TextError.self) { try TextCodec.decode(bytes + [0]) }
    #expect(throws: TextError.malformed(offset: 0, what: .version)) {
      try TextCodec.decode([1] + bytes.dropFirst())
    }
  }

  @Test("bit flips never crash, whatever is done with what decodes", arguments: UInt64(1)...4)
  func bitFlips(seed: UInt64) throws {
    let bytes = try Self.encoded(seed: seed, count: 6).bytes
    for place in bytes.indices {
      for bit in Swift.stride(from: Int(seed) % 2, to: 8, by: 2) {
        var flipped = bytes
        flipped[place] ^= 1 << UInt8(bit)
        guard let decoded = try? TextCodec.decode(flipped) else { continue }
        _ = try? decoded.history.text()
        _ = try? decoded.history.attribution()
        _ = decoded.history.operations.count
        for dot in decoded.history.heads { _ = try? decoded.history.inverse(of: dot) }
      }
    }
  }

  @Test("a typed run costs its text and a few bytes")
  func compact() throws {
    var history = TextHistory()
    var text = TextBuffer()
    let typed = "The quick brown fox jumps over the lazy dog"
    let writer = RandomHistory.writer(1)
    for (place, character) in typed.enumerated() {
      try history.edit(
        Dot(writer: writer, sequence: UInt64(place) + 1, index: 0), position: place, deleted: 0,
        inserted: String(character), text: &text)
    }
    let bytes = TextCodec.encode(history, text: nil)
    #expect(bytes.count <= typed.utf8.count + 16 + 24)
  }

  @Test("packing gives back any bytes, with any prefix")
  func packer() {
    var random = SeededGenerator(seed: 5)
    for round in 0..<200 {
      let size = Int.random(in: 0...2000, using: &random)
      let letters = UInt8.random(in: 1...200, using: &random)
      var bytes = (0..<size).map { _ in UInt8.random(in: 0..<letters, using: &random) }
      if round % 4 == 0 { bytes += bytes + [UInt8](repeating: 7, count: 700) }
      let cut = Int.random(in: 0...bytes.count, using: &random)
      let packed = TextPacker.pack(bytes, from: cut)
      let back = packed.withUnsafeBytes { packed in
        Array(bytes[..<cut]).withUnsafeBytes { prefix in
          TextPacker.unpack(packed, count: bytes.count - cut, prefix: prefix)
        }
      }
      #expect(back.map { $0.elementsEqual(bytes[cut...]) } == true, "round \(round)")
    }
  }

  @Test("coding gives back any section, and refuses every other length of it")
  func coder() throws {
    var random = SeededGenerator(seed: 6)
    for round in 0..<60 {
      let size = Int.random(in: 0...3000, using: &random)
      let letters = UInt8.random(in: 1...255, using: &random)
      // Rarer and rarer bytes make long code words.
      let bytes = (0..<size).map { _ in
        let most = UInt8.random(in: 0...letters, using: &random)
        return UInt8.random(in: 0...(round % 3 == 0 ? most / 16 : most), using: &random)
      }
      var out = TextByteWriter()
      ByteCoder.write(bytes[...], to: &out)
      #expect(out.bytes.count <= size + 2)
      let back = try TextByteReader.read(out.bytes) { reader throws(TextError) in
        var back: [UInt8] = []
        try ByteCoder.read(&reader, into: &back)
        try reader.expectEnd()
        return back
      }
      #expect(back == bytes, "round \(round)")
      for short in [out.bytes.count / 2, out.bytes.count - 1] where short >= 0 {
        #expect(throws: TextError.self) {
          try TextByteReader.read(Array(out.bytes[..<short])) { reader throws(TextError) in
            var back: [UInt8] = []
            try ByteCoder.read(&reader, into: &back)
          }
        }
      }
    }
  }

  @Test("code words stay short, however rare a byte is")
  func codeLengths() throws {
    // Fibonacci numbers make the deepest tree.
    var counts = ContiguousArray(repeating: 0, count: 256)
    var (one, two) = (1, 1)
    for byte in 0..<40 {
      counts[byte] = one
      (one, two) = (two, one + two)
    }
    let code = ByteCode(counts: counts)
    #expect(code.lengths.max().map { Int($0) <= ByteCode.lengthMax } == true)
    #expect(ByteCode(lengths: code.lengths) != nil)
    var longer = code.lengths
    longer[0] = 0
    #expect(ByteCode(lengths: longer) == nil)
  }

  @Test("flips in a long history's coded sections never crash")
  func codedFlips() throws {
    let bytes = try Self.encoded(seed: 5, count: 400).bytes
    var random = SeededGenerator(seed: 7)
    for _ in 0..<300 {
      var flipped = bytes
      let place = Int.random(in: 0..<bytes.count, using: &random)
      flipped[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      guard let decoded = try? TextCodec.decode(flipped) else { continue }
      _ = try? decoded.history.text()
    }
  }
}
