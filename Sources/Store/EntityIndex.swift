// SPDX-License-Identifier: MIT

import Merge

/// What queries need to know of an entity, worked out from its merged state alone.
struct EntityIndex: Equatable {
  var article: EntityID?
  var parent: EntityID?
  /// Not deleted, whatever may hang on it.
  var alive = false
  var flags: Int = 0
  var created: Int64 = 0
  var modified: Int64 = 0
  var device: WriterID?
  var color: String?
  var site: String?
  var tags: [String] = []
  /// SHA-256 and length of each revision.
  var revisions: [Revision] = []
  var title = ""
  var quote = ""
  var note = ""

  /// Bits of the column `flags`.
  enum Flag {
    static let note = 1
    static let conflict = 2
    static let tag = 4
    static let quote = 8
  }

  init() {}

  init(_ state: EntityState, kind: EntityKind) {
    alive = state.exists && !state.isDeleted
    modified = state.modified
    tags = Self.tags(of: state)
    note = state.text ?? ""
    color = state.winner(of: .color)?.value?.text
    switch kind {
    case .article:
      title = state.winner(of: .title)?.value?.text ?? ""
      site = state.winner(of: .site)?.value?.text
      revisions = Revision.all(of: state)
    case .annotation:
      let target = Target(state)
      article = target?.article
      parent = target?.parent
      quote = target?.quote ?? ""
    default: break
    }
    let origin = Self.origin(of: state, kind: kind)
    device = origin?.dot.writer
    created = state.winner(of: .created)?.value?.integer ?? origin?.time ?? modified
    if !note.isEmpty { flags |= Flag.note }
    // What machines are called is no work of anybody's that a person must decide on.
    if kind != .device && !state.conflicts.isEmpty { flags |= Flag.conflict }
    if !tags.isEmpty { flags |= Flag.tag }
    if !quote.isEmpty { flags |= Flag.quote }
  }

  /// The names on the entity, each once, by bytes.
  static func tags(of state: EntityState) -> [String] {
    var names = state.entries(of: .tag).compactMap { $0.value?.text }
    if names.count > 1 {
      names.sort { $0.utf8.lexicographicallyPrecedes($1.utf8) }
      var last: String?
      names.removeAll { name in
        defer { last = name }
        return last.map { Array($0.utf8) == Array(name.utf8) } ?? false
      }
    }
    return names
  }

  /// The value that came with the entity itself: it tells who made it, and when.
  static func origin(of state: EntityState, kind: EntityKind) -> EntityState.Entry? {
    let field: Field = kind == .annotation ? .target : kind == .article ? .revision : .name
    return state.entries(of: field).min { left, right in
      left.time != right.time ? left.time < right.time : left.dot < right.dot
    }
  }
}
