// SPDX-License-Identifier: MIT

import GRDB
public import Merge

/// A register that several machines wrote, none having seen the others' value.
public struct ConflictView: Hashable, Sendable {
  /// One of the values.
  public struct Version: Hashable, Sendable {
    /// The value.
    public var value: Value?
    /// Who wrote it.
    public var device: String
    /// When, by that machine's clock, milliseconds since 1970.
    public var time: Int64
  }

  /// Whose field it is.
  public var entity: EntityID
  /// The field.
  public var field: Field
  /// The value that is shown first, then those that are kept.
  public var versions: [Version]
}

extension Store {
  /// Every conflict, or those of one article, annotation or renamed tag.
  public func conflicts(of id: EntityID? = nil) throws -> [ConflictView] {
    try read { transaction in
      var views = ViewBuilder(transaction)
      var found: [ConflictView] = []
      var states: [(EntityID, EntityState)] = []
      if let id {
        if let state = try transaction.state(of: id) { states.append((id, state)) }
      } else {
        try transaction.db.each(
          "SELECT kind, id, state FROM entity WHERE flags & 2 != 0 AND visible = 1 ORDER BY ordinal"
        ) { row in
          if let raw = Bytes16(row.bytes(1)) {
            let kind = EntityKind(code: UInt64(bitPattern: row.whole(0)))
            states.append((EntityID(kind: kind, raw: raw), try transaction.state(row, 2)))
          }
        }
      }
      for (id, state) in states {
        for conflict in state.conflicts {
          let versions = try ([conflict.shown] + conflict.kept).map { entry in
            ConflictView.Version(
              value: entry.value, device: try views.device(entry.dot.writer) ?? "?",
              time: entry.time)
          }
          found.append(ConflictView(entity: id, field: conflict.field, versions: versions))
        }
      }
      return found
    }
  }

  /// Decides a conflict: `value` is from now on the only one.
  public func resolve(_ id: EntityID, _ field: Field, to value: Value?) throws {
    try write { transaction in
      let edit = try Edit(transaction, writer: writer(transaction), action: "resolve")
      let state = try edit.alive(id)
      guard state.conflicts.contains(where: { $0.field == field }) else {
        throw StoreError(
          .notFound, "the \(field.label) of \(id.raw.uuidText) is not in conflict")
      }
      try edit.set(field, of: id, to: value)
      try edit.commit()
    }
  }
}
