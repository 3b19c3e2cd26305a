// SPDX-License-Identifier: MIT

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The directory of one store, and what lies in it.
public struct StoreDirectory: Hashable, Sendable {
  /// Where it is, absolute.
  public let path: String

  /// The directory at `path`; nothing is looked at yet.
  public init(path: String) {
    var trimmed = path
    while trimmed.count > 1 && trimmed.hasSuffix("/") { trimmed.removeLast() }
    self.path = trimmed
  }

  /// The database.
  public var database: String { path + "/postil.db" }
  /// The file that is locked while somebody writes.
  public var lock: String { path + "/lock" }
  /// Who this store is, apart from the database so that a copied database is noticed.
  public var identity: String { path + "/identity" }
  /// The key that this device is, for its peers.
  public var deviceKey: String { path + "/device.pem" }
  /// The daemon's control socket.
  public var socket: String { path + "/syncd.sock" }

  /// Makes the directory if it isn't there, and refuses one where a store can't be safe: somebody
  /// else's, a symbolic link, a file, or a network file system.
  public func prepare() throws(StoreError) {
    if try FileSystem.status(path) == nil { try FileSystem.makeDirectories(path) }
    guard let status = try FileSystem.status(path) else {
      throw StoreError(.disk, "the store's directory \(path) went away")
    }
    switch status.st_mode & S_IFMT {
    case S_IFDIR: break
    case S_IFLNK:
      throw StoreError(
        .notAllowed, "the store \(path) is a symbolic link; give the directory it points to")
    default: throw StoreError(.badInput, "the store \(path) is not a directory")
    }
    guard status.st_uid == geteuid() else {
      throw StoreError(
        .notAllowed,
        "the store \(path) belongs to user \(status.st_uid), and you are \(geteuid()); "
          + "run as its owner, or choose another with --store")
    }
    if let kind = FileSystem.networkFileSystem(at: path) {
      throw StoreError(
        .notAllowed,
        "the store \(path) is on a network file system (\(kind)), where a database is not safe; "
          + "keep the store on a local disk and let syncd bring the machines together")
    }
    if status.st_mode & 0o077 != 0 {
      // Others may look in there, and a store is private. Only a store, or an empty directory, is
      // made private unasked: a typing error must not shut everybody out of /tmp.
      guard try holdsStoreOrNothing() else {
        throw StoreError(
          .badInput,
          "\(path) holds other things and no store; give a directory of its own with --store")
      }
      guard chmod(path, 0o700) == 0 || errno == EROFS else {
        throw FileSystem.failure("make private", path)
      }
    }
  }

  /// Whether a store is there.
  public func holdsStore() throws(StoreError) -> Bool { try FileSystem.status(database) != nil }

  /// Why a store can only be read.
  enum Unwritable {
    /// What the system says: a read-only disk, or somebody who took the right to write away.
    case forbidden(String)
    /// There is no room for another edit.
    case full

    var reason: String {
      switch self {
      case .forbidden(let reason): reason
      case .full: String(cString: strerror(ENOSPC))
      }
    }
  }

  /// Bytes that must be free for an edit: SQLite's index of the log, which is mapped into memory
  /// (a page without room behind it would end the program), and the edit's own pages.
  private static let editBytes: UInt64 = 128 << 10

  /// Why the store that is there can only be read. Nil when it can be written, or isn't there.
  func whyUnwritable() throws(StoreError) -> Unwritable? {
    guard try FileSystem.status(database) != nil else { return nil }
    for place in [path, database] where access(place, W_OK) != 0 {
      return .forbidden(String(cString: strerror(errno)))
    }
    if let room = FileSystem.room(at: path), room.free < Self.editBytes { return .full }
    return nil
  }

  /// Whether the directory holds a database, or nothing at all.
  private func holdsStoreOrNothing() throws(StoreError) -> Bool {
    if try FileSystem.status(database) != nil { return true }
    guard let listing = opendir(path) else { throw FileSystem.failure("look into", path) }
    defer { closedir(listing) }
    // An empty directory lists itself and its parent.
    var names = 0
    while readdir(listing) != nil { names += 1 }
    return names <= 2
  }
}
