// SPDX-License-Identifier: MIT

import Store
import Synchronization

/// A store that was just made, as every machine of every world begins: made once a process, since
/// making one takes longer than a short world.
enum EmptyStore {
  private static let made = Mutex<SimulatedDisk.Snapshot?>(nil)

  /// Its files; the same bytes in every run.
  static func snapshot(in directory: String) throws -> SimulatedDisk.Snapshot {
    try made.withLock { made in
      if let made { return made }
      guard let disk = SimulatedDisk(directory: directory + "/empty") else {
        throw Violation("set-up", "can't make a disk")
      }
      // The disk must outlive the store.
      let snapshot = try withExtendedLifetime(disk) { try make(on: disk) }
      made = snapshot
      return snapshot
    }
  }

  private static func make(on disk: SimulatedDisk) throws -> SimulatedDisk.Snapshot {
    let store = try Store(
      directory: StoreDirectory(path: disk.directory),
      environment: Surroundings(seed: 1).environment(name: "nobody"))
    return try withExtendedLifetime(store) {
      guard try store.holdings().version.isEmpty else { throw Violation("set-up", "not empty") }
      return disk.snapshot(seed: 1, keep: 100)
    }
  }
}
