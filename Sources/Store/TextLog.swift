// SPDX-License-Identifier: MIT

import GRDB
import Merge

/// The history of one text, read from the log.
struct LoadedHistory {
  /// The edits, with one op for each beginning.
  var history: TextHistory
  /// Which op stands for which.
  var roots: TextRoots

  /// The history of these edits, which are in causal order.
  init(_ operations: [TextOperation], order: DotOrder) throws(TextError) {
    history = TextHistory(order: order)
    roots = TextRoots(operations, order: order)
    var begun: Set<Dot> = []
    for operation in operations {
      if operation.parents.isEmpty {
        // The one beginning that stands for several comes where the first of them does, since what
        // was made on that one may come before the others.
        let dot = roots.aliases[operation.dot] ?? operation.dot
        guard begun.insert(dot).inserted else { continue }
        try history.append(TextOperation(dot: dot, parents: [], patches: operation.patches))
      } else if let operation = roots.canonical(operation) {
        try history.append(operation)
      }
    }
  }
}

/// The edits of one text, as they stand in the log.
enum TextLog {
  /// All of them up to the op `before`, which is left out, in causal order.
  static func operations(
    _ db: Database, entity: EntityID, ordinal: Int64, first: Int64, field: Field,
    before: Dot? = nil, writers: WriterRegistry
  ) throws -> [TextOperation] {
    var operations: [TextOperation] = []
    try eachNewestFirst(
      db, entity: entity, ordinal: ordinal, first: first, field: field, before: before,
      writers: writers
    ) {
      operations.append($0)
      return true
    }
    return operations.reversed()
  }

  /// The newest of them, down to the last version that both the text's heads and the op to come
  /// stand on; nil when these are no plain row, each made on the one before: then the length of
  /// the text at that version is not known from them.
  ///
  /// - Parameters:
  ///   - heads: where the text stands.
  ///   - coming: the op that was made on an older version.
  ///   - count: code points of the text at its heads.
  static func stretch(
    _ db: Database, entity: EntityID, ordinal: Int64, first: Int64, field: Field,
    heads: [Dot], coming: TextOperation, count: Int, writers: WriterRegistry
  ) throws -> TextHistory? {
    var stretch = TextStretch(versions: [heads, coming.parents])
    var row: [TextOperation] = []
    var count = count
    var tip = heads
    try eachNewestFirst(
      db, entity: entity, ordinal: ordinal, first: first, field: field, before: coming.dot,
      writers: writers
    ) { operation in
      guard tip == [operation.dot] else {
        tip = []
        return false
      }
      stretch.load(operation.dot, parents: operation.parents)
      row.append(operation)
      tip = operation.parents
      for patch in operation.patches {
        count += patch.deleted - patch.inserted.unicodeScalars.count
      }
      return !stretch.isComplete
    }
    guard stretch.isComplete, !tip.isEmpty, tip == stretch.base else { return nil }
    var history = TextHistory(
      base: stretch.base, baseCount: count, order: writers.dotOrder)
    for operation in row.reversed() { try history.append(operation) }
    return history
  }

  /// Hands them out, the newest first by the log's order, until `body` answers false.
  private static func eachNewestFirst(
    _ db: Database, entity: EntityID, ordinal: Int64, first: Int64, field: Field, before: Dot?,
    writers: WriterRegistry, _ body: (TextOperation) throws -> Bool
  ) throws {
    for key in try History.keys(db, entity: ordinal, first: first) {
      guard let change = try ChangeLog.change(db, key: key, writers: writers) else { continue }
      for (index, operation) in change.operations.enumerated().reversed()
      where operation.entity == entity {
        let dot = change.dot(index)
        if let before, dot.writer == before.writer, dot.sequence == before.sequence,
          dot.index >= before.index
        {
          continue
        }
        guard case .assign(field, let removes, .edit(let patches)?) = operation.action else {
          continue
        }
        let edit = TextOperation(dot: dot, parents: removes.sorted(), patches: patches)
        guard try body(edit) else { return }
      }
    }
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
      db, entity: id, ordinal: row.whole(0), first: row.whole(1), field: field, writers: writers)
    return try LoadedHistory(operations, order: writers.dotOrder).history
  }
}
