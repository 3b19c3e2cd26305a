// SPDX-License-Identifier: MIT

public import Anchoring
import GRDB
public import Merge

/// What is known of an annotation that is about to be made.
public struct NewAnnotation: Sendable {
  /// What it is about.
  public var target: Target
  /// Its note.
  public var note: String?
  /// Its tags.
  public var tags: [TagName] = []
  /// Its colour.
  public var color: String?
  /// When it was made elsewhere, milliseconds since 1970 (imports).
  public var created: Int64?
  /// Its name, when it has one already (imports); else one is minted.
  public var id: EntityID?

  /// An annotation of which only the target is known.
  public init(target: Target) { self.target = target }
}

/// What looking for a quote came to.
public enum QuoteOutcome: Hashable, Sendable {
  /// It was found, and annotated.
  case annotated(EntityID, QuoteMatch)
  /// It occurs several times, and nobody said which is meant.
  case several([QuoteMatch], text: CanonicalText)
  /// It does not occur; these passages are nearest.
  case none([NearPassage])
}

extension Store {
  /// Annotates the passage of an article's shown text that a quote names.
  ///
  /// - Parameter occurrence: which one, from 1, when the quote occurs several times.
  public func annotate(
    article id: EntityID, quote: String, occurrence: Int?, note: String?, tags: [TagName],
    color: String?
  ) throws -> QuoteOutcome {
    let article = try article(id)
    let text = try shownText(of: article)
    var search = QuoteSearch(text)
    let matches = try search.occurrences(of: quote)
    guard !matches.isEmpty else { return .none(try search.nearest(to: quote, limit: 3)) }
    if let occurrence, !(1...matches.count).contains(occurrence) {
      let times = matches.count == 1 ? "once" : "\(matches.count) times"
      throw StoreError(
        occurrence < 1 ? .badInput : .notFound,
        "the quote occurs \(times); --occurrence \(occurrence) is not one of them")
    }
    guard matches.count == 1 || occurrence != nil else { return .several(matches, text: text) }
    let match = matches[(occurrence ?? 1) - 1]
    var new = NewAnnotation(
      target: try Target(article: id, revision: article.revision, text: text, match: match))
    new.note = note
    new.tags = tags
    new.color = color
    return .annotated(try annotate(new), match)
  }

  /// Makes an annotation.
  public func annotate(_ new: NewAnnotation) throws -> EntityID {
    try write { transaction in
      let action = new.target.parent == nil ? "annotate" : "reply"
      let edit = try Edit(transaction, writer: writer(transaction), action: action)
      _ = try edit.alive(new.target.parent ?? new.target.article)
      let id = try edit.annotate(new)
      try edit.commit()
      return id
    }
  }

  /// Answers an annotation.
  public func reply(to parent: EntityID, note: String, tags: [TagName]) throws -> EntityID {
    let article = try annotation(parent).target.article
    var new = NewAnnotation(target: Target(article: article, parent: parent))
    new.note = note
    new.tags = tags
    return try annotate(new)
  }

  /// The annotation; throws `notFound` when it isn't here or is deleted.
  public func annotation(_ id: EntityID) throws -> Annotation {
    try read { transaction in
      var views = ViewBuilder(transaction)
      guard id.kind == .annotation,
        let row = try transaction.db.first(
          "SELECT state, visible FROM entity WHERE id = ? AND kind = 2", [id.raw.bytes.blob]),
        let annotation = try views.annotation(id, transaction.state(row, 0))
      else { throw StoreError(.notFound, "there is no annotation \(id.raw.uuidText)") }
      guard row.whole(1) == 1 else {
        throw StoreError(
          .notFound,
          "\(id.raw.uuidText) was deleted; bring it back with: clientctl restore \(id.raw.uuidText)"
        )
      }
      return annotation
    }
  }

  /// The article's shown text; throws `notFound` when it has not arrived yet.
  public func shownText(of article: Article) throws -> CanonicalText {
    guard let revision = article.revision, let bytes = try text(hash: revision) else {
      throw StoreError(
        .notFound,
        "the text of \(article.id.raw.uuidText) has not arrived on this machine yet; "
          + "run: clientctl sync")
    }
    return try CanonicalText(utf8: bytes)
  }
}

extension Target {
  /// The target with all selectors of a passage that was found.
  public init(
    article: EntityID, revision: [UInt8]?, text: CanonicalText, match: QuoteMatch
  ) throws {
    let selectors = try text.selectors(for: match.range)
    self.init(article: article)
    self.revision = revision
    quote = selectors.quote.exact
    prefix = selectors.quote.prefix
    suffix = selectors.quote.suffix
    start = selectors.position.start
    end = selectors.position.end
  }
}

extension Edit {
  /// Records what making `new` takes.
  func annotate(_ new: NewAnnotation) throws -> EntityID {
    let environment = transaction.environment
    let id =
      new.id
      ?? EntityID(
        kind: .annotation,
        raw: .uuidV7(
          milliseconds: environment.now(), random: (environment.random(), environment.random())))
    try append(Operation(id, .target, value: new.target.value))
    if let color = new.color { try append(Operation(id, .color, value: .text(color))) }
    if let note = new.note, !note.isEmpty { try write(note: note, of: id) }
    if let created = new.created { try append(Operation(id, .created, value: .integer(created))) }
    for tag in new.tags { try insert(.text(tag.string), in: .tag, of: id) }
    return id
  }
}
