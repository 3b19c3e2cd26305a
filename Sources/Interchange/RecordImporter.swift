// SPDX-License-Identifier: MIT

import Anchoring
import Merge
import Store

/// Decides what each record of one batch adds to what is here.
///
/// What is here stays: registers and notes that are empty are filled, tags and revisions that are
/// missing are added, and nothing is replaced. So the same record twice is once.
struct RecordImporter {
  private let session: ImportSession
  private let restore: Bool
  /// In a rehearsal: what would be here by now, also from batches before this one.
  private(set) var rehearsal: Rehearsal
  /// Annotations that this batch has added: the words of their notes are not merged yet.
  private var added: Set<EntityID> = []
  /// How many revisions of an article this batch has added.
  private var revised: [EntityID: Int] = [:]
  /// An article's second, third … new revision, each in a later change: the times of changes
  /// give revisions their order.
  private var later: [[(article: EntityID, revision: ImportedRevision)]] = []

  /// Bytes of a record that is given a change of its own, so that each keeps below its bound.
  private static let largeBytes = 64 << 10

  /// What a rehearsal must remember, since the store does not.
  struct Rehearsal {
    var entities: Set<EntityID> = []
    var texts: Set<[UInt8]> = []
  }

  init(_ session: ImportSession, restore: Bool, rehearsal: Rehearsal) {
    self.session = session
    self.restore = restore
    self.rehearsal = rehearsal
  }

  /// Takes in one record.
  mutating func take(_ record: ImportRecord) throws -> ImportOutcome {
    if let problem = record.problem { return ImportOutcome(.refused(problem)) }
    if record.size.bytes > Self.largeBytes {
      try session.endChange()
    } else {
      try session.endChangeIfLarge()
    }
    switch record {
    case .article(let article): return try take(article)
    case .annotation(let new): return try take(new)
    case .rename(let old, let new): return try rename(old.string, to: new.string)
    }
  }

  /// Adds the revisions that must come later than others.
  func finish() throws {
    for layer in later {
      try session.beginLaterChange()
      for (article, revision) in layer {
        try session.addRevision(revision, of: article)
        try session.endChangeIfLarge()
      }
    }
  }

  // MARK: - Articles

  private mutating func take(_ new: ImportedArticle) throws -> ImportOutcome {
    let state = try session.state(of: new.id)
    var outcome = ImportOutcome(.unchanged)
    if state.exists {
      guard try revive(new.id, state, &outcome) else { return outcome }
    } else {
      if rehearsal.entities.contains(new.id) { return rehearseMore(new) }
      if new.revisions.isEmpty {
        return ImportOutcome(.refused("the article is new here, and the line holds no text of it"))
      }
      outcome.kind = .added
      if session.isRehearsal { rehearsal.entities.insert(new.id) }
    }
    let isNew = outcome.kind == .added
    for revision in new.revisions { try take(revision, of: new.id, &outcome) }
    for (field, value) in new.registers {
      try fill(field, of: new.id, with: value, state, &outcome)
    }
    if isNew, let created = new.created {
      try session.append(Operation(new.id, .created, value: .integer(created)))
    }
    try addTags(new.tags, to: new.id, state, &outcome)
    return outcome
  }

  /// Tells what more of an article, that an earlier batch would have added, would come to.
  private mutating func rehearseMore(_ new: ImportedArticle) -> ImportOutcome {
    var outcome = ImportOutcome(.unchanged)
    for revision in new.revisions where rehearsal.texts.insert(revision.hash).inserted {
      outcome.addedRevisions += 1
      outcome.update()
    }
    return outcome
  }

  private mutating func take(
    _ revision: ImportedRevision, of article: EntityID, _ outcome: inout ImportOutcome
  ) throws {
    if let content = revision.content,
      try session.putText(hash: revision.hash, content: content),
      !session.isRehearsal || rehearsal.texts.insert(revision.hash).inserted
    {
      outcome.update()
    }
    let layer = revised[article, default: 0]
    let isHere =
      try ImportSession.revisions(of: session.state(of: article))
      .contains { $0.hash == revision.hash }
    let isPlanned = later.prefix(layer).contains { planned in
      planned.contains { $0.article == article && $0.revision.hash == revision.hash }
    }
    if isHere || isPlanned { return }
    outcome.addedRevisions += 1
    outcome.update()
    if session.isRehearsal { rehearsal.texts.insert(revision.hash) }
    revised[article] = layer + 1
    if layer == 0 { return try session.addRevision(revision, of: article) }
    if later.count < layer { later.append([]) }
    later[layer - 1].append((article, revision))
  }

  // MARK: - Annotations

