// SPDX-License-Identifier: MIT

/// Words that go into the search index by rising rows, and those that wait for the end of the
/// transaction since their row comes before one that was written.
///
/// Where a row comes before the last, FTS5 writes out all words that it has gathered
/// (`sqlite3Fts5IndexBeginWrite` in its `fts5_index.c`), and makes one more segment that must be
/// merged some day.
struct PutOffWords {
  private struct Step {
    let before: EntityIndex?
    var after: EntityIndex
  }

  private var waiting: [Int64: Step] = [:]
  /// The last row that was written; every row that waits comes before it.
  private var last = Int64.min

  /// Indexes the words of these rows, or puts them off.
  mutating func write(_ rows: [PendingRows.EntityRow], _ search: SearchIndex) throws {
    var rising: [(row: Int64, place: Int)] = []
    for (place, entity) in rows.enumerated() {
      let row = SearchIndex.row(entity.ordinal, entity.id.kind)
      if row > last {
        rising.append((row, place))
      } else {
        waiting[row, default: Step(before: entity.before, after: entity.index)].after =
          entity.index
      }
    }
    rising.sort { $0.row < $1.row }
    for (row, place) in rising {
      try search.update(row: row, from: rows[place].before, to: rows[place].index)
    }
    if let end = rising.last { last = end.row }
  }

  /// Indexes what was put off.
  mutating func finish(_ search: SearchIndex) throws {
    for (row, step) in waiting.sorted(by: { $0.key < $1.key }) {
      try search.update(row: row, from: step.before, to: step.after)
    }
    if let end = waiting.keys.max() { last = end }
    waiting = [:]
  }
}
