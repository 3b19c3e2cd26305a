// SPDX-License-Identifier: MIT

import Foundation
import Merge
import Testing

@Suite("Text: conformance histories (josephg/eg-walker-reference)")
struct TextConformanceTests {
  private struct Case: Decodable {
    struct Transaction: Decodable {
      var span: [Int]
      var parents: [Int]
      var agent: String
      var seqStart: UInt64
      var ops: [Patch]
    }
    struct Patch: Decodable {
      var position: Int
      var deleted: Int
      var inserted: String

      init(from decoder: any Decoder) throws {
        var parts = try decoder.unkeyedContainer()
        position = try parts.decode(Int.self)
        deleted = try parts.decode(Int.self)
        inserted = try parts.decode(String.self)
      }
    }
    var txns: [Transaction]
    var endContent: String

    /// One op a character.
    func operations() -> [TextOperation] {
      var dots: [Dot] = []
      var out: [TextOperation] = []
      for transaction in txns {
        let name = Array(transaction.agent.utf8) + [UInt8](repeating: 0, count: 16)
        guard let raw = Bytes16(name) else { continue }
        var parents = transaction.parents.map { dots[$0] }.sorted()
        var sequence = transaction.seqStart
        for op in transaction.ops {
          let deletions = [TextPatch](
            repeating: TextPatch(position: op.position, deleted: 1, inserted: ""),
            count: op.deleted)
          let insertions = op.inserted.unicodeScalars.enumerated().map { offset, scalar in
            TextPatch(position: op.position + offset, deleted: 0, inserted: String(scalar))
          }
          for patch in deletions + insertions {
            let dot = Dot(writer: WriterID(raw), sequence: sequence, index: 0)
            out.append(TextOperation(dot: dot, parents: parents, patches: [patch]))
            dots.append(dot)
            parents = [dot]
            sequence += 1
          }
        }
      }
      return out
    }
  }

  private static func file() -> URL? {
    let named = ProcessInfo.processInfo.environment["POSTIL_TEST_DATA"]
    let folder =
      named.map { URL(fileURLWithPath: $0) }
      ?? URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../../../shared/data").standardizedFileURL
    let file = folder.appendingPathComponent("text-conformance/first-500.json.gz")
    return FileManager.default.isReadableFile(atPath: file.path) ? file : nil
  }

  @Test("every history ends in the text that it must")
  func histories() throws {
    guard let file = Self.file() else {
      print("skipped: text conformance: no ../shared/data; set POSTIL_TEST_DATA")
      return
    }
    let unpacker = Process()
    unpacker.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    unpacker.arguments = ["gzip", "-dc", file.path]
    let output = Pipe()
    unpacker.standardOutput = output
    try unpacker.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    unpacker.waitUntilExit()
    let cases = try JSONDecoder().decode([Case].self, from: data)
    #expect(cases.count == 500)
    for (number, one) in cases.enumerated() {
      let operations = one.operations()
      var bulk = TextHistory()
      var bulkText = TextBuffer()
      try bulk.merge(contentsOf: operations, into: &bulkText)
      #expect(bulkText.string == one.endContent, "case \(number), at once")
      // One by one is slow in a debug build; `textbench text-conformance` does it for all.
      guard number % 10 == 0 else { continue }
      var history = TextHistory()
      var text = TextBuffer()
      for op in operations { try history.merge(op, into: &text) }
      #expect(text.string == one.endContent, "case \(number)")
    }
  }
}
