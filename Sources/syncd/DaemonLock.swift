// SPDX-License-Identifier: MIT

import Glibc
import Host

/// Held by the one daemon of a store: two would answer for one another.
struct DaemonLock {
  private let file: Int32

  init(store: String) throws {
    let path = store + "/syncd.lock"
    file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard file >= 0 else {
      throw Failure(.notAllowed, "can't open \(path): \(String(cString: strerror(errno)))")
    }
    guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
      close(file)
      throw Failure(
        .needsDecision, "a daemon serves the store \(store) already; stop it first")
    }
  }

  func release() { close(file) }
}
