// SPDX-License-Identifier: MIT

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The file of a device's key: private to its owner, made whole or not at all.
enum KeyFile {
  private static let bytesMax = 16 << 10

  /// The file's text; nil when there is no file. One that others may read is refused: the key in
  /// it may be somebody else's by now.
  static func read(_ path: String) throws(DeviceKeyError) -> String? {
    let file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard file >= 0 else {
      if errno == ENOENT { return nil }
      throw failure("read", path)
    }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0 else { throw failure("look at", path) }
    guard status.st_uid == geteuid(), status.st_mode & S_IFMT == S_IFREG else {
      throw DeviceKeyError("the device's key \(path) is not a file of your own")
    }
    guard status.st_mode & 0o077 == 0 else {
      throw DeviceKeyError(
        "others may read the device's key \(path); if nobody did: chmod 600 \(path), "
          + "else move it away and pair anew")
    }
    var bytes = [UInt8](repeating: 0, count: bytesMax)
    var filled = 0
    while filled < bytes.count {
      let count = bytes.withUnsafeMutableBytes { buffer in
        Glibc.read(file, buffer.baseAddress.map { $0 + filled }, buffer.count - filled)
      }
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw failure("read", path) }
      if count == 0 { break }
      filled += count
    }
    return String(decoding: bytes[..<filled], as: UTF8.self)
  }

  /// Makes the file, durably; one that is there already stays.
  static func create(_ path: String, _ text: String) throws(DeviceKeyError) {
    let aside = "\(path).\(getpid())"
    unlink(aside)
    let file = open(aside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard file >= 0 else { throw failure("write", aside) }
    defer {
      close(file)
      unlink(aside)
    }
    let bytes = Array(text.utf8)
    var written = 0
    while written < bytes.count {
      let count = bytes[written...].withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw failure("write", aside) }
      written += count
    }
    guard fsync(file) == 0 else { throw failure("sync", aside) }
    guard link(aside, path) == 0 || errno == EEXIST else { throw failure("put in place", path) }
    let parent = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    let directory = open(parent.isEmpty ? "/" : parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard directory >= 0 else { throw failure("open", parent) }
    defer { close(directory) }
    guard fsync(directory) == 0 else { throw failure("sync", parent) }
  }

  private static func failure(_ doing: String, _ path: String) -> DeviceKeyError {
    DeviceKeyError("can't \(doing) \(path): \(String(cString: strerror(errno)))")
  }
}
