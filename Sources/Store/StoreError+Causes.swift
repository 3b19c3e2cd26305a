// SPDX-License-Identifier: MIT

import GRDB
import Merge

extension StoreError {
  /// What SQLite's answer means for the person.
  ///
  /// - Parameter isReading: nothing was to be changed.
  init(_ error: DatabaseError, _ directory: StoreDirectory, isReading: Bool = false) {
    let path = directory.path
    let detail = error.message ?? "\(error.resultCode)"
    switch error.resultCode {
    case .SQLITE_FULL:
      self.init(
        .disk, "the disk that holds \(path) is full; nothing was changed: make room and try again")
    case .SQLITE_READONLY:
      self.init(.notAllowed, "the store \(path) can't be written (\(detail)); nothing was changed")
    case .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_AUTH:
      self.init(.notAllowed, "can't open the store \(path): \(detail)")
    case .SQLITE_IOERR:
      let outcome = isReading ? "it can't be read" : "nothing was changed"
      self.init(.disk, "the disk that holds \(path) failed (\(detail)); \(outcome)")
    case .SQLITE_BUSY, .SQLITE_LOCKED:
      self.init(.busy, "another process is using the store \(path); try again")
    case .SQLITE_NOTADB, .SQLITE_CORRUPT:
      self.init(
        .damaged,
        "the database in \(path) is damaged or is no database (\(detail)); "
          + "run: clientctl doctor --store \(path)")
    default:
      self.init(.internal, "SQLite answered \(error.resultCode): \(detail)")
    }
  }

  /// A change that breaks a rule of the log.
  init(refused error: MergeError) {
    self.init(.refusedChange, Self.sentence(error))
    merge = error
  }

  /// What a broken rule is, in words.
  static func sentence(_ error: MergeError) -> String {
    func name(_ writer: WriterID) -> String { String(writer.raw.uuidText.prefix(8)) }
    switch error {
    case .truncated(let offset): return "the change ends inside what began at byte \(offset)"
    case .badNumber(let offset): return "a number at byte \(offset) of the change can't be read"
    case .notUTF8(let offset): return "text at byte \(offset) of the change is not UTF-8"
    case .beyondLimit(let what, let value, let limit, let offset):
      return "\(value) \(what) at byte \(offset) of the change, and at most \(limit) may be"
    case .badIndex(let what, let offset):
      return "byte \(offset) of the change names a \(what) that is not in its table"
    case .malformed(let what, let offset): return "\(what), at byte \(offset) of the change"
    case .trailingBytes(let offset): return "bytes are left over from byte \(offset) of the change"
    case .newerFormat(let format):
      return "the change has format \(format), which is newer than this program; upgrade it"
    case .notNext(let writer, let sequence, let expected):
      return "change \(sequence) of writer \(name(writer)) came when \(expected) was next"
    case .forked(let writer, let sequence):
      return
        "change \(sequence) of writer \(name(writer)) follows another history than the one held: "
        + "it was written twice"
    case .missingDependency(let writer, let needs, let sequence):
      return
        "a change of writer \(name(writer)) needs change \(sequence) of \(name(needs)), not held"
    case .otherBranch(let writer, let needs, let sequence):
      return
        "a change of writer \(name(writer)) was written on another change \(sequence) of "
        + "\(name(needs)) than the one held: \(name(needs)) was written twice"
    case .staleDependency(let writer, let on):
      return "a change of writer \(name(writer)) forgets what it had seen of \(name(on))"
    case .badLamport(let writer, let sequence, let actual, let expected):
      return
        "change \(sequence) of writer \(name(writer)) has Lamport number \(actual) and not \(expected)"
    case .unseenDot(let dot):
      return
        "an op names \(name(dot.writer)):\(dot.sequence):\(dot.index), which its writer can't have seen"
    case .empty(let writer, let sequence):
      return "change \(sequence) of writer \(name(writer)) does nothing"
    case .text(let error, let dot):
      return
        "the edit \(name(dot.writer)):\(dot.sequence):\(dot.index) does not fit its text: \(error)"
    }
  }
}
