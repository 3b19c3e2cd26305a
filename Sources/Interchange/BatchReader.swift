// SPDX-License-Identifier: MIT

import Terminal

/// Some lines of an import, read and checked: what becomes one transaction.
struct ImportBatch: Sendable {
  /// The records, with their lines.
  var records: [(line: Int, record: ImportRecord)] = []
  /// How many lines held something.
  var read = 0
  /// The lines that can't be taken in.
  var problems: [Problem] = []
  /// Bytes read from the source so far.
  var bytesRead = 0

  /// A line that can't be taken in, and why.
  struct Problem: Sendable {
    let line: Int
    var column: Int?
    let reason: String
  }
}

/// Reads lines into batches.
final class BatchReader {
  private var lines: LineReader
  private var decoder = RecordDecoder()
  private let lineBytesMax: Int
  private let batchBytes: Int
  private let batchRecords: Int
  private var isAtEnd = false

  /// Batches of the rest of `lines`, each of about `batchBytes` and at most `batchRecords`.
  init(_ lines: LineReader, lineBytesMax: Int, batchBytes: Int, batchRecords: Int) {
    self.lines = lines
    self.lineBytesMax = lineBytesMax
    self.batchBytes = batchBytes
    self.batchRecords = batchRecords
  }

  /// The next batch; nil when there are no more lines.
  func next() throws -> ImportBatch? {
    if isAtEnd { return nil }
    var batch = ImportBatch()
    var bytes = 0
    while bytes < batchBytes, batch.records.count < batchRecords {
      guard let line = try lines.next() else {
        isAtEnd = true
        break
      }
      read(line, &batch)
      bytes += line.bytes.count
    }
    batch.bytesRead = lines.bytesRead
    return batch
  }

  /// Decodes a line into the batch, or notes why it can't be.
  private func read(_ line: LineReader.Line, _ batch: inout ImportBatch) {
    if line.isTooLong {
      batch.read += 1
      batch.problems.append(
        .init(line: line.number, reason: "the line has more than \(lineBytesMax >> 20) MiB"))
      return
    }
    if line.bytes.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) { return }
    do {
      let value = try JSONReader.read(line.bytes, firstLine: line.number)
      if let record = try decoder.record(value) {
        batch.read += 1
        batch.records.append((line.number, record))
      }
    } catch let error as JSONError {
      batch.read += 1
      // The last line of a file that was cut off has no end, and can't be read.
      let reason =
        line.isEnded ? error.reason : "the file ends in the middle of this line: \(error.reason)"
      batch.problems.append(.init(line: line.number, column: error.column, reason: reason))
    } catch {
      batch.read += 1
      batch.problems.append(
        .init(line: line.number, reason: (error as? LineProblem)?.reason ?? "\(error)"))
    }
  }
}
