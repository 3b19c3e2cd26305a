// SPDX-License-Identifier: MIT

import Foundation
import Merge
import Testing

/// What `docs/` says of bytes, numbers and tests is so.
@Suite("Documents")
struct DocumentTests {
  private static let tests = URL(filePath: #filePath).deletingLastPathComponent()

  private func document(_ name: String) throws -> String {
    let file = Self.tests.appending(path: "../../docs/\(name)").standardizedFileURL
    return try String(contentsOf: file, encoding: .utf8)
  }

  @Test("the examples in docs/format.md are the golden vectors, all of them")
  func examples() throws {
    var examples: [String: [UInt8]] = [:]
    for block in try document("format.md").components(separatedBy: "\n```hex ").dropFirst() {
      let lines =
        block.components(separatedBy: "\n```").first.map { $0.split(separator: "\n") } ?? []
      let name = String(lines.first ?? "")
      let bytes = Hex.bytes(lines.dropFirst().joined(separator: "\n"))
      let checked: [UInt8] = try #require(bytes, "\(name) holds more than bytes and comments")
      examples[name] = checked
    }
    for vector in GoldenVector.all {
      #expect(try examples.removeValue(forKey: vector.name) == vector.committed(), "\(vector.name)")
    }
    #expect(examples.isEmpty)
  }

  @Test("docs/format.md lists every field by its number and name, with its semantics")
  func fields() throws {
    let rows = try document("format.md").split(separator: "\n").filter { $0.hasPrefix("| ") }
    for field in Field.known {
      let row = rows.first { $0.hasPrefix("| \(field.code) | `\(field.label)` |") }
      let cells = row?.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) } ?? []
      #expect(cells.count == 5 && cells[3] == "\(field.semantics)", "field \(field.label)")
    }
  }

  @Test("every test that docs/merge.md names is there, and every scenario in it has its test")
  func tests() throws {
    let page = try document("merge.md")
    for match in page.matches(of: #/`(?:Tests/MergeTests/)?([A-Za-z/]+\.swift)`/#) {
      let file = Self.tests.appending(path: String(match.1))
      #expect(FileManager.default.fileExists(atPath: file.path), "\(match.1)")
    }
    let scenarios = try String(
      contentsOf: Self.tests.appending(path: "ScenarioTests.swift"), encoding: .utf8)
    let described = page.matches(of: #/(?m)^### (\d+)\. /#).map { String($0.1) }
    let tested = scenarios.matches(of: #/@Test\("(\d+): /#).map { String($0.1) }
    #expect(described == tested)
    #expect(!tested.isEmpty)
  }
}
