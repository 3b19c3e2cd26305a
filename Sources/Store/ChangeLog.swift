// SPDX-License-Identifier: MIT

import GRDB
public import Merge
import Packing

/// A change as the log and the wire hold it: who, which, and the body's bytes.
public struct EncodedChange: Hashable, Sendable {
  /// Who wrote it: of a forked history, the root.
  public var writer: WriterID
  /// Its number among its writer's: of a forked history, in the root's history.
  public var sequence: UInt64
  /// `ChangeCodec`'s bytes.
  public var body: [UInt8]
  /// The body as `BodyPacker` packs it by itself, where it was met in that form.
  public var packed: [UInt8]?
  /// The first bytes of the chain hash that it follows, where the sender says so: on the first
  /// change of a line in a message.
  public var follows: [UInt8]?
  /// Which of its writer's lines it stands in, of several that one message holds; a number that
  /// means nothing elsewhere.
  public var line: Int

  /// A change with all its parts.
  public init(
    writer: WriterID, sequence: UInt64, body: [UInt8], packed: [UInt8]? = nil,
    follows: [UInt8]? = nil, line: Int = 0
  ) {
    self.writer = writer
    self.sequence = sequence
    self.body = body
    self.packed = packed
    self.follows = follows
    self.line = line
  }

  /// Bytes of `follows`.
  public static let followsBytes = 8
}

/// The table `change`: one row a change, keyed by its writer's ordinal and its number.
enum ChangeLog {
  /// Bits of the key below the ordinal; a writer has at most 2^40 changes.
  private static let sequenceBits: UInt64 = 40

  /// The row's key.
  static func key(_ ordinal: Int, _ sequence: UInt64) -> Int64 {
    Int64(ordinal) << Int64(sequenceBits) | Int64(sequence)
  }

  /// The ordinal and the number in a key.
  static func parts(of key: Int64) -> (ordinal: Int, sequence: UInt64) {
    (Int(key >> Int64(sequenceBits)), UInt64(key) & (1 << sequenceBits - 1))
  }

  /// Writes a row; waits for a body that is still being packed.
  static func append(_ statements: WriteStatements, _ row: PendingRows.ChangeRow) throws {
    let statement = try statements.changeInsert()
    try statement.bind(1, row.key)
    try statement.bind(2, Int64(row.lamport))
    try statement.bind(3, row.time)
    try statement.bind(4, row.hash)
    try statement.bind(5, StoredBody.stored(row.body))
    try statement.bind(6, row.lines)
    try statement.run()
  }

  /// Notes anew which branches a change's author had seen.
  static func update(_ db: Database, key: Int64, lines: [UInt8]?) throws {
    let lines = lines?.blob ?? .null
    try db.run(
      "UPDATE change SET lines = ? WHERE id = ? AND lines IS NOT ?",
      [lines, key.databaseValue, lines])
  }

  /// The Lamport number of a change that is held.
  static func lamport(_ db: Database, key: Int64) throws -> UInt64? {
    try db.first("SELECT lamport FROM change WHERE id = ?", [key.databaseValue]).map { row in
      UInt64(bitPattern: row.whole(0))
    }
  }

  /// The chain hash of a change; nil when it is not held.
  static func hash(_ db: Database, key: Int64) throws -> [UInt8]? {
    try db.first("SELECT hash FROM change WHERE id = ?", [key.databaseValue]).map { $0.bytes(0) }
  }

  /// The chain hash at a place: zeros where a root's history begins; nil when it is not held. The
  /// database is asked for only where the registry doesn't know.
  static func hash(
    _ db: @autoclosure () throws -> Database, at place: HeldPlace, _ writers: WriterRegistry
  ) throws -> [UInt8]? {
    if place.sequence == 0 {
      guard let base = writers.segments[place.ordinal].base else {
        return [UInt8](repeating: 0, count: 32)
      }
      return try hash(
        try db(), at: HeldPlace(ordinal: base, sequence: writers.count(base)), writers)
    }
    let head = writers.head(place.ordinal)
    if place.sequence == head.sequence { return head.hash }
    return try hash(try db(), key: key(place.ordinal, place.sequence))
  }

  /// Every change of a root's history that has this number there, with its chain hash: one, unless
  /// the history is forked.
  static func places(
    _ db: @autoclosure () throws -> Database, root: Int, number: UInt64, _ writers: WriterRegistry
  ) throws -> [(place: HeldPlace, hash: [UInt8])] {
    var found: [(place: HeldPlace, hash: [UInt8])] = []
    for ordinal in writers.subtree(root) {
      let start = writers.segments[ordinal].start
      guard number > start, number - start <= writers.count(ordinal) else { continue }
      let place = HeldPlace(ordinal: ordinal, sequence: number - start)
      if let hash = try hash(try db(), at: place, writers) { found.append((place, hash)) }
    }
    return found
  }

  /// The bytes of a change; nil when it is not held.
  static func body(_ db: Database, _ ordinal: Int, _ sequence: UInt64) throws -> [UInt8]? {
    let row = try db.first(
      "SELECT body FROM change WHERE id = ?", [key(ordinal, sequence).databaseValue])
    return try row.map { try StoredBody.body($0.bytes(0), BodyPacker()) }
  }

  /// The change at `key`, decoded, under the names that hold here.
  static func change(_ db: Database, key: Int64, writers: WriterRegistry) throws -> Change? {
    guard let row = try db.first("SELECT body, lines FROM change WHERE id = ?", [key.databaseValue])
    else { return nil }
    let (ordinal, sequence) = parts(of: key)
    let body = try StoredBody.body(row.bytes(0), BodyPacker())
    let place = HeldPlace(ordinal: ordinal, sequence: sequence)
    var change: Change
    let lines: SeenLines
    do {
      change = try raw(body, place, writers)
      guard writers.hasForks else { return change }
      lines = try SeenLines(row.bytes(1))
    } catch {
      throw StoreError(
        .damaged,
        "change \(sequence) of writer \(writers.id(ordinal).raw.uuidText) can't be read; "
          + "run: clientctl doctor")
    }
    writers.localise(&change, ordinal) { lines[$0] }
    return change
  }

