// SPDX-License-Identifier: MIT

import Dispatch
import Foundation
import Interchange
import Merge
import Store
import Synchronization
import TestSupport
import Testing

@Suite("Import from a source that comes slowly, or breaks off")
struct SlowSourceTests {
  /// An export in two parts, cut between lines; the first is more than is read at once.
  private static func parts() throws -> [[UInt8]] {
    let bytes = try largeExport(annotations: 3000)
    let cut = try #require(bytes.indices.filter { bytes[$0] == 0x0A }.dropFirst(2000).first) + 1
    return [Array(bytes[..<cut]), Array(bytes[cut...])]
  }

  @Test("others may write while more is waited for, and what came is there already")
  func slow() throws {
    let scratch = try Scratch()
    let store = try scratch.store("a")
    let other = try Store(directory: store.directory, environment: store.environment)
    var parts = try Self.parts()
    var seen = 0
    let source = ByteSource { _ in
      if parts.count == 1 {
        // Waits for the store's lock, which the import must let go of.
        _ = try other.addArticle(article("Meanwhile, in another window.", title: "Meanwhile"))
        seen = try other.annotations(matching: Query()).count
      }
      return parts.isEmpty ? [] : parts.removeFirst()
    }
    let report = try JSONImport().run(into: store, from: source)
    #expect(report.addedAnnotations == 3000 && report.skippedCount == 0)
    #expect(seen >= 1000)
    #expect(try store.articles(matching: Query()).count == 2)
  }

  @Test("what was read before a source broke off stays, and the rest comes with the next import")
  func brokenOff() throws {
    let scratch = try Scratch()
    let store = try scratch.store("a")
    let parts = try Self.parts()
    var isFirst = true
    let broken = ByteSource { _ in
      guard isFirst else { throw InterchangeError(.disk, "broken") }
      isFirst = false
      return parts[0]
    }
    #expect(throws: InterchangeError.self) { try JSONImport().run(into: store, from: broken) }
    let before = try store.annotations(matching: Query()).count
    #expect(before >= 1000 && before < 3000)
    let report = try importing(parts[0] + parts[1], into: store)
    #expect(report.addedAnnotations == 3000 - before && report.unchanged == before + 1)
    #expect(try store.doctor().problems == [])
  }

  @Test("a failure is told at once, while the source still has nothing to give")
  func failure() throws {
    let scratch = try Scratch()
    let store = try scratch.store("a")
    // Whoever writes sees that this is no longer the store that was opened.
    try FileManager.default.removeItem(atPath: store.directory.path + "/lock")
    let bytes = try largeExport(annotations: 3000)
    // More than the first chunk, and not all of the second.
    let cut = try #require(bytes.indices.filter { bytes[$0] == 0x0A }.dropFirst(1500).first) + 1
    let seen = DispatchSemaphore(value: 0)
    let isOverdue = Mutex(false)
    var isFirst = true
    let source = ByteSource { _ in
      if isFirst {
        isFirst = false
        return Array(bytes[..<cut])
      }
      let result = seen.wait(timeout: .now() + 60 * Sanitizer.patience)
      isOverdue.withLock { $0 = result == .timedOut }
      return []
    }
    defer { seen.signal() }
    let error = #expect(throws: StoreError.self) {
      try JSONImport().run(into: store, from: source)
    }
    #expect(error?.code == .busy)
    #expect(!isOverdue.withLock { $0 }, "the failure waited for the source")
  }
}
