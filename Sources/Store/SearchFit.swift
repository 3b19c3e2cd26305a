// SPDX-License-Identifier: MIT

import GRDB
import GRDBSQLite

/// The SQL function `fit(search)`: how well a row fits the words that were looked for, more is
/// better.
///
/// This is BM25 (Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond",
/// 2009) without the weight that a rare word has over a common one. That weight needs the number of
/// all rows with each word, which takes 50 ms for a word that a million annotations have, and says
/// little where every hit has all the words. What is left is read from the row alone: how often the
/// words stand in it, and how long it is.
enum SearchFit {
  /// What the pointer is that FTS5 is asked through. SQLite keeps this name's address, not its
  /// letters, so it must be there as long as the program.
  private static let pointerType: StaticString = "fts5_api_ptr"

  /// Adds the function to a connection.
  static func install(_ db: Database) throws {
    let statement = try db.makeStatement(sql: "SELECT fts5(?)")
    let handle = statement.sqliteStatement
    let type = UnsafeRawPointer(pointerType.utf8Start).assumingMemoryBound(to: CChar.self)
    var api: UnsafeMutablePointer<fts5_api>?
    // https://www.sqlite.org/c3ref/bind_blob.html
    // https://www.sqlite.org/fts5.html#extending_fts5
    let code = withUnsafeMutablePointer(to: &api) { pointer in
      let bound = sqlite3_bind_pointer(handle, 1, pointer, type, nil)
      if bound != SQLITE_OK { return bound }
      let stepped = sqlite3_step(handle)
      sqlite3_reset(handle)
      return stepped
    }
    guard code == SQLITE_ROW, let api,
      api.pointee.xCreateFunction(api, "fit", nil, fit, nil) == SQLITE_OK
    else { throw StoreError(.internal, "SQLite's full-text search (FTS5) can't be used") }
  }

  /// How soon another occurrence of a word stops to matter (k1), and how much a row's length does
  /// (b): the usual values.
  private static let saturation = 1.2
  private static let lengthShare = 0.75
  /// Words of a usual row: an annotation's quote and note.
  private static let usualWords = 40.0

  /// Called by FTS5 for each row.
  private static let fit: fts5_extension_function = { api, row, context, _, _ in
    guard let api = api?.pointee, let row else { return }
    var instances: Int32 = 0
    var words: Int32 = 0
    guard api.xInstCount(row, &instances) == SQLITE_OK,
      api.xColumnSize(row, -1, &words) == SQLITE_OK
    else { return sqlite3_result_double(context, 0) }
    var counts = [Double](repeating: 0, count: Int(api.xPhraseCount(row)))
    for instance in 0..<instances {
      var (phrase, column, place): (Int32, Int32, Int32) = (0, 0, 0)
      guard api.xInst(row, instance, &phrase, &column, &place) == SQLITE_OK,
        counts.indices.contains(Int(phrase))
      else { break }
      counts[Int(phrase)] += 1
    }
    let length = 1 - lengthShare + lengthShare * Double(words) / usualWords
    let score = counts.reduce(0) { sum, count in
      sum + count * (saturation + 1) / (count + saturation * length)
    }
    sqlite3_result_double(context, score)
  }
}
