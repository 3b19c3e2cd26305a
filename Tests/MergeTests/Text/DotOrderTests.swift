// SPDX-License-Identifier: MIT

import Merge
import TestSupport
import Testing

/// The order of words that were put at one place apart.
@Suite struct DotOrderTests {
  /// One change of a forked history: which it follows, and what a branch is called that begins
  /// with it.
  private struct Change {
    var previous: Int?
    var number: UInt64
    var name: WriterID
  }

  private static let root = WriterID(Bytes16(high: 5, low: 5))

  /// A history of so many changes that branches here and there.
  private static func history(_ count: Int, _ random: inout SeededGenerator) -> [Change] {
    var changes: [Change] = []
    for _ in 0..<count {
      let previous =
        changes.isEmpty || random.next() % 8 == 0 ? nil : Int(random.next() % UInt64(changes.count))
      changes.append(
        Change(
          previous: previous, number: previous.map { changes[$0].number + 1 } ?? 1,
          name: WriterID(Bytes16(high: random.next() % 10, low: random.next()))))
    }
    return changes
  }

  /// What each held change goes by, and the order, when just these are held.
  private static func names(
    _ held: Set<Int>, _ changes: [Change]
  ) -> (dots: [Int: Dot], order: DotOrder) {
    var dots: [Int: Dot] = [:]
    var lines: [WriterID: DotOrder.Line] = [:]
    for index in changes.indices where held.contains(index) {
      let change = changes[index]
      let siblings = held.filter { changes[$0].previous == change.previous }
      let before = change.previous.flatMap { dots[$0] }
      if siblings.count > 1 {
        let path = before.flatMap { lines[$0.writer]?.path } ?? []
        lines[change.name] = DotOrder.Line(
          root: root, start: change.number - 1, path: path + [change.name])
        dots[index] = Dot(writer: change.name, sequence: 1, index: 0)
      } else if let before {
        dots[index] = Dot(writer: before.writer, sequence: before.sequence + 1, index: 0)
      } else {
        dots[index] = Dot(writer: root, sequence: 1, index: 0)
      }
    }
    return (dots, DotOrder(lines))
  }

  @Test(
    "what is held besides, and whatever forks that shows, changes the order of no two ops",
    arguments: 1...60)
  func steady(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let changes = Self.history(14, &random)
    let all = Self.names(Set(changes.indices), changes)
    let strangers = (0..<3).map { _ in
      Dot(writer: WriterID(Bytes16(high: random.next() % 10, low: 1)), sequence: 1, index: 0)
    }
    for one in changes.indices {
      for two in changes.indices where one != two {
        // Just what these two stand on.
        var held: Set<Int> = []
        for end in [one, two] {
          var place: Int? = end
          while let index = place {
            held.insert(index)
            place = changes[index].previous
          }
        }
        let some = Self.names(held, changes)
        guard let a = some.dots[one], let b = some.dots[two], let c = all.dots[one],
          let d = all.dots[two]
        else { continue }
        #expect(some.order.precedes(a, b) == all.order.precedes(c, d))
        #expect(all.order.precedes(c, d) != all.order.precedes(d, c))
        for stranger in strangers {
          #expect(some.order.precedes(a, stranger) == all.order.precedes(c, stranger))
        }
      }
    }
  }

  @Test("where no history is forked, it is the order of names")
  func plain() {
    let one = Dot(writer: WriterID(Bytes16(high: 1, low: 0)), sequence: 9, index: 0)
    let two = Dot(writer: WriterID(Bytes16(high: 2, low: 0)), sequence: 1, index: 0)
    #expect(DotOrder().precedes(one, two) && !DotOrder().precedes(two, one))
  }
}
