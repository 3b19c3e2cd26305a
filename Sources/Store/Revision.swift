// SPDX-License-Identifier: MIT

import Merge

/// One text of an article, as the field `revision` holds it.
public struct Revision: Hashable, Sendable {
  /// SHA-256 of the canonical text's UTF-8: 32 bytes.
  public var hash: [UInt8]
  /// How many code points the text has.
  public var codePoints: Int
  /// How many bytes its UTF-8 has.
  public var byteCount: Int
  /// When it was added, by the adding machine's clock, milliseconds since 1970.
  public var added: Int64

  /// Member numbers of the record; `rules` names the edition of the canonical text's rules.
  enum Key {
    static let hash: UInt64 = 1
    static let codePoints: UInt64 = 2
    static let byteCount: UInt64 = 3
    static let rules: UInt64 = 4
  }

  /// The record for the field.
  static func value(hash: [UInt8], codePoints: Int, byteCount: Int) -> Value {
    .record([
      .init(key: Key.hash, value: .bytes(hash)),
      .init(key: Key.codePoints, value: .integer(Int64(codePoints))),
      .init(key: Key.byteCount, value: .integer(Int64(byteCount))),
      .init(key: Key.rules, value: .integer(1)),
    ])
  }

  /// The revisions of an article, each text once, the newest last.
  static func all(of state: EntityState) -> [Revision] {
    var byHash: [[UInt8]: Revision] = [:]
    for entry in state.entries(of: .revision) {
      guard let hash = entry.value?[Key.hash]?.bytes, hash.count == 32,
        let codePoints = entry.value?[Key.codePoints]?.integer,
        let byteCount = entry.value?[Key.byteCount]?.integer
      else { continue }
      let revision = Revision(
        hash: hash, codePoints: Int(clamping: codePoints), byteCount: Int(clamping: byteCount),
        added: entry.time)
      if let known = byHash[hash], known.added <= revision.added { continue }
      byHash[hash] = revision
    }
    return byHash.values.sorted { left, right in
      left.added != right.added
        ? left.added < right.added : left.hash.lexicographicallyPrecedes(right.hash)
    }
  }
}
