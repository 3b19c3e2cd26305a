// SPDX-License-Identifier: MIT

import Foundation
import GRDB
import Merge

/// What was brought out of a damaged store.
public struct SalvageReport: Hashable, Sendable {
  /// Changes that are proven by their hashes, and are in the new store as they were.
  public var changes = 0
  /// Changes that were lost, or that follow lost ones.
  public var lost = 0
  /// Articles, annotations and others that lost changes had written, and whose words the damaged
  /// state still told: written anew.
  public var rewritten = 0
  /// Texts that are what their hashes say.
  public var texts = 0
  /// Texts that articles name, and that are not there.
  public var textsMissing = 0
  /// Peers that the new store knows.
  public var peers = 0
  /// Whether it could be told which library it was; if not, the new store's is a new one.
  public var isLibraryKnown = true
  /// What was lost, a sentence each.
  public var losses: [String] = []
}

/// Brings everything that can be read out of a damaged store, and changes not a byte of it.
///
/// The database is read page by page, without SQLite (`RawPages`), and of the changes those are
/// taken whose hashes prove them, in both the order and the very bytes that their writers gave
/// them. They are merged into a new store by the path that a peer's take. What a lost change had
/// said is read from the state as far as it is told there, and written anew. The new store is
/// another writer; it fetches from its peers whatever they have.
public final class Salvage {
  private let damaged: StoreDirectory
  private let rows: SalvagedRows
  private let log: SalvagedLog
  private let identity: WriterIdentity?
  /// Nobody writes to the damaged store from now on.
  private let lock: StoreLock?

  /// Reads the damaged store in `directory`.
  ///
  /// - Parameter progress: pages done, and pages in all.
  /// - Throws: `StoreError`: there is no database, or it is one of a newer version.
  public init(
    of directory: StoreDirectory, progress: (Int, Int) -> Void = { _, _ in }
  ) throws {
    damaged = directory
    guard try FileSystem.status(directory.database) != nil else {
      throw StoreError(.notFound, "there is no database \(directory.database)")
    }
    lock = try directory.whyUnwritable() == nil ? try StoreLock(path: directory.lock) : nil
    try lock?.take()
    let pages = try RawPages(database: directory.database)
    // Where that number itself is damaged it can be any.
    if pages.schemaVersion > Migrations.newest, pages.schemaVersion < Migrations.newest + 1000 {
      try Migrations.check(pages.schemaVersion, path: directory.path)
    }
    identity = try? WriterIdentity.read(directory.identity)
    rows = SalvagedRows(pages, progress: progress)
    log = SalvagedLog(rows, own: identity?.writer)
  }

  /// Makes a store of what was read.
  ///
  /// - Parameter progress: changes done, and changes in all.
  public func build(
    in directory: StoreDirectory, environment: StoreEnvironment,
    progress: @escaping (Int, Int) -> Void = { _, _ in }
  ) throws -> SalvageReport {
    let store = try Store(directory: directory, environment: environment)
    guard try store.holdings().version.isEmpty else {
      throw StoreError(
        .ambiguous, "\(directory.path) holds a library already; choose another place")
    }
    var report = SalvageReport()
    if let library = rows.library ?? identity?.library {
      try store.adopt(library, merging: false)
    } else {
      report.isLibraryKnown = false
      report.losses.append(
        "which library it was can't be told; to bring the new store together with its peers, join "
          + "one of them: clientctl peer join LINK --merge")
    }
    var batch = MergeBatch(store: store)
    var done = 0
    try log.each { change in
      try batch.add(change)
      done += 1
      if done % 256 == 0 { progress(done, log.count) }
    }
    try batch.end()
    report.changes = batch.report.merged
    report.losses += batch.report.refusals.map { "a change was lost: \($0.reason)" }
    countLosses(&report)
    if report.lost > 0 { report.rewritten = try rewrite(store) }
    try keepTexts(store, &report)
    report.peers = try keepPeers(store)
    try keepDeviceKey(directory, &report)
    let problems = try store.doctor(progress: { _, _ in }).problems
    guard problems.isEmpty else {
      throw StoreError(.internal, "the new store is not sound: \(problems[0])")
    }
    try store.foldLog()
    return report
  }

  private func countLosses(_ report: inout SalvageReport) {
    var expected = 0
    for segment in log.segments {
      let proven = segment.places.count
      let there = max(proven, Int(clamping: segment.expected))
      expected += there
      if there > proven {
        let name = rows.writers[segment.ordinal]?.id.raw.uuidText ?? "number \(segment.ordinal)"
        report.losses.append(
          "of writer \(name), changes \(proven + 1) to \(there) can't be read or follow lost ones")
      }
    }
    report.lost = max(0, expected - report.changes)
  }

  // MARK: - What the log no longer tells

