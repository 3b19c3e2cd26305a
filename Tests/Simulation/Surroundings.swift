// SPDX-License-Identifier: MIT

import Merge
import Store
import Synchronization
import TestSupport

/// What one machine gives its store: a clock that may be decades off and jump, and dice that never
/// fall twice the same, though the store be set back.
final class Surroundings: Sendable {
  private struct State {
    var dice: SeededGenerator
    var time: Int64 = 1_795_219_200_000
    var strobe: Int64 = 0
  }

  private let state: Mutex<State>
  private let rowsAheadMin: Int
  private static let year: Int64 = 31_556_952_000

  init(seed: UInt64) {
    state = Mutex(State(dice: SeededGenerator(seed: seed)))
    // Changes are small here: on some machines another thread writes rows all the same.
    rowsAheadMin = [1, 3, 8, 256][Int(seed >> 8 & 3)]
  }

  /// Sets the clock up to twenty years off.
  func jump() {
    state.withLock { state in
      state.time =
        1_795_219_200_000 + Int64.random(in: -20 * Self.year...20 * Self.year, using: &state.dice)
    }
  }

  /// Lets the clock go back and forth with every look at it.
  func strobe(_ isOn: Bool) { state.withLock { $0.strobe = isOn ? 10 * Self.year : 0 } }

  func advance(milliseconds: Int64) { state.withLock { $0.time += milliseconds } }

  func environment(name: String) -> StoreEnvironment {
    var environment = StoreEnvironment(
      now: { [self] in
        state.withLock { state in
          state.time += Int64.random(in: 0...3, using: &state.dice)
          state.strobe = -state.strobe
          return state.time + state.strobe
        }
      },
      random: { [self] in state.withLock { $0.dice.next() } }, deviceName: name,
      machineID: "machine of \(name)")
    environment.rowsAheadMin = rowsAheadMin
    return environment
  }
}
