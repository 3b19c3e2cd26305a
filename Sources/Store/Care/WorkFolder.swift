// SPDX-License-Identifier: MIT

import Foundation

/// A private directory for work that is thrown away: gone with this object. What a killed program
/// left behind is removed by the next one that works in the same place.
final class WorkFolder {
  /// Where it is.
  let path: String
  /// Held while somebody works here.
  private let lock: Int32

  /// Makes one in `parent`; what is left of others with the same prefix goes.
  init(in parent: String, prefix: String, random: UInt64) throws {
    Self.sweep(parent, prefix)
    path = parent + "/" + prefix + String(random, radix: 36)
    guard mkdir(path, 0o700) == 0 else { throw FileSystem.failure("make the directory", path) }
    lock = try FileSystem.claim(path + "/" + Self.lockName)
  }

  deinit {
    try? FileManager.default.removeItem(atPath: path)
    close(lock)
  }

  private static let lockName = "in-use"

  /// Removes the directories of this prefix that are this user's and that nobody works in.
  static func sweep(_ parent: String, _ prefix: String) {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? []
    for name in names where name.hasPrefix(prefix) {
      let path = parent + "/" + name
      guard let status = try? FileSystem.status(path), status.st_uid == geteuid() else { continue }
      guard status.st_mode & S_IFMT == S_IFDIR else {
        // Earlier versions worked in a file.
        if name.hasSuffix(".db") || name.hasSuffix(".db-wal") || name.hasSuffix(".db-shm") {
          unlink(path)
        }
        continue
      }
      let file = open(path + "/" + lockName, O_RDWR | O_CLOEXEC | O_NOFOLLOW)
      guard file >= 0 else {
        // Somebody just made it, or it is empty.
        rmdir(path)
        continue
      }
      defer { close(file) }
      if flock(file, LOCK_EX | LOCK_NB) == 0 { try? FileManager.default.removeItem(atPath: path) }
    }
  }
}
