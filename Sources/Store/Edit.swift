// SPDX-License-Identifier: MIT

import GRDB
import Merge

/// What a person is doing, as it becomes one change (or several, when it is larger than one may
/// be).
///
/// Every method looks at the merged state first and records what it saw, so that whoever has not
/// seen it can tell. Nothing is applied before `commit`, which takes the same path as a change
/// from elsewhere.
final class Edit {
  let transaction: WriteTransaction
  private let writer: WriterID
  private let action: String
  private let undoes: UInt64?
  private let time: Int64
  private var operations: [Operation] = []
  private var estimatedBytes = 0
  /// The states that this edit's own ops, not merged yet, lead to.
  private var overlay: [EntityID: EntityState] = [:]
  /// The entity of the last op, whose state is taken out of `overlay` while ops of it follow.
  private var latest: (entity: EntityID, state: EntityState)?
  /// The number of the change that `operations` will be; nil until there are any.
  private var sequence: UInt64?
  /// Where the first op of this edit went; nil before `commit`.
  private(set) var firstSequence: UInt64?

  /// Begins an edit; `action` is the word that `log` shows.
  init(
    _ transaction: WriteTransaction, writer: WriterID, action: String, undoes: UInt64? = nil
  ) throws {
    self.transaction = transaction
    self.writer = writer
    self.action = action
    self.undoes = undoes
    time = transaction.environment.now()
    try nameDevice()
  }

  /// Whether anything would change.
  var isEmpty: Bool { operations.isEmpty }

  /// The merged state of an entity with this edit's own ops on top, but for the words of a text.
  func state(of entity: EntityID) throws -> EntityState {
    if let latest, latest.entity == entity { return latest.state }
    return try overlay[entity] ?? transaction.state(of: entity)
  }

  /// Writes a register, replacing every value that is seen.
  func set(_ field: Field, of entity: EntityID, to value: Value?) throws {
    let state = try state(of: entity)
    let present = state.entries(of: field)
    if present.count <= 1, present.first?.value == value { return }
    try append(Operation(entity, field, removes: present.map(\.dot), value: value))
  }

  /// Adds a value to a set; one that is there already stays as it is.
  func insert(_ value: Value, in field: Field, of entity: EntityID) throws {
    let state = try state(of: entity)
    if state.entries(of: field).contains(where: { $0.value == value }) { return }
    try append(Operation(entity, field, value: value))
  }

  /// Takes a value out of a set; false when it wasn't there.
  @discardableResult
  func remove(_ value: Value, from field: Field, of entity: EntityID) throws -> Bool {
    let state = try state(of: entity)
    let dots = state.entries(of: field).filter { $0.value == value }.map(\.dot)
    if dots.isEmpty { return false }
    try append(Operation(entity, field, removes: dots, value: nil))
    return true
  }

  /// Edits a text, made on its present heads.
  func edit(_ entity: EntityID, patches: [TextPatch]) throws {
    if patches.isEmpty { return }
    let heads = try state(of: entity).dots(of: .text)
    try append(Operation(entity, .text, removes: heads, value: .edit(patches)))
  }

  /// Appends an op as it is; the edit is cut into changes where one would grow too large.
  func append(_ operation: Operation) throws {
    estimatedBytes += operation.estimatedBytes
    if latest?.entity != operation.entity {
      let state = try state(of: operation.entity)
      if let latest { overlay[latest.entity] = latest.state }
      latest = (operation.entity, state)
      overlay[operation.entity] = nil
    }
    let dot = Dot(writer: writer, sequence: nextSequence(), index: UInt32(operations.count))
    // In place: a copy for each op would cost more than the op.
    latest?.state.preview(operation, dot: dot, time: time)
    operations.append(operation)
  }

  private func nextSequence() -> UInt64 {
    if let sequence { return sequence }
    let ordinal = transaction.writers.ordinal(of: writer)
    let next = transaction.writers.head(ordinal).sequence + 1
    sequence = next
    return next
  }

  /// Ends the change here if it is nearly as large as one may be: between records of an import.
  func splitIfLarge() throws {
    if operations.count >= ChangeLimits.operationsMax - 1_000
      || estimatedBytes >= ChangeLimits.bytesMax / 2
    {
      try commit()
    }
  }

  /// Logs and merges what was gathered. Does nothing when nothing was.
  func commit() throws {
    if operations.isEmpty { return }
    let registry = transaction.writers
    let ordinal = transaction.writers.ordinal(of: writer)
    let head = transaction.writers.head(ordinal)
    let seen = registry.all.filter { $0.writer != writer && $0.head.sequence > 0 }
    // Whoever has seen a branch of a forked history has seen what it begins at.
    let ends = registry.all.enumerated().filter { registry.isLeaf($0.offset) }.map(\.element)
    let dependencies = ends.filter { $0.writer != writer && $0.head.sequence > 0 }
      .filter { $0.head.sequence > head.context[$0.writer] }
      .map {
        Dependency(
          writer: $0.writer, count: $0.head.sequence, hash: Chain.prefix($0.head.hash))
      }
      .sorted { $0.writer < $1.writer }
    let lamport = seen.reduce(head.lamport) { max($0, $1.head.lamport) } + 1
    var notes: [Value.Member] = [.init(key: ChangeNote.action, value: .text(action))]
    if let undoes { notes.append(.init(key: ChangeNote.undoes, value: .integer(Int64(undoes)))) }
    let change = Change(
      writer: writer, sequence: head.sequence + 1, lamport: lamport, dependencies: dependencies,
      time: time, notes: notes, operations: operations)
    let body = ChangeCodec.encode(change)
    guard body.count <= ChangeLimits.bytesMax else {
      throw StoreError(
        .badInput,
        "this is too much for one change: \(body.count) bytes, and at most "
          + "\(ChangeLimits.bytesMax) may be; split it")
    }
    operations = []
    overlay = [:]
    latest = nil
    sequence = nil
    estimatedBytes = 0
    if firstSequence == nil { firstSequence = change.sequence }
    try transaction.append(change, body: body, to: ordinal)
    let written = transaction.writers.head(ordinal)
    transaction.ownMark = .init(sequence: written.sequence, hash: written.hash)
  }

  /// Says what people call this machine, once, and again when that changed.
  private func nameDevice() throws {
    let entity = EntityID(kind: .writer, raw: writer.raw)
    try set(.name, of: entity, to: .text(transaction.environment.deviceName))
  }
}

extension Operation {
  /// About how many bytes the op takes: enough to cut changes well below their bound.
  fileprivate var estimatedBytes: Int {
    guard case .assign(_, let removes, let value) = action else { return 64 }
    return 24 + removes.count * 8 + (value?.estimatedBytes ?? 0)
  }
}

extension Value {
  fileprivate var estimatedBytes: Int {
    switch self {
    case .text(let text): text.utf8.count + 4
    case .integer: 10
    case .bytes(let bytes): bytes.count + 4
    case .entity: 20
    case .record(let members): members.reduce(4) { $0 + $1.value.estimatedBytes + 2 }
    case .dots(let dots): dots.count * 8
    case .edit(let patches): patches.reduce(4) { $0 + $1.inserted.utf8.count + 8 }
    case .opaque(_, let bytes): bytes.count + 8
    }
  }
}
