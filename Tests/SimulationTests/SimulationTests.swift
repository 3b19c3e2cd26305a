// SPDX-License-Identifier: MIT

import Simulation
import Testing

@Suite struct SimulationTests {
  @Test("one seed is one history")
  func deterministic() {
    for seed: UInt64 in 1...4 {
      let options = SimulationOptions(seed: seed, steps: 200)
      let (one, two) = (Simulation.run(options), Simulation.run(options))
      #expect(one.violation == nil && one.hash == two.hash, "seed \(seed)")
    }
  }
}
