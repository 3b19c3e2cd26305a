// SPDX-License-Identifier: MIT

import GRDB
import Merge

/// Thrown to give up a transaction that met a change which may not follow.
struct RefusedChange: Error {
  let name: ChangeName
  let line: MessageLine
  /// How many segments were cut before, in vain.
  let splits: Int
  let error: MergeError
}

/// One line of a writer's history in a message.
struct MessageLine: Hashable {
  let writer: WriterID
  let number: Int

  init(_ change: EncodedChange) {
    writer = change.writer
    number = change.line
  }
}

extension WriteTransaction {
  /// Merges changes, each where its history says that it belongs.
  ///
  /// - Parameter refused: lines that are left out, each from a number on.
  func merge(
    _ changes: [EncodedChange], refused: [MessageLine: UInt64]
  ) throws -> MergeReport {
    var report = MergeReport()
    var lines: [MessageLine: HeldPlace] = [:]
    var splits = 0
    let decoded = DecodeAhead(changes)
    for (index, encoded) in changes.enumerated() {
      let line = MessageLine(encoded)
      if let from = refused[line], encoded.sequence >= from { continue }
      do {
        // Each writer costs something in every message, for ever.
        guard writers.known(encoded.writer) != nil || writers.count < WriterRegistry.writersMax
        else {
          throw MergeError.beyondLimit(
            what: "writers", value: UInt64(writers.count) + 1, limit: WriterRegistry.writersMax,
            offset: 0)
        }
        let root = writers.ordinal(of: encoded.writer)
        guard writers.segments[root].base == nil else {
          throw MergeError.malformed(what: "a writer that goes by the name of a branch", offset: 0)
        }
        let before = try place(before: encoded, root, lines[line])
        if let held = try place(after: before, encoded.body) {
          lines[line] = held
          report.duplicates += 1
          continue
        }
        let change = try decoded.change(at: index)
        let isBranch =
          before.sequence < writers.count(before.ordinal) || !writers.isLeaf(before.ordinal)
        if before.sequence < writers.count(before.ordinal) {
          guard splits < Segment.splitsMax else {
            report.isPartial = true
            return report
          }
          splits += 1
        }
        let ordinal =
          isBranch ? try branch(after: before, encoded, root, &lines) : before.ordinal
        if isBranch {
          report.forked.insert(encoded.writer)
        } else if writers.subtree(root).count > 1 {
          try checkPrefix(of: try hash(of: encoded, after: before), root, encoded)
        }
        try writeAhead(expecting: change.expectedEntities)
        try append(change, body: encoded.body, packed: encoded.packed, to: ordinal)
        writers.markForeign(root)
        lines[line] = HeldPlace(ordinal: ordinal, sequence: writers.count(ordinal))
      } catch let error as MergeError {
        throw RefusedChange(
          name: ChangeName(writer: encoded.writer, sequence: encoded.sequence), line: line,
          splits: splits, error: error)
      }
      report.merged += 1
    }
    return report
  }

  /// The change that one from elsewhere follows; it must be held.
  private func place(
    before encoded: EncodedChange, _ root: Int, _ last: HeldPlace?
  ) throws -> HeldPlace {
    let forked = MergeError.forked(writer: encoded.writer, sequence: encoded.sequence)
    if encoded.sequence == 1 {
      guard encoded.follows?.allSatisfy({ $0 == 0 }) ?? true else { throw forked }
      return HeldPlace(ordinal: root, sequence: 0)
    }
    // What a message doesn't say of a line's later changes follows from the ones before.
    if encoded.follows == nil, let last, writers.number(last) &+ 1 == encoded.sequence {
      return last
    }
    let found = try ChangeLog.places(db, root: root, number: encoded.sequence &- 1, writers)
    if found.isEmpty {
      let longest = writers.subtree(root).map {
        writers.number(HeldPlace(ordinal: $0, sequence: writers.count($0)))
      }
      throw MergeError.notNext(
        writer: encoded.writer, sequence: encoded.sequence, expected: (longest.max() ?? 0) + 1)
    }
    guard let follows = encoded.follows else {
      guard found.count == 1 else { throw forked }
      return found[0].place
    }
    guard let match = found.first(where: { $0.hash.starts(with: follows) }) else { throw forked }
    return match.place
  }

