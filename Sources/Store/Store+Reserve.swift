// SPDX-License-Identifier: MIT

/// The last room on the disk is kept for what the person at this machine writes: a peer's changes
/// come again later, and an edit that can't be written down is lost.
extension Store {
  /// Bytes that peers' changes and texts leave free: 64 MiB, and on a small disk a sixteenth of it.
  static func reserve(ofDisk bytes: UInt64) -> UInt64 { min(64 << 20, bytes / 16) }

  /// - Throws: `StoreError`, `disk`, when only the reserve is left.
  func keepReserve() throws(StoreError) {
    guard let room = FileSystem.room(at: directory.path) else { return }
    guard room.free < Self.reserve(ofDisk: room.total) else { return }
    throw StoreError(
      .disk,
      "the disk that holds \(directory.path) is nearly full: the last \(room.free >> 10) KiB are "
        + "kept for this machine's own edits, and nothing was taken from elsewhere; make room, "
        + "and it comes by itself")
  }
}
