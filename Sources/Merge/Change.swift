// SPDX-License-Identifier: MIT

/// One step of a change: in one field of one entity, take out the values of the dots that the
/// writer had seen, and put in a value, named by the op's own dot.
///
/// This is the whole of merging: an observed-remove map (Shapiro et al., "A comprehensive study of
/// Convergent and Commutative Replicated Data Types", 2011, section 3.3.5). A register write
/// removes
/// what it replaces; adding a tag removes that tag's older dots; removing one has no value; a text
/// edit removes the heads it was made on; a deletion's value lists the dots it had seen.
public struct Operation: Hashable, Sendable {
  /// What the op is about.
  public var entity: EntityID
  /// What it does there.
  public var action: Action

  /// What an op does.
  public enum Action: Hashable, Sendable {
    /// Takes the dots `removes` out of `field`, and puts `value` in.
    case assign(field: Field, removes: [Dot], value: Value?)
    /// An op of a newer version: kept, forwarded, and without effect here.
    case unknown(code: UInt64, bytes: [UInt8])
  }

  /// An op on `entity`.
  public init(entity: EntityID, action: Action) {
    self.entity = entity
    self.action = action
  }

  /// An assignment in `field` of `entity`.
  public init(_ entity: EntityID, _ field: Field, removes: [Dot] = [], value: Value?) {
    self.init(entity: entity, action: .assign(field: field, removes: removes, value: value))
  }
}

/// What a change was written on: so many changes of another writer, and which these were.
///
/// The hash names the very history: a writer whose store was set back may have written two changes
/// under one number, and a count alone does not say which of them was seen.
public struct Dependency: Hashable, Sendable {
  /// Whose changes were held.
  public var writer: WriterID
  /// How many of them; never 0.
  public var count: UInt64
  /// The first eight bytes of the chain hash of the last of them, big-endian.
  public var hash: UInt64

  /// `count` changes of `writer`, of which the last has a chain hash that begins with `hash`.
  public init(writer: WriterID, count: UInt64, hash: UInt64) {
    self.writer = writer
    self.count = count
    self.hash = hash
  }
}

/// What one user action did, as one unit: logged, merged, sent and shown whole or not at all.
public struct Change: Hashable, Sendable {
  /// Who wrote it.
  public var writer: WriterID
  /// Its number among its writer's changes, from 1, without gaps.
  public var sequence: UInt64
  /// One more than the greatest Lamport number among the changes that the writer held.
  public var lamport: UInt64
  /// Of other writers, what the writer held and had not held at its previous change. Sorted by
  /// writer.
  public var dependencies: [Dependency]
  /// The wall clock's claim, milliseconds since 1970; it orders only what is shown of true
  /// conflicts.
  public var time: Int64
  /// What the user did, for the log; keys as in `ChangeNote`.
  public var notes: [Value.Member]
  /// The steps, in order; never empty.
  public var operations: [Operation]

  /// A change with all its parts.
  public init(
    writer: WriterID, sequence: UInt64, lamport: UInt64,
    dependencies: [Dependency] = [], time: Int64, notes: [Value.Member] = [],
    operations: [Operation]
  ) {
    self.writer = writer
    self.sequence = sequence
    self.lamport = lamport
    self.dependencies = dependencies
    self.time = time
    self.notes = notes
    self.operations = operations
  }

  /// The name of the op at `index`.
  public func dot(_ index: Int) -> Dot {
    Dot(writer: writer, sequence: sequence, index: UInt32(clamping: index))
  }
}

/// Keys of a change's notes.
public enum ChangeNote {
  /// What the user did: a word such as `annotate`.
  public static let action: UInt64 = 1
  /// The sequence number of the same writer's change that this one undoes.
  public static let undoes: UInt64 = 2
}

/// Bounds of one change; a larger import is split when it is written.
public enum ChangeLimits {
  /// Bytes of a change's body.
  public static let bytesMax = 1 << 20
  /// Ops of a change.
  public static let operationsMax = 10_000
  /// The greatest number of a field: a stored state keeps a bit beside it.
  public static let fieldMax: UInt64 = 0xFFFF_FFFF
  /// How deep records may stand in records.
  public static let depthMax = 8
}
