// SPDX-License-Identifier: MIT

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

extension StoreDirectory {
  /// Who else may look into the store, a sentence each, with the command that ends it. Opening a
  /// store shuts its directory: ask before that.
  public func permissionProblems() -> [String] {
    var problems: [String] = []
    func look(_ path: String, _ kind: String, _ mode: String, _ more: String = "") {
      guard let status = try? FileSystem.status(path) else { return }
      if status.st_uid != geteuid() {
        problems.append(
          "\(kind) \(path) belongs to user \(status.st_uid), and not to you (\(geteuid())); "
            + "mend it with: sudo chown \(geteuid()) \(Self.quoted(path))")
      }
      if status.st_mode & S_IFMT != S_IFLNK, status.st_mode & 0o077 != 0 {
        problems.append(
          "others may use \(kind) \(path) (mode \(String(status.st_mode & 0o777, radix: 8))); "
            + "mend it with: chmod \(mode) \(Self.quoted(path))" + more)
      }
    }
    look(path, "the directory", "700")
    for file in [database, database + "-wal", database + "-shm", lock, identity] {
      look(file, "the file", "600")
    }
    look(
      deviceKey, "the device's key", "600",
      " (who may have read it is this machine to its peers: then remove its pairings, move the "
        + "file away and pair anew)")
    return problems
  }

  /// A path as a shell takes it for one word.
  static func quoted(_ path: String) -> String {
    let isPlain = path.utf8.allSatisfy { byte in
      byte >= 0x80 || byte == UInt8(ascii: "/") || byte == UInt8(ascii: ".")
        || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
        || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }
    return isPlain
      ? path
      : "'"
        + path.split(separator: "'", omittingEmptySubsequences: false)
        .joined(separator: "'\\''") + "'"
  }
}
