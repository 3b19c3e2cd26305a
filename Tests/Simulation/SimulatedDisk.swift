// SPDX-License-Identifier: MIT

import CSimulatedDisk

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// A disk in memory under one store's database. Used by one thread at a time.
final class SimulatedDisk {
  /// What can go wrong.
  enum Fault: Int32 {
    case healthy = 0
    case error = 1
    case full = 2
    case power = 3
    case readError = 4
  }

  /// The files of a database, and of the store besides it, at one moment.
  struct Snapshot {
    /// The database, its log, its journal.
    var database: [[UInt8]?]
    /// The file `identity`.
    var identity: [UInt8]?
    /// Whether that was bound to the database beside it, and not to one it was copied from.
    var isBound: Bool
  }

  /// The store's directory.
  let directory: String
  private let disk: OpaquePointer

  init?(directory: String) {
    self.directory = directory
    guard mkdir(directory, 0o700) == 0, let disk = simdisk_create(directory) else { return nil }
    self.disk = disk
  }

  deinit { simdisk_destroy(disk) }

  var operations: UInt64 { simdisk_operations(disk) }
  var failures: Int { Int(simdisk_failures(disk)) }

  func fail(_ fault: Fault, after calls: Int, forever: Bool) {
    simdisk_fail(disk, fault.rawValue, Int32(clamping: calls), forever ? 1 : 0)
  }

  func heal() { fail(.healthy, after: 0, forever: false) }

  func powerOff() { simdisk_power_off(disk) }

  func settle(seed: UInt64, keep: Int) { simdisk_settle(disk, seed, Int32(keep)) }

  /// Lets the write-ahead log look so large that the store folds it into the database.
  func inflateLog() { _ = truncate(directory + "/postil.db-wal", 9 << 20) }

  /// What the disk would hold if the power went off now; with `keep` 100 what it holds.
  func snapshot(seed: UInt64, keep: Int) -> Snapshot {
    let files = (0..<Int32(SIMDISK_FILES)).map { file -> [UInt8]? in
      var size: Int64 = 0
      guard let bytes = simdisk_image(disk, file, seed, Int32(keep), &size) else { return nil }
      defer { free(bytes) }
      return Array(UnsafeBufferPointer(start: bytes, count: Int(size)))
    }
    let identity = identity
    let isBound = identity.map { bound($0) == $0 } ?? false
    return Snapshot(database: files, identity: identity, isBound: isBound)
  }

  /// Puts everything back as it was; without `identity`, the database alone.
  func restore(_ snapshot: Snapshot, identity restoresIdentity: Bool) {
    for (file, bytes) in snapshot.database.enumerated() {
      guard let bytes else {
        simdisk_put(disk, Int32(file), nil, 0)
        continue
      }
      bytes.withUnsafeBufferPointer {
        simdisk_put(disk, Int32(file), $0.baseAddress, Int64($0.count))
      }
    }
    if restoresIdentity { identity = snapshot.identity }
  }

  /// Puts other files than this database's stand-ins in place, as a copy to another disk does.
  func renewFiles() {
    for name in ["postil.db", "postil.db-wal"] {
      let path = directory + "/" + name
      var status = stat()
      guard lstat(path, &status) == 0 else { continue }
      // Made before the old one goes, so that it is another.
      let aside = open(path + ".new", O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
      if aside >= 0 {
        // An empty database has an empty stand-in; a log that was made to look large doesn't last.
        if name == "postil.db" { _ = ftruncate(aside, status.st_size) }
        close(aside)
      }
      rename(path + ".new", path)
    }
  }

  /// The file `identity`, which says under which name the store writes.
  var identity: [UInt8]? {
    get {
      let file = open(directory + "/identity", O_RDONLY | O_CLOEXEC)
      guard file >= 0 else { return nil }
      defer { close(file) }
      var bytes = [UInt8](repeating: 0, count: 4096)
      let count = read(file, &bytes, bytes.count)
      return count < 0 ? nil : Array(bytes[..<count])
    }
    set {
      guard let newValue else {
        unlink(directory + "/identity")
        return
      }
      let file = open(directory + "/identity", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
      guard file >= 0 else { return }
      defer { close(file) }
      _ = write(file, newValue, newValue.count)
    }
  }

  /// The identity as it would read if it were bound to this directory's database on the machine
  /// whose identity `other` is: what a clone of a whole machine has.
  func bound(_ other: [UInt8]) -> [UInt8]? {
    var status = stat()
    guard lstat(directory + "/postil.db", &status) == 0 else { return nil }
    var lines = String(decoding: other, as: UTF8.self).split(
      separator: "\n", omittingEmptySubsequences: false
    ).map(String.init)
    guard lines.count >= 4, let machine = lines[3].split(separator: ":").last else { return nil }
    lines[3] = "\(status.st_dev):\(status.st_ino):\(machine)"
    return Array(lines.joined(separator: "\n").utf8)
  }
}