  /// The change with this body that follows `before`; nil when it is not held.
  private func place(after before: HeldPlace, _ body: [UInt8]) throws -> HeldPlace? {
    var next: [HeldPlace] = []
    if before.sequence < writers.count(before.ordinal) {
      next = [HeldPlace(ordinal: before.ordinal, sequence: before.sequence + 1)]
    } else if let later = writers.branches[before.ordinal] {
      next = later.map { HeldPlace(ordinal: $0, sequence: 1) }
    }
    return try next.first { try ChangeLog.body(db, $0.ordinal, $0.sequence) == body }
  }

  /// Makes room for a change that follows another which is followed already: its writer's history
  /// is forked here. Answers the segment that begins with it.
  ///
  /// The evidence is the change itself: its hash follows from ours, so nobody can make us believe
  /// in a fork without having written both branches.
  private func branch(
    after before: HeldPlace, _ encoded: EncodedChange, _ root: Int,
    _ lines: inout [MessageLine: HeldPlace]
  ) throws -> Int {
    guard writers.subtree(root).count + 2 <= Segment.perRootMax else {
      throw MergeError.beyondLimit(
        what: "branches of one writer", value: UInt64(writers.subtree(root).count + 2),
        limit: Segment.perRootMax, offset: 0)
    }
    let hash = try hash(of: encoded, after: before)
    try checkPrefix(of: hash, root, encoded)
    if before.sequence < writers.count(before.ordinal) {
      try split(before, root, &lines)
    } else {
      // Histories of texts that are open don't know of the new branch.
      try flush()
    }
    return try writers.branch(
      Segment.name(root: encoded.writer, first: hash), base: before.ordinal)
  }

  private func hash(of encoded: EncodedChange, after before: HeldPlace) throws -> [UInt8] {
    Chain.hash(
      after: try ChangeLog.hash(db, at: before, writers) ?? [], writer: encoded.writer,
      sequence: encoded.sequence, body: encoded.body)
  }

  /// Changes are told apart by eight bytes of their hashes. Two of one number that agree in them
  /// were made so with much work and bad intent; only one is taken.
  private func checkPrefix(
    of hash: [UInt8], _ root: Int, _ encoded: EncodedChange
  ) throws {
    let others = try ChangeLog.places(db, root: root, number: encoded.sequence, writers)
    guard others.allSatisfy({ Chain.prefix($0.hash) != Chain.prefix(hash) }) else {
      throw MergeError.forked(writer: encoded.writer, sequence: encoded.sequence)
    }
  }

  /// Cuts a segment in two. Everything that names its later changes is made anew from the log, in
  /// this very transaction: rare, so it may be slow, and a crash leaves all as it was.
  private func split(
    _ place: HeldPlace, _ root: Int, _ lines: inout [MessageLine: HeldPlace]
  ) throws {
    let ordinal = place.ordinal
    let held = writers.count(ordinal)
    guard let hash = try ChangeLog.hash(db, at: place, writers),
      let first = try ChangeLog.hash(db, key: ChangeLog.key(ordinal, place.sequence + 1))
    else { throw StoreError(.damaged, "the log lacks a change; run clientctl doctor") }
    try flush()
    let rest = try writers.split(
      ordinal, after: place.sequence, hash: hash,
      id: Segment.name(root: writers.id(root), first: first))
    try writers.save(db)
    try db.run(
      "UPDATE change SET id = id + ? WHERE id BETWEEN ? AND ?",
      [
        (ChangeLog.key(rest, 0) - ChangeLog.key(ordinal, place.sequence)).databaseValue,
        ChangeLog.key(ordinal, place.sequence + 1).databaseValue,
        ChangeLog.key(ordinal, held).databaseValue,
      ])
    // What was remembered of peers speaks of names that mean something else now.
    try db.run("UPDATE peer SET version = ?", [[0].blob])
    try makeStateAnew()
    for (line, at) in lines where at.ordinal == ordinal && at.sequence > place.sequence {
      lines[line] = HeldPlace(ordinal: rest, sequence: at.sequence - place.sequence)
    }
  }
}
