// SPDX-License-Identifier: MIT

import Merge
import TestSupport
import Testing

/// The packed row of an entity.
@Suite("Entity state codec")
struct EntityStateCodecTests {
  @Test("any state is read back from its row, byte for byte", arguments: Subject.allCases)
  func roundTrip(_ subject: Subject) {
    forEachSeed(30) { generator in
      var library = try RandomLibrary(subject, steps: 20, &generator)
      try library.replicas[0].pull(library.replicas[1])
      var writers = WriterTable([.numbered(0)])
      for var state in library.replicas[0].states.values {
        state.text = generator.pick([nil, "", "a note", "e\u{301}"])
        let bytes = EntityStateCodec.encode(state, writers: &writers)
        let back = try EntityStateCodec.decode(bytes, writers: writers)
        try require(back == state, "\(state) came back as \(back)")
        try require(
          EntityStateCodec.encode(back, writers: &writers) == bytes, "\(state) has other bytes now")
        for length in 0..<bytes.count where state.text == nil {
          let error = mergeError {
            _ = try EntityStateCodec.decode(Array(bytes.prefix(length)), writers: writers)
          }
          try require(error != nil, "\(state) cut at \(length) was read")
        }
      }
    }
  }

  @Test("writers keep their numbers, and new ones get the next")
  func ordinals() throws {
    var writers = WriterTable([.numbered(5), .numbered(6)])
    var state = EntityState()
    for writer in [6, 9, 5] as [UInt64] {
      state.apply(
        field: .tag, removes: [], value: .text("t"),
        dot: Dot(writer: .numbered(writer), sequence: 1, index: 0), time: 0)
    }
    _ = EntityStateCodec.encode(state, writers: &writers)
    #expect(writers.writers == [5, 6, 9].map { WriterID.numbered($0) })
  }

  @Test("any field, time and kind of value fits")
  func ends() throws {
    var state = EntityState()
    var values = GoldenVector.values.change.operations
    values += GoldenVector.unknown.change.operations
    for (index, operation) in values.enumerated() {
      guard case .assign(let field, _, let value?) = operation.action, field != .text else {
        continue
      }
      let dot = Dot(writer: .numbered(1), sequence: .max, index: UInt32(index))
      state.apply(
        field: field, removes: [], value: value, dot: dot, time: index % 2 == 0 ? .min : .max)
    }
    var writers = WriterTable()
    let bytes = EntityStateCodec.encode(state, writers: &writers)
    #expect(try EntityStateCodec.decode(bytes, writers: writers) == state)
  }

  @Test("a row of the first format is read, and written in the second")
  func firstFormat() throws {
    // Two values of one change: each has its dot, and its time as the difference from the last.
    let old: [UInt8] = [
      1, 20, 2,  // format, modified 10, two values
      5, 0, 3, 0, 0, 1, 1, 0x61,  // title, value; writer 0, change 3, op 0; same time; text "a"
      16, 0, 3, 7, 1,  // tag without value; op 7; one earlier
      1, 0x6E,  // the note "n"
    ]
    var writers = WriterTable([.numbered(1)])
    let state = try EntityStateCodec.decode(old, writers: writers)
    #expect(state.text == "n" && state.modified == 10)
    #expect(state.entries.map(\.time) == [10, 9])
    #expect(state.entries.map(\.dot.index) == [0, 7])
    #expect(state.entries.map(\.field) == [.title, .tag])
    let bytes = EntityStateCodec.encode(state, writers: &writers)
    #expect(bytes[0] == 2)
    #expect(try EntityStateCodec.decode(bytes, writers: writers) == state)
  }

  @Test("a value of the same change takes three bytes less")
  func sameChange() throws {
    var state = EntityState()
    for index in 0..<3 as Range<UInt32> {
      state.apply(
        field: .tag, removes: [], value: .text("t"),
        dot: Dot(writer: .numbered(1), sequence: 300, index: 20 - index), time: 5)
    }
    var writers = WriterTable()
    let bytes = EntityStateCodec.encode(state, writers: &writers)
    // Format, modified, count; head, dot of 4, time, text of 3; twice head, index, text of 3.
    #expect(bytes.count == 3 + 9 + 2 * 5)
    #expect(try EntityStateCodec.decode(bytes, writers: writers) == state)
  }

  @Test("random rows never crash the reader")
  func noise() {
    let writers = WriterTable([.numbered(1), .numbered(2)])
    forEachSeed(20_000) { generator in
      var bytes: [UInt8] = [generator.pick([1, 2]), 0, UInt8(generator.below(4))]
      for _ in 0..<generator.below(30) { bytes.append(UInt8(generator.below(256))) }
      _ = mergeError { _ = try EntityStateCodec.decode(bytes, writers: writers) }
    }
  }
}
