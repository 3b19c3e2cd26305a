// SPDX-License-Identifier: MIT

import GRDB
import Merge

/// Builds what is shown from merged states; keeps names it has looked up.
struct ViewBuilder {
  let transaction: ReadTransaction
  private var devices: [WriterID: String] = [:]
  private var shownTags: [String: String] = [:]
  private var newest: [EntityID: [UInt8]?] = [:]

  init(_ transaction: ReadTransaction) {
    self.transaction = transaction
  }

  /// The article in this state.
  mutating func article(_ id: EntityID, _ state: EntityState, children: Int) throws -> Article {
    let index = EntityIndex(state, kind: id.kind)
    return Article(
      id: id, url: state.winner(of: .url)?.value?.text, title: index.title, site: index.site,
      author: state.winner(of: .author)?.value?.text,
      published: state.winner(of: .published)?.value?.integer, tags: try shown(index.tags),
      revisions: index.revisions, annotationCount: children, created: index.created,
      modified: index.modified, device: try device(index.device),
      conflicts: state.conflicts.map(\.field))
  }

  /// The annotation in this state; nil when it has no target that this version can read.
  mutating func annotation(_ id: EntityID, _ state: EntityState) throws -> Annotation? {
    guard let target = Target(state) else { return nil }
    let index = EntityIndex(state, kind: id.kind)
    let isPlaced = target.quote != nil && target.start != nil && target.end != nil
    let isExact = try isPlaced && target.revision == newestRevision(of: target.article)
    return Annotation(
      id: id, target: target, note: index.note.isEmpty ? nil : index.note,
      tags: try shown(index.tags), color: index.color, created: index.created,
      modified: index.modified, device: try device(index.device), isExact: isExact,
      conflicts: state.conflicts.map(\.field))
  }

  /// What people call a writer's machine.
  mutating func device(_ writer: WriterID?) throws -> String? {
    guard let writer else { return nil }
    if let known = devices[writer] { return known }
    // A branch of a forked history was written on the machine that its root's name is known of.
    let root = transaction.writers.root(of: writer)
    let state = try transaction.state(of: EntityID(kind: .writer, raw: root.raw))
    let name = state?.winner(of: .name)?.value?.text ?? String(root.raw.uuidText.prefix(8))
    devices[writer] = name
    return name
  }

  /// What these tags go by, sorted, each once.
  private mutating func shown(_ tags: [String]) throws -> [String] {
    if tags.isEmpty { return [] }
    var names: [String] = []
    for tag in tags {
      if let known = shownTags[tag] {
        names.append(known)
      } else {
        let row = try transaction.db.first(
          "SELECT shown FROM tag WHERE name = ?", [tag.databaseValue])
        let name: String = row?[0] ?? tag
        shownTags[tag] = name
        names.append(name)
      }
    }
    return Set(names).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  private mutating func newestRevision(of article: EntityID) throws -> [UInt8]? {
    if let known = newest[article] { return known }
    let hash = try transaction.state(of: article).flatMap { Revision.all(of: $0).last?.hash }
    newest[article] = hash
    return hash
  }
}
