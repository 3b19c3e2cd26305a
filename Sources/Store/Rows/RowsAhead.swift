// SPDX-License-Identifier: MIT

import Merge

/// Writes rows on another thread while the transaction that they belong to goes on.
///
/// The connection belongs to that thread from `begin` until `join`: nobody else may use it
/// meanwhile.
final class RowsAhead {
  private var work: BackgroundWork<Result<Void, any Error>>?
  private var failure: (any Error)?

  /// Begins to write these rows; whatever was begun before must have been joined.
  ///
  /// - Parameter writer: prepared, and nobody else's until `join`.
  func begin(_ rows: PendingRows, _ writer: RowWriter, writers: WriterTable) {
    precondition(work == nil, "rows are being written already")
    let job = Job(rows: rows, writer: writer, writers: writers)
    work = BackgroundWork { Result { try job.run() } }
  }

  /// Waits for what was begun.
  ///
  /// - Throws: why it could not be written, also when asked again: the transaction must then be
  ///   given up.
  func join() throws {
    wait()
    if let failure { throw failure }
  }

  /// Waits for what was begun, however it ended: before a transaction ends.
  func wait() {
    guard let done = work else { return }
    work = nil
    if case .failure(let error)? = done.take() { failure = error }
  }

  /// What the other thread does, once.
  ///
  /// It lets go of everything before it ends: a statement that a thread still held would keep the
  /// connection from being closed.
  ///
  /// `@unchecked Sendable`: `parts` is handed over by `begin`, and used by the job's thread alone
  /// until `wait` has seen the job's end, by a semaphore; `begin` and `wait` are called by the one
  /// thread that the transaction runs on.
  private final class Job: @unchecked Sendable {
    private var parts: (rows: PendingRows, writer: RowWriter, writers: WriterTable)?

    init(rows: PendingRows, writer: RowWriter, writers: WriterTable) {
      parts = (rows, writer, writers)
    }

    func run() throws {
      guard let (rows, writer, writers) = parts else { return }
      parts = nil
      try writer.write(rows, writers: writers)
    }
  }
}
