// SPDX-License-Identifier: MIT

import Terminal

/// Some lines of an import, read and checked: a part of what becomes one transaction.
struct ImportChunk: Sendable {
  /// The records, with their lines.
  var records: [(line: Int, record: ImportRecord)] = []
  /// How many lines held something.
  var read = 0
  /// The lines that can't be taken in.
  var problems: [Problem] = []
  /// Bytes of the lines.
  var bytes = 0
  /// Bytes read from the source so far.
  var bytesRead = 0

  /// A line that can't be taken in, and why.
  struct Problem: Sendable {
    let line: Int
    var column: Int?
    let reason: String
  }
}

/// Reads lines into chunks.
final class ChunkReader {
  private var lines: LineReader
  private var decoder = RecordDecoder()
  private let lineBytesMax: Int
  private let chunkBytes: Int
  private let chunkRecords: Int
  private var isAtEnd = false

  /// Chunks of the rest of `lines`, each of about `chunkBytes` and at most `chunkRecords`.
  init(_ lines: LineReader, lineBytesMax: Int, chunkBytes: Int, chunkRecords: Int) {
    self.lines = lines
    self.lineBytesMax = lineBytesMax
    self.chunkBytes = chunkBytes
    self.chunkRecords = chunkRecords
  }

  /// The next chunk; nil when there are no more lines.
  func next() throws -> ImportChunk? {
    if isAtEnd { return nil }
    var chunk = ImportChunk()
    while chunk.bytes < chunkBytes, chunk.records.count < chunkRecords {
      guard let line = try lines.next() else {
        isAtEnd = true
        break
      }
      read(line, &chunk)
      chunk.bytes += line.bytes.count
    }
    chunk.bytesRead = lines.bytesRead
    return chunk
  }

  /// Decodes a line into the chunk, or notes why it can't be.
  private func read(_ line: LineReader.Line, _ chunk: inout ImportChunk) {
    if line.isTooLong {
      chunk.read += 1
      chunk.problems.append(
        .init(line: line.number, reason: "the line has more than \(lineBytesMax >> 20) MiB"))
      return
    }
    if line.bytes.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) { return }
    do {
      let value = try JSONReader.read(line.bytes, firstLine: line.number)
      if let record = try decoder.record(value) {
        chunk.read += 1
        chunk.records.append((line.number, record))
      }
    } catch let error as JSONError {
      chunk.read += 1
      // The last line of a file that was cut off has no end, and can't be read.
      let reason =
        line.isEnded ? error.reason : "the file ends in the middle of this line: \(error.reason)"
      chunk.problems.append(.init(line: line.number, column: error.column, reason: reason))
    } catch {
      chunk.read += 1
      chunk.problems.append(
        .init(line: line.number, reason: (error as? LineProblem)?.reason ?? "\(error)"))
    }
  }
}
