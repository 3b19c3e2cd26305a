// SPDX-License-Identifier: MIT

import Foundation

/// A store's files as they were, to be written back over the very same files: what `cp -a backup/.
/// store/` does, or a machine that is set back to a snapshot.
public struct SavedFiles: Sendable {
  private let directory: String
  private let files: [String: Data]

  /// Names of what is kept besides the database itself.
  private static let names = ["postil.db", "postil.db-wal", "identity"]

  /// Keeps what the store in `directory` holds now; nobody may be writing to it.
  public init(_ directory: String) throws {
    self.directory = directory
    var files: [String: Data] = [:]
    for name in Self.names {
      let url = URL(filePath: directory).appending(path: name)
      if let data = try? Data(contentsOf: url) { files[name] = data }
    }
    self.files = files
  }

  /// Writes them back in place: all, or only the database and what is named.
  public func restore(_ names: [String]? = nil) throws {
    for name in Self.names where names?.contains(name) ?? true {
      let url = URL(filePath: directory).appending(path: name)
      if let data = files[name] {
        // Not atomically: the file keeps its inode, and with it the store its name.
        if !FileManager.default.fileExists(atPath: url.path) {
          try data.write(to: url)
        } else {
          let handle = try FileHandle(forWritingTo: url)
          try handle.truncate(atOffset: 0)
          try handle.write(contentsOf: data)
          try handle.close()
        }
      } else if FileManager.default.fileExists(atPath: url.path) {
        try FileManager.default.removeItem(at: url)
      }
    }
  }
}
