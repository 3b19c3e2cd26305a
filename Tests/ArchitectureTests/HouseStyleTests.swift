// SPDX-License-Identifier: MIT

import Foundation
import Testing

@Suite("House style")
struct HouseStyleTests {
  static let linesMax = 400
  static let columnsMax = 100

  @Test("every Swift file begins with its licence, is short enough, and its lines are")
  func files() throws {
    let folders = ["Sources", "Tests", "Benchmarks", "Fuzzing"].filter(SourceTree.exists)
    var wide: [String] = []
    for file in try folders.flatMap(SourceTree.swiftFiles) {
      let start = file.lines.prefix(2).joined(separator: "\n")
      #expect(start.contains("// SPDX-License-Identifier: MIT"), "\(file.path) has no licence")
      #expect(file.lines.count <= Self.linesMax, "\(file.path) has \(file.lines.count) lines")
      for (index, line) in file.lines.enumerated()
      where line.utf8.count > Self.columnsMax && line.count > Self.columnsMax {
        // A literal can't be broken without breaking what it says.
        if line.contains("\"") { continue }
        wide.append("\(file.path):\(index + 1)")
      }
    }
    #expect(wide.isEmpty, "wider than \(Self.columnsMax) columns: \(wide.joined(separator: " "))")
  }

  @Test("scripts begin with their licence and can be run")
  func scripts() throws {
    for path in try SourceTree.ownPaths() where path.hasPrefix("scripts/") {
      let file = try SourceTree.file(path)
      #expect(
        file.lines.prefix(3).contains { $0.contains("SPDX-License-Identifier: MIT") }, "\(path)")
      if file.lines.first?.hasPrefix("#!") == true {
        #expect(access(SourceTree.root + "/" + path, X_OK) == 0, "\(path) can't be run")
      }
    }
  }

  @Test("links of the documents lead somewhere")
  func links() throws {
    let documents = try SourceTree.ownPaths().filter { $0.hasSuffix(".md") }
    for path in documents {
      let folder =
        path.contains("/") ? String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)]) : ""
      for (index, line) in try SourceTree.file(path).lines.enumerated() {
        for link in line.matches(of: /\]\(([^)#:\s]+)(#[^)]*)?\)/) {
          let target = folder.isEmpty ? String(link.1) : folder + "/" + link.1
          #expect(SourceTree.exists(target), "\(path):\(index + 1) leads to \(target)")
        }
        for name in line.matches(of: /`((docs|scripts|seeds|Sources|Tests)\/[A-Za-z0-9_\/.-]+)`/) {
          #expect(SourceTree.exists(String(name.1)), "\(path):\(index + 1) names \(name.1)")
        }
      }
    }
  }

  @Test("no file tells where it was made")
  func noMachine() throws {
    // Put together here, so that this file doesn't hold them itself.
    let places = ["/root" + "/", "/work" + "/main", "/work" + "/shared", "/Users" + "/"]
    for path in try SourceTree.ownPaths() where !path.hasPrefix(".git/") {
      let file = try SourceTree.file(path)
      for place in places { #expect(!file.holds(place), "\(path) holds \(place)") }
    }
  }
}
