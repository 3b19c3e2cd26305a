// SPDX-License-Identifier: MIT

import Merge

/// Merging as `docs/merge.md` defines it, word by word and as slowly as can be: every change ever
/// received is kept, and what holds is read off the whole set each time. It knows of no order, no
/// heads and no sorted arrays.
struct NaiveReplica {
  private var changes: Set<Change> = []

  mutating func receive(_ change: Change) { changes.insert(change) }

  /// What is live of one entity.
  struct Entity {
    var live: Set<EntityState.Entry> = []
    var modified: Int64 = .min
  }

  /// Every value that was put in and whose dot no op takes out of the same field.
  func entity(_ id: EntityID) -> Entity {
    var entity = Entity()
    var put: [EntityState.Entry] = []
    var removed: [Field: Set<Dot>] = [:]
    for change in changes {
      for (index, operation) in change.operations.enumerated() where operation.entity == id {
        guard case .assign(let field, let removes, let value) = operation.action else { continue }
        entity.modified = max(entity.modified, change.time)
        removed[field, default: []].formUnion(removes)
        guard let value else { continue }
        let dot = Dot(writer: change.writer, sequence: change.sequence, index: UInt32(index))
        put.append(
          EntityState.Entry(
            field: field, dot: dot, time: change.time, value: field == .text ? nil : value))
      }
    }
    entity.live = Set(put.filter { removed[$0.field]?.contains($0.dot) != true })
    return entity
  }
}

extension NaiveReplica.Entity {
  /// Deleted: something deletes it, and nothing that is live is unknown to every deletion.
  var isDeleted: Bool {
    let deletions = live.filter { $0.field == .deletion }
    func isKnown(_ entry: EntityState.Entry) -> Bool {
      deletions.contains { deletion in
        if case .dots(let dots)? = deletion.value { dots.contains(entry.dot) } else { false }
      }
    }
    return !deletions.isEmpty && !live.contains { $0.field != .deletion && !isKnown($0) }
  }

  /// The value that no other beats: later claim, then the greater writer, number, place.
  func winner(of field: Field) -> EntityState.Entry? {
    let values = live.filter { $0.field == field }
    return values.first { one in values.allSatisfy { $0 == one || Self.beats(one, $0) } }
  }

  private static func beats(_ one: EntityState.Entry, _ two: EntityState.Entry) -> Bool {
    if one.time != two.time { return one.time > two.time }
    if one.dot.writer != two.dot.writer {
      return two.dot.writer.raw.bytes.lexicographicallyPrecedes(one.dot.writer.raw.bytes)
    }
    return (two.dot.sequence, two.dot.index) < (one.dot.sequence, one.dot.index)
  }

  /// The known registers that hold different values.
  var conflicted: Set<Field> {
    Set(
      Field.known.filter { field in
        field.semantics == .register
          && Set(live.filter { $0.field == field }.map(\.value)).count > 1
      })
  }

  /// What is wrong with `state`, if it does not say the same; nil when it does.
  func difference(from state: EntityState) -> String? {
    if Set(state.entries) != live || state.entries.count != live.count {
      return "live values \(state.entries) instead of \(live)"
    }
    if state.modified != modified { return "modified \(state.modified) instead of \(modified)" }
    if state.isDeleted != isDeleted { return "deleted: \(state.isDeleted)" }
    if state.exists != live.contains(where: { $0.field != .deletion }) { return "exists" }
    for field in Set(live.map(\.field)) where state.winner(of: field) != winner(of: field) {
      return "another winner of \(field.label)"
    }
    if Set(state.conflicts.map(\.field)) != conflicted { return "other conflicts" }
    for conflict in state.conflicts {
      let others = live.filter { $0.field == conflict.field && $0.value != conflict.shown.value }
      if conflict.shown != winner(of: conflict.field) || Set(conflict.kept) != others {
        return "the conflict in \(conflict.field.label) shows or keeps other values"
      }
    }
    return nil
  }
}
