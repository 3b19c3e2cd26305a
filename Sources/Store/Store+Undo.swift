// SPDX-License-Identifier: MIT

import GRDB
public import Merge

/// What an undo did.
public struct Undone: Hashable, Sendable {
  /// The change that was undone.
  public var name: ChangeName
  /// What the user had done in it.
  public var action: String
  /// What it had spoken of.
  public var entities: [EntityID]
  /// Fields that were left alone, since somebody has written them again.
  public var skipped: [Field]
}

extension Store {
  /// Takes back one of this machine's own changes, else its latest that isn't undone yet, by a new
  /// change. What others did since stays.
  public func undo(_ name: ChangeName? = nil) throws -> Undone {
    try write { transaction in
      let writer = try writer(transaction)
      let sequence = try name?.sequence ?? transaction.latestUndoable(of: writer)
      if let name, name.writer != writer {
        throw StoreError(
          .notAllowed, "this change was made on another machine; only its own can be undone here")
      }
      guard let change = try transaction.change(sequence, of: writer) else {
        throw StoreError(.notFound, "this machine has made no change \(sequence)")
      }
      guard change.isUndoable else {
        throw StoreError(
          .notAllowed, "letting a machine in or out is not undone; pair it again, or remove it")
      }
      guard try !transaction.isUndone(sequence, of: writer) else {
        throw StoreError(.ambiguous, "this change is undone already; undo that undo to redo it")
      }
      let last = try transaction.lastDoing(sequence, of: writer)
      let done = last == sequence ? change : try transaction.change(last, of: writer) ?? change
      let edit = try Edit(transaction, writer: writer, action: "undo", undoes: done.sequence)
      let skipped = try edit.undo(done)
      guard !edit.isEmpty else {
        throw StoreError(
          .ambiguous, "nothing of this change is left to undo: others have written over it since")
      }
      try edit.commit()
      let entry = try LogEntry(change, device: "")
      return Undone(
        name: entry.name, action: entry.action, entities: entry.entities, skipped: skipped)
    }
  }
}

extension WriteTransaction {
  /// The newest change of `writer` that is neither an undo nor undone.
  fileprivate func latestUndoable(of writer: WriterID) throws -> UInt64 {
    var latest: UInt64?
    try eachChange(of: writer) { change, isUndone in
      if change.undoes == nil && !isUndone && change.isUndoable { latest = change.sequence }
      return latest == nil
    }
    guard let latest else {
      throw StoreError(.notFound, "this machine has nothing left to undo")
    }
    return latest
  }

  /// Whether the change was taken back, by an undo that wasn't taken back itself.
  fileprivate func isUndone(_ sequence: UInt64, of writer: WriterID) throws -> Bool {
    var found = false
    try eachChange(of: writer) { change, isUndone in
      if change.sequence == sequence { found = isUndone }
      return change.sequence > sequence
    }
    return found
  }

  /// The change by which now stands what the one named did, which isn't undone: itself, or the last
  /// undo of an undo that did it again. Values and letters that were put in again are that one's.
  fileprivate func lastDoing(_ sequence: UInt64, of writer: WriterID) throws -> UInt64 {
    var undos: [UInt64: UInt64] = [:]
    try eachChange(of: writer) { change, _ in
      if let undone = change.undoes, undos[undone] == nil { undos[undone] = change.sequence }
      return change.sequence > sequence
    }
    var last = sequence
    while let undo = undos[last], let redo = undos[undo] { last = redo }
    return last
  }

  /// The writer's change of that number; nil when there is none.
  fileprivate func change(_ sequence: UInt64, of writer: WriterID) throws -> Change? {
    let ordinal = writers.ordinal(of: writer)
    return try ChangeLog.change(db, key: ChangeLog.key(ordinal, sequence), writers: writers)
  }

