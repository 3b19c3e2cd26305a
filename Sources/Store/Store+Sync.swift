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

    /// The refusal of all these changes, one a writer: its first. Of more than `max` writers, the
    /// first that many.
    public static func all(
      _ changes: [EncodedChange], _ reason: String, max: Int
    ) -> [Refusal] {
      var first: [WriterID: UInt64] = [:]
      for change in changes {
        first[change.writer] = min(first[change.writer] ?? .max, change.sequence)
      }
      return first.sorted { $0.key < $1.key }.prefix(max).map { writer, sequence in
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
  /// Writers of whom another history came than the one that was held: both are kept.
  public var forked: Set<WriterID> = []
  /// Whether the last changes were left for another time, since these found forks enough.
  public var isPartial = false

  /// Nothing came.
  public init() {}
}

extension ReadTransaction {
  func holdings() throws -> Holdings {
    Holdings(
      library: try library(), version: writers.held,
      fingerprint: Chain.fingerprint(writers.all))
  }
}

extension Store {
  /// What this store holds.
  public func holdings() throws -> Holdings {
    try read { try $0.holdings() }
  }

  /// The fingerprint of a store that holds just `version`; nil when this store does not hold all
  /// of that.
  public func fingerprint(at version: VersionVector) throws -> Bytes16? {
    try read { transaction in
      guard transaction.writers.held.covers(version) else { return nil }
      return Chain.fingerprint(
        try version.entries.compactMap { entry in
          guard let ordinal = transaction.writers.known(entry.writer) else { return nil }
          let place = HeldPlace(ordinal: ordinal, sequence: entry.count)
          let hash = try ChangeLog.hash(transaction.db, at: place, transaction.writers) ?? []
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
  ///
  /// - Throws: `StoreError`, `damaged`, when the first of them is damaged; what comes before a
  ///   damaged one is handed out.
  public func changes(
    missingFrom version: VersionVector, bytesMax: Int
  ) throws -> (changes: [EncodedChange], more: Bool) {
    try read { transaction in
      var changes: [EncodedChange] = []
      var bytes = 0
      var more = false
      do {
        try ChangeLog.eachMissing(from: version, transaction.db, writers: transaction.writers) {
          if !changes.isEmpty && bytes + $0.body.count > bytesMax {
            more = true
            return false
          }
          bytes += $0.body.count + 8
          changes.append($0)
          return true
        }
      } catch  where !changes.isEmpty {
        more = false
      }
      return (changes, more)
    }
  }

  /// Merges changes from a peer, in causal order, as one transaction: what the report calls merged
  /// is on the disk when this returns. A change that breaks a rule is refused with all later ones
  /// of its writer and all that depend on them; the others are merged.
  ///
  /// - Throws: `StoreError`, `disk`, also when the last room on the disk is kept for local edits.
  public func merge(_ changes: [EncodedChange]) throws -> MergeReport {
    try keepReserve()
    var refusals: [MergeReport.Refusal] = []
    var refused: [MessageLine: UInt64] = [:]
    var splits = 0
    // Each round refuses one more line: at most as many rounds as lines.
    while true {
      do {
        var report = try write { try $0.merge(changes, refused: refused) }
        report.refusals = refusals
        return report
      } catch let refusal as RefusedChange {
        splits += refusal.splits
        guard refusals.count < Self.refusalsMax, splits <= Self.splitsMax else {
          throw StoreError(
            .refusedChange,
            "too many changes of this message break a rule of the log")
        }
        refused[refusal.line] = refusal.name.sequence
        refusals.append(.init(name: refusal.name, reason: StoreError.sentence(refusal.error)))
      }
    }
  }

  /// Writers whose changes may be refused one by one; a message with more is refused whole.
  static let refusalsMax = 64
  /// Replays of the log that changes may cost which are refused after all.
  private static let splitsMax = 4 * Segment.splitsMax

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
      if var identity = try WriterIdentity.read(directory.identity) {
        identity.library = library
        try identity.write(directory.identity)
      }
    }
  }
}
