// SPDX-License-Identifier: MIT

import Foundation
import Simulation
import TestSupport
import Testing

/// Whole worlds, a seed each: see docs/reliability.md. `scripts/simulate` runs thousands of them.
@Suite struct SimulationTests {
  /// Many short worlds find more than few long ones in the time that tests may take.
  private static let batches: [ClosedRange<UInt64>] = (0..<20).map { batch in
    batch * 100 + 1...batch * 100 + Sanitizer.seeds(100)
  }

  @Test("2,000 worlds of two or three stores keep every promise", arguments: batches)
  func promises(seeds: ClosedRange<UInt64>) {
    for seed in seeds {
      let nodes = seed % 5 == 0 ? 3...3 : 2...2
      expect(SimulationOptions(seed: seed, nodes: nodes, steps: 64))
    }
  }

  @Test("longer worlds of up to five stores keep every promise", arguments: 1...Sanitizer.seeds(8))
  func longer(seed: UInt64) {
    expect(SimulationOptions(seed: seed, nodes: 3...5, steps: 400))
  }

  @Test("one seed is one history")
  func deterministic() {
    for seed: UInt64 in 1...4 {
      let options = SimulationOptions(seed: seed, steps: 120)
      let (one, two) = (Simulation.run(options), Simulation.run(options))
      #expect(one.hash == two.hash, "seed \(seed)")
      let other = Simulation.run(SimulationOptions(seed: seed + 100, steps: 120))
      #expect(one.hash != other.hash, "seed \(seed)")
    }
  }

  @Test("every seed that ever failed is run again", arguments: try keptSeeds())
  func kept(options: SimulationOptions) { expect(options) }

  @Test("arguments are read, and what makes no sense is refused")
  func arguments() throws {
    let options = SimulationOptions(
      seed: 7, nodes: 2...4, steps: 50, without: [.twin, .crash])
    let read = try SimulationArguments(options.arguments)
    #expect(read.options(seed: read.seeds.lowerBound) == options)
    #expect(options.command.hasPrefix("scripts/simulate --seeds 7 "))
    for wrong in [
      ["--seeds"], ["--seeds", "9..1"], ["--nodes", "1"], ["--without", "x"], ["--x"],
    ] {
      #expect(throws: SimulationArguments.Mistake.self) { try SimulationArguments(wrong) }
    }
  }

  private func expect(_ options: SimulationOptions) {
    let result = Simulation.run(options)
    if let violation = result.violation {
      Issue.record("seed \(options.seed): \(violation)\nagain: \(options.command)")
    }
  }

  /// One file a seed in `seeds/simulation`: what it found, after `#`, and its options.
  private static func keptSeeds() throws -> [SimulationOptions] {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let folder = root.appending(path: "seeds/simulation")
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    return try files.filter { $0.hasSuffix(".seed") }.sorted().map { name in
      let text = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
      let words = text.split(separator: "\n").filter { !$0.hasPrefix("#") }
        .flatMap { $0.split(separator: " ") }.map(String.init)
      let arguments = try SimulationArguments(words)
      return arguments.options(seed: arguments.seeds.lowerBound)
    }
  }
}
