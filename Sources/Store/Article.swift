// SPDX-License-Identifier: MIT

public import Merge

/// One article as it is shown: the winning value of each register, and what hangs on it.
public struct Article: Hashable, Sendable {
  /// Its name.
  public var id: EntityID
  /// Its address, as it was given.
  public var url: String?
  /// Its title; empty when it has none.
  public var title: String
  /// The host or outlet.
  public var site: String?
  /// Who wrote it.
  public var author: String?
  /// When it was published, milliseconds since 1970.
  public var published: Int64?
  /// What each tag goes by after renames; sorted, each once.
  public var tags: [String]
  /// Its texts, the newest last.
  public var revisions: [Revision]
  /// How many visible annotations hang on it, replies not counted.
  public var annotationCount: Int
  /// When it was added, milliseconds since 1970.
  public var created: Int64
  /// When anything about it was last said.
  public var modified: Int64
  /// What people call the machine that added it.
  public var device: String?
  /// Fields that hold different values from different machines.
  public var conflicts: [Field]

  /// SHA-256 of the text that is shown.
  public var revision: [UInt8]? { revisions.last?.hash }
}

/// One annotation as it is shown.
public struct Annotation: Hashable, Sendable {
  /// What sort of annotation it is, told by what it has.
  public enum Kind: String, Hashable, Sendable {
    /// A passage, marked.
    case highlight
    /// A passage with a note.
    case note
    /// A note on the whole article.
    case page = "page note"
    /// An answer to another annotation.
    case reply
  }

  /// Its name.
  public var id: EntityID
  /// What it is about.
  public var target: Target
  /// Its note; nil when there is none.
  public var note: String?
  /// What each tag goes by after renames; sorted, each once.
  public var tags: [String]
  /// Its colour.
  public var color: String?
  /// When it was made, milliseconds since 1970.
  public var created: Int64
  /// When anything about it was last said.
  public var modified: Int64
  /// What people call the machine that made it.
  public var device: String?
  /// Whether its passage stands unchanged in the article's shown text, and the target says where.
  public var isExact: Bool
  /// Fields that hold different values from different machines.
  public var conflicts: [Field]

  /// What sort of annotation it is.
  public var kind: Kind {
    if target.parent != nil { return .reply }
    if target.quote == nil { return .page }
    return note == nil ? .highlight : .note
  }
}
