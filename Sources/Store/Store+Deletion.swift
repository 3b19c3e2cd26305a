// SPDX-License-Identifier: MIT

import GRDB
public import Merge

extension Store {
  /// Deletes an annotation with its replies, or an article with its annotations; returns everything
  /// that went.
  ///
  /// - Parameter dryRun: true only says what would go.
  public func delete(_ id: EntityID, dryRun: Bool = false) throws -> [EntityID] {
    try write { transaction in
      let edit = try Edit(transaction, writer: writer(transaction), action: "delete")
      _ = try edit.alive(id)
      let doomed = try transaction.hanging(on: id)
      if dryRun { return doomed }
      for each in doomed {
        let state = try edit.state(of: each)
        // One that came back because of what hangs on it goes along with that.
        if !state.isDeleted || each == id {
          try edit.append(state.deletion(of: each))
          try edit.splitIfLarge()
        }
      }
      try edit.commit()
      return doomed
    }
  }

  /// Brings back what was deleted, with everything that was deleted along with it.
  public func restore(_ id: EntityID) throws -> [EntityID] {
    try write { transaction in
      let edit = try Edit(transaction, writer: writer(transaction), action: "restore")
      let state = try edit.state(of: id)
      guard state.exists else {
        throw StoreError(.notFound, "there is nothing named \(id.raw.uuidText)")
      }
      guard state.isDeleted else {
        throw StoreError(.badInput, "\(id.raw.uuidText) is not deleted")
      }
      // Deleted by the same writer at the same moment as the one that is wanted: it went along. A
      // large deletion is several changes, and all of them have one time.
      let together = Set(state.entries(of: .deletion).map { [$0.dot.writer: $0.time] })
      var restored: [EntityID] = []
      for each in try transaction.hanging(on: id, deleted: true) {
        let state = try edit.state(of: each)
        guard state.isDeleted,
          state.entries(of: .deletion).contains(where: {
            together.contains([$0.dot.writer: $0.time])
          }),
          let restoration = state.restoration(of: each)
        else { continue }
        try edit.append(restoration)
        try edit.splitIfLarge()
        restored.append(each)
      }
      try edit.commit()
      return restored
    }
  }
}

extension WriteTransaction {
  /// The entity, and everything that hangs on it: an article's annotations, their replies.
  fileprivate func hanging(on id: EntityID, deleted: Bool = false) throws -> [EntityID] {
    let ordinal = try cached(id).ordinal
    var found: [EntityID] = []
    try db.each(
      """
      WITH RECURSIVE hanging (ordinal) AS (
        SELECT ?1
        UNION SELECT e.ordinal FROM entity e JOIN hanging h
          ON e.parent = h.ordinal OR e.article = h.ordinal
        WHERE ?2 OR e.visible = 1
      ) SELECT kind, id FROM entity WHERE ordinal IN hanging ORDER BY ordinal
      """, [ordinal.databaseValue, (deleted ? 1 : 0).databaseValue]
    ) { row in
      if let raw = Bytes16(row.bytes(1)) {
        found.append(EntityID(kind: EntityKind(code: UInt64(bitPattern: row.whole(0))), raw: raw))
      }
    }
    return found
  }
}
