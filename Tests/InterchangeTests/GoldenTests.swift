// SPDX-License-Identifier: MIT

import Foundation
import Interchange
import Merge
import Store
import Testing

/// Exports as they were released: written anew only on purpose, with
/// `POSTIL_REGENERATE_GOLDEN=1 swift test --filter GoldenTests`.
@Suite("Golden exports")
struct GoldenTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "Golden")

  private func check(_ bytes: [UInt8], _ name: String) throws {
    let file = Self.folder.appending(path: name)
    if ProcessInfo.processInfo.environment["POSTIL_REGENERATE_GOLDEN"] == "1" {
      try Data(bytes).write(to: file)
      return
    }
    #expect(lines(Array(try Data(contentsOf: file))) == lines(bytes))
  }

  private func library(_ scratch: Scratch) throws -> Store {
    let store = try scratch.store("golden", seed: 42, device: "desk")
    _ = try sampleLibrary(store)
    return store
  }

  @Test("A fixed library gives the canonical export that was released")
  func canonicalFile() throws {
    let scratch = try Scratch()
    try check(try canonical(library(scratch)), "canonical-1.jsonl")
  }

  @Test("A fixed library gives the export that was released")
  func exportFile() throws {
    let scratch = try Scratch()
    try check(try exported(library(scratch)), "export-1.jsonl")
  }

  @Test("The export that was released is imported whole")
  func importFile() throws {
    let scratch = try Scratch()
    let store = try scratch.store("new", seed: 7)
    let file = Self.folder.appending(path: "export-1.jsonl").path
    let report = try JSONImport().run(into: store, from: .file(file))
    #expect(report.addedArticles == 2 && report.addedAnnotations == 4)
    #expect(report.addedRevisions == 3 && report.addedRenames == 1 && report.skippedCount == 0)
  }
}
