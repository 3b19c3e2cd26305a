// SPDX-License-Identifier: MIT

import GRDB
import Merge
import Packing

/// The one write path: everything that changes a library, local or remote, is a change that is
/// appended here, in one SQLite transaction that holds the log, the state and the indexes.
///
/// Lives only inside `Store.write`, on the connection's queue.
final class WriteTransaction {
  let db: Database
  let environment: StoreEnvironment
  var writers: WriterRegistry
  var entities = EntityCache()
  var tags: TagIndex
  let search: SearchIndex
  let statements: WriteStatements
  private let packer = BodyPacker()
  private let packing = PackAhead()
  /// By how many entities of each kind more are shown than the table `tally` says.
  var tallies: [EntityKind: Int] = [:]
  /// The last change that this store itself wrote in the transaction.
  var ownMark: WriterIdentity.Mark?
  /// Whether the log holds the changes already: a replay.
  let isLogged: Bool

  convenience init(_ db: Database, environment: StoreEnvironment) throws {
    try self.init(
      db, environment: environment, writers: WriterRegistry(db), isLogged: false)
  }

  /// A transaction that replays a log.
  ///
  /// - Parameter isLogged: whether the changes stand in this database's log already.
  init(
    _ db: Database, environment: StoreEnvironment, writers: WriterRegistry, isLogged: Bool
  ) throws {
    try Connection.widen(db)
    self.db = db
    self.environment = environment
    self.writers = writers
    self.isLogged = isLogged
    tags = TagIndex()
    statements = WriteStatements(db)
    search = SearchIndex(db: db, statements: statements)
  }

  /// Merges one change, as its body says it, at the end of a segment: checks that it may follow
  /// what is held, logs it, and applies its ops. Throws `MergeError` if it may not; the transaction
  /// must then be given up.
  ///
  /// - Parameters:
  ///   - body: the change's bytes.
  ///   - packed: the same as it was packed elsewhere.
  ///   - ordinal: the segment.
  func append(
    _ raw: Change, body: [UInt8], packed: [UInt8]? = nil, to ordinal: Int
  ) throws {
    let head = writers.head(ordinal)
    let (change, lines) = try resolve(raw, ordinal, head)
    // A log that can't be read is no dependency that is missing.
    var failure: (any Error)?
    let admitted = Result { () throws(MergeError) in
      try head.admitting(change, held: writers.held) { writer, sequence in
        do {
          return try lamport(of: writer, sequence)
        } catch {
          failure = error
          return nil
        }
      }
    }
    if let failure { throw failure }
    var next = try admitted.get()
    // The chain is the root's, and the body as its author wrote it: no fork changes a hash.
    next.hash = Chain.hash(
      after: head.hash, writer: raw.writer, sequence: raw.sequence, body: body)
    let key = ChangeLog.key(ordinal, change.sequence)
    if !isLogged {
      let isLater = packed == nil && body.count >= BackgroundLimits.bytesMin
      try ChangeLog.append(
        statements, key: key, change: change, hash: next.hash,
        stored: isLater ? body : StoredBody.stored(body, packed: packed, packer),
        lines: lines.bytes)
      if isLater { try packing.begin(key: key, body: body, statements) }
    } else if writers.hasForks {
      try ChangeLog.update(db, key: key, lines: lines.bytes)
    }
    writers.advance(ordinal, to: next)
    for (index, operation) in change.operations.enumerated() {
      try apply(operation, index, of: change, key: key)
    }
  }

  /// Writes what the ops did to states, indexes and heads. Called once, before the commit.
  func finish() throws {
    try flush()
    try packing.finish(statements)
    try writers.save(db)
  }

  /// The entity's place in the cache.
  func slot(of id: EntityID) throws -> Int {
    try entities.slot(of: id, db, statements, writers: writers.table)
  }

  /// The entity's row as this transaction sees it. (Looking it up may grow the cache, so the place
  /// must be known before the cache is read.)
  func cached(_ id: EntityID) throws -> CachedEntity {
    let slot = try slot(of: id)
    return entities.slots[slot]
  }

  /// The merged state of an entity as this transaction sees it.
  func state(of id: EntityID) throws -> EntityState {
    let slot = try slot(of: id)
    settleText(slot)
    return entities.slots[slot].state
  }

  private func lamport(of writer: WriterID, _ sequence: UInt64) throws -> UInt64? {
    let ordinal = writers.ordinal(of: writer)
    if writers.head(ordinal).sequence == sequence { return writers.head(ordinal).lamport }
    return try ChangeLog.lamport(db, key: ChangeLog.key(ordinal, sequence))
  }

  private func apply(_ operation: Operation, _ index: Int, of change: Change, key: Int64) throws {
    let (dot, time) = (change.dot(index), change.time)
    let slot = try slot(of: operation.entity)
    try noteHistory(slot, key, change)
    guard case .assign(let field, let removes, let value) = operation.action else {
      entities.update(slot) { $0.isDirty = true }
      return
    }
    if case .edit(let patches)? = value {
      try mergeText(
        slot, field: field, TextOperation(dot: dot, parents: removes, patches: patches), time: time)
    } else {
      entities.update(slot) { entity in
        entity.state.apply(field: field, removes: removes, value: value, dot: dot, time: time)
        entity.isDirty = true
      }
    }
  }

  /// Remembers that the change speaks of the entity. Its first is the one that comes first in the
  /// log's order, whichever came here first: a replay must arrive at the same.
  private func noteHistory(_ slot: Int, _ key: Int64, _ change: Change) throws {
    let (first, latest) = (entities.slots[slot].first, entities.slots[slot].latest)
    guard latest != key, first != key else { return }
    let isFirst = try first == 0 || precedes(change, first)
    entities.update(slot) { entity in
      entity.latest = key
      if isFirst { entity.first = key }
    }
    if first == 0 { return }
    let statement = try statements.historyInsert()
    try statement.bind(1, entities.slots[slot].ordinal)
    try statement.bind(2, isFirst ? first : key)
    try statement.run()
  }

  /// Whether a change comes before the one with this key in the log's order.
  private func precedes(_ change: Change, _ key: Int64) throws -> Bool {
    let writer = writers.id(ChangeLog.parts(of: key).ordinal)
    // A writer's own come in order.
    guard writer != change.writer, let lamport = try ChangeLog.lamport(db, key: key) else {
      return false
    }
    return change.lamport != lamport ? change.lamport < lamport : change.writer < writer
  }
}
