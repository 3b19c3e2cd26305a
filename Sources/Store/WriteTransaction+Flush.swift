// SPDX-License-Identifier: MIT

import GRDB
import Merge

extension WriteTransaction {
  /// Writes every touched entity once: its row, its tags, its words.
  func flush() throws {
    var indexes: [Int: EntityIndex] = [:]
    var renamed = false
    var place = 0
    // Naming an article or a parent may bring new entities into the cache: hence no fixed range.
    while place < entities.slots.count {
      settleText(place)
      let entity = entities.slots[place]
      if entity.isDirty {
        let index = EntityIndex(entity.state, kind: entity.id.kind)
        indexes[place] = index
        if let holder = index.parent ?? index.article { _ = try slot(of: holder) }
        if entity.id.kind == .tag { renamed = true }
      }
      place += 1
    }
    try settleVisibility(&indexes)
    for place in entities.slots.indices where entities.slots[place].isDirty {
      let entity = entities.slots[place]
      let index = indexes[place] ?? EntityIndex(entity.state, kind: entity.id.kind)
      try save(entity, index)
      if entity.id.kind == .device { try obeyRevocation(of: entity) }
    }
    if renamed { try tags.rename(db, writers: writers.table) }
    entities.clear()
  }

  /// Counts what hangs on each article and annotation, up to the roots.
  ///
  /// An entity is visible if it is alive, or if something visible hangs on it: an annotation made
  /// apart brings a deleted article back, since nobody's new words vanish.
  private func settleVisibility(_ indexes: inout [Int: EntityIndex]) throws {
    // What each touched entity counted for, and towards whom, before and now.
    var waiting = entities.slots.indices.filter { entities.slots[$0].isDirty }
    var counted: [Int: (holder: Int?, visible: Bool)] = [:]
    var steps = 0
    while let place = waiting.popLast() {
      steps += 1
      // Holders form a forest unless a hostile writer ties a knot: stop at a bound then.
      guard steps <= entities.slots.count * 64 + 1024 else { break }
      let entity = entities.slots[place]
      let index = indexes[place] ?? EntityIndex(entity.state, kind: entity.id.kind)
      indexes[place] = index
      let holder = try (index.parent ?? index.article).map { try slot(of: $0) }
      let visible = index.alive || entity.children > 0
      let former: (holder: Int?, visible: Bool)
      if let known = counted[place] {
        former = known
      } else {
        let oldHolder = try (entity.before?.parent ?? entity.before?.article).map {
          try slot(of: $0)
        }
        former = (oldHolder, entity.wasVisible)
      }
      counted[place] = (holder, visible)
      entities.update(place) { $0.isDirty = true }
      if former.visible, let old = former.holder, !(visible && holder == old), old != place {
        entities.update(old) { $0.children -= 1 }
        waiting.append(old)
      }
      if visible, let new = holder, !(former.visible && former.holder == new), new != place {
        entities.update(new) { $0.children += 1 }
        waiting.append(new)
      }
    }
  }

  private func save(_ entity: CachedEntity, _ index: EntityIndex) throws {
    let state = writers.withTable { EntityStateCodec.encode(entity.state, writers: &$0) }
    let article = try index.article.map { try cached($0).ordinal }
    let parent = try index.parent.map { try cached($0).ordinal }
    let visible = index.alive || entity.children > 0
    let device = index.device.map { writers.ordinal(of: $0) } ?? 0
    let values: [DatabaseValue] = [
      article?.databaseValue ?? .null, parent?.databaseValue ?? .null,
      (visible ? 1 : 0).databaseValue, entity.children.databaseValue, index.flags.databaseValue,
      index.created.databaseValue, index.modified.databaseValue, device.databaseValue,
      index.color?.databaseValue ?? .null, index.site?.databaseValue ?? .null,
      entity.first.databaseValue, state.blob, entity.ordinal.databaseValue,
    ]
    if entity.before == nil {
      try db.run(
        """
        INSERT INTO entity (article, parent, visible, children, flags, created, modified, device,
          color, site, first, state, ordinal, kind, id) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)
        """,
        values + [
          Int64(bitPattern: entity.id.kind.code).databaseValue, entity.id.raw.bytes.blob,
        ])
    } else {
      try db.run(
        """
        UPDATE entity SET article = ?, parent = ?, visible = ?, children = ?, flags = ?,
          created = ?, modified = ?, device = ?, color = ?, site = ?, first = ?, state = ?
        WHERE ordinal = ?
        """, values)
    }
    let before = entity.before ?? EntityIndex()
    try tags.update(entity.ordinal, from: before.tags, to: index.tags, db, writers: writers.table)
    try wantTexts(entity.ordinal, index.revisions, before: before.revisions)
    try search.update(entity.ordinal, from: entity.before, to: index)
  }

  /// Notes which texts the article has, and asks for those that aren't here.
  private func wantTexts(
    _ ordinal: Int64, _ revisions: [Revision], before: [Revision]
  ) throws {
    let known = Set(before.map(\.hash))
    for hash in known.subtracting(revisions.map(\.hash)) {
      try db.run(
        "DELETE FROM revision WHERE hash = ? AND entity = ?", [hash.blob, ordinal.databaseValue])
    }
    for revision in revisions where !known.contains(revision.hash) {
      try db.run(
        "INSERT OR IGNORE INTO revision (hash, entity) VALUES (?, ?)",
        [revision.hash.blob, ordinal.databaseValue])
      try db.run(
        "INSERT OR IGNORE INTO blob (hash, length) VALUES (?, ?)",
        [revision.hash.blob, revision.byteCount.databaseValue])
    }
  }
}
