// SPDX-License-Identifier: MIT

import GRDB
import Merge

extension WriteTransaction {
  /// Merges one edit of an entity's text.
  ///
  /// An edit made on the heads that the text stands at is applied to the text as it is. Only one
  /// that was made apart needs the note's history, which is then read from the log and kept until
  /// the transaction writes out. A second beginning may change which op stands for which: then the
  /// text is made anew.
  func mergeText(
    _ slot: Int, field: Field, _ operation: TextOperation, time: Int64
  ) throws {
    let heads = entities.slots[slot].state.dots(of: field)
    if heads.isEmpty, entities.slots[slot].text == nil, entities.slots[slot].state.text == nil,
      let text = TextBuffer.beginning(operation)
    {
      entities.update(slot) { entity in
        entity.state.text = text
        entity.state.advanceHeads(field: field, parents: [], dot: operation.dot, time: time)
        entity.isDirty = true
      }
      return
    }
    let operation = TextOperation(
      dot: operation.dot, parents: operation.parents.sorted(), patches: operation.patches)
    do {
      if heads == operation.parents {
        entities.update(slot) { entity in
          if entity.text == nil { entity.text = .words(TextBuffer(entity.state.text ?? "")) }
        }
        try entities.update(slot) { try $0.text?.merge(operation) }
      } else if operation.parents.isEmpty {
        try beginAgain(slot, field, operation)
      } else {
        try mergeApart(slot, field, operation)
      }
    } catch let error as TextError {
      throw MergeError.text(error, operation.dot)
    }
    entities.update(slot) { entity in
      entity.state.advanceHeads(
        field: field, parents: operation.parents, dot: operation.dot, time: time)
      entity.isDirty = true
    }
  }

  /// Merges an edit that was made on an older version than the text stands at: by the stretch of
  /// the history since that version, if that is a plain row; else by all of it.
  private func mergeApart(_ slot: Int, _ field: Field, _ operation: TextOperation) throws {
    if case .document? = entities.slots[slot].text {
    } else {
      let entity = entities.slots[slot]
      let words = entity.text?.buffer ?? TextBuffer(entity.state.text ?? "")
      if let recent = try TextLog.stretch(
        db, entity: entity.id, ordinal: entity.ordinal, first: entity.first, field: field,
        heads: entity.state.dots(of: field), coming: operation, count: words.count,
        writers: writers)
      {
        entities.update(slot) {
          $0.text = .document(TextDocument(history: recent, text: words), TextRoots([]))
        }
      } else {
        try openHistory(slot, field, before: operation.dot)
      }
    }
    do {
      try entities.update(slot) { try $0.text?.merge(operation) }
    } catch TextError.beforeBase, TextError.unknownParent {
      // Made on a version below what is open.
      try openHistory(slot, field, before: operation.dot)
      try entities.update(slot) { try $0.text?.merge(operation) }
    }
  }

  /// Reads the whole history of a text up to the op `before`.
  private func openHistory(_ slot: Int, _ field: Field, before: Dot) throws {
    let loaded = try LoadedHistory(
      try operations(of: slot, field: field, before: before), order: writers.dotOrder)
    entities.update(slot) { entity in
      let words = entity.text?.buffer ?? TextBuffer(entity.state.text ?? "")
      entity.text = .document(
        TextDocument(history: loaded.history, text: words), loaded.roots)
    }
  }

  /// Merges an edit that begins a text which others have begun already.
  private func beginAgain(_ slot: Int, _ field: Field, _ operation: TextOperation) throws {
    // A beginning stands on nothing: checked against the empty text before anything is changed.
    var empty = TextBuffer()
    try empty.fastForward(operation)
    let before = try operations(of: slot, field: field, before: operation.dot)
    let loaded = try LoadedHistory(before + [operation], order: writers.dotOrder)
    let text = try loaded.history.text()
    entities.update(slot) { entity in
      entity.text = .document(TextDocument(history: loaded.history, text: text), loaded.roots)
    }
  }

  /// Writes the words of a text that was edited in this transaction into its entity's state.
  func settleText(_ slot: Int) {
    if entities.slots[slot].text == nil { return }
    entities.update(slot) { entity in
      if let text = entity.text { entity.state.text = text.buffer.string }
      // An open history stays, so that the rest of a batch finds it.
      if case .words? = entity.text { entity.text = nil }
    }
  }

  /// The patches that take one edit back and leave all others.
  func inverse(of dot: Dot, entity: EntityID, field: Field) throws -> [TextPatch] {
    let loaded = try LoadedHistory(
      try operations(of: try slot(of: entity), field: field), order: writers.dotOrder)
    // Somebody else wrote the very same beginning: it is as much theirs, and stays.
    if loaded.roots.aliases.contains(where: { $0.key == dot || $0.value == dot }) { return [] }
    return try loaded.history.inverse(of: dot)
  }

  private func operations(
    of slot: Int, field: Field, before: Dot? = nil
  ) throws -> [TextOperation] {
    let entity = entities.slots[slot]
    return try TextLog.operations(
      db, entity: entity.id, ordinal: entity.ordinal, first: entity.first, field: field,
      before: before, writers: writers)
  }
}
