// SPDX-License-Identifier: MIT

import Foundation
import Testing

/// The list of deliberate faults: see docs/reliability.md. `scripts/mutants` builds them in.
@Suite struct MutantTests {
  @Test("what each deliberate fault replaces stands in its file, once")
  func fits() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let list = try String(
      contentsOf: root.appending(path: "Tests/SimulationTests/Mutants/mutants.txt"),
      encoding: .utf8)
    var texts: [String: String] = [:]
    var (name, file) = ("", "")
    var (old, new): ([Substring], [Substring]) = ([], [])
    var count = 0

    func replace() throws {
      guard !old.isEmpty else { return }
      let text =
        try texts[file] ?? String(contentsOf: root.appending(path: file), encoding: .utf8)
      let parts = text.components(separatedBy: old.joined(separator: "\n"))
      #expect(parts.count == 2, "\(name): stands \(parts.count - 1) times in \(file)")
      // The next one meets what this one leaves.
      texts[file] = parts.joined(separator: new.joined(separator: "\n"))
      (old, new) = ([], [])
      count += 1
    }

    for line in list.split(separator: "\n", omittingEmptySubsequences: true) {
      switch line.first {
      case "<":
        if !new.isEmpty { try replace() }
        old.append(line.dropFirst(2))
      case ">": new.append(line.dropFirst(2))
      case "=":
        try replace()
        name = String(line.dropFirst(3).prefix { $0 != ":" })
      case "#": continue
      default: file = String(line)
      }
    }
    try replace()
    #expect(count >= 39)
  }
}
