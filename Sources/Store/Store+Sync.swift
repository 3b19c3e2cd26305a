// SPDX-License-Identifier: MIT

import GRDB
public import Merge

/// What a store holds, as its peers need to know it.
public struct Holdings: Hashable, Sendable {
  /// Which library.
  public var library: LibraryID
  /// How many changes of each writer.
  public var version: VersionVector
  /// Equal on two stores if and only if they hold the same.
  public var fingerprint: Bytes16
}

/// What became of changes that a peer sent.
public struct MergeReport: Hashable, Sendable {
  /// One change that was refused, and with it all later ones of its writer.
  public struct Refusal: Hashable, Sendable {
    /// Its name.
    public var name: ChangeName
    /// The rule that it breaks.
    public var reason: String

    /// The refusal of the change `name`.
    public init(name: ChangeName, reason: String) {
      self.name = name
      self.reason = reason
    }

    /// The refusal of all these changes, one a writer: its first.
    public static func all(_ changes: [EncodedChange], _ reason: String) -> [Refusal] {
      var first: [WriterID: UInt64] = [:]
      for change in changes {
        first[change.writer] = min(first[change.writer] ?? .max, change.sequence)
      }
      return first.sorted { $0.key < $1.key }.map { writer, sequence in
        Refusal(name: ChangeName(writer: writer, sequence: sequence), reason: reason)
      }
    }
  }

  /// How many were new, and are now held.
  public var merged = 0
  /// How many were held already.
  public var duplicates = 0
  /// Those that were refused.
  public var refusals: [Refusal] = []

  /// Nothing came.
  public init() {}
}

extension Store {
  /// What this store holds.
  public func holdings() throws -> Holdings {
    try read { transaction in
      Holdings(
        library: try transaction.library(), version: transaction.writers.held,
        fingerprint: Chain.fingerprint(transaction.writers.all))
    }
  }

  /// The chain hashes of the last change that both this store and `version` hold, a writer each:
  /// two stores whose hashes differ hold a forked history.
  public func chainHashes(at version: VersionVector) throws -> [WriterID: [UInt8]] {
    try read { try chainHashes(at: version, $0) }
  }

  private func chainHashes(
    at version: VersionVector, _ transaction: ReadTransaction
  ) throws -> [WriterID: [UInt8]] {
    var hashes: [WriterID: [UInt8]] = [:]
    for (ordinal, (writer, head)) in transaction.writers.all.enumerated() {
      let common = min(head.sequence, version[writer])
      guard common > 0 else { continue }
      if common == head.sequence {
        hashes[writer] = head.hash
      } else if let row = try transaction.db.first(
        "SELECT hash FROM change WHERE id = ?",
        [ChangeLog.key(ordinal, common).databaseValue])
      {
        hashes[writer] = row.bytes(0)
      }
    }
    return hashes
  }

  /// The fingerprint of a store that holds just `version`; nil when this store does not hold all
  /// of that.
  public func fingerprint(at version: VersionVector) throws -> Bytes16? {
    try read { transaction in
      guard transaction.writers.held.covers(version) else { return nil }
      let hashes = try chainHashes(at: version, transaction)
      return Chain.fingerprint(
        version.entries.map { entry in
          let hash = hashes[entry.writer] ?? []
          return (
            entry.writer,
            WriterHead(
              sequence: entry.count, lamport: 0, context: VersionVector(), hash: hash)
          )
        })
    }
  }

  /// Changes that `version` lacks, in Lamport order, of about `bytesMax` bytes at most (at least
  /// one change), and whether there are more.
  public func changes(
    missingFrom version: VersionVector, bytesMax: Int
  ) throws -> (changes: [EncodedChange], more: Bool) {
    try read { transaction in
      var changes: [EncodedChange] = []
      var bytes = 0
      var more = false
      try ChangeLog.eachMissing(from: version, transaction.db, writers: transaction.writers) {
        if !changes.isEmpty && bytes + $0.body.count > bytesMax {
          more = true
          return false
        }
        bytes += $0.body.count + 8
        changes.append($0)
        return true
      }
      return (changes, more)
    }
  }

  /// Merges changes from a peer, in causal order, as one transaction: what the report calls merged
  /// is on the disk when this returns. A change that breaks a rule is refused with all later ones
  /// of
  /// its writer and all that depend on them; the others are merged.
  public func merge(_ changes: [EncodedChange]) throws -> MergeReport {
    var refusals: [MergeReport.Refusal] = []
    var refused: [WriterID: UInt64] = [:]
    // Each round refuses one more writer: at most as many rounds as writers.
    while true {
      do {
        var report = try write { try $0.merge(changes, refused: refused) }
        report.refusals = refusals
        return report
      } catch let refusal as RefusedChange {
        guard refusals.count < Self.refusalsMax else {
          throw StoreError(
            .refusedChange,
            "changes of more than \(Self.refusalsMax) writers break a rule of the log")
        }
        refused[refusal.name.writer] = refusal.name.sequence
        refusals.append(.init(name: refusal.name, reason: StoreError.sentence(refusal.error)))
      }
    }
  }

  /// Writers whose changes may be refused one by one; a message with more is refused whole.
  static let refusalsMax = 64

  /// Makes an empty store hold another library, or folds this store's library into it: since a
  /// change does not say which library it belongs to, only the store's name for it changes.
  public func adopt(_ library: LibraryID, merging: Bool) throws {
    try write { transaction in
      let own = try ReadTransaction(transaction.db, environment: environment).library()
      if own == library { return }
      guard merging || transaction.writers.held.isEmpty else {
        throw StoreError(
          .ambiguous,
          "this store holds a library of its own; to fold it into the other, add --merge")
      }
      try transaction.db.run(
        "INSERT OR REPLACE INTO fact (name, value) VALUES ('library', ?)",
        [library.raw.bytes.blob])
    }
  }
}

/// Thrown to give up a transaction that met a change which may not follow.
private struct RefusedChange: Error {
  let name: ChangeName
  let error: MergeError
}

extension WriteTransaction {
  fileprivate func merge(
    _ changes: [EncodedChange], refused: [WriterID: UInt64]
  ) throws -> MergeReport {
    var report = MergeReport()
    for encoded in changes {
      if let from = refused[encoded.writer], encoded.sequence >= from { continue }
      let ordinal = writers.ordinal(of: encoded.writer)
      // A change that was built on another one than ours would make a history that nobody wrote.
      if let follows = encoded.follows,
        let ours = try ChangeLog.follows(db, ordinal, encoded.sequence), ours != follows
      {
        throw RefusedChange(
          name: ChangeName(writer: encoded.writer, sequence: encoded.sequence),
          error: .forked(writer: encoded.writer, sequence: encoded.sequence))
      }
      if encoded.sequence <= writers.held[encoded.writer] {
        // Held under this number, with other words: what follows would be built on it just as well.
        guard try ChangeLog.body(db, ordinal, encoded.sequence) == encoded.body else {
          throw RefusedChange(
            name: ChangeName(writer: encoded.writer, sequence: encoded.sequence),
            error: .forked(writer: encoded.writer, sequence: encoded.sequence))
        }
        report.duplicates += 1
        continue
      }
      do {
        let change = try ChangeCodec.decode(
          encoded.body, writer: encoded.writer, sequence: encoded.sequence)
        try append(change, body: encoded.body)
      } catch let error as MergeError {
        throw RefusedChange(
          name: ChangeName(writer: encoded.writer, sequence: encoded.sequence), error: error)
      }
      report.merged += 1
    }
    return report
  }
}
