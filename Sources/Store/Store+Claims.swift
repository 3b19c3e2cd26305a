// SPDX-License-Identifier: MIT

import GRDB
public import Merge

/// How far a store holds one line of a writer's history: as it says so to a peer.
///
/// A writer has one, unless its history was forked; then one for each branch.
public struct ClaimedTip: Hashable, Sendable {
  /// Whose history: the root's name, which means the same on every store.
  public var writer: WriterID
  /// How many changes of it are held on this line.
  public var count: UInt64
  /// The first eight bytes of the chain hash of the last of them.
  public var hash: [UInt8]
  /// The same of the changes 1, 2, 4, 8 … before that one, as far as there are any; nil unless the
  /// history is in doubt. By these the other side finds where two histories part.
  public var ladder: [[UInt8]]?

  /// A tip with all its parts.
  public init(writer: WriterID, count: UInt64, hash: [UInt8], ladder: [[UInt8]]? = nil) {
    self.writer = writer
    self.count = count
    self.hash = hash
    self.ladder = ladder
  }

  /// Bytes of a hash in a claim.
  public static let hashBytes = 8

  /// The numbers of the changes on the ladder of a line with so many changes.
  public static func ladderNumbers(below count: UInt64) -> [UInt64] {
    var numbers: [UInt64] = []
    var step: UInt64 = 1
    while step < count {
      numbers.append(count - step)
      step <<= 1
    }
    return numbers
  }

  /// One order for all: by writer, then count, then hash.
  public static func < (left: Self, right: Self) -> Bool {
    if left.writer != right.writer { return left.writer < right.writer }
    if left.count != right.count { return left.count < right.count }
    return left.hash.lexicographicallyPrecedes(right.hash)
  }
}

/// What a peer holds, under the names that hold here.
public struct PlacedClaim: Hashable, Sendable {
  /// How many changes of each writer it holds, as far as can be told.
  public var version: VersionVector
  /// Writers of whom the peer holds another history than ours, or may: without ladders it can't be
  /// told where they part, and nothing may be sent or taken before that is known.
  public var doubts: Set<WriterID>
}

extension Store {
  /// The tips of everything that is held, in order.
  public func tips() throws -> [ClaimedTip] {
    try read { $0.tips() }
  }

  /// Of each branch of a forked history, the writer whose history it is.
  public func branchRoots() throws -> [WriterID: WriterID] {
    try read { $0.branchRoots() }
  }

  /// What is held, the tips of it, and the roots of its branches, all of one moment.
  public func heldLines() throws -> (
    holdings: Holdings, tips: [ClaimedTip], roots: [WriterID: WriterID]
  ) {
    try read { (try $0.holdings(), $0.tips(), $0.branchRoots()) }
  }

  /// The same tips, with ladders for the histories of these writers.
  public func tips(
    _ tips: [ClaimedTip], withLaddersOf writers: Set<WriterID>
  ) throws -> [ClaimedTip] {
    if writers.isEmpty { return tips }
    return try read { transaction in
      try tips.map { tip in
        var tip = tip
        if writers.contains(tip.writer) { tip.ladder = try transaction.ladder(of: tip) }
        return tip
      }
    }
  }

  /// Finds what a peer claims to hold in what is held here.
  public func place(_ tips: [ClaimedTip]) throws -> PlacedClaim {
    try read { transaction in
      var placed = PlacedClaim(version: VersionVector(), doubts: [])
      for (writer, tips) in Dictionary(grouping: tips, by: \.writer) {
        try transaction.place(tips, of: writer, &placed)
      }
      return placed
    }
  }
}

extension ReadTransaction {
  fileprivate func branchRoots() -> [WriterID: WriterID] {
    var roots: [WriterID: WriterID] = [:]
    for (ordinal, segment) in writers.segments.enumerated() where segment.base != nil {
      roots[writers.id(ordinal)] = writers.id(writers.root(of: ordinal))
    }
    return roots
  }

