// SPDX-License-Identifier: MIT

import Foundation
import GRDB
import Merge

/// Writes a backup aside, and puts it in place when it is whole and was read again.
final class BackupWriter {
  private let path: String
  private let aside: String
  /// Holds a lock on the file aside, so that nobody takes it for a leftover.
  private let file: Int32
  private let queue: DatabaseQueue
  private var changes = 0
  private var texts = 0
  private var lines: Set<Int> = []

  /// What is added to a backup's name while it is made.
  static let suffix = ".part"

  /// Begins a backup that will be `path`.
  init(path: String) throws {
    self.path = path
    aside = path + Self.suffix
    file = try FileSystem.claim(aside)
    do {
      queue = try BackupFile.translating(path) { [aside] in
        var configuration = Configuration()
        // All of it is one transaction, over many calls.
        configuration.allowsUnsafeTransactions = true
        let queue = try DatabaseQueue(path: aside, configuration: configuration)
        try queue.writeWithoutTransaction { db in
          // A file that isn't whole is thrown away: neither a journal nor waiting is needed.
          try db.execute(
            sql: """
              PRAGMA journal_mode = OFF;
              PRAGMA synchronous = OFF;
              PRAGMA application_id = \(BackupFile.applicationID);
              PRAGMA user_version = \(BackupFile.newest);
              BEGIN;
              """)
          try db.execute(sql: BackupFile.schema)
        }
        return queue
      }
    } catch {
      close(file)
      unlink(aside)
      throw error
    }
  }

  /// What isn't in place goes.
  deinit {
    try? queue.close()
    unlink(aside)
    close(file)
  }

  /// Adds a change; `previous` is the chain hash that it follows.
  func add(_ change: EncodedChange, after previous: [UInt8], hash: [UInt8]) throws {
    changes += 1
    let isFirst = lines.insert(change.line).inserted
    try write { db in
      try db.run(
        """
        INSERT INTO change (place, writer, number, line, previous, hash, body)
        VALUES (?,?,?,?,?,?,?)
        """,
        [
          changes.databaseValue, change.writer.raw.bytes.blob,
          Int64(bitPattern: change.sequence).databaseValue, change.line.databaseValue,
          isFirst ? previous.blob : .null, hash.blob, change.body.blob,
        ])
    }
  }

  /// Adds a text.
  func add(text content: [UInt8], hash: [UInt8]) throws {
    texts += 1
    try write { db in
      try db.run("INSERT INTO text (hash, content) VALUES (?,?)", [hash.blob, content.blob])
    }
  }

  /// Ends the file, reads it again, and puts it in place.
  func finish(_ contents: BackupContents) throws -> BackupContents {
    var contents = contents
    contents.changes = changes
    contents.texts = texts
    let facts: [(String, DatabaseValue)] = [
      ("library", contents.library.raw.bytes.blob),
      ("fingerprint", contents.fingerprint.bytes.blob), ("made", contents.made.databaseValue),
      ("device", contents.device.databaseValue), ("changes", changes.databaseValue),
      ("texts", texts.databaseValue), ("textsMissing", contents.textsMissing.databaseValue),
    ]
    try write { db in
      for (name, value) in facts {
        try db.run("INSERT INTO about (name, value) VALUES (?,?)", [name.databaseValue, value])
      }
      try db.execute(sql: "COMMIT")
    }
    try BackupFile.translating(path) { try queue.close() }
    guard fsync(file) == 0 else { throw FileSystem.failure("sync", aside) }
    let problems = try BackupFile(path: aside).problems()
    guard problems.isEmpty else {
      throw StoreError(
        .disk,
        "the backup \(path) can't be read as it was written (\(problems[0])), and was thrown "
          + "away; is that disk sound?")
    }
    guard rename(aside, path) == 0 else { throw FileSystem.failure("put in place", path) }
    try FileSystem.syncDirectory(of: path)
    return contents
  }

  private func write(_ body: (Database) throws -> Void) throws {
    try BackupFile.translating(path) { try queue.writeWithoutTransaction(body) }
  }
}
