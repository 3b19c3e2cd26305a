// SPDX-License-Identifier: MIT

import Merge

/// A store in memory: what the store's write path does with changes, without its database.
struct Replica {
  /// Under which name it writes.
  let writer: WriterID
  private(set) var states: [EntityID: EntityState] = [:]
  private(set) var heads: [WriterID: WriterHead] = [:]
  private(set) var held = VersionVector()
  /// Of each writer its changes, in order.
  private(set) var log: [WriterID: [Change]] = [:]

  init(_ writer: WriterID) { self.writer = writer }

  func state(of entity: EntityID) -> EntityState { states[entity] ?? EntityState() }

  /// Merges one change; false when it was held already. Throws, and changes nothing, when the
  /// change may not follow what is held.
  @discardableResult
  mutating func receive(_ change: Change) throws(MergeError) -> Bool {
    if change.sequence <= held[change.writer] { return false }
    let log = log
    let next = try (heads[change.writer] ?? WriterHead()).admitting(change, held: held) {
      writer, sequence in log[writer]?[Int(sequence) - 1].lamport
    }
    heads[change.writer] = next
    held.advance(change.writer, to: next.sequence)
    self.log[change.writer, default: []].append(change)
    for (index, operation) in change.operations.enumerated() {
      apply(operation, dot: change.dot(index), time: change.time)
    }
    return true
  }

  private mutating func apply(_ operation: Operation, dot: Dot, time: Int64) {
    var state = state(of: operation.entity)
    if case .assign(let field, let removes, let value) = operation.action {
      if case .edit? = value {
        state.advanceHeads(field: field, parents: removes, dot: dot, time: time)
      } else {
        state.apply(field: field, removes: removes, value: value, dot: dot, time: time)
      }
    }
    states[operation.entity] = state
  }

  /// The change that these ops make, written on all that is held; not merged yet.
  func change(_ operations: [Operation], time: Int64) -> Change {
    let head = heads[writer] ?? WriterHead()
    let dependencies = held.entries.filter {
      $0.writer != writer && $0.count > head.context[$0.writer]
    }.map { Dependency(writer: $0.writer, count: $0.count) }
    let lamport = heads.values.reduce(0) { max($0, $1.lamport) } + 1
    return Change(
      writer: writer, sequence: head.sequence + 1, lamport: lamport, dependencies: dependencies,
      time: time, operations: operations)
  }

  /// Writes a change: what a person does on this machine.
  @discardableResult
  mutating func write(_ operations: [Operation], time: Int64 = 0) throws(MergeError) -> Change {
    let change = change(operations, time: time)
    try receive(change)
    return change
  }

  /// What `version` lacks, in Lamport order.
  func changes(missingFrom version: VersionVector) -> [Change] {
    log.values.flatMap { $0 }.filter { $0.sequence > version[$0.writer] }
      .sorted { $0.lamport != $1.lamport ? $0.lamport < $1.lamport : $0.writer < $1.writer }
  }

  /// Takes from `other` what is missing here, or only the first `count` changes of it.
  mutating func pull(_ other: Replica, count: Int = .max) throws(MergeError) {
    for change in other.changes(missingFrom: held).prefix(count) { try receive(change) }
  }

  /// All that is merged, as bytes: two strings that Swift calls equal may differ in them.
  var bytes: [UInt8] {
    var writers = WriterTable(held.entries.map(\.writer))
    var out: [UInt8] = []
    for (entity, state) in states.sorted(by: { $0.key < $1.key }) {
      entity.raw.append(to: &out)
      out += EntityStateCodec.encode(state, writers: &writers)
    }
    return out
  }
}

/// Names that are easy to tell apart in a failure.
extension WriterID {
  static func numbered(_ number: UInt64) -> WriterID { WriterID(Bytes16(high: 0, low: number)) }
}

extension Dependency {
  /// A dependency whose hash nobody looks at: this module does not hash.
  init(writer: WriterID, count: UInt64) { self.init(writer: writer, count: count, hash: 0) }

  /// What it says but for the hash.
  var entry: VersionVector.Entry { .init(writer: writer, count: count) }
}

extension EntityID {
  static let article = EntityID(kind: .article, raw: Bytes16(high: 0xA, low: 1))
  static let annotation = EntityID(kind: .annotation, raw: Bytes16(high: 0xA, low: 2))
  static let tag = EntityID(kind: .tag, raw: Bytes16(high: 0xA, low: 3))
  static let future = EntityID(kind: EntityKind(code: 77), raw: Bytes16(high: 0xA, low: 4))
}
