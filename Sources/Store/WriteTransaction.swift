// SPDX-License-Identifier: MIT

import GRDB
import Merge
import Packing

/// The one write path: everything that changes a library, local or remote, is a change that is
/// appended here, in one SQLite transaction that holds the log, the state and the indexes.
///
/// Lives only inside `Store.write`, on the connection's queue.
final class WriteTransaction {
  let environment: StoreEnvironment
  var writers: WriterRegistry
  var entities = EntityCache()
  /// By how many entities of each kind more are shown than the table `tally` says.
  var tallies: [EntityKind: Int] = [:]
  /// Whether a tag was renamed, or a rename taken back, since tags were last looked through.
  var isTagRenamed = false
  /// Devices that changes spoke of: of those that were revoked, the peers are to be forgotten.
  var devices: [EntityID] = []
  /// The last change that this store itself wrote in the transaction.
  var ownMark: WriterIdentity.Mark?
  /// Whether the log holds the changes already: a replay.
  let isLogged: Bool
  /// What is worked out and not handed to the database. Invariant: nothing of it is in `ahead`.
  var pending = PendingRows()
  /// Texts of which no row speaks, neither in the database nor in `pending` nor in `ahead`.
  private var absentTexts: Set<[UInt8]> = []
  private let database: Database
  private var rows: RowWriter
  /// While this runs, the connection is its own.
  private let ahead = RowsAhead()
  private let packer = BodyPacker()

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
    database = db
    self.environment = environment
    self.writers = writers
    self.isLogged = isLogged
    rows = RowWriter(db)
  }

  // MARK: - The database

  /// The database, in which stands all that was logged so far, and every row that was worked out.
  var db: Database {
    get throws {
      try writePending()
      return database
    }
  }

  /// Writes what is worked out.
  func writePending() throws {
    try ahead.join()
    if pending.isEmpty { return }
    let rows = pending
    pending = PendingRows()
    try self.rows.write(rows, writers: writers.table)
  }

  /// Writes what is worked out, and what of that was put off.
  func writeAll() throws {
    try writePending()
    try rows.finish()
  }

  /// Where rows are written, when nobody else has it.
  func rowWriter() throws -> RowWriter {
    try writePending()
    return rows
  }

  /// Lets another thread write what was merged so far, if that is worth a thread, while the caller
  /// goes on with changes of these entities. What the caller needs of the database then must be
  /// named here, or is waited for. Ops that are not merged yet don't matter.
  ///
  /// - Parameters:
  ///   - ids: the entities that come next, and those that they name.
  ///   - texts: hashes of texts that will be put.
  func writeAhead(
    expecting ids: @autoclosure () -> [EntityID], texts: @autoclosure () -> [[UInt8]] = []
  ) throws {
    // A replay reads the log by the same connection.
    guard !isLogged, entities.dirtyCount >= environment.rowsAheadMin else { return }
    try settle()
    try ahead.join()
    // Looked up while nobody else has the connection. What isn't in the cache was not touched by
    // this transaction, so nothing that is pending speaks of it.
    for id in ids() { _ = try slot(of: id) }
    let coming = pending.textHashes
    for hash in texts() where try !coming.contains(hash) && !hasRow(ofText: hash) {
      absentTexts.insert(hash)
    }
    try rows.prepare(writers: writers.table)
    ahead.begin(pending, rows, writers: writers.table)
    pending = PendingRows()
  }

  /// Forgets what is known of the rows of indexes, all of which were deleted.
  func forgetRows() throws { rows = RowWriter(try db) }

  /// Ends the work of other threads: before a transaction is over, however it ends.
  func abandon() { ahead.wait() }

  private func hasRow(ofText hash: [UInt8]) throws -> Bool {
    let statement = try rows.statements.textByHash()
    try statement.bind(1, hash)
    return try statement.first { _ in true } ?? false
  }

  /// Keeps a text whose hash no row has, if that is known without a look; false when it isn't.
  func putAbsentText(hash: [UInt8], content: [UInt8]) -> Bool {
    guard absentTexts.remove(hash) != nil else { return false }
    pending.texts.append(.init(hash: hash, content: content))
    return true
  }

  /// Notes that rows will speak of these texts.
  func expectRows(ofTexts revisions: [Revision]) {
    if absentTexts.isEmpty { return }
    for revision in revisions { absentTexts.remove(revision.hash) }
  }

  // MARK: - Changes

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
      pending.changes.append(
        .init(
          key: key, lamport: change.lamport, time: change.time, hash: next.hash,
          body: self.stored(body, packed: packed), lines: lines.bytes))
    } else if writers.hasForks {
      try ChangeLog.update(db, key: key, lines: lines.bytes)
    }
    writers.advance(ordinal, to: next)
    for (index, operation) in change.operations.enumerated() {
      try apply(operation, index, of: change, key: key)
    }
  }

  /// A body for the log. A large one is packed by another thread meanwhile.
  private func stored(_ body: [UInt8], packed: [UInt8]?) -> PendingRows.ChangeRow.Body {
    guard packed == nil && body.count >= BackgroundLimits.bytesMin else {
      return .stored(StoredBody.stored(body, packed: packed, packer))
    }
    return .packing(body, BackgroundWork { BodyPacker().pack([body]) })
  }

  /// Writes what the ops did to states, indexes and heads. Called once, before the commit.
  func finish() throws {
    try flush()
    try writers.save(db)
  }

  /// The entity's place in the cache.
  func slot(of id: EntityID) throws -> Int {
    if let place = entities.place(of: id) { return place }
    try ahead.join()
    return try entities.look(up: id, database, rows.statements, writers: writers.table)
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
    pending.history.append(
      .init(entity: entities.slots[slot].ordinal, change: isFirst ? first : key))
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
