// SPDX-License-Identifier: MIT

import GRDB
import Merge

/// The history of one text, read from the log.
struct LoadedHistory {
  /// The edits, with one op for each beginning.
  var history = TextHistory()
  /// Which op stands for which.
  var roots: TextRoots

  /// The history of these edits, which are in causal order.
  init(_ operations: [TextOperation]) throws(TextError) {
    roots = TextRoots(operations)
    for operation in operations {
      if let operation = roots.canonical(operation) { try history.append(operation) }
    }
  }
}

/// The edits of one text, as they stand in the log.
enum TextLog {
  /// All of them up to the op `before`, which is left out, in causal order.
  static func operations(
    _ db: Database, entity: EntityID, ordinal: Int64, first: Int64, field: Field,
    before: Dot? = nil, writers: WriterTable
  ) throws -> [TextOperation] {
    var operations: [TextOperation] = []
    for key in try History.keys(db, entity: ordinal, first: first).reversed() {
      guard let change = try ChangeLog.change(db, key: key, writers: writers) else { continue }
      for (index, operation) in change.operations.enumerated() where operation.entity == entity {
        let dot = change.dot(index)
        if let before, dot.writer == before.writer, dot.sequence == before.sequence,
          dot.index >= before.index
        {
          continue
        }
        if case .assign(field, let removes, .edit(let patches)?) = operation.action {
          operations.append(
            TextOperation(dot: dot, parents: removes.sorted(), patches: patches))
        }
      }
    }
    return operations
  }
}

extension ReadTransaction {
  /// The history of an entity's text, from the log.
  func history(of id: EntityID, field: Field) throws -> TextHistory {
    guard
      let row = try db.first(
        "SELECT ordinal, first FROM entity WHERE id = ? AND kind = ?",
        [id.raw.bytes.blob, Int64(bitPattern: id.kind.code).databaseValue])
    else { return TextHistory() }
    let operations = try TextLog.operations(
      db, entity: id, ordinal: row[0], first: row[1], field: field, writers: writers.table)
    return try LoadedHistory(operations).history
  }
}
