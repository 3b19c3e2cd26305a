// SPDX-License-Identifier: MIT

public import Merge

/// What an annotation is about, as the field `target` holds it: written once, kept for ever.
public struct Target: Hashable, Sendable {
  /// The article.
  public var article: EntityID
  /// The annotation that this one replies to.
  public var parent: EntityID?
  /// SHA-256 of the revision that was annotated: 32 bytes.
  public var revision: [UInt8]?
  /// TextQuoteSelector: the words themselves; nil for a note on the whole article.
  public var quote: String?
  /// TextQuoteSelector: what stands before them.
  public var prefix: String?
  /// TextQuoteSelector: what stands after them.
  public var suffix: String?
  /// TextPositionSelector in code points of the revision; end exclusive.
  public var start: Int?
  /// TextPositionSelector in code points of the revision; end exclusive.
  public var end: Int?

  /// Member numbers of the record.
  private enum Key {
    static let article: UInt64 = 1
    static let parent: UInt64 = 2
    static let revision: UInt64 = 3
    static let quote: UInt64 = 4
    static let prefix: UInt64 = 5
    static let suffix: UInt64 = 6
    static let start: UInt64 = 7
    static let end: UInt64 = 8
  }

  /// A target without selectors: the whole article, or a parent.
  public init(article: EntityID, parent: EntityID? = nil) {
    self.article = article
    self.parent = parent
  }

  /// The annotation's target; nil when there is none that this version can read.
  public init?(_ state: EntityState) {
    guard let value = state.winner(of: .target)?.value, let article = value[Key.article]?.entity
    else { return nil }
    self.article = article
    parent = value[Key.parent]?.entity
    revision = value[Key.revision]?.bytes
    quote = value[Key.quote]?.text
    prefix = value[Key.prefix]?.text
    suffix = value[Key.suffix]?.text
    start = value[Key.start]?.integer.map(Int.init(clamping:))
    end = value[Key.end]?.integer.map(Int.init(clamping:))
  }

  /// The record for the field.
  var value: Value {
    var members: [Value.Member] = [.init(key: Key.article, value: .entity(article))]
    if let parent { members.append(.init(key: Key.parent, value: .entity(parent))) }
    if let revision { members.append(.init(key: Key.revision, value: .bytes(revision))) }
    if let quote { members.append(.init(key: Key.quote, value: .text(quote))) }
    if let prefix { members.append(.init(key: Key.prefix, value: .text(prefix))) }
    if let suffix { members.append(.init(key: Key.suffix, value: .text(suffix))) }
    if let start { members.append(.init(key: Key.start, value: .integer(Int64(start)))) }
    if let end { members.append(.init(key: Key.end, value: .integer(Int64(end)))) }
    return .record(members)
  }
}

extension Change {
  /// The entities that merging this change looks at: those that it speaks of, and what they hang
  /// on. Some of them several times.
  var expectedEntities: [EntityID] {
    var all: [EntityID] = []
    for operation in operations {
      if all.last != operation.entity { all.append(operation.entity) }
      guard case .assign(.target, _, .record(let members)?) = operation.action else { continue }
      for member in members {
        if case .entity(let holder) = member.value { all.append(holder) }
      }
      all.append(operation.entity)
    }
    return all
  }
}
