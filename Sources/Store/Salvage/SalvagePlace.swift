// SPDX-License-Identifier: MIT

import CPostilSystem
import Foundation

/// Where a salvaged store is made, and how it gets to where it belongs: beside its place until it
/// is whole, then there in one step. The damaged store is moved, and never written to.
public final class SalvagePlace {
  /// Where the store is made.
  public struct Folder {
    fileprivate let work: WorkFolder
    /// The store that is made.
    public let directory: StoreDirectory
  }

  private let damaged: StoreDirectory
  private let into: String?
  /// Held against a daemon.
  private var daemonLock: Int32 = -1

  /// - Parameter into: where the new store goes; in the damaged one's place when nil.
  public init(damaged: StoreDirectory, into: String?) {
    self.damaged = damaged
    self.into = into.map { StoreDirectory(path: $0).path }
  }

  deinit { if daemonLock >= 0 { close(daemonLock) } }

  /// Where the new store will be.
  public var result: String { into ?? damaged.path }

  /// Refuses what would not end well, before the long work.
  public func check() throws(StoreError) {
    guard let into else {
      daemonLock = open(
        damaged.path + "/syncd.lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
      guard daemonLock >= 0 else { throw FileSystem.failure("open", damaged.path + "/syncd.lock") }
      guard flock(daemonLock, LOCK_EX | LOCK_NB) == 0 else {
        throw StoreError(
          .ambiguous, "a daemon serves the store \(damaged.path); stop it first")
      }
      return
    }
    if try FileSystem.status(into) != nil, rmdir(into) != 0 {
      throw StoreError(.ambiguous, "\(into) is there already; choose another directory")
    }
  }

  /// Makes a private directory beside the new store's place.
  public func begin(random: UInt64) throws -> Folder {
    let (parent, name) = split(result)
    let work = try WorkFolder(in: parent, prefix: ".\(name).salvage-", random: random)
    return Folder(work: work, directory: StoreDirectory(path: work.path + "/store"))
  }

  /// Puts the new store in its place; answers where the damaged one is now.
  public func finish(_ folder: Folder, at milliseconds: Int64) throws -> String {
    let new = folder.directory.path
    defer { try? FileSystem.syncDirectory(of: result) }
    if let into {
      guard rename(new, into) == 0 else { throw FileSystem.failure("put in place", into) }
      return damaged.path
    }
    // Out of the work folder first, which is thrown away: the damaged store is never in there.
    let kept = damaged.path + ".damaged-" + String(milliseconds / 1000)
    guard rename(new, kept) == 0 else { throw FileSystem.failure("put in place", kept) }
    if postil_exchange(kept, damaged.path) == 0 { return kept }
    guard errno == EINVAL || errno == ENOSYS else {
      let failure = FileSystem.failure(
        "put in place (use --into another directory)", damaged.path)
      rename(kept, new)
      throw failure
    }
    let old = kept + "-old"
    guard rename(damaged.path, old) == 0 else { throw FileSystem.failure("keep as", old) }
    guard rename(kept, damaged.path) == 0 else {
      let failure = FileSystem.failure("put in place", damaged.path)
      rename(old, damaged.path)
      throw failure
    }
    guard rename(old, kept) == 0 else { throw FileSystem.failure("keep as", kept) }
    return kept
  }

  private func split(_ path: String) -> (parent: String, name: String) {
    guard let slash = path.lastIndex(of: "/") else { return (".", path) }
    let parent = String(path[..<slash])
    return (parent.isEmpty ? "/" : parent, String(path[path.index(after: slash)...]))
  }
}
