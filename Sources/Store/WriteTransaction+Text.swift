// SPDX-License-Identifier: MIT

import GRDB
import Merge

extension WriteTransaction {
  /// Merges one edit of an entity's text.
  ///
  /// An edit made on the heads that the text stands at is applied to the text as it is. Only one
  /// that was made apart needs the note's history, which is then read from the log and kept until
  /// the transaction ends.
  func mergeText(
    _ slot: Int, field: Field, _ operation: TextOperation, time: Int64
  ) throws {
    let heads = entities.slots[slot].state.dots(of: field)
    if entities.slots[slot].buffer == nil {
      entities.update(slot) { $0.buffer = TextBuffer($0.state.text ?? "") }
    }
    let isNext = heads == operation.parents.sorted()
    if !isNext && entities.slots[slot].history == nil {
      let history = try history(of: slot, field: field, before: operation.dot)
      entities.update(slot) { $0.history = history }
    }
    do throws(TextError) {
      try entities.update(slot) { (entity: inout CachedEntity) throws(TextError) in
        var buffer = entity.buffer ?? TextBuffer()
        entity.buffer = nil
        if var history = entity.history {
          entity.history = nil
          _ = try history.merge(operation, into: &buffer)
          entity.history = history
        } else {
          try buffer.fastForward(operation)
        }
        entity.buffer = buffer
      }
    } catch {
      throw MergeError.text(error, operation.dot)
    }
    entities.update(slot) { entity in
      entity.state.advanceHeads(
        field: field, parents: operation.parents, dot: operation.dot, time: time)
      entity.isDirty = true
    }
  }

  /// Writes the words of a text that was edited in this transaction into its entity's state.
  func settleText(_ slot: Int) {
    entities.update(slot) { entity in
      if let buffer = entity.buffer { entity.state.text = buffer.string }
      entity.buffer = nil
    }
  }

  /// The patches that take one edit back and leave all others.
  func inverse(of dot: Dot, entity: EntityID, field: Field) throws -> [TextPatch] {
    let history = try history(of: try slot(of: entity), field: field, before: nil)
    return try history.inverse(of: dot)
  }

  /// The history of an entity's text from the log, up to the op `before`.
  func history(of slot: Int, field: Field, before: Dot?) throws -> TextHistory {
    let entity = entities.slots[slot]
    let operations = try TextLog.operations(
      db, entity: entity.id, ordinal: entity.ordinal, first: entity.first, field: field,
      writers: writers.table)
    var history = TextHistory()
    for operation in operations where operation.dot != before {
      try history.append(operation)
    }
    return history
  }
}

extension ReadTransaction {
  /// The history of an entity's text, from the log.
  func history(of id: EntityID, field: Field) throws -> TextHistory {
    var history = TextHistory()
    guard
      let row = try db.first(
        "SELECT ordinal, first FROM entity WHERE id = ? AND kind = ?",
        [id.raw.bytes.blob, Int64(bitPattern: id.kind.code).databaseValue])
    else { return history }
    let operations = try TextLog.operations(
      db, entity: id, ordinal: row[0], first: row[1], field: field, writers: writers.table)
    for operation in operations { try history.append(operation) }
    return history
  }
}

/// The edits of one text, as they stand in the log.
enum TextLog {
  /// All of them, in causal order.
  static func operations(
    _ db: Database, entity: EntityID, ordinal: Int64, first: Int64, field: Field,
    writers: WriterTable
  ) throws -> [TextOperation] {
    var operations: [TextOperation] = []
    for key in try History.keys(db, entity: ordinal, first: first).reversed() {
      guard let change = try ChangeLog.change(db, key: key, writers: writers) else { continue }
      for (index, operation) in change.operations.enumerated() where operation.entity == entity {
        if case .assign(field, let removes, .edit(let patches)?) = operation.action {
          operations.append(
            TextOperation(dot: change.dot(index), parents: removes.sorted(), patches: patches))
        }
      }
    }
    return operations
  }
}