  fileprivate func tips() -> [ClaimedTip] {
    var tips: [ClaimedTip] = []
    for (ordinal, (_, head)) in writers.all.enumerated()
    where head.sequence > 0 && writers.isLeaf(ordinal) {
      tips.append(
        ClaimedTip(
          writer: writers.id(writers.root(of: ordinal)),
          count: writers.number(HeldPlace(ordinal: ordinal, sequence: head.sequence)),
          hash: Array(head.hash.prefix(ClaimedTip.hashBytes))))
    }
    return tips.sorted(by: <)
  }

  /// The hashes on a tip's ladder; none when the tip isn't held any more.
  fileprivate func ladder(of tip: ClaimedTip) throws -> [[UInt8]] {
    guard let root = writers.known(tip.writer),
      let place = try find(root, tip.count, tip.hash)
    else { return [] }
    let path = writers.path(to: place)
    return try ClaimedTip.ladderNumbers(below: tip.count).compactMap { number in
      guard let step = path.first(where: { writers.number($0) >= number }) else { return nil }
      let start = writers.segments[step.ordinal].start
      let at = HeldPlace(ordinal: step.ordinal, sequence: number - start)
      return try ChangeLog.hash(db, at: at, writers).map {
        Array($0.prefix(ClaimedTip.hashBytes))
      }
    }
  }

  /// The change with this number and hash in a root's history; nil when it is not held.
  private func find(_ root: Int, _ number: UInt64, _ hash: [UInt8]) throws -> HeldPlace? {
    try ChangeLog.places(db, root: root, number: number, writers)
      .first { $0.hash.starts(with: hash) }?.place
  }

  fileprivate func place(
    _ tips: [ClaimedTip], of writer: WriterID, _ placed: inout PlacedClaim
  ) throws {
    guard let root = writers.known(writer), writers.segments[root].base == nil else {
      placed.version.advance(writer, to: tips.map(\.count).max() ?? 0)
      return
    }
    let leaves = writers.subtree(root).filter { writers.isLeaf($0) }
    guard leaves.contains(where: { writers.count($0) > 0 }) else {
      placed.version.advance(writer, to: tips.map(\.count).max() ?? 0)
      return
    }
    // A tip that is held here settles every line of ours that goes through it: the peer has no more
    // of that line, since a tip is an end.
    var open = Set(leaves)
    var elsewhere: [ClaimedTip] = []
    for tip in tips {
      guard let place = try find(root, tip.count, tip.hash) else {
        elsewhere.append(tip)
        continue
      }
      advance(&placed.version, to: place)
      open.subtract(writers.subtree(place.ordinal))
    }
    // What is left of the peer's lines are branches that we don't hold.
    if open.isEmpty { return }
    for tip in elsewhere {
      if let ladder = tip.ladder {
        // No guess here: what lies above the last common step comes twice rather than not at all.
        advance(&placed.version, to: try climb(ladder, below: tip.count, root))
      } else if tips.count == 1, leaves.count == 1, tip.count > writers.count(root) {
        // It holds more than we do, and most likely of the same. If not, it sees that, since it
        // holds the change at which we end.
        placed.version.advance(writer, to: tip.count)
      } else {
        placed.doubts.insert(writer)
      }
    }
  }

  /// The last change on a ladder that we hold too; a history's beginning when there is none.
  private func climb(
    _ ladder: [[UInt8]], below count: UInt64, _ root: Int
  ) throws -> HeldPlace {
    for (number, hash) in zip(ClaimedTip.ladderNumbers(below: count), ladder) {
      if let place = try find(root, number, hash) { return place }
    }
    return HeldPlace(ordinal: root, sequence: 0)
  }

  private func advance(_ version: inout VersionVector, to place: HeldPlace) {
    for step in writers.path(to: place) {
      version.advance(writers.id(step.ordinal), to: step.sequence)
    }
  }
}
