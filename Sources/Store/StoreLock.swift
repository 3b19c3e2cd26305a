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
  ///
  /// - Parameter seconds: how long to wait for another process before giving up.
  func exclusive<Result>(
    waiting seconds: Int = timeoutSeconds, _ body: () throws -> Result
  ) throws -> Result {
    try held.withLock { _ in
      try acquire(seconds)
      defer { flock(file, LOCK_UN) }
      try checkPlace()
      return try body()
    }
  }

  /// Takes the lock until this object goes.
  func take() throws {
    try held.withLock { _ in
      try acquire(Self.timeoutSeconds)
      try checkPlace()
    }
  }

  /// Runs `body` under the lock if nobody else holds it at this moment; nil if somebody does.
  func ifFree<Result>(_ body: () throws -> Result) rethrows -> Result? {
    try held.withLock { _ in
      guard flock(file, LOCK_EX | LOCK_NB) == 0 else { return nil }
      defer { flock(file, LOCK_UN) }
      return try body()
    }
  }

  /// A store that was put in the place of this one while we waited must not be taken for it.
  private func checkPlace() throws(StoreError) {
    var own = stat()
    guard fstat(file, &own) == 0, let there = try FileSystem.status(path),
      own.st_ino == there.st_ino, own.st_dev == there.st_dev
    else {
      throw StoreError(
        .busy, "the store was moved or replaced meanwhile (\(path)); nothing was changed: try again"
      )
    }
  }

  private func acquire(_ seconds: Int) throws {
    var waited = 0
    while flock(file, LOCK_EX | LOCK_NB) != 0 {
      guard errno == EWOULDBLOCK || errno == EINTR else {
        throw FileSystem.failure("lock", path)
      }
      // Short sleeps first: most holders are one commit away from letting go.
      let pause = waited < 20_000 ? 200 : 5_000
      guard waited < seconds * 1_000_000 else {
        throw StoreError(
          .busy,
          "another process has been writing to this store for \(seconds) s; "
            + "try again when it is done (\(path))")
      }
      usleep(UInt32(pause))
      waited += pause
    }
  }
}
