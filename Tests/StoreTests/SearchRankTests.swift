// SPDX-License-Identifier: MIT

import Merge
import Testing

@testable import Store

/// In which order hits come.
@Suite struct SearchRankTests {
  private func notes(_ hits: [SearchHit]) -> [String] {
    hits.compactMap { hit in
      if case .annotation(let annotation) = hit.found { annotation.note } else { nil }
    }
  }

  private func query(_ text: String) throws -> Query {
    try Query.parse(text, now: 0, utcOffsetSeconds: 0)
  }

  @Test("a row in which the word stands more often, or that is shorter, comes first")
  func fit() throws {
    let scratch = try Scratch()
    let store = try scratch.store("a")
    let article = try store.add("The river rose at night.")
    let long = "bridge " + (0..<60).map { "word\($0)" }.joined(separator: " ")
    for note in [long, "bridge bridge bridge", "a bridge"] {
      _ = try store.highlight(article, "river", note: note)
    }
    let hits = try store.search(matching: try query("bridge"), limit: 10)
    #expect(notes(hits) == ["bridge bridge bridge", "a bridge", long])
    #expect(hits.map(\.score) == hits.map(\.score).sorted(by: >))
  }

  @Test("a query's own order and limit hold for articles and annotations together")
  func ordered() throws {
    let scratch = try Scratch()
    let store = try scratch.store("a")
    let first = try store.add("The bridge.", title: "First")
    let note = try store.highlight(first, "bridge", note: "bridge bridge bridge")
    let second = try store.add("A bridge of boats.", title: "Second")
    func found(_ text: String) throws -> [EntityID] {
      try store.search(matching: query(text), limit: 50).map(\.id)
    }
    #expect(try found("bridge sort:created") == [first, note, second])
    #expect(try found("bridge sort:-created") == [second, note, first])
    #expect(try found("bridge sort:-created limit:2") == [second, note])
    #expect(try found("bridge limit:1").count == 1)
    #expect(try found("limit:2").count == 2)
  }

  @Test("of very many hits those that came last are ranked, and a sort takes all")
  func window() throws {
    let scratch = try Scratch()
    let store = try scratch.store("a")
    let article = try store.add("The river rose at night.")
    try store.importBatch { session in
      for number in 0...QuerySQL.rankedMax {
        var new = NewAnnotation(target: Target(article: article))
        new.note = number == 0 ? "bridge bridge" : "bridge \(number)"
        new.created = Int64(number)
        try session.annotate(new)
      }
    }
    let best = try store.search(matching: query("bridge"), limit: QuerySQL.rankedMax)
    #expect(best.count == QuerySQL.rankedMax)
    #expect(!notes(best).contains("bridge bridge"))
    // Who wants to see more of them gets more.
    let more = try store.search(matching: query("bridge"), limit: QuerySQL.rankedMax + 1)
    #expect(more.count == QuerySQL.rankedMax + 1)
    #expect(notes(more).first == "bridge bridge")
    let all = try store.search(matching: query("bridge sort:created"), limit: 1000)
    #expect(all.count == QuerySQL.rankedMax + 1)
    let rare = try store.search(matching: query("bridge 7"), limit: 1000)
    #expect(notes(rare) == ["bridge 7"])
  }
}
