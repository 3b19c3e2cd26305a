// SPDX-License-Identifier: MIT

/// What a person looks for among articles or annotations, as `Query.parse` reads it.
///
/// Plain values, nothing of SQL in them: `QuerySQL` turns them into a statement.
public struct Query: Hashable, Sendable {
  /// What must hold of a row.
  public var expression: Expression = .all
  /// The order that was asked for; nil for the usual one, newest first.
  public var sort: Sort?
  /// At most how many rows were asked for.
  public var limit: Int?

  /// A query that everything fits.
  public init() {}

  /// A condition. A term that is at home in the other kind of row goes through the relation: of an
  /// article, `quote:x` says that it has a visible annotation with such a quote; of an annotation,
  /// `title:x` speaks of its article.
  public indirect enum Expression: Hashable, Sendable {
    /// Everything.
    case all
    /// Each of these.
    case and([Expression])
    /// At least one of these.
    case or([Expression])
    /// Not this.
    case not(Expression)
    /// Words in the full-text index.
    case words(Words)
    /// A tag, by the name it goes by now; the subtree is the tag itself and all below it.
    case tag(name: String, includingSubtree: Bool)
    /// The article's host (or a host below it) or outlet, without regard to ASCII case.
    case site(String)
    /// The annotation's colour, without regard to ASCII case.
    case color(String)
    /// What people call the machine that made it.
    case device(String)
    /// What sort of annotation it is.
    case kind(Annotation.Kind)
    /// Something is there.
    case has(Trait)
    /// A time in milliseconds since 1970: from the first, until just before the second.
    case time(Moment, from: Int64?, until: Int64?)
    /// The first hexadecimal digits of the id, in lower case, without dashes.
    case id(prefix: String)
  }

  /// Words to look for, one after another. Case and diacritics don't matter.
  public struct Words: Hashable, Sendable {
    /// Where they must stand; nil for every place that a bare word is looked for in.
    public var column: Column?
    /// The words as they were typed.
    public var text: String
    /// Whether they stood in quotes.
    public var isPhrase: Bool
    /// Whether the last of them may go on: `wor*`.
    public var isPrefix: Bool

    /// Words in a column, or anywhere.
    public init(
      _ text: String, in column: Column? = nil, isPhrase: Bool = false, isPrefix: Bool = false
    ) {
      self.column = column
      self.text = text
      self.isPhrase = isPhrase
      self.isPrefix = isPrefix
    }
  }

  /// Where words are looked for when a field is named.
  public enum Column: String, Hashable, Sendable {
    /// An article's title.
    case title
    /// The passage that was annotated.
    case quote
    /// What was noted.
    case note
    /// An article's text.
    case text
  }

  /// What `has:` asks for.
  public enum Trait: String, Hashable, Sendable, CaseIterable {
    /// A note; of an article, an annotation with one.
    case note
    /// A tag of its own.
    case tag
    /// A quote; of an article, an annotation with one.
    case quote
    /// A field of its own that holds different values from different machines. Also `is:conflict`.
    case conflict
    /// An annotation; of an annotation, that it belongs to an article.
    case annotation
    /// A reply; of an article, an annotation with one.
    case reply
  }

  /// Which time is meant.
  public enum Moment: String, Hashable, Sendable {
    /// When it was made.
    case created
    /// When anything about it was last said.
    case modified
  }

  /// An order of rows.
  public struct Sort: Hashable, Sendable {
    /// By which time.
    public var key: Moment
    /// Oldest first.
    public var ascending: Bool

    /// An order by a time.
    public init(_ key: Moment, ascending: Bool) {
      self.key = key
      self.ascending = ascending
    }
  }

  /// What a query may be at most, so that nobody's paste can stall the store.
  enum Limits {
    static let bytes = 10_000
    static let terms = 200
    static let depth = 50
    static let rows = 1_000_000
  }
}

extension Query.Expression {
  /// All of `parts`, without needless nesting; nil when there are none.
  static func every(_ parts: [Self]) -> Self? {
    let flat = parts.flatMap { part in
      if case .and(let inner) = part { inner } else { [part] }
    }
    return flat.count > 1 ? .and(flat) : flat.first
  }

  /// Any of `parts`, without needless nesting; nil when there are none.
  static func any(_ parts: [Self]) -> Self? {
    let flat = parts.flatMap { part in
      if case .or(let inner) = part { inner } else { [part] }
    }
    return flat.count > 1 ? .or(flat) : flat.first
  }
}
