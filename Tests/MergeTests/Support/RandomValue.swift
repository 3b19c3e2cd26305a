// SPDX-License-Identifier: MIT

import Merge
import TestSupport

/// Values, ops and changes of every form that has an encoding, sensible or not.
enum RandomValue {
  static let texts = [
    "", "a", "é", "e\u{301}", "हिन्दी", "नमस्ते दुनिया", "👩‍👩‍👧", "\u{0}", "\u{10FFFF}", "“quoted”", "line\nline",
  ]
  static let numbers: [UInt64] = [
    0, 1, 127, 128, 16_383, 16_384, 1 << 32, 1 << 56, (1 << 63) - 1, 1 << 63, .max,
  ]

  /// A value without dots and edits: what any field may hold.
  static func flat(_ generator: inout SeededGenerator) -> Value {
    switch generator.below(6) {
    case 0: .integer(Int64(generator.below(3)))
    case 1: .bytes([0, 255])
    case 2: .entity(generator.pick([.article, .annotation]))
    case 3: .record([.init(key: 1, value: .text("x")), .init(key: 9, value: .integer(-1))])
    case 4: .opaque(tag: 16 + UInt64(generator.below(3)), bytes: [1])
    default: .text(generator.pick(texts))
    }
  }

  /// A value of any type; records go down to the limit.
  static func any(_ generator: inout SeededGenerator, depth: Int = 0) -> Value {
    switch generator.below(depth < ChangeLimits.depthMax ? 9 : 8) {
    case 0: .text(generator.pick(texts))
    case 1: .integer(Int64(bitPattern: number(&generator)))
    case 2: .bytes((0..<generator.below(40)).map { UInt8($0) })
    case 3: .entity(entity(&generator))
    case 4: .dots((0..<generator.below(4)).map { _ in dot(&generator) })
    case 5: .edit((0..<generator.below(4)).map { _ in patch(&generator) })
    case 6: .opaque(tag: max(16, number(&generator)), bytes: [UInt8](repeating: 7, count: 3))
    case 7: .text(String(repeating: "long ", count: generator.below(60)))
    default: .record(members(&generator, depth: depth))
    }
  }

  static func members(_ generator: inout SeededGenerator, depth: Int) -> [Value.Member] {
    Set((0..<generator.below(4)).map { _ in number(&generator) }).sorted()
      .map { Value.Member(key: $0, value: any(&generator, depth: depth + 1)) }
  }

  static func number(_ generator: inout SeededGenerator) -> UInt64 {
    generator.once(in: 3)
      ? generator.next() >> UInt64(generator.below(64)) : generator.pick(numbers)
  }

  static func writer(_ generator: inout SeededGenerator) -> WriterID {
    .numbered(UInt64(generator.below(5)))
  }

  static func dot(_ generator: inout SeededGenerator) -> Dot {
    Dot(
      writer: writer(&generator), sequence: number(&generator),
      index: generator.pick([0, 1, 127, 128, .max]))
  }

  static func entity(_ generator: inout SeededGenerator) -> EntityID {
    generator.once(in: 2)
      ? generator.pick([.article, .annotation, .tag, .future])
      : EntityID(kind: EntityKind(code: number(&generator)), raw: generator.bytes16())
  }

  static func patch(_ generator: inout SeededGenerator) -> TextPatch {
    TextPatch(
      position: generator.pick([0, 1, 1000, Int(Int32.max)]),
      deleted: generator.pick([0, 1, Int(Int32.max)]), inserted: generator.pick(texts))
  }

  static func operation(_ generator: inout SeededGenerator) -> Operation {
    let entity = entity(&generator)
    let field = Field(
      code: generator.pick([0, 2, 11, 14, 15, 30, 31, 32, 300, ChangeLimits.fieldMax]))
    let removes = (0..<generator.below(4)).map { _ in dot(&generator) }
    switch generator.below(5) {
    case 0:
      return Operation(
        entity: entity,
        action: .unknown(code: number(&generator), bytes: [UInt8](repeating: 9, count: 5)))
    case 1 where !removes.isEmpty:
      return Operation(entity, field, removes: removes, value: nil)
    default: return Operation(entity, field, removes: removes, value: any(&generator))
    }
  }

  /// A change that no writer need have written, but that has an encoding.
  static func change(_ generator: inout SeededGenerator) -> Change {
    var change = Change(
      writer: writer(&generator), sequence: number(&generator), lamport: number(&generator),
      time: Int64(bitPattern: number(&generator)), notes: members(&generator, depth: 0),
      operations: [])
    let others = Set((0..<generator.below(4)).map { _ in writer(&generator) })
      .subtracting([change.writer]).sorted()
    change.dependencies = others.map {
      Dependency(writer: $0, count: max(1, number(&generator)), hash: generator.next())
    }
    for _ in 0..<generator.below(6) + 1 {
      var operation = operation(&generator)
      // The entity of the op before is not written again: that needs trying too.
      if let last = change.operations.last, generator.once(in: 2) { operation.entity = last.entity }
      change.operations.append(operation)
    }
    return change
  }
}
