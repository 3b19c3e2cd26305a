// SPDX-License-Identifier: MIT

public import Store
import Terminal

/// `import json`: takes in what `export json` wrote, whole or in part, line by line.
///
/// Articles and annotations keep their ids, so that one file imported on two machines makes nothing
/// twice when they sync; importing it again changes nothing. What is here already stays and is only
/// added to; what was deleted stays deleted, unless `restore` is wished. Annotations stand after
/// their article, replies after their parent. A bad line is skipped and reported.
///
/// Each batch of lines is one transaction: a failure or a kill leaves whole batches, and importing
/// the file again goes on from there.
public struct JSONImport: Sendable {
  /// Whether what was deleted here comes back.
  public var restore = false
  /// Whether nothing is written, only reported.
  public var dryRun = false
  /// Bytes of one line, at most.
  public var lineBytesMax = 64 << 20
  /// Bytes of lines that make a batch.
  public var batchBytes = 8 << 20
  /// Records that make a batch.
  public var batchRecords = 20_000

  /// An import with the usual bounds.
  public init(restore: Bool = false, dryRun: Bool = false) {
    self.restore = restore
    self.dryRun = dryRun
  }

  /// Imports everything that `source` holds.
  ///
  /// - Parameter progress: called after each batch with the bytes done, and all bytes if known.
  /// - Throws: `InterchangeError` when the source is no export or can't be read to its end,
  ///   `StoreError` when a batch can't be written; batches before it are in the store.
  public func run(
    into store: Store, from source: ByteSource,
    progress: (_ bytesDone: Int, _ bytesTotal: Int?) -> Void = { _, _ in }
  ) throws -> ImportReport {
    var lines = LineReader(source, most: lineBytesMax)
    guard let header = try lines.next() else {
      throw InterchangeError(.badInput, "there is nothing to import: the file is empty")
    }
    try ExportHeaderLine.check(header)
    var run = Run(store: store, restore: restore, dryRun: dryRun)
    var bytes = 0
    while let line = try lines.next() {
      run.read(line, lineBytesMax: lineBytesMax)
      bytes += line.bytes.count
      if bytes >= batchBytes || run.batch.count >= batchRecords {
        try run.write()
        progress(lines.bytesRead, source.total)
        bytes = 0
      }
    }
    try run.write()
    progress(lines.bytesRead, source.total)
    // Lines that can't be read are found before those of their batch that can't be taken in.
    run.report.skipped.sort { $0.line < $1.line }
    return run.report
  }

  /// One import while it goes on.
  private struct Run {
    let store: Store
    let restore: Bool
    let dryRun: Bool
    var report = ImportReport()
    var batch: [(line: Int, record: ImportRecord)] = []
    var decoder = RecordDecoder()
    /// In a dry run: what would be in the store by now.
    var rehearsal = RecordImporter.Rehearsal()

    /// Decodes a line into the batch, or notes why it can't be.
    mutating func read(_ line: LineReader.Line, lineBytesMax: Int) {
      if line.isTooLong {
        report.read += 1
        report.skip(line.number, "the line has more than \(lineBytesMax >> 20) MiB")
        return
      }
      if line.bytes.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) { return }
      do {
        let value = try JSONReader.read(line.bytes, firstLine: line.number)
        if let record = try decoder.record(value) {
          report.read += 1
          batch.append((line.number, record))
        }
      } catch let error as JSONError {
        report.read += 1
        // The last line of a file that was cut off has no end, and can't be read.
        let reason =
          line.isEnded ? error.reason : "the file ends in the middle of this line: \(error.reason)"
        report.skip(line.number, column: error.column, reason)
      } catch {
        report.read += 1
        report.skip(line.number, (error as? LineProblem)?.reason ?? "\(error)")
      }
    }

    /// Takes the batch in.
    mutating func write() throws {
      if batch.isEmpty { return }
      let outcomes = try store.importBatch(isRehearsal: dryRun) { session in
        var importer = RecordImporter(session, restore: restore, rehearsal: rehearsal)
        var outcomes: [ImportOutcome] = []
        outcomes.reserveCapacity(batch.count)
        for (_, record) in batch { outcomes.append(try importer.take(record)) }
        try importer.finish()
        rehearsal = importer.rehearsal
        return outcomes
      }
      for ((line, record), outcome) in zip(batch, outcomes) {
        report.count(outcome, of: record, line: line)
      }
      batch.removeAll(keepingCapacity: true)
    }
  }
}
