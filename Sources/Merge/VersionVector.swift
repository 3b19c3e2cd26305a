// SPDX-License-Identifier: MIT

/// For each writer, how many of its changes are held; there are no gaps, so a count says which.
///
/// A join-semilattice under `merge`: commutative, associative, idempotent. Parker et al.,
/// "Detection of Mutual Inconsistency in Distributed Systems" (1983).
///
/// Kept as an array sorted by writer: libraries have few writers, and equal vectors are equal
/// bytes.
public struct VersionVector: Hashable, Sendable {
  /// One writer's count.
  public struct Entry: Hashable, Sendable {
    /// Who wrote the changes.
    public var writer: WriterID
    /// How many of them are held; never 0.
    public var count: UInt64

    /// `count` changes of `writer`.
    public init(writer: WriterID, count: UInt64) {
      self.writer = writer
      self.count = count
    }
  }

  /// Sorted by writer, without duplicates and without zero counts.
  public private(set) var entries: [Entry] = []

  /// Nothing held.
  public init() {}

  /// The vector of these entries, in any order; of a writer named twice the greater count stays.
  public init(_ entries: some Sequence<Entry>) {
    for entry in entries { advance(entry.writer, to: entry.count) }
  }

  /// The vector of entries that are sorted by writer already, each once and above zero.
  init(sorted entries: [Entry]) {
    self.entries = entries
    assert(zip(entries, entries.dropFirst()).allSatisfy { $0.writer < $1.writer })
  }

  /// Whether nothing is held.
  public var isEmpty: Bool { entries.isEmpty }

  /// How many changes are held in all.
  public var total: UInt64 { entries.reduce(0) { $0 &+ $1.count } }

  /// How many of `writer`'s changes are held. O(log n).
  public subscript(writer: WriterID) -> UInt64 {
    let place = index(of: writer)
    return place < entries.count && entries[place].writer == writer ? entries[place].count : 0
  }

  /// Whether the change, or op, that `dot` names is held.
  public func contains(_ dot: Dot) -> Bool {
    dot.sequence > 0 && dot.sequence <= self[dot.writer]
  }

  /// Raises `writer`'s count to `count`, if it is lower.
  public mutating func advance(_ writer: WriterID, to count: UInt64) {
    guard count > 0 else { return }
    let place = index(of: writer)
    if place < entries.count && entries[place].writer == writer {
      entries[place].count = max(entries[place].count, count)
    } else {
      entries.insert(Entry(writer: writer, count: count), at: place)
    }
  }

  /// Holds afterwards what either held.
  public mutating func merge(_ other: VersionVector) {
    for entry in other.entries { advance(entry.writer, to: entry.count) }
  }

  /// Whether everything that `other` holds is held here too.
  public func covers(_ other: VersionVector) -> Bool {
    other.entries.allSatisfy { self[$0.writer] >= $0.count }
  }

  private func index(of writer: WriterID) -> Int {
    var low = 0
    var high = entries.count
    while low < high {
      let middle = (low + high) / 2
      if entries[middle].writer < writer { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
