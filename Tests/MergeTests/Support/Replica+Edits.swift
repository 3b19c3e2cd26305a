// SPDX-License-Identifier: MIT

import Merge

/// What a person does, as ops: each names what this replica has seen, as the store's edits do.
extension Replica {
  /// Writes a register over every value seen.
  @discardableResult
  mutating func set(
    _ field: Field, of entity: EntityID = .article, to value: String?, time: Int64 = 0
  ) throws -> Change {
    let removes = state(of: entity).dots(of: field)
    return try write(
      [Operation(entity, field, removes: removes, value: value.map { .text($0) })], time: time)
  }

  /// Adds a tag.
  mutating func tag(_ name: String, _ entity: EntityID = .article) throws {
    try write([Operation(entity, .tag, value: .text(name))])
  }

  /// Takes a tag out: every dot of it that is seen.
  mutating func untag(_ name: String, _ entity: EntityID = .article) throws {
    let dots = state(of: entity).entries(of: .tag).filter { $0.value == .text(name) }.map(\.dot)
    try write([Operation(entity, .tag, removes: dots, value: nil)])
  }

  /// Deletes the article.
  mutating func delete() throws {
    try write([state(of: .article).deletion(of: .article)])
  }

  /// Takes back every deletion seen; does nothing when there is none.
  mutating func restore() throws {
    if let restoration = state(of: .article).restoration(of: .article) { try write([restoration]) }
  }

  /// The article's tags, each once.
  var tags: Set<String> {
    Set(state(of: .article).entries(of: .tag).compactMap { $0.value?.text })
  }

  /// The title that is shown.
  var title: String? { state(of: .article).winner(of: .title)?.value?.text }

  /// The titles that are kept beside it.
  var keptTitles: [String] {
    state(of: .article).conflicts.first { $0.field == .title }?.kept.compactMap { $0.value?.text }
      ?? []
  }

  /// Whether the article is deleted.
  var isDeleted: Bool { state(of: .article).isDeleted }
}

/// Two machines that can't reach one another until they are told to, with one article on both.
struct TwoMachines {
  var laptop = Replica(.numbered(1))
  var desktop = Replica(.numbered(2))

  /// The article has a title and the tag `news`, and both machines know.
  init() throws {
    try laptop.set(.title, to: "Monsoon")
    try laptop.tag("news")
    try meet()
  }

  /// Each hears all of the other; afterwards they must agree.
  mutating func meet() throws {
    try laptop.pull(desktop)
    try desktop.pull(laptop)
    try require(laptop.bytes == desktop.bytes, "the machines do not agree")
  }
}
