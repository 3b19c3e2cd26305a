// SPDX-License-Identifier: MIT

/// What is said about an entity. Numbers are for ever; a newer version's fields are merged,
/// forwarded and exported like ours, only not shown.
public struct Field: Hashable, Comparable, Sendable {
  /// The number on the wire.
  public var code: UInt64

  /// The field numbered `code`.
  @inlinable public init(code: UInt64) { self.code = code }

  /// By number.
  @inlinable public static func < (left: Self, right: Self) -> Bool { left.code < right.code }

  /// Deletions, each with the dots it had seen.
  public static let deletion = Field(code: 0)
  /// When it was made, if that differs from the time of the change that made it (imports).
  public static let created = Field(code: 1)
  /// An article's title.
  public static let title = Field(code: 2)
  /// An article's address, as it was given.
  public static let url = Field(code: 3)
  /// The host or outlet that published an article.
  public static let site = Field(code: 4)
  /// Who wrote an article.
  public static let author = Field(code: 5)
  /// When an article was published, in milliseconds.
  public static let published = Field(code: 6)
  /// An article's texts; a set of `Revision` records.
  public static let revision = Field(code: 7)
  /// Tags; a set of names.
  public static let tag = Field(code: 8)
  /// What an annotation is about; a `Target` record, written once.
  public static let target = Field(code: 9)
  /// An annotation's colour.
  public static let color = Field(code: 10)
  /// A note's text.
  public static let text = Field(code: 11)
  /// The name that a tag now goes by.
  public static let alias = Field(code: 12)
  /// What somebody calls it: a tag's own name, a writer's device.
  public static let name = Field(code: 13)
  /// Whether an article was read: `unread`, `reading`, `read`, `archived`.
  public static let readState = Field(code: 14)
  /// When a device was revoked, in milliseconds; a set, so that whoever revokes it anew at the
  /// same time as another lets it in is obeyed.
  public static let revoked = Field(code: 15)
}

/// How concurrent values of a field live together.
public enum FieldSemantics: Hashable, Sendable {
  /// One value is shown; truly concurrent others are kept and listed.
  case register
  /// Every value is shown.
  case set
  /// One text, merged from edits.
  case text
  /// Deletions: hides the entity while they cover every live dot.
  case deletion
}

extension Field {
  /// How concurrent values of this field live together; unknown fields are registers.
  public var semantics: FieldSemantics {
    switch self {
    case .deletion: .deletion
    case .revision, .tag, .revoked: .set
    case .text: .text
    default: .register
    }
  }

  /// The name in exports and on the screen; `field-N` for one that this version does not know.
  public var label: String {
    switch self {
    case .deletion: "deletion"
    case .created: "created"
    case .title: "title"
    case .url: "url"
    case .site: "site"
    case .author: "author"
    case .published: "published"
    case .revision: "revision"
    case .tag: "tag"
    case .target: "target"
    case .color: "color"
    case .text: "text"
    case .alias: "alias"
    case .name: "name"
    case .readState: "state"
    case .revoked: "revoked"
    default: "field-\(code)"
    }
  }

  /// The fields that this version knows.
  public static let known: [Field] = [
    .deletion, .created, .title, .url, .site, .author, .published, .revision, .tag, .target,
    .color, .text, .alias, .name, .readState, .revoked,
  ]
}
