// SPDX-License-Identifier: MIT

import TestSupport
import Testing

@testable import Store

@Suite("Any query, however it is put together")
struct QueryAlgebraTests {
  private static let terms = [
    "war", "riv*", "text:flour", "tag:news/*", "#newsroom", "note:bridge", "quote:bridge",
    "title:river", "site:example.org", "color:red", "device:laptop", "kind:reply", "has:note",
    "is:conflict", "id:a002", "created:1970", "has:annotation",
  ]

  /// A random query and the rows that fit it, reckoned from those that fit each of its terms.
  private struct Grower {
    let rows: [String: Set<Int64>]
    let all: Set<Int64>
    var random: SeededGenerator
    var left: Int

    mutating func grow(depth: Int) -> (text: String, rows: Set<Int64>) {
      let term = QueryAlgebraTests.terms[random.below(QueryAlgebraTests.terms.count)]
      var grown = (text: term, rows: rows[term] ?? [])
      if depth > 0, left > 1, random.below(8) > 0 {
        let isAll = random.below(2) == 0
        var parts: [(text: String, rows: Set<Int64>)] = []
        for _ in 0..<(2 + random.below(2)) where left > 1 || parts.isEmpty {
          let skipped = random.below(2) * random.below(depth)
          parts.append(grow(depth: depth - 1 - skipped))
        }
        grown = (
          "(" + parts.map(\.text).joined(separator: isAll ? " " : " or ") + ")",
          parts.dropFirst().reduce(parts.first?.rows ?? []) {
            isAll ? $0.intersection($1.rows) : $0.union($1.rows)
          }
        )
      } else {
        left -= 1
      }
      if random.below(3) == 0 { grown = ("-" + grown.text, all.subtracting(grown.rows)) }
      return grown
    }
  }

  @Test(
    "finds what the sets of its terms say",
    arguments: [QuerySQL.Context.articles, .annotations])
  func algebra(context: QuerySQL.Context) throws {
    let fixture = try QueryFixture()
    var rows: [String: Set<Int64>] = [:]
    for term in Self.terms { rows[term] = Set(try fixture.find(term, context)) }
    let all = Set(try fixture.find("", context))
    var longest = 0
    for seed in 0..<150 {
      var grower = Grower(
        rows: rows, all: all, random: SeededGenerator(seed: UInt64(seed)),
        left: 4 + seed * 180 / 150)
      let grown = grower.grow(depth: 2 + seed % 46)
      longest = max(longest, grown.text.count)
      let compiled = try QueryFixture.compile(grown.text, context)
      #expect(Set(try fixture.run(compiled.select())) == grown.rows, "\(grown.text)")
      if let ranked = compiled.ranked() {
        #expect(Set(try fixture.run(ranked)) == grown.rows, "\(grown.text)")
      }
    }
    #expect(longest > 1000)
  }

  /// SQLite's parser has a stack of a hundred entries: the worst shape for it has, at each level,
  /// beside the deepest branch another that is nearly as deep.
  @Test(
    "is within what SQLite's parser can hold, also in the worst shape",
    arguments: ["-tag:news/*", "note:a", "color:red", "site:a.b", "kind:note"])
  func worstShape(leaf: String) throws {
    let fixture = try QueryFixture()
    var shape = leaf
    for level in 0..<50 {
      let word = level % 2 == 0 ? "or" : "and"
      shape = level < 7 ? "(\(shape) \(word) \(shape))" : "(\(shape) \(word) x)"
    }
    for context in [QuerySQL.Context.articles, .annotations] {
      _ = try fixture.find(shape, context)
      _ = try fixture.find("-" + shape, context)
    }
  }
}