  /// Hands out the writer's changes, the newest first, with whether each is undone now, until
  /// `body` answers false.
  private func eachChange(
    of writer: WriterID, _ body: (Change, _ isUndone: Bool) throws -> Bool
  ) throws {
    let ordinal = writers.ordinal(of: writer)
    var undone: Set<UInt64> = []
    var sequence = writers.head(ordinal).sequence
    while sequence > 0, let change = try change(sequence, of: writer) {
      let isUndone = undone.contains(sequence)
      if let earlier = change.undoes, !isUndone { undone.insert(earlier) }
      guard try body(change, isUndone) else { return }
      sequence -= 1
    }
  }

  /// The value that an op put in; nil when it put none in.
  fileprivate func value(of dot: Dot) throws -> Value? {
    guard let change = try change(dot.sequence, of: dot.writer),
      Int(dot.index) < change.operations.count,
      case .assign(_, _, let value) = change.operations[Int(dot.index)].action
    else { return nil }
    return value
  }
}

extension Change {
  /// The number of the writer's change that this one takes back; nil when it is no undo.
  fileprivate var undoes: UInt64? {
    let note = notes.first { $0.key == ChangeNote.undoes }
    return note?.value.integer.map { UInt64(clamping: $0) }
  }

  /// Whether it says something about the library, and not only about the machines that share it.
  fileprivate var isUndoable: Bool {
    operations.contains { $0.entity.kind != .writer && $0.entity.kind != .device }
  }
}

extension Edit {
  /// Records what takes `change` back; returns the fields that somebody has written again since.
  fileprivate func undo(_ change: Change) throws -> [Field] {
    var skipped: [Field] = []
    var deleted: Set<EntityID> = []
    for (index, operation) in change.operations.enumerated().reversed() {
      let entity = operation.entity
      guard entity.kind != .writer, entity.kind != .device, !deleted.contains(entity),
        case .assign(let field, let removes, let value) = operation.action
      else { continue }
      if try transaction.isBirth(of: entity, change) {
        // The change made the thing itself: taking it back deletes it, with all it has.
        deleted.insert(entity)
        let state = try state(of: entity)
        if state.exists && !state.isDeleted { try append(state.deletion(of: entity)) }
        continue
      }
      let done = try undo(
        field, of: entity, dot: change.dot(index), removes: removes, value: value)
      if !done { skipped.append(field) }
    }
    return skipped
  }

  /// Takes one op back; false when somebody has written over it.
  private func undo(
    _ field: Field, of entity: EntityID, dot: Dot, removes: [Dot], value: Value?
  ) throws -> Bool {
    let state = try state(of: entity)
    if case .edit? = value {
      let patches = try transaction.inverse(of: dot, entity: entity, field: field)
      try edit(entity, patches: patches)
      return !patches.isEmpty
    }
    if field == .deletion {
      if value != nil {
        guard let restoration = state.restoration(of: entity) else { return false }
        try append(restoration)
      } else {
        if state.isDeleted { return false }
        try append(state.deletion(of: entity))
      }
      return true
    }
    let isLive = state.entries(of: field).contains { $0.dot == dot }
    if value != nil && !isLive { return false }
    if value == nil && field.semantics == .register && !state.entries(of: field).isEmpty {
      return false
    }
    let former = try removes.compactMap { try transaction.value(of: $0) }
      .filter { old in !state.entries(of: field).contains { $0.value == old } }
    let gone = value == nil ? [] : [dot]
    if let last = former.last {
      for old in former.dropLast() { try append(Operation(entity, field, value: old)) }
      try append(Operation(entity, field, removes: gone, value: last))
    } else if !gone.isEmpty {
      try append(Operation(entity, field, removes: gone, value: nil))
    } else {
      return false
    }
    return true
  }
}

extension WriteTransaction {
  /// Whether the change is the first that speaks of the article or annotation.
  fileprivate func isBirth(of entity: EntityID, _ change: Change) throws -> Bool {
    guard entity.kind == .article || entity.kind == .annotation else { return false }
    let key = ChangeLog.key(writers.ordinal(of: change.writer), change.sequence)
    return try cached(entity).first == key
  }
}
