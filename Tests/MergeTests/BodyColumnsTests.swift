// SPDX-License-Identifier: MIT

import Merge
import TestSupport
import Testing

/// Bodies by columns: there and back, byte for byte, and nothing else.
@Suite("Body columns")
struct BodyColumnsTests {
  private func joined(_ columns: [[UInt8]], _ count: Int) throws(MergeError) -> [[UInt8]] {
    try BodyColumns.join(columns, count: count, bytesMax: ChangeLimits.bytesMax)
  }

  @Test("the bodies of any changes come back from their columns, byte for byte")
  func roundTrip() {
    forEachSeed(1_000) { generator in
      let bodies = (0..<generator.below(4)).map { _ in
        ChangeCodec.encode(RandomValue.change(&generator))
      }
      let columns = try BodyColumns.split(bodies)
      try require(try joined(columns, bodies.count) == bodies, "\(bodies) came back otherwise")
    }
  }

  @Test("every golden body comes back", arguments: GoldenVector.all)
  func golden(vector: GoldenVector) throws {
    let body = try vector.committed()
    #expect(try joined(BodyColumns.split([body, body]), 2) == [body, body])
  }

  @Test("what a quote shares with its surroundings is one stretch, as in the article")
  func quotes() throws {
    let body = try #require(GoldenVector.all.first { $0.name == "annotate" }).committed()
    let columns = try BodyColumns.split([body])
    let quotes = String(decoding: columns[BodyColumn.quotes.rawValue], as: UTF8.self)
    #expect(quotes == "By nightfall the river rose by two metres.")
    #expect(String(decoding: columns[BodyColumn.notes.rawValue], as: UTF8.self) == "Check this.")
    // The quote's end follows from its beginning and its text.
    #expect(columns[BodyColumn.starts.rawValue] == [26, 0])
  }

  @Test("columns that are cut or have something left over are refused")
  func cut() {
    forEachSeed(200) { generator in
      let body = ChangeCodec.encode(RandomValue.change(&generator))
      let columns = try BodyColumns.split([body])
      for place in columns.indices where !columns[place].isEmpty {
        var cut = columns
        cut[place].removeLast()
        try require(mergeError { _ = try joined(cut, 1) } != nil, "read without its end: \(place)")
        var more = columns
        more[place].append(0)
        try require(mergeError { _ = try joined(more, 1) } != nil, "read with one more: \(place)")
      }
    }
  }

  @Test("altered columns never trap, and never come to more than was allowed")
  func noise() {
    forEachSeed(20_000) { generator in
      var columns = try BodyColumns.split([ChangeCodec.encode(RandomValue.change(&generator))])
      for _ in 0...generator.below(4) {
        let place = generator.below(columns.count)
        if columns[place].isEmpty || generator.once(in: 8) {
          columns[place] += [UInt8](repeating: 0xFF, count: generator.below(12))
        } else {
          let byte = generator.below(columns[place].count)
          columns[place][byte] = UInt8(truncatingIfNeeded: generator.next())
        }
      }
      let bytesMax = generator.below(2_000)
      guard let bodies = try? BodyColumns.join(columns, count: 1, bytesMax: bytesMax)
      else { return }
      try require(bodies[0].count <= bytesMax, "\(bodies[0].count) bytes of \(bytesMax)")
    }
  }

  @Test("a body of another format is not taken apart")
  func otherFormat() {
    #expect(mergeError { _ = try BodyColumns.split([[2, 1]]) } == .newerFormat(2))
    #expect(mergeError { _ = try BodyColumns.split([[]]) } == .truncated(offset: 0))
  }
}
