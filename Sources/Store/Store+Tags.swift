// SPDX-License-Identifier: MIT

public import Anchoring
import GRDB
public import Merge

/// A tag in use.
public struct TagUse: Hashable, Sendable {
  /// What it goes by.
  public var name: String
  /// How many articles carry it.
  public var articles: Int
  /// How many annotations carry it.
  public var annotations: Int
}

extension Store {
  /// Adds and removes tags of an article or annotation; returns what it carries then.
  ///
  /// Throws `notFound` when a tag that is to go isn't there.
  public func tag(
    _ id: EntityID, add: [TagName], remove: [TagName]
  ) throws -> [String] {
    try write { transaction in
      let edit = try Edit(transaction, writer: writer(transaction), action: "tag")
      let state = try edit.alive(id)
      let aliases = try TagIndex.aliases(transaction.db, writers: transaction.writers.table)
      let present = EntityIndex.tags(of: state)
      for tag in add where !present.contains(where: { aliases.resolve($0) == tag.string }) {
        try edit.insert(.text(tag.string), in: .tag, of: id)
      }
      for tag in remove {
        // What is shown as `new` may be stored as `old`: take out every name that goes by it.
        let names = present.filter { aliases.resolve($0) == tag.string || $0 == tag.string }
        guard !names.isEmpty else {
          throw StoreError(.notFound, "\(id.raw.uuidText) has no tag “\(tag.string)”")
        }
        for name in names { try edit.remove(.text(name), from: .tag, of: id) }
      }
      let after = try EntityIndex.tags(of: edit.state(of: id)).map { aliases.resolve($0) }
      try edit.commit()
      return Set(after).sorted()
    }
  }

  /// The tags that something visible carries, by name.
  public func tags() throws -> [TagUse] {
    try read { transaction in
      var uses: [TagUse] = []
      try transaction.db.each(
        """
        SELECT t.shown, count(DISTINCT CASE e.kind WHEN 1 THEN e.ordinal END),
          count(DISTINCT CASE e.kind WHEN 2 THEN e.ordinal END)
        FROM tag t JOIN tagging g ON g.tag = t.ordinal JOIN entity e ON e.ordinal = g.entity
        WHERE e.visible = 1 GROUP BY t.shown ORDER BY t.shown
        """
      ) { uses.append(TagUse(name: $0.text(0), articles: $0.count(1), annotations: $0.count(2))) }
      return uses
    }
  }

  /// Lets a tag, and all tags below it, go by another name; merging two tags is the same.
  ///
  /// - Parameter mustBeFree: true refuses a new name that is in use already (a rename that would
  ///   merge two tags unasked).
  public func renameTag(_ old: TagName, to new: TagName, mustBeFree: Bool) throws {
    try write { transaction in
      let aliases = try TagIndex.aliases(transaction.db, writers: transaction.writers.table)
      guard old.string != new.string else {
        throw StoreError(.badInput, "“\(old.string)” has that name already")
      }
      guard try transaction.isUsed(tag: old.string) else {
        throw StoreError(.notFound, "nothing carries the tag “\(old.string)”")
      }
      if mustBeFree, try transaction.isUsed(tag: new.string) {
        throw StoreError(
          .ambiguous,
          "“\(new.string)” is in use; to make them one: clientctl tag merge \(old.string) \(new.string)"
        )
      }
      let action = mustBeFree ? "tag rename" : "tag merge"
      let edit = try Edit(transaction, writer: writer(transaction), action: action)
      // A name that was renamed away earlier is free to be used again.
      if aliases.resolve(new.string) != new.string {
        try edit.set(.alias, of: Self.tagEntity(new.string), to: nil)
      }
      // Everything that now goes by the old name follows by its own record.
      let entity = Self.tagEntity(old.string)
      try edit.set(.name, of: entity, to: .text(old.string))
      try edit.set(.alias, of: entity, to: .text(new.string))
      try edit.commit()
    }
  }

  /// The entity that holds a tag's record.
  static func tagEntity(_ name: String) -> EntityID {
    EntityID(kind: .tag, raw: .uuidV8(hash: Chain.derive16("postil tag", name.utf8)))
  }
}

extension WriteTransaction {
  /// Whether something visible carries the tag, or one below it.
  fileprivate func isUsed(tag: String) throws -> Bool {
    try db.first(
      """
      SELECT 1 FROM tag t JOIN tagging g ON g.tag = t.ordinal JOIN entity e ON e.ordinal = g.entity
      WHERE e.visible = 1 AND (t.shown = ?1 OR (t.shown > ?1 || '/' AND t.shown < ?1 || '0'))
      LIMIT 1
      """, [tag.databaseValue]) != nil
  }
}
