// SPDX-License-Identifier: MIT

import CPostilSystem

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The few system calls that a store makes itself, with errors that name the file.
enum FileSystem {
  /// What the last failed call said.
  static func failure(_ doing: String, _ path: String) -> StoreError {
    let number = errno
    let reason = String(cString: strerror(number))
    if number == ENOSPC || number == EDQUOT {
      return StoreError(
        .disk,
        "can't \(doing) \(path): the disk is full (\(reason)); nothing was changed: make room and "
          + "try again")
    }
    let code: StoreError.Code =
      switch number {
      case EACCES, EPERM, EROFS: .notAllowed
      case ENOENT: .notFound
      default: .disk
      }
    return StoreError(code, "can't \(doing) \(path): \(reason)")
  }

  /// `lstat` of the path itself; nil when there is nothing.
  static func status(_ path: String) throws(StoreError) -> stat? {
    var status = stat()
    if lstat(path, &status) == 0 { return status }
    if errno == ENOENT { return nil }
    throw failure("look at", path)
  }

  /// Makes the directory and its parents, each with mode 0700; those that are there stay as they
  /// are.
  static func makeDirectories(_ path: String) throws(StoreError) {
    if mkdir(path, 0o700) == 0 || errno == EEXIST { return }
    guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex else {
      throw failure("make the directory", path)
    }
    try makeDirectories(String(path[..<slash]))
    if mkdir(path, 0o700) != 0 && errno != EEXIST { throw failure("make the directory", path) }
  }

  /// Makes an empty file of mode 0600; one that is there stays as it is.
  static func makeFile(_ path: String) throws(StoreError) {
    let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard file >= 0 else { throw failure("make", path) }
    close(file)
  }

  /// The bytes of a small file; nil when it isn't there.
  static func read(_ path: String, limit: Int = 1 << 20) throws(StoreError) -> [UInt8]? {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else {
      if errno == ENOENT { return nil }
      throw failure("read", path)
    }
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: limit + 1)
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
    guard filled <= limit else { throw StoreError(.damaged, "\(path) is larger than it can be") }
    return Array(bytes[..<filled])
  }

  /// Puts a small file in place whole and durably, mode 0600: written aside, synced, renamed.
  static func replace(_ path: String, with bytes: [UInt8]) throws(StoreError) {
    let aside = path + ".new"
    let file = open(aside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard file >= 0 else { throw failure("write", aside) }
    defer { close(file) }
    var written = 0
    while written < bytes.count {
      let count = bytes[written...].withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw failure("write", aside) }
      written += count
    }
    guard fsync(file) == 0 else { throw failure("sync", aside) }
    guard rename(aside, path) == 0 else { throw failure("put in place", path) }
    try syncDirectory(of: path)
  }

  /// Makes an empty file of mode 0600, in the place of one that nobody works on any more, and
  /// locks it: the lock lasts until the descriptor that this answers is closed.
  static func claim(_ path: String) throws(StoreError) -> Int32 {
    let left = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW)
    if left >= 0 {
      defer { close(left) }
      guard flock(left, LOCK_EX | LOCK_NB) == 0 else {
        throw StoreError(.busy, "another process is writing \(path); try again when it is done")
      }
      unlink(path)
    }
    let file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard file >= 0 else { throw failure("write", path) }
    guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
      defer { close(file) }
      throw failure("lock", path)
    }
    return file
  }

  /// Writes over bytes of a file that is there, in place and without waiting for the disk.
  static func overwrite(
    _ path: String, at offset: Int, with bytes: [UInt8]
  ) throws(StoreError) {
    let file = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW)
    guard file >= 0 else { throw failure("write", path) }
    defer { close(file) }
    let count = bytes.withUnsafeBytes { pwrite(file, $0.baseAddress, $0.count, off_t(offset)) }
    guard count == bytes.count else { throw failure("write", path) }
  }

  /// Makes a rename or a new file in the path's directory durable.
  static func syncDirectory(of path: String) throws(StoreError) {
    let parent = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    let directory = open(parent.isEmpty ? "/" : parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard directory >= 0 else { throw failure("open", parent) }
    defer { close(directory) }
    guard fsync(directory) == 0 else { throw failure("sync", parent) }
  }

  /// Bytes that this user may still write on the disk under `path`, and its size; nil when the
  /// system doesn't tell.
  static func room(at path: String) -> (free: UInt64, total: UInt64)? {
    var status = statvfs()
    guard statvfs(path, &status) == 0, status.f_blocks > 0 else { return nil }
    let unit = UInt64(status.f_frsize)
    return (UInt64(status.f_bavail) * unit, UInt64(status.f_blocks) * unit)
  }

  /// The name of the file system under `path`, when it is one that is reached over a network.
  ///
  /// Locks and shared memory don't hold there, and SQLite needs both
  /// (https://www.sqlite.org/wal.html, "all processes must be on the same host").
  static func networkFileSystem(at path: String) -> String? {
    networkFileSystem(type: postil_file_system_type(path)) { mountedType(of: path) }
  }

  /// As above, from the number in `statfs` (linux/magic.h) and the type in the mount table.
  static func networkFileSystem(type: UInt64, mounted: () -> String?) -> String? {
    switch type {
    case 0x6969: return "NFS"
    case 0x517B, 0xFF53_4D42, 0xFE53_4D42: return "SMB"
    case 0x0102_1997: return "9p"
    case 0x5346_414F, 0x6B41_4653: return "AFS"
    case 0x00C3_6400: return "Ceph"
    case 0x7375_7245: return "Coda"
    case 0x6573_5546:
      // FUSE is local for an encrypted home and remote for sshfs: only its name tells.
      let remote = ["sshfs", "glusterfs", "rclone", "s3fs", "davfs", "gcsfuse", "curlftpfs"]
      guard let type = mounted() else { return nil }
      return remote.first { type.contains($0) }
    default: return nil
    }
  }

  /// The type of the mount that `path` lies on, by the longest mount point in /proc/self/mountinfo.
  private static func mountedType(of path: String) -> String? {
    guard let bytes = try? read("/proc/self/mountinfo") else { return nil }
    var best: (length: Int, type: String)?
    for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
      let words = line.split(separator: " ")
      guard words.count > 6, let dash = words.firstIndex(of: "-"), dash + 1 < words.count else {
        continue
      }
      let point = String(words[4])
      if path.hasPrefix(point), point.utf8.count >= best?.length ?? 0 {
        best = (point.utf8.count, String(words[dash + 1]))
      }
    }
    return best?.type
  }
}
