// SPDX-License-Identifier: MIT

import GRDB
public import Merge

/// The name of a change, as `log` shows it and `undo` takes it.
public struct ChangeName: Hashable, Sendable {
  /// Who wrote it.
  public var writer: WriterID
  /// Its number among its writer's.
  public var sequence: UInt64

  /// The change that `writer` numbered `sequence`.
  public init(writer: WriterID, sequence: UInt64) {
    self.writer = writer
    self.sequence = sequence
  }
}

/// One change, as the log tells it.
public struct LogEntry: Hashable, Sendable {
  /// Its name.
  public var name: ChangeName
  /// What people call the machine that wrote it.
  public var device: String
  /// When, by that machine's clock, milliseconds since 1970.
  public var time: Int64
  /// What the user did.
  public var action: String
  /// The change of the same writer that this one undoes.
  public var undoes: UInt64?
  /// The ops that people care about: not those that only name a machine.
  public var operations: [Operation]

  /// The articles, annotations and tags that it speaks of, each once, in order.
  public var entities: [EntityID] {
    var seen: Set<EntityID> = []
    return operations.map(\.entity).filter { seen.insert($0).inserted }
  }
}

extension Store {
  /// The newest changes first: all, or those that speak of one entity.
  public func log(of id: EntityID? = nil, limit: Int) throws -> [LogEntry] {
    try read { transaction in
      let keys =
        try id.map { try transaction.historyKeys(of: $0) }
        ?? transaction.newestKeys(limit: limit)
      var views = ViewBuilder(transaction)
      var entries: [LogEntry] = []
      for key in keys.prefix(limit) {
        guard
          let change = try ChangeLog.change(
            transaction.db, key: key, writers: transaction.writers)
        else { continue }
        entries.append(try LogEntry(change, device: views.device(change.writer) ?? "?"))
      }
      return entries
    }
  }

  /// The writer whose id begins with these digits.
  public func writer(beginningWith prefix: String) throws -> WriterID {
    let found = try read { $0.writers.table.writers }.filter {
      $0.raw.uuidText.hasPrefix(prefix.lowercased())
    }
    guard let first = found.first else {
      throw StoreError(.notFound, "no writer's id begins with \(prefix)")
    }
    guard found.count == 1 else {
      throw StoreError(.ambiguous, "\(found.count) writers' ids begin with \(prefix)")
    }
    return first
  }
}

extension LogEntry {
  init(_ change: Change, device: String) throws {
    func note(_ key: UInt64) -> Value? { change.notes.first { $0.key == key }?.value }
    self.init(
      name: ChangeName(writer: change.writer, sequence: change.sequence), device: device,
      time: change.time, action: note(ChangeNote.action)?.text ?? "edit",
      undoes: note(ChangeNote.undoes)?.integer.map { UInt64(clamping: $0) },
      operations: change.operations.filter { $0.entity.kind != .writer })
  }
}

extension ReadTransaction {
  /// The keys of the changes that speak of an entity, the newest first.
  func historyKeys(of id: EntityID) throws -> [Int64] {
    guard
      let row = try db.first(
        "SELECT ordinal, first FROM entity WHERE id = ? AND kind = ?",
        [id.raw.bytes.blob, Int64(bitPattern: id.kind.code).databaseValue])
    else { return [] }
    return try History.keys(db, entity: row.whole(0), first: row.whole(1))
  }

  /// The keys of the newest changes by Lamport number: a merge of each writer's newest.
  fileprivate func newestKeys(limit: Int) throws -> [Int64] {
    var newest: [(lamport: UInt64, key: Int64)] = []
    for (ordinal, (_, head)) in writers.all.enumerated() where head.sequence > 0 {
      try db.each(
        "SELECT lamport, id FROM change WHERE id BETWEEN ? AND ? ORDER BY id DESC LIMIT ?",
        [
          ChangeLog.key(ordinal, 1).databaseValue,
          ChangeLog.key(ordinal, head.sequence).databaseValue, limit.databaseValue,
        ]
      ) { newest.append((UInt64(bitPattern: $0.whole(0)), $0.whole(1))) }
    }
    return newest.sorted { $0.lamport != $1.lamport ? $0.lamport > $1.lamport : $0.key > $1.key }
      .map(\.key)
  }
}

/// The tables that tell which changes speak of an entity.
enum History {
  /// Their keys, the newest first by Lamport number.
  static func keys(_ db: Database, entity: Int64, first: Int64) throws -> [Int64] {
    var keys: [Int64] = []
    try db.each(
      """
      SELECT c.id FROM change c
      WHERE c.id = ?2 OR c.id IN (SELECT change FROM history WHERE entity = ?1)
      ORDER BY c.lamport DESC, c.id DESC
      """, [entity.databaseValue, first.databaseValue]
    ) { keys.append($0.whole(0)) }
    return keys
  }
}
