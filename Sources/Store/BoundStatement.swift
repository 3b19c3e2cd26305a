// SPDX-License-Identifier: MIT

import CPostilSystem
import GRDB
import GRDBSQLite
import Merge

/// A prepared statement that is bound and read by hand, for what runs a hundred thousand times in
/// one import.
///
/// GRDB boxes every argument and copies every row, which takes several times what SQLite itself
/// needs for a small row. The statement is GRDB's own, prepared once a connection, so nothing about
/// transactions or closing changes. Columns and arguments count as SQLite's do: arguments from 1,
/// columns from 0. Made on the connection's queue; used by one thread at a time, while its
/// transaction is open.
struct BoundStatement {
  private let statement: Statement
  private let connection: SQLiteConnection?

  /// SQLite copies what is bound this way before the call returns.
  private static var copied: sqlite3_destructor_type? { postil_copied() }

  /// The statement of this SQL.
  init(_ db: Database, _ sql: String) throws {
    statement = try db.cachedStatement(sql: sql)
    // GRDB leaves a statement of the same words at its end, where nothing can be bound.
    sqlite3_reset(statement.sqliteStatement)
    connection = db.sqliteConnection
  }

  // MARK: - Arguments

  /// Binds a whole number.
  func bind(_ place: Int32, _ value: Int64) throws {
    try check(sqlite3_bind_int64(statement.sqliteStatement, place, value))
  }

  /// Binds a whole number.
  func bind(_ place: Int32, _ value: Int) throws { try bind(place, Int64(value)) }

  /// Binds a whole number, or NULL.
  func bind(_ place: Int32, _ value: Int64?) throws {
    guard let value else { return try bindNull(place) }
    try bind(place, value)
  }

  /// Binds text, or NULL.
  func bind(_ place: Int32, _ value: String?) throws {
    guard var value else { return try bindNull(place) }
    let code = value.withUTF8 { utf8 in
      // A pointer that is nil would bind NULL.
      guard let base = utf8.baseAddress else {
        return sqlite3_bind_text(statement.sqliteStatement, place, "", 0, Self.copied)
      }
      return base.withMemoryRebound(to: CChar.self, capacity: utf8.count) {
        sqlite3_bind_text(
          statement.sqliteStatement, place, $0, Int32(clamping: utf8.count), Self.copied)
      }
    }
    try check(code)
  }

  /// Binds bytes.
  func bind(_ place: Int32, _ value: [UInt8]) throws {
    let code = value.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress else {
        return sqlite3_bind_zeroblob(statement.sqliteStatement, place, 0)
      }
      return sqlite3_bind_blob(
        statement.sqliteStatement, place, base, Int32(clamping: bytes.count), Self.copied)
    }
    try check(code)
  }

  /// Binds bytes, or NULL.
  func bind(_ place: Int32, _ value: [UInt8]?) throws {
    guard let value else { return try bindNull(place) }
    try bind(place, value)
  }

  /// Binds sixteen bytes.
  func bind(_ place: Int32, _ value: Bytes16) throws {
    var words = (value.high.bigEndian, value.low.bigEndian)
    let code = withUnsafeBytes(of: &words) { bytes in
      sqlite3_bind_blob(
        statement.sqliteStatement, place, bytes.baseAddress, Int32(bytes.count), Self.copied)
    }
    try check(code)
  }

  private func bindNull(_ place: Int32) throws {
    try check(sqlite3_bind_null(statement.sqliteStatement, place))
  }

  // MARK: - Running

  /// Runs the statement to its end.
  func run() throws {
    let code = sqlite3_step(statement.sqliteStatement)
    defer { sqlite3_reset(statement.sqliteStatement) }
    guard code == SQLITE_DONE || code == SQLITE_ROW else { throw failure(code) }
  }

  /// What `body` makes of the first row; nil when there is none. The columns are there only
  /// inside.
  func first<Result>(_ body: (BoundStatement) throws -> Result) throws -> Result? {
    let code = sqlite3_step(statement.sqliteStatement)
    defer { sqlite3_reset(statement.sqliteStatement) }
    if code == SQLITE_ROW { return try body(self) }
    guard code == SQLITE_DONE else { throw failure(code) }
    return nil
  }

  /// Goes to the next row; false, and back to the beginning, when there is none.
  func next() throws -> Bool {
    let code = sqlite3_step(statement.sqliteStatement)
    if code == SQLITE_ROW { return true }
    defer { sqlite3_reset(statement.sqliteStatement) }
    guard code == SQLITE_DONE else { throw failure(code) }
    return false
  }

  /// Calls `body` for every row. The columns are there only inside.
  func each(_ body: (BoundStatement) throws -> Void) throws {
    // Also when `body` throws: a statement that isn't at its end keeps its transaction open.
    defer { sqlite3_reset(statement.sqliteStatement) }
    while try next() { try body(self) }
  }

  // MARK: - Columns

  /// The whole number in a column; 0 for NULL.
  func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(statement.sqliteStatement, column) }

  /// The bytes in a column; none for NULL.
  func bytes(_ column: Int32) -> [UInt8] {
    guard let start = sqlite3_column_blob(statement.sqliteStatement, column) else { return [] }
    let count = Int(sqlite3_column_bytes(statement.sqliteStatement, column))
    return Array(UnsafeRawBufferPointer(start: start, count: count))
  }

  /// The bytes in a column, as they lie in the row; none for NULL. They must not leave `body`.
  func withBytes<Result>(
    _ column: Int32, _ body: (UnsafeRawBufferPointer) throws -> Result
  ) rethrows -> Result {
    let start = sqlite3_column_blob(statement.sqliteStatement, column)
    let count = Int(sqlite3_column_bytes(statement.sqliteStatement, column))
    return try body(UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : count))
  }

  /// Whether a column is NULL.
  func isNull(_ column: Int32) -> Bool {
    sqlite3_column_type(statement.sqliteStatement, column) == SQLITE_NULL
  }

  // MARK: - Failures

  private func check(_ code: Int32) throws {
    guard code == SQLITE_OK else { throw failure(code) }
  }

  private func failure(_ code: Int32) -> DatabaseError {
    DatabaseError(
      resultCode: ResultCode(rawValue: code),
      message: connection.map { String(cString: sqlite3_errmsg($0)) },
      // GRDB gives its own away on the connection's queue alone.
      sql: sqlite3_sql(statement.sqliteStatement).map { String(cString: $0) })
  }
}
