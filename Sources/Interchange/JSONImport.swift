// SPDX-License-Identifier: MIT

public import Store

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
    let reader = BatchReader(
      lines, lineBytesMax: lineBytesMax, batchBytes: batchBytes, batchRecords: batchRecords)
    var run = Run(store: store, restore: restore, dryRun: dryRun)
    // Reading is half the work: it goes on while a batch is written.
    let batches = Ahead { try reader.next() }
    defer { batches.stop() }
    while let batch = try batches.take() {
      try run.write(batch)
      progress(batch.bytesRead, source.total)
    }
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
    /// In a dry run: what would be in the store by now.
    var rehearsal = RecordImporter.Rehearsal()

    /// Takes a batch in.
    mutating func write(_ batch: ImportBatch) throws {
      report.read += batch.read
      for problem in batch.problems {
        report.skip(problem.line, column: problem.column, problem.reason)
      }
      if batch.records.isEmpty { return }
      let outcomes = try store.importBatch(isRehearsal: dryRun) { session in
        var importer = RecordImporter(session, restore: restore, rehearsal: rehearsal)
        var outcomes: [ImportOutcome] = []
        outcomes.reserveCapacity(batch.records.count)
        for (_, record) in batch.records { outcomes.append(try importer.take(record)) }
        try importer.finish()
        rehearsal = importer.rehearsal
        return outcomes
      }
      for ((line, record), outcome) in zip(batch.records, outcomes) {
        report.count(outcome, of: record, line: line)
      }
    }
  }
}
