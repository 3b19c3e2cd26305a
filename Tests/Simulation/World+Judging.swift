// SPDX-License-Identifier: MIT

import Merge
import Store

extension World {
  /// Holds a store against the oracle.
  func judge(_ store: Store, _ tips: [Int]) throws {
    let oracle = try Oracle(tree, tips)
    counts.forks = oracle.forkCount
    var wanted = oracle.entities
    try store.canonicalItems { item in
      guard case .entity(let id, let state) = item else { return }
      guard let entity = wanted.removeValue(forKey: id) else {
        throw Violation("the state follows from the changes", "\(id) comes from nowhere")
      }
      if let difference = entity.difference(from: state) {
        throw Violation("the state follows from the changes", "\(id.raw.uuidText): \(difference)")
      }
    }
    if let lost = wanted.first {
      throw Violation("the state follows from the changes", "\(lost.key) is missing")
    }
    var version: [WriterID: UInt64] = [:]
    for name in oracle.names.values {
      version[name.writer] = max(version[name.writer] ?? 0, name.sequence)
    }
    let held = try store.holdings().version
    guard version.count == held.entries.count, version.allSatisfy({ held[$0] == $1 }) else {
      throw Violation("names follow from the changes", "\(held.entries)")
    }
    guard try store.forkCount() == oracle.forkCount else {
      throw Violation("forks are recorded", "\(oracle.forkCount) of them")
    }
    try judgeVisible(store, oracle)
  }

  /// What is shown: everything alive, and whatever something shown hangs on.
  private func judgeVisible(_ store: Store, _ oracle: Oracle) throws {
    var shown: Set<EntityID> = []
    for (id, entity) in oracle.entities where entity.isAlive {
      var next: EntityID? = id
      while let at = next, shown.insert(at).inserted {
        next = at.kind == .annotation ? oracle.entities[at]?.holder : nil
      }
    }
    // Of what something hangs on, and nobody has said a word about, there may be a row or not.
    // An annotation of which only something else than its target is known can't be shown.
    func isKnown(_ id: EntityID) -> Bool {
      guard let entity = oracle.entities[id] else { return false }
      return id.kind != .annotation || entity.holder != nil
    }
    let articles = try store.articles(matching: Query()).map(\.id).filter(isKnown)
    guard Set(articles) == shown.filter({ $0.kind == .article && isKnown($0) })
    else { throw Violation("shown is what is alive", "\(articles.count) articles") }
    let notes = try store.annotations(matching: Query()).map(\.id).filter(isKnown)
    guard Set(notes) == shown.filter({ $0.kind == .annotation && isKnown($0) })
    else { throw Violation("shown is what is alive", "\(notes.count) annotations") }
    try judgeTags(store, oracle, shown)
  }

  /// Tags: the names that they go by after all renames, and how many carry each.
  private func judgeTags(_ store: Store, _ oracle: Oracle, _ shown: Set<EntityID>) throws {
    var renames: [String: String] = [:]
    // Of two records of one name, which only a flipped bit makes, that with the greater id counts.
    for (id, entity) in oracle.entities.sorted(by: { $0.key.raw < $1.key.raw })
    where id.kind == .tag && !entity.isDeleted {
      guard let old = entity.shown(.name)?.value?.text,
        let new = entity.shown(.alias)?.value?.text
      else { continue }
      renames[old] = new
    }
    var carriers: [String: Set<EntityID>] = [:]
    for id in shown {
      for entry in oracle.entities[id]?.live ?? [] where entry.field == .tag {
        guard let name = entry.value?.text else { continue }
        carriers[Self.end(of: name, renames), default: []].insert(id)
      }
    }
    let expected = carriers.mapValues { ids in
      [ids.count { $0.kind == .article }, ids.count { $0.kind == .annotation }]
    }
    var found: [String: [Int]] = [:]
    for use in try store.tags() { found[use.name] = [use.articles, use.annotations] }
    guard found == expected else {
      throw Violation("tags follow from the changes", "\(found) and not \(expected)")
    }
  }

  /// Where the renames of a name without a path end; the least name of a circle stands for it.
  private static func end(of name: String, _ renames: [String: String]) -> String {
    var trail = [name]
    while let last = trail.last, let next = renames[last] {
      if let start = trail.firstIndex(of: next) { return trail[start...].min() ?? next }
      trail.append(next)
    }
    return trail.last ?? name
  }
}
