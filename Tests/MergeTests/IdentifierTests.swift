// SPDX-License-Identifier: MIT

import Merge
import TestSupport
import Testing

/// Sixteen bytes: their order, their UUIDs, their text.
@Suite("Identifiers")
struct IdentifierTests {
  @Test("identifiers are ordered as their bytes are")
  func order() {
    forEachSeed(2_000) { generator in
      let (one, two) = (generator.bytes16(), generator.bytes16())
      let byBytes = one.bytes.lexicographicallyPrecedes(two.bytes)
      try require((one < two) == byBytes, "\(one) \(two)")
      try require((WriterID(one) < WriterID(two)) == byBytes, "\(one) \(two)")
      try require((LibraryID(one) < LibraryID(two)) == byBytes, "\(one) \(two)")
      try require((one == two) == (one.bytes == two.bytes), "\(one) \(two)")
    }
  }

  @Test("dots are ordered by writer, then number, then place; entities by kind, then bytes")
  func composedOrder() {
    let dots = [(1, 1, 0), (1, 1, 9), (1, 2, 0), (2, 1, 0)].map { writer, sequence, index in
      Dot(writer: .numbered(UInt64(writer)), sequence: UInt64(sequence), index: UInt32(index))
    }
    #expect(dots.reversed().sorted() == dots)
    #expect([EntityID.tag, .annotation, .article].sorted() == [.article, .annotation, .tag])
    let near = EntityID(kind: .article, raw: Bytes16(high: 0, low: 0))
    #expect([EntityID.article, near].sorted() == [near, .article])
  }

  @Test("bytes lead to the identifier and back")
  func bytes() {
    forEachSeed(500) { generator in
      let id = Bytes16(high: generator.next(), low: generator.next())
      try require(id.bytes.count == 16, "\(id)")
      try require(Bytes16(id.bytes) == id && Bytes16(id.bytes + [1]) == id, "\(id)")
      try require(Bytes16(id.bytes.dropLast()) == nil, "\(id)")
      var writer = ByteWriter()
      writer.raw(id)
      var reader = ByteReader(writer.bytes)
      try require(reader.raw() == id && reader.isAtEnd, "\(id)")
    }
  }

  @Test("a UUID of version 7 holds the time, the version, the variant and the random bits")
  func uuidV7() {
    #expect(
      Bytes16.uuidV7(milliseconds: 0x017F_22E2_79B0, random: (0xCC3, 0x18C4_DC0C_0C07_398F))
        .uuidText
        == "017f22e2-79b0-7cc3-98c4-dc0c0c07398f")
    forEachSeed(500) { generator in
      let time = Int64(bitPattern: generator.next() >> 16)
      let id = Bytes16.uuidV7(milliseconds: time, random: (generator.next(), generator.next()))
      try require(id.high >> 16 == UInt64(time), "\(time)")
      try require(id.high >> 12 & 0xF == 7 && id.low >> 62 == 0b10, "\(id.uuidText)")
      let later = Bytes16.uuidV7(milliseconds: time + 1, random: (0, 0))
      try require(time + 1 == 1 << 48 || id < later, "\(time)")
    }
    #expect(Bytes16.uuidV7(milliseconds: -1, random: (0, 0)).high >> 16 == 0)
    #expect(
      Bytes16.uuidV7(milliseconds: 0, random: (.max, .max)).uuidText
        == "00000000-0000-7fff-bfff-ffffffffffff")
  }

  @Test("a UUID of version 8 holds the hash but for the six bits of version and variant")
  func uuidV8() {
    #expect(
      Bytes16.uuidV8(hash: Bytes16(high: .max, low: .max)).uuidText
        == "ffffffff-ffff-8fff-bfff-ffffffffffff")
    #expect(
      Bytes16.uuidV8(hash: Bytes16(high: 0, low: 0)).uuidText
        == "00000000-0000-8000-8000-000000000000")
    forEachSeed(500) { generator in
      let hash = Bytes16(high: generator.next(), low: generator.next())
      let id = Bytes16.uuidV8(hash: hash)
      try require(id.high >> 12 & 0xF == 8 && id.low >> 62 == 0b10, "\(id.uuidText)")
      try require((id.high ^ hash.high) & ~0xF000 == 0, "\(id.uuidText)")
      try require((id.low ^ hash.low) & (UInt64.max >> 2) == 0, "\(id.uuidText)")
      try require(Bytes16.uuidV8(hash: id) == id, "\(id.uuidText)")
    }
  }

  @Test("the text of an identifier leads back to it, in either case and without dashes")
  func uuidText() {
    forEachSeed(500) { generator in
      let id = generator.bytes16()
      let text = id.uuidText
      try require(text.utf8.count == 36 && text == text.lowercased(), text)
      try require(Bytes16(uuidText: text) == id, text)
      try require(Bytes16(uuidText: text.uppercased()) == id, text)
      try require(Bytes16(uuidText: text.filter { $0 != "-" }) == id, text)
      try require(Bytes16(uuidText: String(text.dropLast())) == nil, text)
      try require(Bytes16(uuidText: text + "0") == nil, text)
    }
    for text in [
      "", "-", "g1234567-89ab-cdef-0123-456789abcdef", "０1234567-89ab-cdef-0123-456789abcde",
      "01234567-89ab-cdef-0123-456789abcdeg", " 01234567-89ab-cdef-0123-456789abcdef",
    ] {
      #expect(Bytes16(uuidText: text) == nil, "\(text)")
    }
  }
}
