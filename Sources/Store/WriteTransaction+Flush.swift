// SPDX-License-Identifier: MIT

import GRDB
import Merge

extension WriteTransaction {
  /// Writes every touched entity once: its row, its tags, its words.
  func flush() throws {
    var renamed = false
    var place = 0
    // Naming an article or a parent may bring new entities into the cache: hence no fixed range.
    while place < entities.slots.count {
      settleText(place)
      if entities.slots[place].isDirty {
        let index = indexed(place)
        for named in [index.parent, index.article] {
          guard let other = try named.map({ try slot(of: $0) }) else { continue }
          // Nobody has written of it yet: it gets a row all the same, or its number, which goes
          // into this one, would be free for another.
          if entities.slots[other].before == nil {
            entities.update(other) { $0.isDirty = true }
          }
        }
        if entities.slots[place].id.kind == .tag { renamed = true }
      }
      place += 1
    }
    try settleVisibility()
    for place in entities.slots.indices where entities.slots[place].isDirty {
      try save(place)
      // A replay meets revocations that were taken back later.
      if !isLogged, entities.slots[place].id.kind == .device {
        try obeyRevocation(of: entities.slots[place])
      }
    }
    // One table after another: what SQLite needs for each stays in the processor's cache.
    try writeWords()
    try tags.write(statements)
    try writeTallies()
    if renamed { try tags.rename(db, writers: writers.table) }
    entities.clear()
  }

  /// Brings the words of every touched entity into the index by rising rows: where a row comes
  /// before the last, FTS5 writes out all words that it has gathered.
  private func writeWords() throws {
    var rows: [(row: Int64, place: Int)] = []
    for (place, entity) in entities.slots.enumerated() where entity.isDirty {
      rows.append((SearchIndex.row(entity.ordinal, entity.id.kind), place))
    }
    rows.sort { $0.row < $1.row }
    for (row, place) in rows {
      try search.update(row: row, from: entities.slots[place].before, to: indexed(place))
    }
  }

  /// What queries need to know of an entity's state, which doesn't change any more.
  private func indexed(_ place: Int) -> EntityIndex {
    if let known = entities.slots[place].index { return known }
    let index = EntityIndex(entities.slots[place].state, kind: entities.slots[place].id.kind)
    entities.update(place) { $0.index = index }
    return index
  }

  /// Counts what hangs on each article and annotation, up to the roots.
  ///
  /// An entity is visible if it is alive, or if something visible hangs on it: an annotation made
  /// apart brings a deleted article back, since nobody's new words vanish.
  private func settleVisibility() throws {
    // What each touched entity counted for, and towards whom, before and now.
    var waiting = entities.slots.indices.filter { entities.slots[$0].isDirty }
    var steps = 0
    while let place = waiting.popLast() {
      steps += 1
      // Holders form a forest unless a hostile writer ties a knot: stop at a bound then.
      guard steps <= entities.slots.count * 64 + 1024 else { break }
      let former = try standing(of: place)
      let alive = entities.slots[place].index?.alive ?? indexed(place).alive
      let visible = alive || entities.slots[place].children > 0
      let holder: Int?
      if entities.slots[place].standing != nil {
        holder = former.holder
      } else {
        let index = indexed(place)
        holder = try (index.parent ?? index.article).map { try slot(of: $0) }
      }
      entities.update(place) { entity in
        entity.standing = Standing(holder: holder, isVisible: visible)
        entity.isDirty = true
      }
      if former.isVisible, let old = former.holder, !(visible && holder == old), old != place {
        entities.update(old) { $0.children -= 1 }
        waiting.append(old)
      }
      if visible, let new = holder, !(former.isVisible && former.holder == new), new != place {
        entities.update(new) { $0.children += 1 }
        waiting.append(new)
      }
    }
  }

  /// What an entity was last counted for: at first, what its row says.
  private func standing(of place: Int) throws -> Standing {
    if let known = entities.slots[place].standing { return known }
    let holder = entities.slots[place].before.flatMap { $0.parent ?? $0.article }
    return Standing(
      holder: try holder.map { try slot(of: $0) }, isVisible: entities.slots[place].wasVisible)
  }

  private func save(_ place: Int) throws {
    let index = indexed(place)
    let state = writers.withTable {
      EntityStateCodec.encode(entities.slots[place].state, writers: &$0)
    }
    let isNew = entities.slots[place].before == nil
    let ordinal = entities.slots[place].ordinal
    let children = entities.slots[place].children
    let statement = try isNew ? statements.entityInsert() : statements.entityUpdate()
    try statement.bind(1, try index.article.map { try self.ordinal(of: $0) })
    try statement.bind(2, try index.parent.map { try self.ordinal(of: $0) })
    let isVisible = index.alive || children > 0
    try statement.bind(3, isVisible ? 1 : 0)
    try statement.bind(4, children)
    try statement.bind(5, index.flags)
    try statement.bind(6, index.created)
    try statement.bind(7, index.modified)
    try statement.bind(8, index.device.map { writers.ordinal(of: $0) } ?? 0)
    try statement.bind(9, index.color)
    try statement.bind(10, index.site)
    try statement.bind(11, entities.slots[place].first)
    try statement.bind(12, state)
    try statement.bind(13, ordinal)
    if isNew {
      try statement.bind(14, Int64(bitPattern: entities.slots[place].id.kind.code))
      try statement.bind(15, entities.slots[place].id.raw)
    }
    try statement.run()
    if isVisible != entities.slots[place].wasVisible {
      tallies[entities.slots[place].id.kind, default: 0] += isVisible ? 1 : -1
    }
    let before = entities.slots[place].before
    try tags.update(ordinal, from: before?.tags ?? [], to: index.tags, db, writers: writers.table)
    try wantTexts(ordinal, index.revisions, before: before?.revisions ?? [])
  }

  private func writeTallies() throws {
    for (kind, difference) in tallies where difference != 0 {
      try db.run(
        """
        INSERT INTO tally (kind, visible) VALUES (?, ?)
        ON CONFLICT (kind) DO UPDATE SET visible = visible + excluded.visible
        """, [Int64(bitPattern: kind.code).databaseValue, difference.databaseValue])
    }
    tallies = [:]
  }

  private func ordinal(of id: EntityID) throws -> Int64 {
    let slot = try slot(of: id)
    return entities.slots[slot].ordinal
  }

  /// Notes which texts the article has, and asks for those that aren't here.
  private func wantTexts(
    _ ordinal: Int64, _ revisions: [Revision], before: [Revision]
  ) throws {
    if revisions.isEmpty && before.isEmpty { return }
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