  private func rewrite(_ store: Store) throws -> Int {
    var table = WriterTable()
    for ordinal in 0...(rows.writers.keys.max() ?? 0) {
      // States name writers by ordinal: one that can't be told must not move the others.
      let unknown = Chain.derive16("postil lost writer", Array(String(ordinal).utf8))
      _ = table.place(of: rows.writers[ordinal]?.id ?? WriterID(unknown))
    }
    return try store.write { transaction in
      let rewriting = try Rewriting(transaction, writer: store.writer(transaction))
      var seen: Set<EntityID> = []
      for found in rows.entities {
        guard let values = rows.pages.values(found.record, isLive: found.isLive),
          let kind = values[1].integer, let raw = values[2].bytes.flatMap({ Bytes16($0) }),
          let bytes = values[14].bytes,
          let state = try? EntityStateCodec.decode(bytes, writers: table)
        else { continue }
        let id = EntityID(kind: EntityKind(code: UInt64(bitPattern: kind)), raw: raw)
        if seen.insert(id).inserted { try rewriting.take(id, state) }
      }
      return try rewriting.end()
    }
  }

  // MARK: - What stands beside the log

  private func keepTexts(_ store: Store, _ report: inout SalvageReport) throws {
    var batch = TextBatch(store: store)
    for found in rows.texts {
      for isLive in [found.isLive, !found.isLive] {
        guard let values = rows.pages.values(found.record, isLive: isLive),
          let hash = values[0].bytes, let content = values[2].bytes,
          Chain.sha256(content) == hash
        else { continue }
        try batch.add(hash, content)
        break
      }
    }
    report.texts = try batch.end()
    report.textsMissing = try store.wantedTextCount()
  }

  private func keepPeers(_ store: Store) throws -> Int {
    try store.write { transaction in
      var kept = 0
      for values in rows.peers {
        let columns = values.prefix(10).enumerated().compactMap { place, value in
          // What a peer holds is asked anew.
          place == 9 ? [0].blob : value.kept
        }
        guard columns.count == 10 else { continue }
        try transaction.db.run(
          """
          INSERT OR IGNORE INTO peer (id, name, addresses, role, own_role, key, token, token_hash,
            code, version, exchanged, error) VALUES (?,?,?,?,?,?,?,?,?,?,NULL,NULL)
          """, columns)
        kept += 1
      }
      return kept
    }
  }

  /// The machine stays what it is to its peers.
  private func keepDeviceKey(
    _ directory: StoreDirectory, _ report: inout SalvageReport
  ) throws {
    guard let key = try? FileSystem.read(damaged.deviceKey, limit: 16 << 10) else {
      if report.peers > 0 {
        report.losses.append(
          "the device's key can't be read: this machine is another one to its peers; pair it anew")
      }
      return
    }
    try FileSystem.replace(directory.deviceKey, with: key)
  }
}

extension RawValue {
  /// The value for a statement; nil for text that isn't.
  fileprivate var kept: DatabaseValue? {
    switch self {
    case .null: .null
    case .integer(let number): number.databaseValue
    case .bytes(let bytes): bytes.blob
    case .text: text?.databaseValue
    }
  }
}

/// Writes anew what lost changes had written, as far as a state tells it.
private final class Rewriting {
  private let transaction: WriteTransaction
  private let edit: Edit
  private let held: VersionVector
  private var count = 0

  init(_ transaction: WriteTransaction, writer: WriterID) throws {
    self.transaction = transaction
    held = transaction.writers.held
    edit = try Edit(transaction, writer: writer, action: "salvage")
  }

  /// Takes from an entity's damaged state every value that a change put there which isn't held.
  func take(_ id: EntityID, _ damaged: EntityState) throws {
    // What writers call themselves they say themselves.
    guard id.kind != .writer else { return }
    let lost = damaged.entries.filter { $0.dot.sequence > held[$0.dot.writer] }
    guard !lost.isEmpty else { return }
    count += 1
    for field in Set(lost.map(\.field)).sorted() where field != .deletion {
      switch field.semantics {
      case .set:
        for entry in lost where entry.field == field {
          if let value = entry.value { try edit.insert(value, in: field, of: id) }
        }
      case .text:
        let state = try transaction.state(of: id)
        try edit.write(
          note: damaged.text ?? "", of: id,
          base: NoteDraft(text: state.text ?? "", heads: state.dots(of: field)))
      case .register, .deletion:
        if let value = damaged.winner(of: field)?.value { try edit.set(field, of: id, to: value) }
      }
    }
    if damaged.isDeleted { try edit.append(try edit.state(of: id).deletion(of: id)) }
    try edit.splitIfLarge()
  }

  /// How many entities were written to.
  func end() throws -> Int {
    try edit.commit()
    return count
  }
}
