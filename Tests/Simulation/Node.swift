// SPDX-License-Identifier: MIT

import Merge
import Store
import SyncEngine

/// One machine with a store.
final class Node {
  /// A store's files at one moment, and what it had acknowledged by then.
  struct Saved {
    let snapshot: SimulatedDisk.Snapshot
    let tips: [Int]
    /// Under which names it must not write any more.
    let heard: Set<WriterID>
    let knowsOfSetBack: Bool
    /// Whether something may have been done there that failed, and shows itself when it is opened.
    let isDoubtful: Bool
    let mayHoldForged: Bool
  }

  /// The node's files as they are now, with what is known of them.
  func saved(seed: UInt64, keep: Int) -> Saved {
    Saved(
      snapshot: disk.snapshot(seed: seed, keep: keep), tips: tips, heard: heard,
      knowsOfSetBack: knowsOfSetBack, isDoubtful: isDoubtful, mayHoldForged: mayHoldForged)
  }

  let index: Int
  /// Which device its peers take it for: its own number, or that of the machine it is a copy of.
  let device: Int
  let name: String
  let disk: SimulatedDisk
  let surroundings: Surroundings
  var store: Store?
  /// Texts that peers push; in memory, and gone with a crash.
  var inbox = TextInbox()
  /// The ends of what it has shown to hold. All of it is acknowledged, and must stay.
  var tips: [Int] = []
  var fingerprint: Bytes16?
  var version = VersionVector()
  /// Writers of whom its peers told it changes.
  var heard: Set<WriterID> = []
  var saved: [Saved] = []
  /// What was just made, and is there since the store said so.
  var promised: EntityID?
  /// A draft that somebody has open.
  var draft: (entity: EntityID, draft: NoteDraft)?
  /// Something failed, and may have happened all the same.
  var isDoubtful = false
  /// What failed was a message that nobody honest had sent.
  var mayHoldForged = false
  /// Its database was set back, and what it has noted of its writing was not: doctor says so.
  var knowsOfSetBack = false
  /// How far it had written may be older than what it has written.
  var markLags = false
  /// What its disk does now.
  var fault = SimulatedDisk.Fault.healthy
  /// Its place was taken by a copy.
  var isRetired = false
  /// It makes no changes, and its peers take none from it.
  var isReader = false

  init(index: Int, device: Int, name: String, disk: SimulatedDisk, seed: UInt64) {
    self.index = index
    self.device = device
    self.name = name
    self.disk = disk
    surroundings = Surroundings(seed: seed)
  }

  // Before its disk goes.
  deinit { store = nil }

  /// What a device shows to be known by.
  static func key(ofDevice device: Int) -> [UInt8] {
    Chain.sha256(Array("the key of device \(device)".utf8))
  }

  /// Opens the store.
  func open() throws {
    store = try Store(
      directory: StoreDirectory(path: disk.directory),
      environment: surroundings.environment(name: name))
  }
}
