// SPDX-License-Identifier: MIT

/// Why bytes were not a change, or a change could not be merged.
///
/// Offsets count bytes from the start of the change's body.
public enum MergeError: Error, Hashable, Sendable {
  /// The bytes end inside something that began at `offset`.
  case truncated(offset: Int)
  /// A number does not fit, or is not written in its shortest form.
  case badNumber(offset: Int)
  /// Text that is not UTF-8.
  case notUTF8(offset: Int)
  /// A count or length beyond its limit.
  case beyondLimit(what: String, value: UInt64, limit: Int, offset: Int)
  /// An index into a table that has no such row.
  case badIndex(what: String, offset: Int)
  /// Something that may stand only in one form or order, and does not.
  case malformed(what: String, offset: Int)
  /// Bytes left over after the last op.
  case trailingBytes(offset: Int)
  /// The change format is newer than this program.
  case newerFormat(UInt8)
  /// The change is not its writer's next: `expected` is.
  case notNext(writer: WriterID, sequence: UInt64, expected: UInt64)
  /// The change follows another change than the one that is held: its writer's history is forked.
  case forked(writer: WriterID, sequence: UInt64)
  /// The change was written on changes that are not held.
  case missingDependency(writer: WriterID, needs: WriterID, sequence: UInt64)
  /// The change was written on a change that is not the one held under that number: `needs` wrote
  /// two histories, and the change was written on the other.
  case otherBranch(writer: WriterID, needs: WriterID, sequence: UInt64)
  /// A dependency that says less than the writer's earlier changes already said.
  case staleDependency(writer: WriterID, on: WriterID)
  /// The Lamport number is not one more than the greatest among what the change had seen.
  case badLamport(writer: WriterID, sequence: UInt64, is: UInt64, expected: UInt64)
  /// An op names a dot that its change cannot have seen.
  case unseenDot(Dot)
  /// A change without ops, or an op that does nothing.
  case empty(writer: WriterID, sequence: UInt64)
  /// A note's edit that does not fit the text it was made on.
  case text(TextError, Dot)
}
