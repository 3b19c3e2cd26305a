// SPDX-License-Identifier: MIT

import Merge
import TestSupport
import Testing

/// What tags go by after renames.
@Suite("Tag aliases")
struct TagAliasesTests {
  /// Records, and what names go by under them.
  static let rows: [(renames: [String: String], names: [String: String])] = [
    ([:], ["a": "a", "": ""]),
    (["a": "b"], ["a": "b", "b": "b", "ab": "ab", "x/a": "x/a", "A": "A"]),
    // Chains.
    (["a": "b", "b": "c", "c": "d"], ["a": "d", "b": "d", "c": "d", "d": "d"]),
    // Whole paths go along, and the longest renamed beginning counts.
    (["news": "press"], ["news/india": "press/india", "newsroom": "newsroom", "news/": "press/"]),
    (
      ["news": "press", "news/india": "india"],
      ["news/india": "india", "news/india/delhi": "india/delhi", "news/asia": "press/asia"]
    ),
    (["a": "b", "b/x": "c"], ["a/x": "c", "a/x/y": "c/y", "a/z": "b/z"]),
    // Circles go by their least name, whoever asks and from wherever.
    (["a": "b", "b": "a"], ["a": "a", "b": "a", "a/x": "a/x", "b/x": "a/x"]),
    (["b": "c", "c": "d", "d": "b", "z": "c"], ["b": "b", "c": "b", "d": "b", "z": "b"]),
    (["a": "a"], ["a": "a", "a/x": "a/x"]),
    (["é": "z", "z": "é"], ["é": "z", "z": "z"]),
    // Into one's own path: once.
    (["a": "a/b"], ["a": "a/b", "a/b": "a/b", "a/c": "a/b/c", "a/b/c": "a/b/c"]),
    (
      ["ai": "ml", "ml": "ai/ml"],
      ["ai": "ai/ml", "ml": "ai/ml", "ai/ml": "ai/ml", "ai/x": "ai/ml/x", "ml/x": "ai/ml/x"]
    ),
    // Out of one's own path.
    (["a/b": "a"], ["a/b": "a", "a/b/c": "a/c", "a": "a", "a/b/b": "a"]),
    // Into one another's paths: as if they weren't there.
    (["a": "b/x", "b": "a/y"], ["a": "a", "b": "b", "a/z": "a/z", "c": "c"]),
    // A mark on the slash is a path's mark still.
    (["a": "b"], ["a/\u{301}": "b/\u{301}"]),
  ]

  @Test("names go by what the table says", arguments: rows)
  func table(_ row: (renames: [String: String], names: [String: String])) {
    let aliases = TagAliases(row.renames)
    for (name, shown) in row.names {
      #expect(
        Array(aliases.resolve(name).utf8) == Array(shown.utf8), "\(name) under \(row.renames)")
    }
  }

  @Test("records about other tags make no difference")
  func unrelated() {
    for row in Self.rows {
      var renames = row.renames
      for number in 0..<100 { renames["other\(number)"] = "else\(number)/x" }
      for (name, shown) in row.names { #expect(TagAliases(renames).resolve(name) == shown) }
    }
  }

  @Test("what a tag goes by goes by itself, in any knot of renames")
  func idempotent() {
    forEachSeed(1_500) { generator in
      let names = ["a", "b", "c", "a/b", "a/c", "b/a", "b/b/c", "a/b/c"]
      var renames: [String: String] = [:]
      for _ in 0..<generator.below(6) { renames[generator.pick(names)] = generator.pick(names) }
      let aliases = TagAliases(renames)
      for name in names {
        let shown = aliases.resolve(name)
        try require(
          aliases.resolve(shown) == shown,
          "under \(renames), \(name) goes by \(shown), which goes by \(aliases.resolve(shown))")
      }
    }
  }

  @Test("a long chain and a deep path are resolved at once")
  func long() {
    var renames: [String: String] = [:]
    for number in 0..<20_000 { renames["t\(number)"] = "t\(number + 1)" }
    let aliases = TagAliases(renames)
    #expect(aliases.resolve("t0") == "t20000")
    #expect(aliases.resolve("t7/x") == "t20000/x")
    renames["t20000"] = "t0"
    #expect(TagAliases(renames).resolve("t777") == "t0")
    let deep = String(repeating: "x/", count: 5_000) + "x"
    #expect(aliases.resolve(deep) == deep)
  }
}
