// SPDX-License-Identifier: MIT

import Merge
import Store

/// Changes as they stand in a message: blocks of at most `SyncLimits.frameBytesMax` bytes, each
/// deflated where that makes it smaller. A block names its writers once. Changes are in causal
/// order.
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
    for _ in 0..<(try reader.count(of: "blocks", bytesEach: 2, limit: 4096)) {
      let start = reader.offset
      let size = try reader.number()
      let packed = try reader.blob()
      total += Int(clamping: size)
      guard size <= UInt64(SyncLimits.frameBytesMax), total <= 2 * SyncLimits.batchBytesMax,
        packed.count <= Int(size)
      else {
        throw SyncError(.garbage, "the peer sent a block of \(size) bytes at byte \(start)")
      }
      let plain =
        packed.count == Int(size) ? packed : try Deflate.inflate(packed, count: Int(size))
      try decode(plain, into: &changes)
    }
    return changes
  }

  private static func encode(_ changes: [EncodedChange]) -> [UInt8] {
    var writers = WriterTable()
    var previous: [WriterID: UInt64] = [:]
    var follows: [WriterID: [UInt8]] = [:]
    var rows = ByteWriter()
    for change in changes {
      if previous[change.writer] == nil { follows[change.writer] = change.follows }
      rows.count(writers.place(of: change.writer))
      // Nearly always the next: written as the distance, so it is 1.
      rows.number(change.sequence - (previous[change.writer] ?? 0))
      previous[change.writer] = change.sequence
      rows.blob(change.body)
    }
    var out = ByteWriter()
    out.count(writers.writers.count)
    for writer in writers.writers { out.raw(writer.raw) }
    // What each writer's first change of the message follows; zero-length in later blocks.
    for writer in writers.writers { out.blob(follows[writer] ?? []) }
    out.count(changes.count)
    out.bytes.append(contentsOf: rows.bytes)
    return out.bytes
  }

  private static func decode(
    _ bytes: [UInt8], into changes: inout [EncodedChange]
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
    var previous: [WriterID: UInt64] = [:]
    for _ in 0..<(try reader.count(of: "changes", bytesEach: 3)) {
      let start = reader.offset
      let place = try reader.number()
      guard place < UInt64(writers.count) else { throw .badIndex(what: "writer", offset: start) }
      let writer = writers[Int(place)]
      let (sequence, overflow) = (previous[writer] ?? 0).addingReportingOverflow(
        try reader.number())
      guard !overflow, sequence > 0, sequence >> 40 == 0 else { throw .badNumber(offset: start) }
      let hash = previous[writer] == nil ? follows[Int(place)] : []
      previous[writer] = sequence
      changes.append(
        EncodedChange(
          writer: writer, sequence: sequence, body: try reader.blob(),
          follows: hash.isEmpty ? nil : hash))
    }
    try reader.finish()
  }
}
