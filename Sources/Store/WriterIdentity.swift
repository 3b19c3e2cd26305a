// SPDX-License-Identifier: MIT

import Merge

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Under which name this store writes, and what that name is bound to.
///
/// Two stores that write under one name would give two ops one dot: the worst thing that can happen
/// to a replicated log. So the name is kept outside the database, and bound to the database file
/// (device and inode) and the machine. A store that was copied, or whose machine was cloned, finds
/// a
/// binding that isn't its own, and mints a new name before it writes again.
struct WriterIdentity: Hashable, Sendable {
  /// The name.
  var writer: WriterID
  /// The database file and the machine that may use it.
  var binding: String

  /// The binding of the database at `path` on this machine.
  static func binding(database path: String, machineID: String) throws(StoreError) -> String {
    guard let status = try FileSystem.status(path) else {
      throw StoreError(.disk, "the database \(path) went away")
    }
    return "\(status.st_dev):\(status.st_ino):\(machineID)"
  }

  /// Reads the file; nil when it isn't there or isn't whole, which mints a new name as well.
  static func read(_ path: String) throws(StoreError) -> WriterIdentity? {
    guard let bytes = try FileSystem.read(path, limit: 4096) else { return nil }
    let lines = String(decoding: bytes, as: UTF8.self).split(
      separator: "\n", omittingEmptySubsequences: false)
    guard lines.count >= 3, lines[0] == "postil-writer 1",
      let raw = Bytes16(uuidText: String(lines[1]))
    else { return nil }
    return WriterIdentity(writer: WriterID(raw), binding: String(lines[2]))
  }

  /// Writes the file durably.
  func write(_ path: String) throws(StoreError) {
    let text = "postil-writer 1\n\(writer.raw.uuidText)\n\(binding)\n"
    try FileSystem.replace(path, with: Array(text.utf8))
  }
}
