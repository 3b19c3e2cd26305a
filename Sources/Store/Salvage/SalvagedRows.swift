// SPDX-License-Identifier: MIT

import Merge
import Packing

/// What looks like rows of ours among the pages of a damaged database, by what it looks like: the
/// database's own map of its tables may be what is damaged.
struct SalvagedRows {
  /// A row of `writer`.
  struct Writer {
    var id: WriterID
    var sequence: UInt64
    var hash: [UInt8]
    var base: Int?
    var start: UInt64
  }

  /// Where a row lies, and whether SQLite would show it.
  struct Found {
    var record: RawRecord
    var isLive: Bool
  }

  let pages: RawPages
  /// Writers by ordinal: what counts, else the furthest.
  private(set) var writers: [Int: Writer] = [:]
  /// Changes by key; several where a page has several editions.
  private(set) var changes: [Int64: [Found]] = [:]
  private(set) var entities: [Found] = []
  private(set) var texts: [Found] = []
  /// Rows of `peer`, whole.
  private(set) var peers: [[RawValue]] = []
  private(set) var library: LibraryID?
  /// Ids of writers by ordinal, as the index on them says.
  private var indexed: [Int: WriterID] = [:]

  /// Looks through every page.
  ///
  /// - Parameter progress: pages done, and pages in all.
  init(_ pages: RawPages, progress: (Int, Int) -> Void) {
    self.pages = pages
    let live = pages.live
    let others = pages.others
    let total = live.count + others.count
    for (place, edition) in (live + others).enumerated() {
      for (record, shape) in pages.records(edition) {
        take(record, shape, isLive: place < live.count)
      }
      if place % 1024 == 0 || place == total - 1 { progress(place + 1, total) }
    }
    for (ordinal, id) in indexed where writers[ordinal] == nil {
      writers[ordinal] = Writer(id: id, sequence: 0, hash: [], base: nil, start: 0)
    }
  }

  private mutating func take(_ record: RawRecord, _ shape: [RawShape], isLive: Bool) {
    let found = Found(record: record, isLive: isLive)
    switch shape.count {
    case 6 where record.rowid > 0 && shape[3] == .bytes(32):
      guard shape[1] == .integer, case .bytes = shape[4] else { return }
      changes[record.rowid, default: []].append(found)
    case 9 where record.rowid >= 0 && shape[1] == .bytes(16) && shape[5] == .bytes(32):
      takeWriter(record, isLive)
    case 15 where shape[1] == .integer && shape[2] == .bytes(16):
      entities.append(found)
    case 3 where shape[0] == .bytes(32) && shape[1] == .integer:
      if case .bytes = shape[2] { texts.append(found) }
    case 2 where shape[0] == .bytes(16) && shape[1] == .integer && record.rowid == 0:
      if let values = pages.values(record, isLive: isLive), let raw = id(values[0]),
        let ordinal = values[1].integer, (0...Int64(WriterRegistry.writersMax)).contains(ordinal),
        indexed[Int(ordinal)] == nil
      {
        indexed[Int(ordinal)] = WriterID(raw)
      }
    case 2 where shape[0] == .text(7) && shape[1] == .bytes(16):
      if library == nil, let values = pages.values(record, isLive: isLive),
        values[0].text == "library", let raw = id(values[1])
      {
        library = LibraryID(raw)
      }
    case 12 where shape[0] == .bytes(16) && shape[5] == .bytes(32):
      if let values = pages.values(record, isLive: isLive),
        !peers.contains(where: { $0[0] == values[0] || $0[5] == values[5] })
      {
        peers.append(values)
      }
    default: break
    }
  }

  private mutating func takeWriter(_ record: RawRecord, _ isLive: Bool) {
    guard let values = pages.values(record, isLive: isLive), let raw = id(values[1]),
      let sequence = values[2].integer, let hash = values[5].bytes, let start = values[8].integer
    else { return }
    let ordinal = Int(record.rowid)
    let base = values[7].integer.map { Int(clamping: $0) }
    // The row number is the ordinal; what counts came first.
    guard writers[ordinal] == nil, ordinal <= WriterRegistry.writersMax else { return }
    writers[ordinal] = Writer(
      id: WriterID(raw), sequence: UInt64(bitPattern: sequence), hash: hash, base: base,
      start: UInt64(bitPattern: start))
  }

  private func id(_ value: RawValue) -> Bytes16? { value.bytes.flatMap { Bytes16($0) } }

  /// The chain hash and the body in a row that looks like a change, each way that it can be read.
  func change(_ found: Found) -> [(hash: [UInt8], body: [UInt8])] {
    var read: [(hash: [UInt8], body: [UInt8])] = []
    for isLive in [found.isLive, !found.isLive] {
      guard let values = pages.values(found.record, isLive: isLive),
        let hash = values[3].bytes, let stored = values[4].bytes,
        let body = try? StoredBody.body(stored, BodyPacker())
      else { continue }
      if !read.contains(where: { $0.body == body }) { read.append((hash, body)) }
      // What lies on one page can be read in one way only.
      if found.record.count == found.record.local { break }
    }
    return read
  }
}
