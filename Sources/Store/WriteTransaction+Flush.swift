// SPDX-License-Identifier: MIT

import GRDB
import Merge

extension WriteTransaction {
  /// Writes all that was merged, and forgets what is known of entities.
  func flush() throws {
    try settle()
    try writeAll()
    try writeTallies()
    if isTagRenamed {
      try rowWriter().renameTags(writers: writers.table)
      isTagRenamed = false
    }
    // A replay meets revocations that were taken back later.
    if !isLogged { try obeyRevocations() }
    devices = []
    entities.clear()
  }

  /// Works out the row of every touched entity.
  func settle() throws {
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
      }
      place += 1
    }
    try settleVisibility()
    pending.entities.reserveCapacity(entities.dirtyCount)
    for place in entities.slots.indices where entities.slots[place].isDirty {
      try settleRow(place)
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

  /// Works out one entity's row, as which it is known from then on.
  private func settleRow(_ place: Int) throws {
    let index = indexed(place)
    let state = writers.withTable {
      EntityStateCodec.encode(entities.slots[place].state, writers: &$0)
    }
    let article = try index.article.map { try ordinal(of: $0) }
    let parent = try index.parent.map { try ordinal(of: $0) }
    let device = index.device.map { writers.ordinal(of: $0) } ?? 0
    let entity = entities.slots[place]
    let isVisible = index.alive || entity.children > 0
    pending.entities.append(
      .init(
        id: entity.id, ordinal: entity.ordinal, article: article, parent: parent,
        isVisible: isVisible, children: entity.children, device: device, first: entity.first,
        state: state, before: entity.before, index: index))
    if isVisible != entity.wasVisible {
      tallies[entity.id.kind, default: 0] += isVisible ? 1 : -1
    }
    if entity.id.kind == .tag { isTagRenamed = true }
    if entity.id.kind == .device { devices.append(entity.id) }
    expectRows(ofTexts: index.revisions)
    entities.update(place) { entity in
      entity.before = index
      entity.wasVisible = isVisible
      entity.isDirty = false
      entity.index = nil
      entity.standing = nil
    }
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
}
