// SPDX-License-Identifier: MIT

import Foundation
import GRDB
public import Merge

/// What a backup says of itself.
public struct BackupContents: Hashable, Sendable {
  /// Which library.
  public var library: LibraryID
  /// The store's fingerprint when it was made.
  public var fingerprint: Bytes16
  /// When it was made, milliseconds since 1970.
  public var made: Int64
  /// What people call the machine that made it.
  public var device: String
  /// Changes in it.
  public var changes: Int
  /// Texts in it.
  public var texts: Int
  /// Texts that the library names and the store did not have.
  public var textsMissing: Int
}

/// A library's log and texts in one file, apart from any store: no key, no writer, no peers.
///
/// A SQLite database of a format of its own (docs/format.md, "Backup files"), so that a backup
/// outlives the schema of the store that made it. The state isn't in it: it follows from the log.
/// Changes stand in causal order, each with its chain hash, so that every prefix can be merged and
/// every byte be checked.
public final class BackupFile {
  /// Where it lies.
  public let path: String
  /// What it says of itself.
  public let contents: BackupContents
  private let queue: DatabaseQueue

  /// The number in the file's header that says what it is: "PoBk".
  static let applicationID = 0x506F_426B
  /// The newest format that this version knows.
  static let newest = 1
  static let schema = """
    CREATE TABLE about (
      name TEXT PRIMARY KEY,     -- library, fingerprint, made, device, changes, texts, textsMissing
      value ANY NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE change (
      place INTEGER PRIMARY KEY, -- 1, 2, 3 … in causal order
      writer BLOB NOT NULL,      -- 16 bytes; of a forked history, the root
      number INTEGER NOT NULL,   -- in the writer's history
      line INTEGER NOT NULL,     -- which line of it; means nothing elsewhere
      previous BLOB,             -- the chain hash before a line's first change; else NULL
      hash BLOB NOT NULL,        -- its chain hash, 32 bytes
      body BLOB NOT NULL         -- docs/format.md
    ) STRICT;
    CREATE TABLE text (
      hash BLOB PRIMARY KEY,     -- SHA-256, 32 bytes
      content BLOB NOT NULL
    ) STRICT;
    """

  /// Opens a backup for reading; not a byte of it is changed.
  ///
  /// - Throws: `StoreError`: not found, no backup, a newer format, damaged.
  public init(path: String) throws {
    self.path = path
    guard let status = try FileSystem.status(path) else {
      throw StoreError(.notFound, "there is no file \(path)")
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw StoreError(.badInput, "\(path) is not a file")
    }
    (queue, contents) = try Self.translating(path) {
      let queue = try Connection.openToRead(path: path, isFixed: true)
      return (queue, try queue.read { try Self.contents($0, path) })
    }
  }

  private static func contents(_ db: Database, _ path: String) throws -> BackupContents {
    let application: Int = try db.first("PRAGMA application_id")?[0] ?? 0
    let version: Int = try db.first("PRAGMA user_version")?[0] ?? 0
    guard application == applicationID else {
      throw StoreError(
        .badInput, "\(path) is no backup that clientctl backup made")
    }
    guard version <= newest else {
      throw StoreError(
        .newerStore,
        "the backup \(path) was made by a newer version (format \(version)); upgrade this program")
    }
    var facts: [String: DatabaseValue] = [:]
    try db.each("SELECT name, value FROM about") { facts[$0[0]] = $0[1] }
    func number(_ name: String) -> Int64? {
      facts[name].flatMap { Int64.fromDatabaseValue($0) }
    }
    func id(_ name: String) -> Bytes16? {
      facts[name].flatMap { Data.fromDatabaseValue($0) }.flatMap { Bytes16(Array($0)) }
    }
    guard let library = id("library"), let fingerprint = id("fingerprint"),
      let made = number("made"), let changes = number("changes"), let texts = number("texts"),
      let missing = number("textsMissing")
    else { throw StoreError(.damaged, "the backup \(path) does not say what it holds") }
    return BackupContents(
      library: LibraryID(library), fingerprint: fingerprint, made: made,
      device: facts["device"].flatMap { String.fromDatabaseValue($0) } ?? "",
      changes: Int(clamping: changes), texts: Int(clamping: texts),
      textsMissing: Int(clamping: missing))
  }

