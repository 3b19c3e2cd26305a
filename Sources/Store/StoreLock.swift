// SPDX-License-Identifier: MIT

import Synchronization

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The store's own lock, an `flock` on the file `lock`.
///
/// SQLite before 3.51.3 can lose pages when one connection resets the write-ahead log while another
/// checkpoints it, and a command and the daemon on one file are exactly that. So every write, every
/// checkpoint and every last close happens while this lock is held, and SQLite's automatic
/// checkpoints are off. Two holders in one process exclude each other too: each store opens the
/// file for itself, and `flock` locks belong to the open file.
final class StoreLock: Sendable {
  private let path: String
  private let file: Int32
  private let held = Mutex(())

  /// How long to wait for another process before giving up.
  static let timeoutSeconds = 60

  /// Opens, or makes, the lock file.
  init(path: String) throws(StoreError) {
    self.path = path
    file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    if file < 0 { throw FileSystem.failure("open the store's lock", path) }
  }

  deinit { close(file) }

  /// Runs `body` while this process, and this thread of it, alone may write.
  func exclusive<Result>(_ body: () throws -> Result) throws -> Result {
    try held.withLock { _ in
      try acquire()
      defer { flock(file, LOCK_UN) }
      return try body()
    }
  }

  private func acquire() throws {
    var waited = 0
    while flock(file, LOCK_EX | LOCK_NB) != 0 {
      guard errno == EWOULDBLOCK || errno == EINTR else {
        throw FileSystem.failure("lock", path)
      }
      // Short sleeps first: most holders are one commit away from letting go.
      let pause = waited < 20_000 ? 200 : 5_000
      guard waited < Self.timeoutSeconds * 1_000_000 else {
        throw StoreError(
          .busy,
          "another process has been writing to this store for \(Self.timeoutSeconds) s; "
            + "try again when it is done (\(path))")
      }
      usleep(UInt32(pause))
      waited += pause
    }
  }
}
