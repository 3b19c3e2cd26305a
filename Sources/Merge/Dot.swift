// SPDX-License-Identifier: MIT

/// The name of one op, unique for ever: who wrote it, in which of its changes, and where in it.
public struct Dot: Hashable, Comparable, Sendable {
  /// Who wrote the op.
  public var writer: WriterID
  /// The number of the change among its writer's, counted from 1.
  public var sequence: UInt64
  /// The place of the op in its change, counted from 0.
  public var index: UInt32

  /// The op at `index` of the change that `writer` numbered `sequence`.
  @inlinable public init(writer: WriterID, sequence: UInt64, index: UInt32) {
    self.writer = writer
    self.sequence = sequence
    self.index = index
  }

  /// By writer, then sequence, then index: one order on every machine, without meaning.
  @inlinable public static func < (left: Self, right: Self) -> Bool {
    if left.writer != right.writer { return left.writer < right.writer }
    if left.sequence != right.sequence { return left.sequence < right.sequence }
    return left.index < right.index
  }
}
