// SPDX-License-Identifier: MIT

import Merge
import Testing

/// Which changes may follow what is held.
@Suite("Writer heads")
struct WriterHeadTests {
  private let own = WriterID.numbered(1)
  private let other = WriterID.numbered(2)
  private let third = WriterID.numbered(3)

  /// The writer's third change is next. Of `other` five are held, and this writer has seen two; of
  /// `third` one is held, unseen.
  private var head: WriterHead {
    WriterHead(
      sequence: 2, lamport: 7, context: VersionVector([.init(writer: other, count: 2)]),
      hash: [UInt8](repeating: 0xAB, count: 32))
  }

  private func change(_ adjust: (inout Change) -> Void = { _ in }) -> Change {
    var change = Change(
      writer: own, sequence: 3, lamport: 8, time: 0,
      operations: [Operation(.article, .title, value: .text("t"))])
    adjust(&change)
    return change
  }

  private func admit(_ change: Change) throws(MergeError) -> WriterHead {
    try head.admitting(
      change,
      held: VersionVector([
        .init(writer: own, count: 2), .init(writer: other, count: 5),
        .init(writer: third, count: 1),
      ])
    ) { writer, sequence in
      switch writer {
      case other: sequence * 10
      case third: 3
      default: nil
      }
    }
  }

  private func refusal(_ adjust: (inout Change) -> Void) -> MergeError? {
    mergeError { _ = try admit(change(adjust)) }
  }

  private func dot(_ writer: WriterID, _ sequence: UInt64, _ index: UInt32 = 0) -> Dot {
    Dot(writer: writer, sequence: sequence, index: index)
  }

  @Test("the next change moves the head on and keeps the hash for the store to replace")
  func next() throws {
    let next = try admit(change())
    #expect(next.sequence == 3)
    #expect(next.lamport == 8)
    #expect(next.context == head.context)
    #expect(next.hash == head.hash)
    let more = try admit(
      change {
        $0.dependencies = [.init(writer: other, count: 4), .init(writer: third, count: 1)]
        $0.lamport = 41
      })
    #expect(more.lamport == 41)
    #expect(more.context[other] == 4)
    #expect(more.context[third] == 1)
  }

  @Test("a change before or after its turn is refused")
  func turn() {
    for sequence in [0, 1, 2, 4, .max] as [UInt64] {
      #expect(
        refusal { $0.sequence = sequence } == .notNext(writer: own, sequence: sequence, expected: 3)
      )
    }
  }

  @Test("a change on what is not held is refused")
  func missing() {
    #expect(
      refusal { $0.dependencies = [.init(writer: other, count: 6)] }
        == .missingDependency(writer: own, needs: other, sequence: 6))
    #expect(
      refusal { $0.dependencies = [.init(writer: .numbered(9), count: 1)] }
        == .missingDependency(writer: own, needs: .numbered(9), sequence: 1))
    #expect(
      refusal { $0.dependencies = [.init(writer: other, count: .max)] }
        == .missingDependency(writer: own, needs: other, sequence: .max))
  }

  @Test("a dependency that says nothing new, or names the writer itself, is refused")
  func stale() {
    for count in [0, 1, 2] as [UInt64] {
      #expect(
        refusal { $0.dependencies = [.init(writer: other, count: count)] }
          == .staleDependency(writer: own, on: other))
    }
    #expect(
      refusal { $0.dependencies = [.init(writer: own, count: 2)] }
        == .staleDependency(writer: own, on: own))
  }

  @Test("a Lamport number must be just one more than the greatest seen")
  func lamport() {
    for number in [0, 7, 9, .max] as [UInt64] {
      #expect(
        refusal { $0.lamport = number }
          == .badLamport(writer: own, sequence: 3, is: number, expected: 8))
    }
    // A dependency with a smaller one changes nothing.
    #expect(
      refusal {
        $0.dependencies = [.init(writer: third, count: 1)]
        $0.lamport = 4
      } == .badLamport(writer: own, sequence: 3, is: 4, expected: 8))
  }

  @Test("a change without ops, and an op that does nothing, are refused")
  func empty() {
    #expect(refusal { $0.operations = [] } == .empty(writer: own, sequence: 3))
    #expect(
      refusal { $0.operations.append(Operation(.article, .tag, value: nil)) }
        == .empty(writer: own, sequence: 3))
    #expect(
      refusal {
        $0.operations = [Operation](
          repeating: $0.operations[0], count: ChangeLimits.operationsMax + 1)
      } == .beyondLimit(what: "ops", value: 10_001, limit: 10_000, offset: 0))
  }

  @Test("an op may take out what the writer had seen, and nothing else")
  func unseen() {
    let seen = [dot(other, 1), dot(other, 2, 99), dot(own, 1), dot(own, 2, .max), dot(own, 3, 0)]
    for each in seen {
      #expect(
        refusal { $0.operations.append(Operation(.article, .tag, removes: [each], value: nil)) }
          == nil)
    }
    let unseen = [
      dot(other, 0), dot(other, 3), dot(third, 1), dot(.numbered(9), 1), dot(own, 0), dot(own, 4),
      dot(own, 3, 1), dot(own, 3, 2), dot(own, .max),
    ]
    for each in unseen {
      #expect(
        refusal { $0.operations.append(Operation(.article, .tag, removes: [each], value: nil)) }
          == .unseenDot(each))
      #expect(
        refusal { $0.operations.append(Operation(.article, .deletion, value: .dots([each]))) }
          == .unseenDot(each))
      #expect(
        refusal {
          let edit = Value.edit([TextPatch(position: 0, deleted: 0, inserted: "x")])
          $0.operations.append(Operation(.article, .text, removes: [each], value: edit))
        } == .unseenDot(each))
    }
  }

  @Test("what the change depends on counts as seen in it")
  func seenByDependency() {
    #expect(
      refusal {
        $0.dependencies = [.init(writer: third, count: 1)]
        $0.operations = [Operation(.article, .tag, removes: [dot(third, 1)], value: nil)]
      } == nil)
  }

  @Test("notes take edits alone, deletions dots alone, and nothing else takes edits")
  func malformed() {
    let edit = Value.edit([TextPatch(position: 0, deleted: 0, inserted: "x")])
    for (field, value, what) in [
      (.text, .text("x"), "a note's text that is not an edit"),
      (.text, .opaque(tag: 16, bytes: []), "a note's text that is not an edit"),
      (.deletion, .text("x"), "a deletion without the dots it had seen"),
      (.deletion, edit, "a deletion without the dots it had seen"),
      (.title, edit, "an edit of what is not text"),
      (.tag, edit, "an edit of what is not text"),
      (Field(code: 77), edit, "an edit of what is not text"),
    ] as [(Field, Value, String)] {
      #expect(
        refusal { $0.operations = [Operation(.article, field, value: value)] }
          == .malformed(what: what, offset: 0))
    }
    #expect(
      refusal { $0.operations = [Operation(.article, .text, removes: [dot(own, 1)], value: nil)] }
        == .malformed(what: "a note's text that is not an edit", offset: 0))
  }

  @Test("an unknown op is let in, whatever it says")
  func unknown() {
    #expect(
      refusal {
        $0.operations = [
          Operation(entity: .future, action: .unknown(code: .max, bytes: [0, 1, 2]))
        ]
      } == nil)
  }
}
