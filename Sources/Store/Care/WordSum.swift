// SPDX-License-Identifier: MIT

import GRDB
import Merge

/// All that a full-text index says, as a sum in which the order doesn't matter: which word stands
/// where in what column of which entity. Two indexes with other words have other sums, but for
/// one chance in 2^64.
struct WordSum: Equatable {
  /// Words in all.
  private(set) var count = 0
  private var sum: UInt64 = 0

  /// The sum of a database's index, read word by word (fts5vocab,
  /// https://www.sqlite.org/fts5.html#the_fts5vocab_virtual_table_module).
  init(_ db: Database) throws {
    // Rows are numbered as they came: what they mean is told by their ids.
    var names: [Int64: UInt64] = [:]
    try db.each("SELECT ordinal, id, kind FROM entity") { row in
      let kind = UInt64(bitPattern: row.whole(2))
      let place = SearchIndex.row(row.whole(0), EntityKind(code: kind))
      names[place] = row.bytes(1).withUnsafeBytes { Self.hash($0, Self.mixed(kind)) }
    }
    try db.execute(
      sql: """
        CREATE VIRTUAL TABLE IF NOT EXISTS temp.doctor_words
        USING fts5vocab ('main', 'search', 'instance')
        """)
    // There may be millions: they come in order of words and entities, and nothing is copied.
    let rows = try BoundStatement(db, "SELECT term, doc, col, offset FROM temp.doctor_words")
    var (word, wordHash): ([UInt8], UInt64) = ([], 0)
    var (entity, entityHash): (Int64?, UInt64) = (nil, 0)
    var (count, sum) = (0, UInt64(0))
    while try rows.next() {
      rows.withBytes(0) { bytes in
        if count > 0 && bytes.elementsEqual(word) { return }
        word = Array(bytes)
        wordHash = Self.hash(bytes, 0)
      }
      let next = rows.integer(1)
      if next != entity {
        entity = next
        entityHash = names[next] ?? 1
      }
      let place = rows.withBytes(2) { Self.hash($0, wordHash &+ entityHash) }
      sum &+= Self.mixed(place &+ UInt64(bitPattern: rows.integer(3)))
      count += 1
    }
    self.count = count
    self.sum = sum
  }

  /// FNV-1a over some bytes (Fowler, Noll and Vo), well mixed at the end.
  private static func hash(_ bytes: UnsafeRawBufferPointer, _ start: UInt64) -> UInt64 {
    var hash = start ^ 0xCBF2_9CE4_8422_2325
    for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    return mixed(hash)
  }

  /// The last steps of SplitMix64 (Steele, Lea and Flood, 2014).
  private static func mixed(_ number: UInt64) -> UInt64 {
    var word = (number ^ (number >> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
    return word ^ (word >> 31)
  }
}