  // MARK: - Reading

  /// What is wrong with the file, a sentence each; none when every byte of every change and text is
  /// what its hash says, and the file is sound for SQLite.
  public func problems() throws -> [String] {
    var problems: [String] = []
    try Self.translating(path) {
      try queue.read { db in
        try db.each("PRAGMA integrity_check(20)") { row in
          let line: String = row[0]
          if line != "ok" { problems.append("SQLite: \(line)") }
        }
      }
    }
    guard problems.isEmpty else { return problems }
    let (changes, changeProblems) = try eachChange { _ in }
    let (texts, textProblems) = try eachText { _, _ in }
    problems += changeProblems + textProblems
    if changes != contents.changes {
      problems.append("\(contents.changes) changes should be there, and \(changes) are sound")
    }
    if texts != contents.texts {
      problems.append("\(contents.texts) texts should be there, and \(texts) are sound")
    }
    return problems
  }

  /// Hands out every change whose bytes are what its chain says, in causal order. One that isn't is
  /// left out, with all later ones of its line.
  func eachChange(
    _ body: (EncodedChange) throws -> Void
  ) throws -> (count: Int, problems: [String]) {
    var lines: [Int: [UInt8]] = [:]
    var broken: Set<Int> = []
    var problems: [String] = []
    var count = 0
    try Self.translating(path) {
      try queue.read { db in
        try db.each(
          "SELECT writer, number, line, previous, hash, body FROM change ORDER BY place"
        ) { row in
          let line = row.count(2)
          guard !broken.contains(line) else { return }
          let previous = row.bytes(3)
          guard let raw = Bytes16(row.bytes(0)),
            let before = previous.count == 32 ? previous : lines[line]
          else {
            broken.insert(line)
            problems.append("a change says neither who wrote it nor what it follows")
            return
          }
          var change = EncodedChange(
            writer: WriterID(raw), sequence: UInt64(bitPattern: row.whole(1)), body: row.bytes(5),
            line: line)
          change.follows = Array(before.prefix(EncodedChange.followsBytes))
          let hash = Chain.hash(
            after: before, writer: change.writer, sequence: change.sequence, body: change.body)
          guard hash == row.bytes(4) else {
            broken.insert(line)
            problems.append(
              "change \(change.sequence) of writer \(raw.uuidText) is not what its chain hash says")
            return
          }
          lines[line] = hash
          count += 1
          try body(change)
        }
      }
    }
    return (count, problems)
  }

  /// Hands out every text that is what its hash says.
  func eachText(
    _ body: (_ hash: [UInt8], _ content: [UInt8]) throws -> Void
  ) throws -> (count: Int, problems: [String]) {
    var problems: [String] = []
    var count = 0
    try Self.translating(path) {
      try queue.read { db in
        try db.each("SELECT hash, content FROM text ORDER BY rowid") { row in
          let (hash, content) = (row.bytes(0), row.bytes(1))
          guard Chain.sha256(content) == hash else {
            problems.append("the text \(TextName.short(hash)) is not what its hash says")
            return
          }
          count += 1
          try body(hash, content)
        }
      }
    }
    return (count, problems)
  }

  /// Turns what SQLite says into a `StoreError` about this file.
  static func translating<Result>(_ path: String, _ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let error as DatabaseError {
      switch error.resultCode {
      case .SQLITE_NOTADB:
        throw StoreError(.badInput, "\(path) is no backup that clientctl backup made")
      case .SQLITE_CORRUPT:
        throw StoreError(.damaged, "the backup \(path) is damaged (\(error.message ?? ""))")
      default: throw StoreError(error, StoreDirectory(path: path))
      }
    }
  }
}
