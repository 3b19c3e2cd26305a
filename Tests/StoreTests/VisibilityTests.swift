// SPDX-License-Identifier: MIT

import Merge
import Testing

@testable import Store

/// What can be seen after deletions, here and elsewhere.
@Suite struct VisibilityTests {
  private static let text = "The river rose at night. Two villages were cut off."

  /// Two stores with one article and one annotation on both.
  private struct Pair {
    let scratch: Scratch
    let here: Store
    let there: Store
    let article: EntityID
    let annotation: EntityID

    init() throws {
      scratch = try Scratch()
      here = try scratch.store("here", seed: 1)
      there = try scratch.store("there", seed: 2)
      article = try here.add(VisibilityTests.text, title: "Flood", tags: ["news"])
      annotation = try here.highlight(article, "river rose", note: "check")
      try there.pull(from: here)
    }

    /// Brings both together, and checks that they agree and are sound.
    func meet() throws {
      try here.swap(with: there)
      try expectSame(here, there)
      try expectSound(here)
      try expectSound(there)
    }
  }

  @Test("what a reply names and nobody has written keeps its number to itself")
  func namedAndUnwritten() throws {
    let scratch = try Scratch()
    let store = try scratch.store("a")
    var raw = RawWriter(7)
    let target = Target(article: .numbered(90), parent: .note(91))
    #expect(
      try store.merge([
        raw.change([Operation(.note(1), .target, value: target.value)])
      ]).merged == 1)
    // The next thing that is made must not take the number by which the reply names its article.
    #expect(try store.merge([raw.title("Another")]).merged == 1)
    let named = try store.read { transaction in
      try transaction.db.first(
        """
        SELECT a.id, p.id FROM entity e JOIN entity a ON a.ordinal = e.article
          JOIN entity p ON p.ordinal = e.parent WHERE e.first != 0 AND e.kind = 2
        """
      ).map { [$0.bytes(0), $0.bytes(1)] }
    }
    #expect(named == [target.article.raw.bytes, EntityID.note(91).raw.bytes])
    #expect(try store.doctor().problems == [])
  }

  @Test("deleting an article takes its annotations along, and restoring brings them all back")
  func deleteAndRestore() throws {
    let pair = try Pair()
    let reply = try pair.here.reply(to: pair.annotation, note: "yes", tags: [])
    let all: Set = [pair.article, pair.annotation, reply]
    #expect(Set(try pair.here.delete(pair.article, dryRun: true)) == all)
    #expect(try pair.here.status().annotations == 2)
    #expect(Set(try pair.here.delete(pair.article)) == all)
    #expect(try pair.here.status().articles == 0)
    #expect(try pair.here.status().annotations == 0)
    #expect(try pair.here.tags() == [])
    #expect(try pair.here.found("river") == [])
    #expect(throws: StoreError.self) { try pair.here.article(pair.article) }
    try pair.meet()
    #expect(Set(try pair.there.restore(pair.article)) == all)
    try pair.meet()
    #expect(try pair.here.article(pair.article).annotationCount == 1)
    #expect(try pair.here.status().annotations == 2)
    #expect(try pair.here.found("river") == [pair.article, pair.annotation])
  }

  @Test("what was deleted earlier and by itself stays deleted when its article is restored")
  func restoredTogether() throws {
    let pair = try Pair()
    let second = try pair.here.highlight(pair.article, "villages")
    _ = try pair.here.delete(second)
    _ = try pair.here.delete(pair.article)
    #expect(Set(try pair.here.restore(pair.article)) == [pair.article, pair.annotation])
    #expect(try pair.here.allAnnotations().map(\.id) == [pair.annotation])
    try pair.meet()
  }

  @Test("an article that is deleted here and annotated there comes back")
  func annotatedApart() throws {
    let pair = try Pair()
    _ = try pair.here.delete(pair.article)
    let made = try pair.there.highlight(pair.article, "villages", note: "news to me")
    try pair.meet()
    #expect(try pair.here.allArticles().map(\.id) == [pair.article])
    #expect(try pair.here.allAnnotations().map(\.id) == [made])
    #expect(try pair.here.article(pair.article).annotationCount == 1)
    #expect(try pair.here.article(pair.article).title == "Flood")
  }

  @Test("the note of a deleted annotation can be written while a reply keeps it in sight")
  func noteOfWhatIsKept() throws {
    let pair = try Pair()
    _ = try pair.here.delete(pair.annotation)
    #expect(throws: StoreError.self) { try pair.here.draft(of: pair.annotation) }
    _ = try pair.there.reply(to: pair.annotation, note: "wait", tags: [])
    try pair.meet()
    let draft = try pair.here.draft(of: pair.annotation)
    #expect(draft.text == "check")
    try pair.here.setNote(of: pair.annotation, to: "checked", base: draft)
    try pair.meet()
    #expect(try pair.there.annotation(pair.annotation).note == "checked")
  }

  @Test("an article that came back can be worked with like any other")
  func workingWithWhatCameBack() throws {
    let pair = try Pair()
    _ = try pair.here.delete(pair.article)
    _ = try pair.there.highlight(pair.article, "villages", note: "news to me")
    try pair.meet()
    try pair.here.highlight(pair.article, "cut off")
    try pair.here.addTag("back", to: pair.article)
    #expect(try pair.here.allAnnotations().count == 2)
    try pair.meet()
    _ = try pair.there.delete(pair.article)
    try pair.meet()
    #expect(try pair.here.allArticles() == [])
    #expect(try pair.here.allAnnotations() == [])
  }

  @Test("an article that came back can be deleted again, and restored with what went then")
  func deletedAgain() throws {
    let pair = try Pair()
    _ = try pair.here.delete(pair.article)
    let made = try pair.there.highlight(pair.article, "villages", note: "news to me")
    try pair.meet()
    _ = try pair.here.delete(pair.article)
    try pair.meet()
    #expect(try pair.there.allArticles() == [])
    #expect(Set(try pair.there.restore(pair.article)).isSuperset(of: [pair.article, made]))
    try pair.meet()
    #expect(try pair.here.allAnnotations().map(\.id).contains(made))
  }

  @Test("a reply to an annotation that was deleted meanwhile keeps both in sight")
  func replyToDeleted() throws {
    let pair = try Pair()
    _ = try pair.here.delete(pair.annotation)
    #expect(try pair.here.article(pair.article).annotationCount == 0)
    let reply = try pair.there.reply(to: pair.annotation, note: "why not", tags: [])
    try pair.meet()
    #expect(Set(try pair.here.annotations(of: pair.article).map(\.id)) == [pair.annotation, reply])
    #expect(try pair.here.article(pair.article).annotationCount == 1)
    // When the reply goes too, nothing holds the annotation any more.
    _ = try pair.here.delete(reply)
    #expect(try pair.here.annotations(of: pair.article) == [])
    try pair.meet()
  }

  @Test("a deleted article holds on to nothing when the last annotation goes")
  func lastAnnotationGoes() throws {
    let pair = try Pair()
    _ = try pair.here.delete(pair.article)
    let made = try pair.there.highlight(pair.article, "villages")
    try pair.meet()
    _ = try pair.there.delete(made)
    try pair.meet()
    #expect(try pair.here.allArticles() == [])
    #expect(try pair.here.status().articles == 0)
  }

  @Test("an edit that the deletion had not seen brings the thing back whole")
  func editedApart() throws {
    let pair = try Pair()
    _ = try pair.here.delete(pair.annotation)
    try pair.there.setNote(of: pair.annotation, to: "check twice")
    try pair.meet()
    #expect(try pair.here.annotation(pair.annotation).note == "check twice")
    #expect(try pair.here.annotation(pair.annotation).target.quote == "river rose")
  }

  @Test("a deletion on both sides is one deletion, and one restore takes back both")
  func deletedTwice() throws {
    let pair = try Pair()
    _ = try pair.here.delete(pair.annotation)
    _ = try pair.there.delete(pair.annotation)
    try pair.meet()
    #expect(try pair.here.restore(pair.annotation) == [pair.annotation])
    try pair.meet()
    #expect(try pair.there.annotation(pair.annotation).note == "check")
  }

  @Test("a thing that is deleted, unknown or not deleted answers with what to do")
  func wishes() throws {
    let pair = try Pair()
    let unknown = EntityID.note(7)
    _ = try pair.here.delete(pair.annotation)
    func code(_ body: () throws -> Void) -> StoreError.Code? {
      #expect(throws: StoreError.self) { try body() }?.code
    }
    #expect(code { _ = try pair.here.delete(pair.annotation) } == .notFound)
    #expect(code { _ = try pair.here.delete(unknown) } == .notFound)
    #expect(code { _ = try pair.here.restore(unknown) } == .notFound)
    #expect(code { _ = try pair.here.restore(pair.article) } == .badInput)
    #expect(code { _ = try pair.here.reply(to: pair.annotation, note: "x", tags: []) } == .notFound)
    #expect(code { try pair.here.setNote(of: pair.annotation, to: "x") } == .notFound)
    #expect(code { _ = try pair.here.draft(of: pair.annotation) } == .notFound)
    #expect(code { try pair.here.addTag("x", to: pair.annotation) } == .notFound)
  }

  @Test("adding a deleted article again restores it")
  func addedAgain() throws {
    let pair = try Pair()
    _ = try pair.here.delete(pair.article)
    let again = try pair.here.addArticle(NewArticle(text: .init(Self.text)))
    #expect(again == AddedArticle(id: pair.article, outcome: .restored))
    #expect(try pair.here.article(pair.article).title == "Flood")
    try pair.meet()
  }
}
