// SPDX-License-Identifier: MIT

import Merge

/// Of which history a writer's changes are a part.
///
/// A store that was set back in place, and wrote again before it heard of what it had written, has
/// written two changes under one number: its history is forked. All changes of one *root* writer
/// that are held form a tree then, by their chain hashes. It is cut into segments where it
/// branches: the first keeps the writer's name, each other goes by one that follows from the hash
/// of its first change, and its changes count from 1 again. So the segments follow from the set of
/// changes alone, in whatever order they came, and everything above sees them as writers like any
/// other (docs/merge.md, section 5).
struct Segment: Hashable {
  /// The ordinal of the segment at whose end it begins; nil for a root.
  var base: Int?
  /// How many changes of the root's history come before its first.
  var start: UInt64

  /// Segments of one root's history, at most. What would make more of them is refused: a hostile
  /// peer must not make us work for ever.
  static let perRootMax = 64

  /// Segments that one merge cuts, at most: each takes a replay of the log. What needs more comes
  /// with the next message.
  static let splitsMax = 8

  /// The name of the segment of `root`'s history whose first change has this chain hash.
  static func name(root: WriterID, first hash: [UInt8]) -> WriterID {
    WriterID(Chain.derive16("postil branch", root.raw.bytes + hash))
  }

  /// Whether every base is there and bases run in no circle.
  static func areSound(_ segments: [Segment]) -> Bool {
    segments.indices.allSatisfy { ordinal in
      var (place, steps) = (ordinal, 0)
      while let base = segments[place].base {
        guard segments.indices.contains(base), steps < perRootMax,
          segments[base].start <= segments[place].start
        else { return false }
        (place, steps) = (base, steps + 1)
      }
      return true
    }
  }
}

/// One change that is held: its segment and its number there.
struct HeldPlace: Hashable {
  /// The segment's ordinal.
  var ordinal: Int
  /// The change's number in it; 0 for where a root's history begins.
  var sequence: UInt64
}

extension WriterRegistry {
  /// Whether any history was forked.
  var hasForks: Bool { !branches.isEmpty }

  /// How often histories were forked, as far as is known here.
  var forkCount: Int { branches.count }

  /// In which order ops of a text stand that were made apart.
  var dotOrder: DotOrder {
    guard hasForks else { return DotOrder(comparesBeginnings: true) }
    var lines: [WriterID: DotOrder.Line] = [:]
    for ordinal in segments.indices where segments[ordinal].base != nil {
      var path: [WriterID] = []
      var place = ordinal
      while let base = segments[place].base {
        path.append(id(place))
        place = base
      }
      lines[id(ordinal)] = DotOrder.Line(
        root: id(place), start: segments[ordinal].start, path: path.reversed())
    }
    return DotOrder(lines, comparesBeginnings: true)
  }

  /// Whether no segment begins at this one's end.
  func isLeaf(_ ordinal: Int) -> Bool { branches[ordinal] == nil }

  /// The ordinal of the root of a segment's history.
  func root(of ordinal: Int) -> Int {
    var place = ordinal
    while let base = segments[place].base { place = base }
    return place
  }

  /// The root of the history that a writer's changes are a part of.
  func root(of writer: WriterID) -> WriterID {
    known(writer).map { id(root(of: $0)) } ?? writer
  }

  /// The number in the root's history of a segment's change.
  func number(_ place: HeldPlace) -> UInt64 { segments[place.ordinal].start + place.sequence }

  /// A segment and all that come after it.
  func subtree(_ ordinal: Int) -> [Int] {
    guard hasForks else { return [ordinal] }
    var all = [ordinal]
    var place = 0
    while place < all.count {
      all += branches[all[place]] ?? []
      place += 1
    }
    return all
  }

  /// What is held of a history when `place` is: each segment on the way there, and how far.
  func path(to place: HeldPlace) -> [HeldPlace] {
    var path = [place]
    var ordinal = place.ordinal
    while let base = segments[ordinal].base {
      path.append(
        HeldPlace(ordinal: base, sequence: segments[ordinal].start - segments[base].start))
      ordinal = base
    }
    return path.reversed().filter { $0.sequence > 0 }
  }

  /// The segment, from `ordinal` on, up to which somebody with this context has seen the history;
  /// where it branches into several that were seen, whoever knew that names them apart.
  func line(from ordinal: Int, seen context: VersionVector) -> Int {
    var place = ordinal
    while let later = branches[place] {
      let seen = later.filter { context[table.writers[$0]] > 0 }
      guard seen.count == 1, let only = seen.first else { break }
      place = only
    }
    return place
  }

  /// The name that an op goes by here, whose writer called it `dot`: the change is counted from the
  /// beginning of the named segment on, along the line that `line` says its writer had seen.
  func renamed(_ dot: Dot, line: (Int) -> Int) -> Dot {
    guard let named = known(dot.writer) else { return dot }
    let start = segments[named].start
    let (number, overflow) = start.addingReportingOverflow(dot.sequence)
    if overflow { return dot }
    var place = line(named)
    while place != named, number <= segments[place].start, let base = segments[place].base {
      place = base
    }
    return Dot(
      writer: table.writers[place], sequence: number - segments[place].start, index: dot.index)
  }

  /// The name that an op goes by now which went by `dot` when less was known: an editor may have
  /// been open meanwhile.
  func settled(_ dot: Dot) -> Dot {
    guard hasForks, var place = known(dot.writer) else { return dot }
    var sequence = dot.sequence
    // What a segment was cut into before another branch was let begin there: the first is the rest.
    while sequence > count(place), let rest = branches[place]?.min() {
      sequence -= count(place)
      place = rest
    }
    return Dot(writer: table.writers[place], sequence: sequence, index: dot.index)
  }

  /// Puts a change, as its body says it, under the names that hold here.
  ///
  /// - Parameter line: which segment, from the one named on, its writer had seen up to.
  func localise(_ change: inout Change, _ ordinal: Int, line: (Int) -> Int) {
    guard hasForks else { return }
    let start = segments[ordinal].start
    let root = root(of: ordinal)
    change.writer = table.writers[ordinal]
    change.sequence -= start
    change.rename { renamed($0) { $0 == root ? ordinal : line($0) } }
    guard start > 0 else { return }
    change.notes = change.notes.compactMap { note in
      guard note.key == ChangeNote.undoes, let undone = note.value.integer else { return note }
      // A change in an earlier segment has no number in this one.
      guard undone > Int64(clamping: start) else { return nil }
      return .init(key: note.key, value: .integer(undone - Int64(clamping: start)))
    }
  }
}
