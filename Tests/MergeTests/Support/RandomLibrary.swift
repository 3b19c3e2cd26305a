// SPDX-License-Identifier: MIT

import Merge
import TestSupport
import Testing

/// What a random library speaks about: one kind of field at a time, or all.
enum Subject: String, CaseIterable, CustomTestStringConvertible {
  case register, set, deletion, text, alias, unknownField, unknownOp, everything

  var testDescription: String { rawValue }

  /// The field that the next op is about.
  func field(_ generator: inout SeededGenerator) -> Field {
    switch self {
    case .register: generator.pick([.title, .color, .readState, .target, .created])
    case .set: generator.pick([.tag, .revision])
    case .deletion: .deletion
    case .text: .text
    case .alias: generator.pick([.alias, .name])
    case .unknownField, .unknownOp:
      generator.pick([15, 30, 31, 500, ChangeLimits.fieldMax].map { Field(code: $0) })
    case .everything: generator.pick(Field.known + [Field(code: 16), Field(code: 500)])
    }
  }
}

/// Several writers who change one small library, now and then hear of one another, and have clocks
/// that agree on nothing.
struct RandomLibrary {
  var replicas: [Replica]
  /// All changes, in the order in which they were written.
  private(set) var changes: [Change] = []
  private let subject: Subject

  init(_ subject: Subject, steps: Int, _ generator: inout SeededGenerator) throws {
    self.subject = subject
    replicas = (0..<generator.below(4) + 2).map { _ in
      Replica(WriterID(generator.bytes16()))
    }
    for _ in 0..<steps { try step(&generator) }
  }

  /// One replica hears of another, or writes a change.
  mutating func step(_ generator: inout SeededGenerator) throws {
    let place = generator.below(replicas.count)
    if generator.below(5) < 2 {
      let count = generator.once(in: 3) ? generator.below(4) : .max
      try replicas[place].pull(replicas[generator.below(replicas.count)], count: count)
    } else {
      try write(at: place, &generator)
    }
  }

  /// One replica writes a change, each op made on what those before it left.
  mutating func write(at place: Int, _ generator: inout SeededGenerator) throws {
    var overlay: [EntityID: EntityState] = [:]
    var operations: [Operation] = []
    let next = replicas[place].change([], time: 0)
    let time = generator.once(in: 20) ? generator.pick([.min, .max]) : Int64(generator.below(4))
    for _ in 0..<generator.below(4) + 1 {
      let entity = generator.pick([EntityID.article, .annotation, .tag, .future])
      var state = overlay[entity] ?? replicas[place].state(of: entity)
      let operation = operation(on: entity, state, &generator)
      state.preview(operation, dot: next.dot(operations.count), time: time)
      overlay[entity] = state
      operations.append(operation)
    }
    changes.append(try replicas[place].write(operations, time: time))
    for (entity, state) in overlay where replicas[place].state(of: entity) != state {
      throw LawBroken(description: "the preview of \(operations) is not what came of it")
    }
  }

  private func operation(
    on entity: EntityID, _ state: EntityState, _ generator: inout SeededGenerator
  ) -> Operation {
    if subject == .unknownOp || subject == .everything && generator.once(in: 12) {
      return Operation(
        entity: entity, action: .unknown(code: generator.next() >> 40, bytes: [1, 2, 3]))
    }
    // Deletions are only of interest where there is something to delete.
    let field =
      subject == .deletion && generator.once(in: 2) ? Field.title : subject.field(&generator)
    var removes = removed(from: field, state, &generator)
    var value: Value? = RandomValue.flat(&generator)
    switch field.semantics {
    case .text:
      value = .edit([TextPatch(position: 0, deleted: 0, inserted: "x")])
    case .deletion:
      if generator.once(in: 3) {
        if let restoration = state.restoration(of: entity) { return restoration }
      }
      if !generator.once(in: 4) { return state.deletion(of: entity) }
      value = .dots(state.entries.map(\.dot).filter { _ in generator.once(in: 2) })
    case .set where generator.once(in: 2):
      // A name that is there already goes, or comes again.
      guard let present = state.entries(of: field).randomElement(using: &generator) else { break }
      removes = state.entries(of: field).filter { $0.value == present.value }.map(\.dot)
      value = generator.once(in: 3) ? present.value : nil
    case .set:
      removes = []
      value = .text(generator.pick(["news", "news/asia", "e\u{301}", "é"]))
    case .register:
      if !removes.isEmpty && generator.once(in: 6) { value = nil }
    }
    return Operation(entity, field, removes: removes, value: value)
  }

  /// Mostly all that is seen, as a write should; now and then only some, as a write may.
  private func removed(
    from field: Field, _ state: EntityState, _ generator: inout SeededGenerator
  ) -> [Dot] {
    let seen = state.dots(of: field)
    switch generator.below(8) {
    case 0: return []
    case 1: return seen.filter { _ in generator.once(in: 2) }.reversed()
    case 2: return seen + seen
    default: return seen
    }
  }
}

extension [Change] {
  /// The same changes in another order that the world might have delivered them in: each after all
  /// that it was written on.
  func shuffledCausally(_ generator: inout SeededGenerator) -> [Change] {
    var waiting: [WriterID: [Change]] = Dictionary(grouping: self, by: \.writer)
    for writer in waiting.keys { waiting[writer]?.sort { $0.sequence > $1.sequence } }
    var held = VersionVector()
    var order: [Change] = []
    while order.count < count {
      let ready = waiting.values.compactMap(\.last)
        .filter { held.covers(VersionVector($0.dependencies.map(\.entry))) }
        .sorted { $0.writer < $1.writer }
      guard !ready.isEmpty else { return order }
      let next = generator.pick(ready)
      waiting[next.writer]?.removeLast()
      held.advance(next.writer, to: next.sequence)
      order.append(next)
    }
    return order
  }
}