  /// A body decoded as it is, under its root's name.
  static func raw(
    _ body: [UInt8], _ place: HeldPlace, _ writers: WriterRegistry
  ) throws(MergeError) -> Change {
    try ChangeCodec.decode(
      body, writer: writers.id(writers.root(of: place.ordinal)), sequence: writers.number(place))
  }

  /// Hands out the changes that `version` lacks, in Lamport order, until `body` answers false.
  ///
  /// Each writer's changes ascend in Lamport number, so this is a merge of one cursor a writer,
  /// and any prefix of it is causally complete (Lamport, "Time, Clocks, and the Ordering of Events
  /// in a Distributed System", 1978). The `line` of a change is its segment's ordinal.
  ///
  /// - Throws: `StoreError` where the log is damaged: a change is handed out only when its bytes
  ///   hash to what its chain says, so that damage stays where it is.
  static func eachMissing(
    from version: VersionVector, _ db: Database, writers: WriterRegistry,
    _ body: (EncodedChange) throws -> Bool
  ) throws {
    struct Source {
      let ordinal: Int
      let writer: WriterID
      let root: WriterID
      let rows: RowCursor
      var lamport: UInt64 = 0
      var hash: [UInt8]
      /// The number of the change that comes next, and of the last.
      var next: UInt64
      let last: UInt64
      /// Why the change can't be handed out when it is its turn.
      var damage: (any Error)?
      var change = EncodedChange(writer: WriterID(Bytes16(high: 0, low: 0)), sequence: 0, body: [])

      /// Moves on to the next change; false when there is none.
      mutating func advance(_ writers: WriterRegistry, _ packer: BodyPacker) throws -> Bool {
        let row: Row
        let stored: [UInt8]
        let body: [UInt8]
        do {
          guard let found = try rows.next() else {
            if next > last { return false }
            damage = missing
            return true
          }
          row = found
          stored = row.bytes(2)
          body = try StoredBody.body(stored, packer)
        } catch {
          damage = error
          return true
        }
        lamport = UInt64(bitPattern: row.whole(1))
        let place = HeldPlace(
          ordinal: ordinal, sequence: ChangeLog.parts(of: row.whole(0)).sequence)
        change = EncodedChange(
          writer: root, sequence: writers.number(place), body: body,
          packed: StoredBody.packed(stored),
          follows: Array(hash.prefix(EncodedChange.followsBytes)), line: ordinal)
        let sound = Chain.hash(
          after: hash, writer: root, sequence: change.sequence, body: change.body)
        hash = row.bytes(3)
        if place.sequence != next || sound != hash { damage = missing }
        next += 1
        return true
      }

      private var missing: StoreError {
        StoreError(
          .damaged,
          "change \(next) of writer \(writer.raw.uuidText) is missing or not what its chain hash "
            + "says; run: clientctl doctor")
      }
    }
    let packer = BodyPacker()
    var sources: [Source] = []
    for (ordinal, (writer, head)) in writers.all.enumerated() {
      let from = version[writer]
      guard head.sequence > from else { continue }
      // Several are read at once: each place in the merge has a prepared statement of its own.
      let statement = try db.cachedStatement(
        sql: """
          SELECT id, lamport, body, hash FROM change WHERE id BETWEEN ? AND ? ORDER BY id
          -- \(sources.count)
          """)
      let rows = try Row.fetchCursor(
        statement, arguments: [key(ordinal, from + 1), key(ordinal, head.sequence)])
      let before = HeldPlace(ordinal: ordinal, sequence: from)
      var source = Source(
        ordinal: ordinal, writer: writer, root: writers.id(writers.root(of: ordinal)), rows: rows,
        hash: try hash(db, at: before, writers) ?? [], next: from + 1, last: head.sequence)
      if try source.advance(writers, packer) { sources.append(source) }
    }
    while let least = sources.indices.min(by: { left, right in
      sources[left].lamport != sources[right].lamport
        ? sources[left].lamport < sources[right].lamport
        : sources[left].writer < sources[right].writer
    }) {
      if let damage = sources[least].damage { throw damage }
      guard try body(sources[least].change) else { return }
      if try !sources[least].advance(writers, packer) { sources.remove(at: least) }
    }
  }
}

/// Which branches of forked histories a change's author had seen, where it names them by an earlier
/// segment: by the named segment's ordinal, that of the last segment on the author's line.
struct SeenLines: Hashable {
  private(set) var last: [Int: Int] = [:]

  /// None.
  init() {}

  /// What a column says; nothing when it is empty.
  init(_ bytes: [UInt8]) throws(MergeError) {
    if bytes.isEmpty { return }
    var reader = ByteReader(bytes)
    for _ in 0..<(try reader.count(of: "lines", bytesEach: 2)) {
      let named = Int(clamping: try reader.number())
      last[named] = Int(clamping: try reader.number())
    }
    try reader.finish()
  }

  /// The column's bytes; nil when there is nothing to say.
  var bytes: [UInt8]? {
    if last.isEmpty { return nil }
    var out = ByteWriter()
    out.count(last.count)
    for (named, line) in last.sorted(by: { $0.key < $1.key }) {
      out.count(named)
      out.count(line)
    }
    return out.bytes
  }

  /// The last segment on the line that begins with `named`.
  subscript(named: Int) -> Int {
    get { last[named] ?? named }
    set { last[named] = newValue == named ? nil : newValue }
  }
}
