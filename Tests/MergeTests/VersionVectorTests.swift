// SPDX-License-Identifier: MIT

import Merge
import TestSupport
import Testing

/// A join-semilattice, and what is asked of it.
@Suite("Version vectors")
struct VersionVectorTests {
  @Test("merging is commutative, associative and idempotent, and nothing is its neutral element")
  func semilattice() {
    forEachSeed(1_000) { generator in
      let (one, two, three) = (random(&generator), random(&generator), random(&generator))
      try require(join(one, two) == join(two, one), "not commutative: \(one) \(two)")
      try require(
        join(join(one, two), three) == join(one, join(two, three)),
        "not associative: \(one) \(two) \(three)")
      try require(join(one, one) == one, "not idempotent: \(one)")
      try require(join(one, VersionVector()) == one, "nothing adds something: \(one)")
    }
  }

  @Test("one vector covers another exactly when merging the other changes nothing")
  func order() {
    forEachSeed(1_000) { generator in
      let (one, two) = (random(&generator), random(&generator))
      try require(one.covers(two) == (join(one, two) == one), "\(one) \(two)")
      try require(join(one, two).covers(one) && join(one, two).covers(two), "\(one) \(two)")
      // The least of all that cover both: one change less of anybody, and it covers one no more.
      for entry in join(one, two).entries {
        let less = VersionVector(
          join(one, two).entries.map {
            $0.writer == entry.writer ? .init(writer: $0.writer, count: $0.count - 1) : $0
          })
        try require(!(less.covers(one) && less.covers(two)), "\(one) \(two)")
      }
    }
  }

  @Test("it agrees with a dictionary, and equal vectors are equal bytes")
  func dictionary() {
    forEachSeed(1_000) { generator in
      var plain: [WriterID: UInt64] = [:]
      var vector = VersionVector()
      for _ in 0..<generator.below(12) {
        let (writer, count) = (RandomValue.writer(&generator), UInt64(generator.below(4)))
        vector.advance(writer, to: count)
        if count > 0 { plain[writer] = max(plain[writer] ?? 0, count) }
      }
      let rebuilt = VersionVector(
        plain.map { VersionVector.Entry(writer: $0.key, count: $0.value) })
      try require(rebuilt == vector && bytes(rebuilt) == bytes(vector), "\(plain)")
      try require(vector.entries.map(\.writer) == plain.keys.sorted(), "\(plain)")
      try require(vector.total == plain.values.reduce(0, +), "\(plain)")
      try require(vector.isEmpty == plain.isEmpty, "\(plain)")
      for number in 0..<6 as Range<UInt64> {
        let (writer, held) = (WriterID.numbered(number), plain[.numbered(number)] ?? 0)
        try require(vector[writer] == held, "\(plain)")
        for sequence in 0..<6 as Range<UInt64> {
          let dot = Dot(writer: writer, sequence: sequence, index: 7)
          try require(
            vector.contains(dot) == (sequence > 0 && sequence <= held), "\(plain) \(dot)")
        }
      }
    }
  }

  @Test("bytes lead back to the vector, and no other form is read")
  func codec() {
    forEachSeed(1_000) { generator in
      let vector = random(&generator)
      var reader = ByteReader(bytes(vector))
      try require(reader.version() == vector && reader.isAtEnd, "\(vector)")
      for length in 0..<bytes(vector).count {
        var reader = ByteReader(Array(bytes(vector).prefix(length)))
        try require(mergeError { _ = try reader.version() } != nil, "\(vector) cut at \(length)")
      }
    }
    let one = WriterID.numbered(1).raw.bytes
    let two = WriterID.numbered(2).raw.bytes
    for (bytes, error) in [
      ([2] + two + [1] + one + [1], .malformed(what: "writers out of order", offset: 18)),
      ([2] + one + [1] + one + [1], .malformed(what: "writers out of order", offset: 18)),
      ([1] + one + [0], .malformed(what: "a count of changes", offset: 1)),
      (
        [1] + one + [0x80, 0x80, 0x80, 0x80, 0x80, 0x20],
        .malformed(what: "a count of changes", offset: 1)
      ),
      ([0xFF, 0xFF, 0xFF, 0xFF, 0x0F], .truncated(offset: 0)),
    ] as [([UInt8], MergeError)] {
      var reader = ByteReader(bytes)
      #expect(mergeError { _ = try reader.version() } == error)
    }
  }

  private func random(_ generator: inout SeededGenerator) -> VersionVector {
    VersionVector(
      (0..<generator.below(5)).map { _ in
        VersionVector.Entry(
          writer: RandomValue.writer(&generator), count: UInt64(generator.below(4)))
      })
  }

  private func join(_ one: VersionVector, _ two: VersionVector) -> VersionVector {
    var joined = one
    joined.merge(two)
    return joined
  }

  private func bytes(_ vector: VersionVector) -> [UInt8] {
    var writer = ByteWriter()
    writer.version(vector)
    return writer.bytes
  }
}
