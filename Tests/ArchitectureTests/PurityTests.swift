// SPDX-License-Identifier: MIT

import Testing

@Suite("No clock, no randomness, no traps that nobody meant")
struct PurityTests {
  /// Everything below the two programs and `Host`.
  static let pure = ["Merge", "Anchoring", "Store", "SyncEngine", "Interchange"]

  /// What reads a clock or makes something random.
  static let clocksAndDice = [
    "Date()", "Date.now", "UUID()", ".random(", "SystemRandomNumberGenerator", "clock_gettime",
    "gettimeofday", "ContinuousClock", "SuspendingClock", "DispatchTime.now", "randomElement(",
    "shuffled(", "arc4random", "getrandom",
  ]

  @Test("below the shell time and randomness are handed in", arguments: pure)
  func handedIn(module: String) throws {
    for file in try SourceTree.swiftFiles(in: "Sources/\(module)") {
      for word in Self.clocksAndDice where file.holds(word) {
        for line in file.code where line.text.contains(word) {
          let place = "\(file.path):\(line.number)"
          #expect(Self.isHandedIn(line.text, word), "\(place) uses \(word)")
        }
      }
      guard file.holds("time(") else { continue }
      // `time(` as a call of libc's, not as a function or a member of ours.
      for line in file.code {
        let calls = line.text.firstMatch(of: /(^|[^A-Za-z0-9_.`])time\((nil|NULL|&)/) != nil
        #expect(!calls, "\(file.path):\(line.number) calls time()")
      }
    }
  }

  /// A generator or an environment that was given decides: `.random(in: 0..<9, using: &generator)`.
  private static func isHandedIn(_ line: String, _ word: String) -> Bool {
    ["randomElement(", "shuffled(", ".random("].contains(word)
      && (line.contains("using: &") || line.contains("environment.random("))
  }

  @Test(
    "nothing is forced",
    arguments: [
      "try!", " as!", "fatalError(", "nonisolated(unsafe)", "unowned(unsafe)", "unsafeBitCast(",
    ])
  func unforced(word: String) throws {
    for file in try SourceTree.swiftFiles(in: "Sources") where file.holds(word) {
      for line in file.code where line.text.contains(word) {
        Issue.record("\(file.path):\(line.number) uses \(word)")
      }
    }
  }

  @Test("@unchecked Sendable says above it why it is safe")
  func unchecked() throws {
    for file in try SourceTree.swiftFiles(in: "Sources") where file.holds("@unchecked") {
      for (index, line) in file.lines.enumerated() where line.contains("@unchecked Sendable") {
        if line.drop(while: { $0 == " " }).hasPrefix("//") { continue }
        let above = index > 0 ? file.lines[index - 1].drop { $0 == " " } : ""
        #expect(above.hasPrefix("//"), "\(file.path):\(index + 1) has no comment above it")
      }
    }
  }
}
