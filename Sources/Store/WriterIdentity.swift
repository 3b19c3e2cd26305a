// SPDX-License-Identifier: MIT

import Merge

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Under which name this store writes, what that name is bound to, and how far it had written.
///
/// Two stores that write under one name would give two ops one dot: the worst thing that can happen
/// to a replicated log. So the name is kept outside the database, and bound to the database file
/// (device and inode) and the machine. A store that was copied, or whose machine was cloned, finds
/// a binding that isn't its own, and mints a new name before it writes again.
///
/// A database that was set back in place keeps device and inode. Hence the mark: the last change
/// that was written under the name, and its chain hash. A database that does not hold that change
/// was set back, and mints a new name too.
struct WriterIdentity: Hashable, Sendable {
  /// The name.
  var writer: WriterID
  /// The database file and the machine that may use it.
  var binding: String
  /// Which library the store held when the name was minted: a second place that tells, should the
  /// database be damaged. Nil where an earlier version minted it.
  var library: LibraryID?
  /// How far the store had written under the name. It may lag: a mark is not synced, and a crash
  /// may come between the commit and the mark.
  var mark = Mark()

  /// One change of the writer.
  struct Mark: Hashable, Sendable {
    /// Its number; 0 before the first.
    var sequence: UInt64 = 0
    /// Its chain hash: 32 bytes; zeros before the first.
    var hash = [UInt8](repeating: 0, count: 32)

    /// Always as long, so that it is written over in place.
    fileprivate var line: String {
      let digits = String(sequence)
      let hex = hash.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
      return String(repeating: "0", count: 20 - digits.count) + digits + " " + hex
    }

    fileprivate init?(line: Substring) {
      let words = line.split(separator: " ", omittingEmptySubsequences: false)
      guard line.utf8.count == 85, words.count == 2, let sequence = UInt64(words[0]) else {
        return nil
      }
      let digits = words[1].compactMap(\.hexDigitValue)
      guard digits.count == 64, words[1].count == 64 else { return nil }
      self.sequence = sequence
      hash = stride(from: 0, to: 64, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }

    /// The change `sequence` with this chain hash.
    init(sequence: UInt64 = 0, hash: [UInt8] = [UInt8](repeating: 0, count: 32)) {
      self.sequence = sequence
      self.hash = hash
    }
  }

  /// The file's first line and the name, which come before the mark.
  private static let heading = "postil-writer 1"
  private static let markOffset = heading.utf8.count + 1 + 36 + 1

  /// The binding of the database at `path` on this machine.
  static func binding(database path: String, machineID: String) throws(StoreError) -> String {
    guard let status = try FileSystem.status(path) else {
      throw StoreError(.disk, "the database \(path) went away")
    }
    return "\(status.st_dev):\(status.st_ino):\(machineID)"
  }

  /// Reads the file; nil when it isn't there or isn't whole, which mints a new name as well.
  static func read(_ path: String) throws(StoreError) -> WriterIdentity? {
    guard let bytes = try FileSystem.read(path, limit: 4096) else { return nil }
    let lines = String(decoding: bytes, as: UTF8.self).split(
      separator: "\n", omittingEmptySubsequences: false)
    guard lines.count >= 4, lines[0] == heading, let raw = Bytes16(uuidText: String(lines[1])),
      let mark = Mark(line: lines[2])
    else { return nil }
    let library = lines.count > 4 ? Bytes16(uuidText: String(lines[4])).map(LibraryID.init) : nil
    return WriterIdentity(
      writer: WriterID(raw), binding: String(lines[3]), library: library, mark: mark)
  }

  /// Writes the file durably.
  func write(_ path: String) throws(StoreError) {
    var text = "\(Self.heading)\n\(writer.raw.uuidText)\n\(mark.line)\n\(binding)\n"
    if let library { text += library.raw.uuidText + "\n" }
    try FileSystem.replace(path, with: Array(text.utf8))
  }

  /// Writes the mark over the one in the file, without waiting for the disk.
  static func write(_ mark: Mark, to path: String) throws(StoreError) {
    try FileSystem.overwrite(path, at: markOffset, with: Array(mark.line.utf8))
  }
}
