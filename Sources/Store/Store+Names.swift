// SPDX-License-Identifier: MIT

import GRDB
public import Merge

extension Store {
  /// The article or annotation, or whatever `kinds` says, whose id begins with these digits; dashes
  /// don't matter.
  ///
  /// Throws `badInput` for what is no beginning of an id, `notFound`, or `ambiguous` with the
  /// candidates.
  public func resolve(_ prefix: String, kinds: [EntityKind] = [.article, .annotation]) throws
    -> EntityID
  {
    let digits = prefix.utf8.filter { $0 != 0x2D }
    let isHex = digits.allSatisfy { byte in
      (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte) || (0x41...0x46).contains(byte)
    }
    guard !digits.isEmpty, digits.count <= 32, isHex else {
      throw StoreError(
        .badInput,
        "“\(prefix)” is not the beginning of an id; ids are hexadecimal, see: clientctl list")
    }
    let text = String(decoding: digits, as: UTF8.self)
    let missing = 32 - digits.count
    guard let low = Bytes16(uuidText: text + String(repeating: "0", count: missing)),
      let high = Bytes16(uuidText: text + String(repeating: "f", count: missing))
    else { throw StoreError(.badInput, "“\(prefix)” is not the beginning of an id") }
    let found = try read { transaction in
      var found: [EntityID] = []
      // The `+` keeps to the index of ids, as in `neighbours`.
      let codes = kinds.map { String(Int64(bitPattern: $0.code)) }.joined(separator: ", ")
      try transaction.db.each(
        "SELECT kind, id FROM entity WHERE id BETWEEN ? AND ? AND +kind IN (\(codes)) LIMIT 64",
        [low.bytes.blob, high.bytes.blob]
      ) { row in
        if let raw = Bytes16(row.bytes(1)) {
          found.append(
            EntityID(kind: EntityKind(code: UInt64(bitPattern: row.whole(0))), raw: raw))
        }
      }
      return found
    }
    guard let first = found.first else {
      let what =
        kinds == [.article]
        ? "article"
        : kinds == [.annotation]
          ? "annotation"
          : kinds.contains(.tag) ? "article, annotation or renamed tag" : "article or annotation"
      throw StoreError(.notFound, "there is no \(what) whose id begins with \(prefix)")
    }
    if found.count > 1 {
      throw StoreError(
        .ambiguous, "\(found.count) ids begin with \(prefix); give more digits", candidates: found)
    }
    return first
  }

  /// How many digits of an id tell it from every other, for each of these ids: at least 4, and
  /// of an annotation at least the 12 that hold its time.
  public func shortestPrefixes(of ids: [EntityID]) throws -> [EntityID: Int] {
    try read { transaction in
      var lengths: [EntityID: Int] = [:]
      for id in Set(ids) {
        let own = id.raw.bytes
        var shared = 0
        for sql in Self.neighbours {
          guard let row = try transaction.db.first(sql, [own.blob]) else { continue }
          shared = max(shared, Self.sharedDigits(own, row.bytes(0)))
        }
        lengths[id] = max(Self.leastDigits(of: id), shared + 1)
      }
      return lengths
    }
  }

  /// The ids of articles, annotations and renamed tags next to one. The `+` hides the kind from the
  /// planner, which would go through all of a kind otherwise, and sort them.
  static let neighbours = [
    "SELECT id FROM entity WHERE id < ? AND +kind IN (1, 2, 3) ORDER BY id DESC LIMIT 1",
    "SELECT id FROM entity WHERE id > ? AND +kind IN (1, 2, 3) ORDER BY id LIMIT 1",
  ]

  /// An annotation's id begins with the time it was made: fewer digits than the time takes would
  /// soon be shared with the next one.
  private static func leastDigits(of id: EntityID) -> Int { id.kind == .annotation ? 12 : 4 }

  private static func sharedDigits(_ left: [UInt8], _ right: [UInt8]) -> Int {
    for (index, (a, b)) in zip(left, right).enumerated() where a != b {
      return index * 2 + (a >> 4 == b >> 4 ? 1 : 0)
    }
    return min(left.count, right.count) * 2
  }
}
