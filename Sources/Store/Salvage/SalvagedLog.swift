// SPDX-License-Identifier: MIT

import Merge

/// The histories that can be told from what was found: of each writer as many changes from the
/// first on as their hashes prove.
struct SalvagedLog {
  /// One segment of a history, as far as it is proven.
  struct Segment {
    let ordinal: Int
    let root: WriterID
    /// Changes of the root's history before its first.
    let start: UInt64
    /// The chain hash before its first change.
    let before: [UInt8]
    /// Where each of its changes lies, and which of the ways to read it is right.
    fileprivate(set) var places: [(found: SalvagedRows.Found, way: Int)] = []
    /// The chain hash of the last.
    fileprivate(set) var hash: [UInt8]
    /// How many changes there should be.
    fileprivate(set) var expected: UInt64 = 0
  }

  /// Segments of which something is proven, and those of which nothing is.
  private(set) var segments: [Segment] = []
  private let rows: SalvagedRows

  /// Proves what can be proven.
  ///
  /// - Parameter own: the name that the store wrote under, from its file `identity`.
  init(_ rows: SalvagedRows, own: WriterID?) {
    self.rows = rows
    let found = Set(rows.changes.keys.map { ChangeLog.parts(of: $0).ordinal })
    var last: [Int: UInt64] = [:]
    for key in rows.changes.keys {
      let (ordinal, sequence) = ChangeLog.parts(of: key)
      last[ordinal] = max(last[ordinal] ?? 0, sequence)
    }
    // A segment that others begin at ends there: what seems to follow was cut off, and goes by
    // another name now.
    var ends: [Int: UInt64] = [:]
    for writer in rows.writers.values {
      guard let base = writer.base else { continue }
      let count = writer.start &- (rows.writers[base]?.start ?? 0)
      ends[base] = min(ends[base] ?? count, count)
    }
    var proven: [Int: Segment] = [:]
    // A segment begins where another ends: those first that begin at none.
    var waiting = found.union(rows.writers.keys).sorted()
    var isMoving = true
    while isMoving {
      isMoving = false
      for ordinal in waiting {
        let writer = rows.writers[ordinal]
        var begins = [UInt8](repeating: 0, count: 32)
        var root = writer?.id ?? own
        if let base = writer?.base {
          guard let before = proven[base], before.places.count == Int(clamping: before.expected)
          else { continue }
          begins = before.hash
          root = before.root
        }
        guard let root else { continue }
        var segment = Segment(
          ordinal: ordinal, root: root, start: writer?.start ?? 0, before: begins, hash: begins)
        segment.expected = ends[ordinal] ?? max(writer?.sequence ?? 0, last[ordinal] ?? 0)
        prove(&segment, end: writer)
        proven[ordinal] = segment
        waiting.removeAll { $0 == ordinal }
        isMoving = true
      }
    }
    for ordinal in waiting {
      var lost = Segment(
        ordinal: ordinal, root: rows.writers[ordinal]?.id ?? WriterID(Bytes16(high: 0, low: 0)),
        start: 0, before: [], hash: [])
      lost.expected = max(rows.writers[ordinal]?.sequence ?? 0, last[ordinal] ?? 0)
      proven[ordinal] = lost
    }
    segments = proven.values.sorted { $0.ordinal < $1.ordinal }
  }

  private func prove(_ segment: inout Segment, end writer: SalvagedRows.Writer?) {
    while UInt64(segment.places.count) < segment.expected {
      let sequence = UInt64(segment.places.count) + 1
      guard let next = next(segment, sequence, writer) else { return }
      segment.places.append(next.place)
      segment.hash = next.hash
    }
  }

  /// The change that follows what is proven, if its hash proves it: the one that was kept with it,
  /// or the one that the next change, or the end of the history, follows.
  private func next(
    _ segment: Segment, _ sequence: UInt64, _ writer: SalvagedRows.Writer?
  ) -> (place: (found: SalvagedRows.Found, way: Int), hash: [UInt8])? {
    for found in rows.changes[ChangeLog.key(segment.ordinal, sequence)] ?? [] {
      for (way, read) in rows.change(found).enumerated() {
        let hash = Chain.hash(
          after: segment.hash, writer: segment.root, sequence: segment.start &+ sequence,
          body: read.body)
        if hash == read.hash || isFollowed(segment, sequence, hash)
          || (writer?.sequence == sequence && writer?.hash == hash)
        {
          return ((found, way), hash)
        }
      }
    }
    return nil
  }

  private func isFollowed(_ segment: Segment, _ sequence: UInt64, _ hash: [UInt8]) -> Bool {
    let later = rows.changes[ChangeLog.key(segment.ordinal, sequence + 1)] ?? []
    return later.contains { found in
      rows.change(found).contains { read in
        read.hash
          == Chain.hash(
            after: hash, writer: segment.root, sequence: segment.start &+ sequence &+ 1,
            body: read.body)
      }
    }
  }

  /// Changes that are proven.
  var count: Int { segments.reduce(0) { $0 + $1.places.count } }

  /// Hands out every proven change, in causal order: by Lamport number, as a log is handed out.
  func each(_ body: (EncodedChange) throws -> Void) throws {
    var heads: [(segment: Int, lamport: UInt64, change: EncodedChange)] = []
    var hashes = segments.map(\.before)
    func read(_ number: Int, _ place: Int) -> (UInt64, EncodedChange)? {
      let segment = segments[number]
      guard place < segment.places.count else { return nil }
      let (found, way) = segment.places[place]
      let ways = rows.change(found)
      guard way < ways.count else { return nil }
      var change = EncodedChange(
        writer: segment.root, sequence: segment.start + UInt64(place) + 1, body: ways[way].body,
        line: segment.ordinal)
      change.follows = Array(hashes[number].prefix(EncodedChange.followsBytes))
      hashes[number] = Chain.hash(
        after: hashes[number], writer: change.writer, sequence: change.sequence, body: change.body)
      let decoded = try? ChangeCodec.decode(
        change.body, writer: change.writer, sequence: change.sequence)
      return (decoded?.lamport ?? .max, change)
    }
    var places = [Int](repeating: 0, count: segments.count)
    for number in segments.indices {
      if let (lamport, change) = read(number, 0) { heads.append((number, lamport, change)) }
    }
    while let least = heads.indices.min(by: { left, right in
      heads[left].lamport != heads[right].lamport
        ? heads[left].lamport < heads[right].lamport
        : heads[left].change.writer < heads[right].change.writer
    }) {
      let number = heads[least].segment
      try body(heads[least].change)
      places[number] += 1
      if let (lamport, change) = read(number, places[number]) {
        heads[least] = (number, lamport, change)
      } else {
        heads.remove(at: least)
      }
    }
  }
}
