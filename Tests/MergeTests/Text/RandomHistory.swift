// SPDX-License-Identifier: MIT

import Foundation
import Merge
import TestSupport

/// A random concurrent history, made by agents who edit apart and now and then learn of each
/// other's ops. The second edition says what text each of them saw.
struct RandomHistory {
  var naive = NaiveText()
  /// In the order in which they were made.
  var operations: [TextOperation] = []

  static let alphabet = Array("abcdefghij é漢😀\u{301}\u{200D}ß\n".unicodeScalars)

  init(seed: UInt64, operations count: Int = 30) {
    var random = SeededGenerator(seed: seed)
    let agents = Int.random(in: 2...5, using: &random)
    let syncPercent = [5, 20, 50].randomElement(using: &random) ?? 20
    var known = [Set<Dot>](repeating: [], count: agents)
    var sequences = [UInt64](repeating: 0, count: agents)
    // Writers don't order as agents were numbered.
    let writers = (0..<agents).map { _ in Self.writer(random.next()) }
    while operations.count < count {
      let agent = Int.random(in: 0..<agents, using: &random)
      if Int.random(in: 0..<100, using: &random) < syncPercent {
        known[agent].formUnion(known[Int.random(in: 0..<agents, using: &random)])
        continue
      }
      sequences[agent] += UInt64.random(in: 1...2, using: &random)
      let index = UInt32.random(in: 0...1, using: &random)
      let dot = Dot(writer: writers[agent], sequence: sequences[agent], index: index)
      let length = naive.standing(known[agent]).count
      let op = TextOperation(
        dot: dot, parents: naive.heads(of: known[agent]),
        patches: Self.patches(length: length, &random))
      naive.merge(op)
      operations.append(op)
      known[agent].insert(dot)
    }
  }

  static func writer(_ number: UInt64) -> WriterID {
    WriterID(Bytes16(high: number, low: 7))
  }

  static func patches(length: Int, _ random: inout SeededGenerator) -> [TextPatch] {
    var length = length
    return (0..<Int.random(in: 1...3, using: &random)).map { _ in
      // Many edits at the start, at the end and at one place, so that they meet.
      let spots = [0, length, length / 2, Int.random(in: 0...length, using: &random)]
      let position = spots.randomElement(using: &random) ?? 0
      let most = min(4, length - position)
      let deleted = Bool.random(using: &random) ? Int.random(in: 0...most, using: &random) : 0
      let size = Int.random(in: (deleted == 0 ? 1 : 0)...4, using: &random)
      var inserted = String.UnicodeScalarView()
      for _ in 0..<size { inserted.append(alphabet.randomElement(using: &random) ?? "x") }
      length += size - deleted
      return TextPatch(position: position, deleted: deleted, inserted: String(inserted))
    }
  }

  /// The ops in another order in which parents come before children.
  func shuffled(_ random: inout SeededGenerator) -> [TextOperation] {
    var left = operations
    var done = Set<Dot>()
    var out: [TextOperation] = []
    while !left.isEmpty {
      let ready = left.indices.filter { left[$0].parents.allSatisfy(done.contains) }
      let op = left.remove(at: ready.randomElement(using: &random) ?? 0)
      done.insert(op.dot)
      out.append(op)
    }
    return out
  }

  /// The versions that split the history: with each, the ops above it, in order.
  var splits: [(base: [Dot], above: [TextOperation])] {
    operations.indices.compactMap { end in
      let below = Set(operations[..<end].map(\.dot))
      let above = Array(operations[end...])
      let splits = above.allSatisfy { below.isSubset(of: naive.closure([$0.dot])) }
      return splits ? (naive.heads(of: below), above) : nil
    }
  }
}

extension String {
  /// Applies patches the plain way.
  mutating func apply(_ patches: [TextPatch]) {
    for patch in patches {
      let scalars = Array(unicodeScalars)
      var out = String.UnicodeScalarView()
      out.append(contentsOf: scalars[..<patch.position])
      out.append(contentsOf: patch.inserted.unicodeScalars)
      out.append(contentsOf: scalars[(patch.position + patch.deleted)...])
      self = String(out)
    }
  }
}

/// Whether two strings hold the same bytes; `==` would take canonical equivalents for equal.
func sameBytes(_ left: String, _ right: String) -> Bool {
  left.utf8.elementsEqual(right.utf8)
}

/// How many seeds the random tests run: few by default, as many as POSTIL_TEST_SEEDS says to soak.
enum TestSeeds {
  static func range(_ count: UInt64) -> [UInt64] {
    let named = ProcessInfo.processInfo.environment["POSTIL_TEST_SEEDS"].flatMap(UInt64.init)
    return Array(1...max(1, named ?? Sanitizer.seeds(count)))
  }
}
