// SPDX-License-Identifier: MIT

import GRDB
public import Merge

extension Store {
  /// Runs `body` as one transaction that imports records: in one or more changes of bounded size,
  /// or in none when nothing is new. When this returns, what it did is on the disk, and when it
  /// throws, nothing was done. `body` must not call the store, and the session must not leave it.
  ///
  /// - Parameter isRehearsal: true writes nothing, and tells only what would come of it.
  public func importBatch<Result>(
    isRehearsal: Bool = false, _ body: (ImportSession) throws -> Result
  ) throws -> Result {
    if isRehearsal {
      return try read { reading in
        let transaction = try WriteTransaction(reading.db, environment: environment)
        let nobody = WriterID(environment.random16())
        return try body(try ImportSession(transaction, writer: nobody, isRehearsal: true))
      }
    }
    return try write { transaction in
      let session = try ImportSession(transaction, writer: writer(transaction), isRehearsal: false)
      let result = try body(session)
      try session.endChange()
      return result
    }
  }
}

/// One transaction of an import: the merged state to look at, and the ops that add to it.
///
/// What to add is the importer's to decide. Everything goes through `Edit`, so that imported
/// records are changes like all others. Lives only inside `Store.importBatch`.
public final class ImportSession {
  /// Whether nothing is written.
  public let isRehearsal: Bool
  /// Whether any op was made: naming the device alone is no reason to log a change.
  public private(set) var isChanged = false
  private let transaction: WriteTransaction
  private let writer: WriterID
  private let aliases: TagAliases
  private var edit: Edit
  /// A clock's reading that is not before the time of `edit`.
  private var time: Int64

  /// Bytes of a note, at most.
  public static let noteBytesMax = Edit.noteBytesMax
  /// Bytes of text of one record, at most: a change holds a record whole.
  public static let recordBytesMax = 960_000
  /// Ops of one record, at most: so many are left when `endChangeIfLarge` finds a change not large.
  public static let recordOperationsMax = 1000
  /// How often the clock is looked at until it moves on.
  private static let clockReadingsMax = 100_000

  init(_ transaction: WriteTransaction, writer: WriterID, isRehearsal: Bool) throws {
    self.transaction = transaction
    self.writer = writer
    self.isRehearsal = isRehearsal
    aliases = try TagIndex.aliases(transaction.db, writers: transaction.writers.table)
    edit = try Edit(transaction, writer: writer, action: "import")
    time = transaction.environment.now()
  }

  // MARK: - Looking

  /// The merged state of an entity with the ops made so far on top, but for the words of a text
  /// that this change has edited.
  public func state(of id: EntityID) throws -> EntityState { try edit.state(of: id) }

  /// Whether an entity is deleted, and nothing visible hangs on it.
  public func isHidden(_ id: EntityID, _ state: EntityState) throws -> Bool {
    guard state.isDeleted else { return false }
    return try transaction.entities.slots[transaction.slot(of: id)].children == 0
  }

  /// What a tag goes by; renames of this batch don't count yet.
  public func shownName(ofTag name: String) -> String { aliases.resolve(name) }

  /// The entity that holds the record of a tag's rename.
  public static func record(ofTag name: String) -> EntityID { Store.tagEntity(name) }

  /// The revisions of an article in this state, the newest last.
  public static func revisions(of state: EntityState) -> [Revision] { Revision.all(of: state) }

  /// A note as it is kept: line ends as LF. Throws `badInput` for what a note can't hold.
  public static func normalised(note: String) throws -> String { try Edit.normalised(note) }

  /// Tells what comes next, so that it is looked up at once; what was merged is written meanwhile.
  ///
  /// - Parameters:
  ///   - entities: those that will be looked at or changed.
  ///   - texts: hashes of texts that will be put.
  public func expect(_ entities: [EntityID], texts: [[UInt8]]) throws {
    if !isRehearsal { try transaction.writeAhead(expecting: entities, texts: texts) }
  }

  // MARK: - Adding

  /// Adds an op.
  public func append(_ operation: Operation) throws {
    isChanged = true
    try edit.append(operation)
  }

  /// Adds a revision to an article.
  public func addRevision(
    of article: EntityID, hash: [UInt8], codePoints: Int, byteCount: Int
  ) throws {
    let value = Revision.value(hash: hash, codePoints: codePoints, byteCount: byteCount)
    try append(Operation(article, .revision, value: value))
  }

  /// Makes an annotation that has its id.
  public func annotate(_ new: NewAnnotation) throws {
    isChanged = true
    _ = try edit.annotate(new)
  }

  /// Writes the note of an annotation that has none.
  public func write(note: String, of id: EntityID) throws {
    isChanged = true
    try edit.write(note: note, of: id)
  }

  /// Adds a tag to an article or annotation that does not have it by that name.
  public func addTag(_ name: String, to id: EntityID) throws {
    isChanged = true
    try edit.insert(.text(name), in: .tag, of: id)
  }

  /// Keeps the text of a revision; false when it is here already.
  public func putText(hash: [UInt8], content: [UInt8]) throws -> Bool {
    if isRehearsal {
      return try transaction.db.first(
        "SELECT 1 FROM blob WHERE hash = ? AND content IS NOT NULL", [hash.blob]) == nil
    }
    return try transaction.putText(hash: hash, content: content)
  }

  // MARK: - Changes

  /// Logs and merges the ops made so far, if there are any, and begins another change.
  public func endChange() throws {
    if isChanged && !isRehearsal { try edit.commit() }
  }

  /// As `endChange`, when the change is nearly as large as one may be: between records.
  public func endChangeIfLarge() throws {
    if isChanged && !isRehearsal { try edit.splitIfLarge() }
  }

  /// As `endChange`, and the next change bears a later time: an article's revisions are ordered
  /// by the times of their changes. A clock that stands still is not waited for.
  public func beginLaterChange() throws {
    try endChange()
    var readings = 0
    while transaction.environment.now() <= time && readings < Self.clockReadingsMax {
      readings += 1
    }
    edit = try Edit(transaction, writer: writer, action: "import")
    time = transaction.environment.now()
  }
}
