// SPDX-License-Identifier: MIT

import Merge
import Packing
import Store

/// Changes as they stand in a message: blocks of at most `SyncLimits.frameBytesMax` bytes.
/// A block names each line of a writer's history once: one a writer, unless the history was forked;
/// its bodies are packed where that makes them smaller. Changes are in causal order.
enum ChangeBatch {
  /// How the bodies of a block stand in it.
  private enum Coding {
    static let plain: UInt8 = 0
    static let packed: UInt8 = 1
  }

  /// Below this many bytes, packing costs more than it saves.
  private static let packedMin = 256

  /// No body has fewer bytes: so many changes can't be named with so few bytes behind them.
  private static let bodyBytesMin = 16

  /// A body of this many bytes has a block of its own, so that it is packed by itself, as the logs
  /// on both sides hold it: then it is packed once for all of them.
  private static let aloneMin = 64 << 10

  static func write(_ changes: [EncodedChange], to out: inout ByteWriter) {
    var blocks: [[EncodedChange]] = []
    var bytes = 0
    for change in changes {
      // With what stands of it in the block's table.
      let size = change.body.count + 24
      if blocks.isEmpty || bytes + size > SyncLimits.frameBytesMax || size >= aloneMin {
        blocks.append([])
        bytes = 0
      }
      // Nothing joins a block that is for one.
      bytes += size >= aloneMin ? SyncLimits.frameBytesMax : size
      blocks[blocks.count - 1].append(change)
    }
    let packer = BodyPacker()
    out.count(blocks.count)
    for block in blocks { write(block, packer, to: &out) }
  }

  private static func write(
    _ block: [EncodedChange], _ packer: BodyPacker, to out: inout ByteWriter
  ) {
    out.blob(table(block))
    let size = block.reduce(0) { $0 + $1.body.count }
    var packed = block.count == 1 ? block[0].packed : nil
    if packed == nil && size >= packedMin { packed = packer.pack(block.map(\.body)) }
    if let packed, packed.count < size {
      out.bytes.append(Coding.packed)
      out.count(size)
      out.blob(packed)
    } else {
      out.bytes.append(Coding.plain)
      for change in block { out.blob(change.body) }
    }
  }

  static func read(_ reader: inout ByteReader) throws -> [EncodedChange] {
    var changes: [EncodedChange] = []
    var total = 0
    var lines = 0
    let packer = BodyPacker()
    for _ in 0..<(try reader.count(of: "blocks", bytesEach: 2, limit: 4096)) {
      let start = reader.offset
      let table = try reader.blob()
      var room = min(SyncLimits.frameBytesMax, 2 * SyncLimits.batchBytesMax - total)
      room -= table.count
      total += table.count
      guard room >= 0 else { throw tooMuch(start) }
      let first = changes.count
      try decode(table, into: &changes, lines: &lines)
      let count = changes.count - first
      switch try reader.byte() {
      case Coding.plain:
        for place in first..<changes.count {
          let body = try reader.blob()
          room -= body.count
          guard room >= 0, body.count >= bodyBytesMin else { throw tooMuch(start) }
          total += body.count
          changes[place].body = body
        }
      case Coding.packed:
        let size = try reader.number()
        guard size <= UInt64(room), count <= Int(size) / bodyBytesMin else {
          throw tooMuch(start)
        }
        total += Int(size)
        let packed = try reader.blob()
        let bodies = try packer.unpack(packed, count: count, bytesMax: Int(size))
        for (place, body) in bodies.enumerated() { changes[first + place].body = body }
        if bodies.count == 1, bodies[0].count >= aloneMin { changes[first].packed = packed }
      case let coding:
        throw SyncError(.garbage, "the peer sent a block of an unknown kind, \(coding)")
      }
    }
    return changes
  }

  private static func tooMuch(_ start: Int) -> SyncError {
    SyncError(
      .garbage,
      "the peer sent a block that is larger than it may be, or than its parts, at byte \(start)")
  }

  /// One line of a writer's history in a block.
  private struct Line: Hashable {
    let writer: WriterID
    let number: Int
  }

  /// What stands in a block before its bodies.
  private static func table(_ changes: [EncodedChange]) -> [UInt8] {
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

  /// Appends the changes of a block, without their bodies.
  ///
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
    // By their first changes: a line of which nothing is sent gets no number.
    var numbers = [Int?](repeating: nil, count: writers.count)
    for _
      in 0..<(try reader.count(
        of: "changes", bytesEach: 2, limit: SyncLimits.frameBytesMax / bodyBytesMin))
    {
      let start = reader.offset
      let row = try reader.number()
      guard row < UInt64(writers.count) else { throw .badIndex(what: "writer", offset: start) }
      let place = Int(row)
      let (sequence, overflow) = previous[place].addingReportingOverflow(try reader.number())
      guard !overflow, sequence > 0, sequence >> 40 == 0 else { throw .badNumber(offset: start) }
      let hash = previous[place] == 0 ? follows[place] : []
      let line = numbers[place] ?? lines
      if numbers[place] == nil {
        numbers[place] = line
        lines += 1
      }
      previous[place] = sequence
      changes.append(
        EncodedChange(
          writer: writers[place], sequence: sequence, body: [],
          follows: hash.isEmpty ? nil : hash, line: line))
    }
    try reader.finish()
  }
}
