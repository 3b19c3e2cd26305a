// SPDX-License-Identifier: MIT

import Merge
import Store

/// Changes as they stand in a message: blocks of at most `SyncLimits.frameBytesMax` bytes, each
/// deflated where that makes it smaller. A block names each line of a writer's history once: one a
/// writer, unless the history was forked. Changes are in causal order.
enum ChangeBatch {
  /// Below this many bytes, compressing costs more than it saves.
  private static let compressFrom = 256

  static func write(_ changes: [EncodedChange], to out: inout ByteWriter) throws(SyncError) {
    var blocks: [[EncodedChange]] = []
    var bytes = 0
    for change in changes {
      let size = change.body.count + 24
      if blocks.isEmpty || bytes + size > SyncLimits.frameBytesMax {
        blocks.append([])
        bytes = 0
      }
      bytes += size
      blocks[blocks.count - 1].append(change)
    }
    out.count(blocks.count)
    for block in blocks {
      let plain = encode(block)
      let packed = plain.count < compressFrom ? plain : try Deflate.compress(plain)
      out.count(plain.count)
      if packed.count < plain.count {
        out.blob(packed)
      } else {
        out.blob(plain)
      }
    }
  }

  static func read(_ reader: inout ByteReader) throws -> [EncodedChange] {
    var changes: [EncodedChange] = []
    var total = 0
    var lines = 0
    for _ in 0..<(try reader.count(of: "blocks", bytesEach: 2, limit: 4096)) {
      let start = reader.offset
      let size = try reader.number()
      let packed = try reader.blob()
      // Looked at before it is counted: two numbers as large as they can be have no sum.
      guard size <= UInt64(SyncLimits.frameBytesMax), packed.count <= Int(size) else {
        throw SyncError(.garbage, "the peer sent a block of \(size) bytes at byte \(start)")
      }
      total += Int(size)
      guard total <= 2 * SyncLimits.batchBytesMax else {
        throw SyncError(.garbage, "the peer sent \(total) bytes of changes at byte \(start)")
      }
      let plain =
        packed.count == Int(size) ? packed : try Deflate.inflate(packed, count: Int(size))
      try decode(plain, into: &changes, lines: &lines)
    }
    return changes
  }

  /// One line of a writer's history in a block.
  private struct Line: Hashable {
    let writer: WriterID
    let number: Int
  }

  private static func encode(_ changes: [EncodedChange]) -> [UInt8] {
    var places: [Line: Int] = [:]
    var lines: [(writer: WriterID, follows: [UInt8], last: UInt64)] = []
    var rows = ByteWriter()
    for change in changes {
      let line = Line(writer: change.writer, number: change.line)
      let place = places[line] ?? lines.count
      if place == lines.count {
        places[line] = place
        lines.append((change.writer, change.follows ?? [], 0))
      }
      rows.count(place)
      // Nearly always the next: written as the distance, so it is 1.
      rows.number(change.sequence - lines[place].last)
      lines[place].last = change.sequence
      rows.blob(change.body)
    }
    var out = ByteWriter()
    out.count(lines.count)
    for line in lines { out.raw(line.writer.raw) }
    // What each line's first change of the block follows.
    for line in lines { out.blob(line.follows) }
    out.count(changes.count)
    out.bytes.append(contentsOf: rows.bytes)
    return out.bytes
  }

  /// - Parameter lines: how many lines the blocks before had; theirs are others.
  private static func decode(
    _ bytes: [UInt8], into changes: inout [EncodedChange], lines: inout Int
  ) throws(MergeError) {
    var reader = ByteReader(bytes)
    var writers: [WriterID] = []
    for _ in 0..<(try reader.count(of: "writers", bytesEach: 16)) {
      writers.append(WriterID(try reader.raw()))
    }
    var follows: [[UInt8]] = []
    for _ in writers {
      let start = reader.offset
      let hash = try reader.blob()
      guard hash.isEmpty || hash.count == EncodedChange.followsBytes else {
        throw .malformed(what: "the hash that a change follows", offset: start)
      }
      follows.append(hash)
    }
    var previous = [UInt64](repeating: 0, count: writers.count)
    for _ in 0..<(try reader.count(of: "changes", bytesEach: 3)) {
      let start = reader.offset
      let row = try reader.number()
      guard row < UInt64(writers.count) else { throw .badIndex(what: "writer", offset: start) }
      let place = Int(row)
      let (sequence, overflow) = previous[place].addingReportingOverflow(try reader.number())
      guard !overflow, sequence > 0, sequence >> 40 == 0 else { throw .badNumber(offset: start) }
      let hash = previous[place] == 0 ? follows[place] : []
      previous[place] = sequence
      changes.append(
        EncodedChange(
          writer: writers[place], sequence: sequence, body: try reader.blob(),
          follows: hash.isEmpty ? nil : hash, line: lines + place))
    }
    lines += writers.count
    try reader.finish()
  }
}