  private mutating func take(_ new: NewAnnotation) throws -> ImportOutcome {
    guard let id = new.id else { return ImportOutcome(.refused("\"id\" is missing")) }
    if added.contains(id) {
      // Told twice in one batch: merge first, so that the words of its note can be compared.
      if session.isRehearsal { return ImportOutcome(.unchanged) }
      try session.endChange()
      added = []
    }
    let state = try session.state(of: id)
    guard state.exists else { return try add(new, id) }
    var outcome = ImportOutcome(.unchanged)
    guard try revive(id, state, &outcome) else { return outcome }
    if Target(state) != new.target { outcome.keptValues += 1 }
    if let color = new.color { try fill(.color, of: id, with: .text(color), state, &outcome) }
    if let note = new.note, !note.isEmpty {
      let note = try ImportSession.normalised(note: note)
      // A note that somebody emptied stays empty: that is different from none.
      if state.entries(of: .text).isEmpty {
        try session.write(note: note, of: id)
        outcome.update()
      } else if note != state.text {
        outcome.keptValues += 1
      }
    }
    try addTags(new.tags, to: id, state, &outcome)
    return outcome
  }

  private mutating func add(_ new: NewAnnotation, _ id: EntityID) throws -> ImportOutcome {
    if rehearsal.entities.contains(id) { return ImportOutcome(.unchanged) }
    if let obstacle = try obstacle(new.target.article, "article") { return obstacle }
    if let parent = new.target.parent, let obstacle = try obstacle(parent, "annotation") {
      return obstacle
    }
    if session.isRehearsal { rehearsal.entities.insert(id) }
    try session.annotate(new)
    added.insert(id)
    return ImportOutcome(.added)
  }

  /// Why nothing can be hung on an entity; nil when it can.
  private func obstacle(_ holder: EntityID, _ what: String) throws -> ImportOutcome? {
    let state = try session.state(of: holder)
    guard state.exists || rehearsal.entities.contains(holder) else {
      return ImportOutcome(
        .refused(
          "there is no \(what) \(holder.raw.uuidText) here, nor on an earlier line"))
    }
    return try !restore && session.isHidden(holder, state) ? ImportOutcome(.keptDeleted) : nil
  }

  // MARK: - Tags, registers, deletions

  private func rename(_ old: String, to new: String) throws -> ImportOutcome {
    let record = ImportSession.record(ofTag: old)
    let state = try session.state(of: record)
    if !state.isDeleted, let alias = state.winner(of: .alias)?.value?.text {
      var outcome = ImportOutcome(.unchanged)
      if alias != new { outcome.keptValues = 1 }
      return outcome
    }
    // Both go by one name already, perhaps the other way round: a circle helps nobody.
    if session.shownName(ofTag: old) == session.shownName(ofTag: new) {
      return ImportOutcome(.unchanged)
    }
    if state.entries(of: .name).isEmpty {
      try session.append(Operation(record, .name, value: .text(old)))
    }
    try session.append(Operation(record, .alias, value: .text(new)))
    return ImportOutcome(.added)
  }

  /// Adds the tags that are missing under whatever name they go by.
  private func addTags(
    _ tags: [TagName], to id: EntityID, _ state: EntityState, _ outcome: inout ImportOutcome
  ) throws {
    if tags.isEmpty { return }
    let present = Set(
      state.entries(of: .tag).compactMap { $0.value?.text }.map(session.shownName(ofTag:)))
    for tag in tags where !present.contains(session.shownName(ofTag: tag.string)) {
      try session.addTag(tag.string, to: id)
      outcome.update()
    }
  }

  /// Writes a register that is empty; another value that is here is kept, and counted.
  private func fill(
    _ field: Field, of id: EntityID, with value: Value, _ state: EntityState,
    _ outcome: inout ImportOutcome
  ) throws {
    let present = state.entries(of: field)
    if present.isEmpty {
      try session.append(Operation(id, field, value: value))
      outcome.update()
    } else if !present.contains(where: { $0.value == value }) {
      outcome.keptValues += 1
    }
  }

  /// Brings a deleted entity back if that is wished; false when it stays deleted.
  private func revive(
    _ id: EntityID, _ state: EntityState, _ outcome: inout ImportOutcome
  ) throws -> Bool {
    guard try session.isHidden(id, state) else { return true }
    guard restore, let restoration = state.restoration(of: id) else {
      outcome.kind = .keptDeleted
      return false
    }
    try session.append(restoration)
    outcome.kind = .restored
    return true
  }
}

extension ImportSession {
  fileprivate func addRevision(_ revision: ImportedRevision, of article: EntityID) throws {
    try addRevision(
      of: article, hash: revision.hash, codePoints: revision.codePoints,
      byteCount: revision.byteCount)
  }
}
