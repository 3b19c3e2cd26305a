// SPDX-License-Identifier: MIT

public import Anchoring
import GRDB
public import Merge

/// What is known of an article that is about to be added.
public struct NewArticle: Sendable {
  /// Its text.
  public var text: CanonicalText
  /// Its address.
  public var url: ArticleURL?
  /// Its title.
  public var title: String?
  /// The outlet; the address's host when this is nil.
  public var site: String?
  /// Who wrote it.
  public var author: String?
  /// When it was published, milliseconds since 1970.
  public var published: Int64?
  /// When it was first saved elsewhere, milliseconds since 1970 (imports).
  public var created: Int64?
  /// Its tags.
  public var tags: [TagName] = []

  /// An article of which only the text is known.
  public init(text: CanonicalText) { self.text = text }

  /// The same article has the same id on every machine: its address tells, else its folded text.
  public var id: EntityID {
    let raw =
      if let url {
        Chain.derive16("postil article url", url.identity.utf8)
      } else {
        Chain.derive16("postil article text", FoldedText(text).utf8)
      }
    return EntityID(kind: .article, raw: .uuidV8(hash: raw))
  }
}

/// What adding did.
public struct AddedArticle: Hashable, Sendable {
  /// What adding an article came to.
  public enum Outcome: String, Hashable, Sendable {
    /// It was not here before.
    case added
    /// It was here with other texts; this one is a new revision.
    case revised
    /// It was here, deleted; now it is back.
    case restored
    /// It was here as it is; only tags may be new.
    case present
  }

  /// The article.
  public var id: EntityID
  /// What adding came to.
  public var outcome: Outcome
}

extension Store {
  /// Adds an article, or a revision to one that is here.
  public func addArticle(_ new: NewArticle) throws -> AddedArticle {
    try write { transaction in
      let edit = try Edit(transaction, writer: writer(transaction), action: "add")
      let outcome = try edit.add(new)
      try edit.commit()
      return AddedArticle(id: new.id, outcome: outcome)
    }
  }

  /// The article; throws `notFound` when it isn't here or is deleted.
  public func article(_ id: EntityID) throws -> Article {
    try read { transaction in
      guard
        let row = try transaction.db.first(
          "SELECT state, children FROM entity WHERE id = ? AND kind = 1 AND visible = 1",
          [id.raw.bytes.blob])
      else { throw StoreError(.notFound, "there is no article \(id.raw.uuidText)") }
      var views = ViewBuilder(transaction)
      return try views.article(id, transaction.state(row, 0), children: row.count(1))
    }
  }

  /// Writes registers of an article or an annotation, as one change: title, author, colour …
  public func set(_ values: [(Field, Value)], of id: EntityID, action: String) throws {
    try write { transaction in
      let edit = try Edit(transaction, writer: writer(transaction), action: action)
      _ = try edit.alive(id)
      for (field, value) in values { try edit.set(field, of: id, to: value) }
      try edit.commit()
    }
  }
}

extension Edit {
  /// Records what adding `new` takes.
  func add(_ new: NewArticle) throws -> AddedArticle.Outcome {
    let id = new.id
    let content = new.text.utf8
    let hash = Chain.sha256(content)
    let before = try state(of: id)
    let outcome: AddedArticle.Outcome =
      if !before.exists {
        .added
      } else if before.isDeleted {
        .restored
      } else if Revision.all(of: before).contains(where: { $0.hash == hash }) {
        .present
      } else {
        .revised
      }
    if let restoration = before.restoration(of: id) { try append(restoration) }
    if !Revision.all(of: before).contains(where: { $0.hash == hash }) {
      let revision = Revision.value(
        hash: hash, codePoints: new.text.scalarCount, byteCount: content.count)
      try append(Operation(id, .revision, value: revision))
    }
    // What is said again replaces nothing that a person may have set by hand meanwhile.
    try fill(.title, of: id, with: .text(new.title ?? new.text.suggestedTitle))
    try fill(.url, of: id, with: new.url.map { .text($0.display) })
    try fill(.site, of: id, with: (new.site ?? new.url?.site).map { .text($0) })
    try fill(.author, of: id, with: new.author.map { .text($0) })
    try fill(.published, of: id, with: new.published.map { .integer($0) })
    try fill(.created, of: id, with: new.created.map { .integer($0) })
    for tag in new.tags { try insert(.text(tag.string), in: .tag, of: id) }
    try transaction.putText(hash: hash, content: content)
    return outcome
  }

  /// Writes a register that is empty.
  func fill(_ field: Field, of id: EntityID, with value: Value?) throws {
    guard let value, try state(of: id).entries(of: field).isEmpty else { return }
    try append(Operation(id, field, value: value))
  }

  /// The state of an entity that a person can see; throws `notFound` otherwise.
  func alive(_ id: EntityID) throws -> EntityState {
    let state = try state(of: id)
    guard state.exists else {
      throw StoreError(.notFound, "there is nothing named \(id.raw.uuidText)")
    }
    // What hangs on a deleted thing, made apart, keeps it in sight: then it can be worked with.
    guard try !state.isDeleted || transaction.cached(id).children > 0 else {
      throw StoreError(
        .notFound,
        "\(id.raw.uuidText) was deleted; bring it back with: clientctl restore \(id.raw.uuidText)")
    }
    return state
  }
}
