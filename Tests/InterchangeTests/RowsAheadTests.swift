// SPDX-License-Identifier: MIT

import Anchoring
import Interchange
import Store
import TestSupport
import Testing

/// Imports whose rows another thread writes while the next records are taken in.
@Suite("Import with rows written meanwhile") struct RowsAheadTests {
  /// Exports of stores with one article each, and a note so large that a change ends before it:
  /// only what is merged can be written.
  private func library(_ scratch: Scratch, texts: [String]) throws -> [UInt8] {
    var bytes: [UInt8] = []
    for (number, text) in texts.enumerated() {
      let store = try scratch.store("source \(number)", seed: 100 + UInt64(number))
      let new = try article(
        text, title: "Copy \(number)", url: "https://\(number).example/",
        tags: ["copy/\(number % 2)"])
      let id = try store.addArticle(new).id
      let words = String(repeating: "w\(number) ", count: 30_000)
      try annotate(store, id, "valley", note: words, tags: ["copy", "n\(number)"], color: "blue")
      try annotate(store, id, "late", note: "short")
      bytes += try exported(store)
    }
    return bytes
  }

  @Test("It makes the same as one whose rows are written at the end", arguments: [1, 2, 5])
  func same(chunk: Int) throws {
    let scratch = try Scratch()
    let bytes = try library(scratch, texts: (0..<6).map { "The valley \($0) woke late." })
    let plain = try scratch.store("b", seed: 2, rowsAheadMin: .max)
    let ahead = try scratch.store("c", seed: 2, device: "b", rowsAheadMin: 1)
    let report = try importing(bytes, into: plain)
    #expect(report.addedArticles == 6 && report.addedAnnotations == 12)
    #expect(try importing(bytes, into: ahead, chunkRecords: chunk) == report)
    #expect(try portable(exported(ahead)) == portable(exported(plain)))
    #expect(try ahead.doctor().problems == [])
    // Once more nothing is new.
    try importing(bytes, into: ahead, chunkRecords: chunk)
    #expect(try portable(exported(ahead)) == portable(exported(plain)))
  }

  @Test("A text that several articles have is kept once", arguments: [1, 2, 5])
  func sharedText(chunk: Int) throws {
    let scratch = try Scratch()
    let bytes = try library(scratch, texts: Array(repeating: "The valley woke late.", count: 4))
    let ahead = try scratch.store("b", seed: 2, rowsAheadMin: 1)
    #expect(try importing(bytes, into: ahead, chunkRecords: chunk).addedArticles == 4)
    #expect(try ahead.doctor().problems == [])
  }
}
