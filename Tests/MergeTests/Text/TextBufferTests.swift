// SPDX-License-Identifier: MIT

import TestSupport
import Testing

@testable import Merge

@Suite("Text: the buffer")
struct TextBufferTests {
  @Test("edits like a plain array of code points, small and large", arguments: UInt64(1)...10)
  func likeAnArray(seed: UInt64) throws {
    var random = SeededGenerator(seed: seed)
    var text = TextBuffer()
    var plain: [Unicode.Scalar] = []
    for round in 0..<300 {
      let position = Int.random(in: 0...plain.count, using: &random)
      let large = round % 20 == 0
      let most = min(plain.count - position, large ? 4000 : 5)
      let deleted = round % 3 == 0 ? Int.random(in: 0...most, using: &random) : 0
      let size = Int.random(in: 0...(large ? 6000 : 6), using: &random)
      let inserted = (0..<size).map { _ in
        RandomHistory.alphabet.randomElement(using: &random) ?? "x"
      }
      var string = String.UnicodeScalarView()
      string.append(contentsOf: inserted)
      try text.replace(position: position, deleted: deleted, inserted: String(string))
      plain.replaceSubrange(position..<position + deleted, with: inserted)
      #expect(text.count == plain.count, "seed \(seed)")
      if round % 10 == 0 {
        var expected = String.UnicodeScalarView()
        expected.append(contentsOf: plain)
        #expect(text.utf8 == Array(String(expected).utf8), "seed \(seed)")
        #expect(text.utf8Count == String(expected).utf8.count)
      }
    }
  }

  @Test("positions outside the text are refused, and nothing changes")
  func outside() throws {
    var text = TextBuffer("héllo")
    #expect(throws: TextError.positionOutside(op: nil, position: 6, count: 5)) {
      try text.replace(position: 6, deleted: 0, inserted: "x")
    }
    #expect(throws: TextError.positionOutside(op: nil, position: -1, count: 5)) {
      try text.replace(position: -1, deleted: 0, inserted: "x")
    }
    #expect(throws: TextError.deletionOutside(op: nil, position: 3, deleted: 3, count: 5)) {
      try text.replace(position: 3, deleted: 3, inserted: "x")
    }
    #expect(throws: TextError.deletionOutside(op: nil, position: 3, deleted: .max, count: 5)) {
      try text.replace(position: 3, deleted: .max, inserted: "x")
    }
    #expect(throws: TextError.deletionOutside(op: nil, position: 1, deleted: -1, count: 5)) {
      try text.replace(position: 1, deleted: -1, inserted: "x")
    }
    let patches = [
      TextPatch(position: 0, deleted: 1, inserted: ""),
      TextPatch(position: 5, deleted: 0, inserted: "x"),
    ]
    #expect(throws: TextError.self) { try text.apply(patches) }
    #expect(text.string == "héllo")
    try text.replace(position: 1, deleted: 1, insertedUTF8: Array("e".utf8))
    #expect(text.string == "hello")
  }

  @Test("UTF-8 is told from what is not")
  func validity() {
    func count(_ bytes: [UInt8]) -> Int? { bytes.withUnsafeBytes { UTF8Scan.validCount($0) } }
    #expect(count(Array("plain, ascii, longer than a word".utf8)) == 32)
    let mixed = "héllo 漢字 😀 and more"
    #expect(count(Array(mixed.utf8)) == mixed.unicodeScalars.count)
    for bad: [UInt8] in [
      [0x80], [0xC0, 0x80], [0xC1, 0xBF], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80],
      [0xF0, 0x80, 0x80, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xC3],
      [0xE2, 0x82], [0x61, 0xFF], [0xE2, 0x28, 0xA1],
    ] { #expect(count(bad) == nil) }
  }
}
