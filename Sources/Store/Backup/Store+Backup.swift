// SPDX-License-Identifier: MIT

import GRDB
public import Merge

extension Store {
  /// Writes the whole library, as one consistent view of this moment, into a file of its own, and
  /// reads that file again before it is put in place. Others go on writing meanwhile.
  ///
  /// What the store is stays out: its key, its writer, its peers and their secrets. A library that
  /// is damaged is not backed up: a backup holds nothing that isn't what its hash says.
  ///
  /// - Parameters:
  ///   - isReplacing: whether a file that is there may be replaced; it is, in one step at the end.
  ///   - progress: changes done, and changes in all.
  /// - Throws: `StoreError`: a file is there, the disk is full, this store is damaged.
  public func backup(
    to path: String, isReplacing: Bool = false,
    progress: @escaping (Int, Int) -> Void = { _, _ in }
  ) throws -> BackupContents {
    if !isReplacing, try FileSystem.status(path) != nil {
      throw StoreError(
        .ambiguous, "\(path) is there already; choose another name, or add --force to replace it")
    }
    try checkOutside(path)
    return try read { transaction in
      let (db, writers) = (transaction.db, transaction.writers)
      let writer = try BackupWriter(path: path)
      let total = Int(writers.held.total)
      var hashes: [Int: [UInt8]] = [:]
      var done = 0
      try ChangeLog.eachMissing(from: VersionVector(), db, writers: writers) { change in
        let start = HeldPlace(ordinal: change.line, sequence: 0)
        let before = try hashes[change.line] ?? ChangeLog.hash(db, at: start, writers) ?? []
        let hash = Chain.hash(
          after: before, writer: change.writer, sequence: change.sequence, body: change.body)
        try writer.add(change, after: before, hash: hash)
        hashes[change.line] = hash
        done += 1
        if done % 256 == 0 || done == total { progress(done, total) }
        return true
      }
      try db.each("SELECT hash, content FROM blob WHERE content IS NOT NULL") { row in
        let (hash, content) = (row.bytes(0), row.bytes(1))
        guard Chain.sha256(content) == hash else {
          throw StoreError(
            .damaged,
            "the text \(TextName.short(hash)) is not what its hash says, and a backup must be "
              + "sound; run: clientctl doctor")
        }
        try writer.add(text: content, hash: hash)
      }
      return try writer.finish(
        BackupContents(
          library: try transaction.library(), fingerprint: Chain.fingerprint(writers.all),
          made: environment.now(), device: environment.deviceName, changes: 0, texts: 0,
          textsMissing: try db.first("SELECT count(*) FROM blob WHERE content IS NULL")?[0] ?? 0))
    }
  }
}

extension Store {
  /// A backup beside the database goes with it, or in its place.
  private func checkOutside(_ path: String) throws(StoreError) {
    let parent = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
    guard let there = try FileSystem.status(parent.isEmpty ? "/" : parent) else {
      throw StoreError(.notFound, "there is no directory \(parent)")
    }
    if let own = try FileSystem.status(directory.path), own.st_dev == there.st_dev,
      own.st_ino == there.st_ino
    {
      throw StoreError(.badInput, "\(path) is in the store's own directory; choose another place")
    }
  }
}

/// What came of a restore.
public struct RestoreReport: Hashable, Sendable {
  /// Changes that were not here before.
  public var merged = 0
  /// Changes that were here already.
  public var present = 0
  /// Texts that were not here before.
  public var texts = 0
  /// Changes that were not taken, and why.
  public var refusals: [MergeReport.Refusal] = []
  /// Writers of whom another history was here: both are kept.
  public var forked: Set<WriterID> = []
  /// What is wrong with the file, a sentence each.
  public var problems: [String] = []

  /// Nothing came.
  public init() {}

  mutating func add(_ report: MergeReport) {
    merged += report.merged
    present += report.duplicates
    refusals += report.refusals
    forked.formUnion(report.forked)
  }
}

extension Store {
  /// Merges a backup's changes and texts into this store, by the path that a peer's take. An empty
  /// store becomes that library. Nothing that is here is lost, and what was deleted since stays
  /// deleted: the deletions had seen it. What the backup holds under this store's own name makes it
  /// write under a new one, as after any restore.
  ///
  /// Stopped halfway, it has merged a part, and goes on from there when it is called again.
  ///
  /// - Parameter progress: changes done, and changes in all.
  /// - Throws: `StoreError`: this store holds another library (`ambiguous`), the disk is full.
  public func restore(
    _ backup: BackupFile, progress: @escaping (Int, Int) -> Void = { _, _ in }
  ) throws -> RestoreReport {
    let own = try holdings()
    if own.library != backup.contents.library {
      guard own.version.isEmpty else {
        throw StoreError(
          .ambiguous,
          "this store holds another library than the backup; restore into a new store instead: "
            + "clientctl backup restore \(backup.path) --store NEW-DIRECTORY")
      }
      try adopt(backup.contents.library, merging: false)
    }
    var report = RestoreReport()
    var batch = MergeBatch(store: self)
    var done = 0
    report.problems += try backup.eachChange { change in
      try batch.add(change)
      done += 1
      if done % 256 == 0 { progress(done, backup.contents.changes) }
    }.problems
    try batch.end()
    report.add(batch.report)
    progress(done, backup.contents.changes)
    var texts = TextBatch(store: self)
    report.problems += try backup.eachText { try texts.add($0, $1) }.problems
    report.texts = try texts.end()
    return report
  }
}

/// Changes that are gathered and merged some at a time.
struct MergeBatch {
  let store: Store
  private(set) var report = MergeReport()
  private var changes: [EncodedChange] = []
  private var bytes = 0

  /// Bytes that are gathered before they are merged: one commit each.
  private static let bytesMax = 4 << 20

  init(store: Store) { self.store = store }

  /// Adds a change; they must come in causal order.
  mutating func add(_ change: EncodedChange) throws {
    changes.append(change)
    bytes += change.body.count
    if bytes >= Self.bytesMax { try end() }
  }

  /// Merges what is left.
  mutating func end() throws {
    // What finds forks enough leaves the rest for another time.
    var isPartial = !changes.isEmpty
    while isPartial {
      let part = try store.merge(changes)
      report.merged += part.merged
      report.forked.formUnion(part.forked)
      isPartial = part.isPartial && part.merged > 0
      if !isPartial {
        report.duplicates += part.duplicates
        report.refusals += part.refusals
      }
    }
    changes = []
    bytes = 0
  }
}

/// Texts that are gathered, those that are wanted, and kept some at a time.
struct TextBatch {
  let store: Store
  private var kept = 0
  private var texts: [(hash: [UInt8], content: [UInt8])] = []
  private var bytes = 0

  private static let bytesMax = 4 << 20

  init(store: Store) { self.store = store }

  /// Adds a text, if the store lacks it.
  mutating func add(_ hash: [UInt8], _ content: [UInt8]) throws {
    guard try !store.wantedTexts(among: [hash]).isEmpty else { return }
    if texts.contains(where: { $0.hash == hash }) { return }
    texts.append((hash, content))
    bytes += content.count
    if bytes >= Self.bytesMax || texts.count >= 256 { try flush() }
  }

  /// Keeps what is left; answers how many were kept in all.
  mutating func end() throws -> Int {
    try flush()
    return kept
  }

  private mutating func flush() throws {
    if !texts.isEmpty { kept += try store.putTexts(texts) }
    texts = []
    bytes = 0
  }
}
