// SPDX-License-Identifier: MIT

import Merge
import Store

/// A writer whose changes a test makes by hand, good or bad.
struct RawWriter {
  let writer: WriterID
  private(set) var sequence: UInt64 = 0
  var lamport: UInt64 = 0

  init(_ number: UInt64) { writer = WriterID(Bytes16(high: 0xAAAA, low: number)) }

  /// The next change; its Lamport number is one more than the last, unless told.
  mutating func change(
    _ operations: [Operation], lamport: UInt64? = nil, after: [Dependency] = [],
    time: Int64 = 1_795_000_000_000
  ) -> EncodedChange {
    sequence += 1
    self.lamport = lamport ?? self.lamport &+ 1
    return encoded(
      Change(
        writer: writer, sequence: sequence, lamport: self.lamport, dependencies: after, time: time,
        operations: operations))
  }

  /// A change that gives an article a title.
  mutating func title(_ title: String, lamport: UInt64? = nil) -> EncodedChange {
    change([Operation(.numbered(writer.raw.low), .title, value: .text(title))], lamport: lamport)
  }

  func encoded(_ change: Change) -> EncodedChange {
    EncodedChange(
      writer: change.writer, sequence: change.sequence, body: ChangeCodec.encode(change))
  }

  /// The name of one of its ops.
  func dot(_ sequence: UInt64, _ index: UInt32 = 0) -> Dot {
    Dot(writer: writer, sequence: sequence, index: index)
  }
}

extension EntityID {
  static func numbered(_ number: UInt64, kind: EntityKind = .article) -> EntityID {
    EntityID(kind: kind, raw: Bytes16(high: 0xE000, low: number))
  }

  /// An annotation for changes made by hand.
  static func note(_ number: UInt64) -> EntityID { numbered(number, kind: .annotation) }
}
