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
  /// Records that are read at once, one chunk ahead of the writing.
  public var chunkRecords = 1_000
  /// Bytes of lines that are read at once.
  private static let chunkBytes = 512 << 10
  /// How long an unfinished batch waits for more, milliseconds. From a slow source it is written as
  /// it is: others must not wait for the store until everything has come.
  private static let patience = 50

  /// An import with the usual bounds.
  public init(restore: Bool = false, dryRun: Bool = false) {
    self.restore = restore
    self.dryRun = dryRun
  }

  /// Imports everything that `source` holds.
  ///
  /// - Parameters:
  ///   - source: read on a thread of its own. When this throws, it may be read once more, or be
  ///     waited for still, after that; so it must be nobody else's.
  ///   - progress: called after each batch with the bytes done, and all bytes if known.
  /// - Throws: `InterchangeError` when the source is no export or can't be read to its end: what
  ///   was read is in the store; `StoreError` when a batch can't be written: batches before it are.
  public func run(
    into store: Store, from source: ByteSource,
    progress: (_ bytesDone: Int, _ bytesTotal: Int?) -> Void = { _, _ in }
  ) throws -> ImportReport {
    var lines = LineReader(source, most: lineBytesMax)
    guard let header = try lines.next() else {
      throw InterchangeError(.badInput, "there is nothing to import: the file is empty")
    }
    try ExportHeaderLine.check(header)
    let reader = ChunkReader(
      lines, lineBytesMax: lineBytesMax, chunkBytes: min(Self.chunkBytes, batchBytes),
      chunkRecords: min(chunkRecords, batchRecords))
    var run = Run(job: self, store: store)
    // Reading is a fifth of the work: it goes on while others are written. After a failure nobody
    // waits for it: the source may be slow, and reader and source are the closure's own.
    let chunks = Ahead { try reader.next() }
    // The first is waited for before the store is.
    while let first = try chunks.take() {
      try run.writeBatch(first, chunks)
      progress(run.bytesRead, source.total)
    }
    // Lines that can't be read are found before those of their batch that can't be taken in.
    run.report.skipped.sort { $0.line < $1.line }
    return run.report
  }

  /// One import while it goes on.
  private struct Run {
    let job: JSONImport
    let store: Store
    var report = ImportReport()
    /// Bytes of the source that were read for what is written.
    var bytesRead = 0
    /// In a dry run: what would be in the store by now.
    private var rehearsal = RecordImporter.Rehearsal()

    init(job: JSONImport, store: Store) {
      self.job = job
      self.store = store
    }

    /// Takes in a batch: the first chunk, and more of them while there is room.
    mutating func writeBatch(_ first: ImportChunk, _ chunks: Ahead<ImportChunk>) throws {
      if first.records.isEmpty { return count(first) }
      let failure = try store.importBatch(isRehearsal: job.dryRun) { session in
        try take(first, chunks, session)
      }
      if let failure { throw failure }
    }

    /// Takes in chunks until the batch is full, or no more come soon; answers why no more can be
    /// read, if so.
    private mutating func take(
      _ first: ImportChunk, _ chunks: Ahead<ImportChunk>, _ session: ImportSession
    ) throws -> (any Error)? {
      var importer = RecordImporter(session, restore: job.restore, rehearsal: rehearsal)
      var failure: (any Error)?
      var next: ImportChunk? = first
      var (bytes, records) = (0, 0)
      while let chunk = next {
        count(chunk)
        try session.expect(
          chunk.records.flatMap { $0.record.entities },
          texts: chunk.records.flatMap { $0.record.texts })
        for (line, record) in chunk.records {
          report.count(try importer.take(record), of: record, line: line)
        }
        bytes += chunk.bytes
        records += chunk.records.count
        next = nil
        if bytes < job.batchBytes, records < job.batchRecords,
          chunks.isReady(within: JSONImport.patience)
        {
          do { next = try chunks.take() } catch { failure = error }
        }
      }
      try importer.finish()
      rehearsal = importer.rehearsal
      return failure
    }

    /// Counts the lines of a chunk, and those that can't be read.
    private mutating func count(_ chunk: ImportChunk) {
      bytesRead = chunk.bytesRead
      report.read += chunk.read
      for problem in chunk.problems {
        report.skip(problem.line, column: problem.column, problem.reason)
      }
    }
  }
}
