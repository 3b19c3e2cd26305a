// SPDX-License-Identifier: MIT

import GRDB

/// A piece of SQL with the values of its question marks.
struct SQLText: Equatable {
  var sql: String
  var arguments: [DatabaseValue] = []
}

/// A query as SQL over `entity e`. Whatever a person typed is an argument, and never SQL.
struct QuerySQL {
  /// Which rows are asked for.
  enum Context: Hashable, Sendable {
    case articles
    case annotations

    /// The ordinals of rows with the words of `?`. An article's row in the index has its ordinal's
    /// negative (`SearchIndex`).
    var found: String {
      switch self {
      case .articles: "SELECT -rowid FROM search WHERE search MATCH ? AND rowid < 0"
      case .annotations: "SELECT rowid FROM search WHERE search MATCH ? AND rowid > 0"
      }
    }
  }

  /// All conditions, those on the kind of row and its visibility included; for `FROM entity e`.
  let condition: SQLText
  /// The words that must be in the row itself, as an FTS5 expression; nil when there are none.
  let match: String?
  /// The conditions without those words; for `FROM search … JOIN entity e`.
  let remaining: SQLText
  /// `e.created DESC, e.ordinal DESC` or another order.
  let order: String
  private let context: Context
  /// Whether those words are all that is asked for.
  private let hasWordsOnly: Bool
  /// What that order goes by: `e.created`.
  let orderKey: String
  /// Whether the query itself asked for that order.
  let isOrdered: Bool
  /// At most how many rows; the query's limit, which a caller may change.
  var limit: Int?

  /// Compiles a query.
  ///
  /// - Parameters:
  ///   - article: only annotations of the article with this ordinal.
  ///   - deviceOrdinals: the writers whose machine goes by a name.
  init(
    _ query: Query, _ context: Context, article: Int64? = nil,
    deviceOrdinals: (String) throws -> [Int]
  ) rethrows {
    let terms = QueryTerms(context: context)
    let tree = try QueryTree(query.expression, terms, deviceOrdinals: deviceOrdinals)
    let (own, others) = tree.splitWords()
    let all = tree.render()
    let rest = others.render()
    match = own
    self.context = context
    condition = Self.condition(all, context, article: article)
    remaining = Self.condition(rest, context, article: article)
    hasWordsOnly = rest.text.sql == "1" && article == nil
    let ascending = query.sort?.ascending ?? false
    let key = query.sort?.key ?? .created
    let direction = ascending ? "ASC" : "DESC"
    orderKey = "e.\(key.rawValue)"
    order = "\(orderKey) \(direction), e.ordinal \(direction)"
    isOrdered = query.sort != nil
    limit = query.limit
  }

  /// Rows in the query's order.
  func select(_ columns: String = "e.ordinal") -> SQLText {
    limited(
      "SELECT \(columns) FROM entity e WHERE \(condition.sql) ORDER BY \(order)",
      condition.arguments)
  }

  /// How many rows there are, whatever the limit.
  func count() -> SQLText {
    SQLText(
      sql: "SELECT count(*) FROM entity e WHERE \(condition.sql)", arguments: condition.arguments)
  }

  /// Rows that match, at most, which are ranked, unless more are asked for: of more, those that
  /// came here last.
  static let rankedMax = 200

  /// Rows by how well they fit, the best first (`found.fit`, more is better), unless the query
  /// asked for another order; nil when there are no words to rank by.
  ///
  /// To rank all of a million rows that have a common word would take a second. The index is read
  /// from its end instead, until `rankedMax` rows fit; nobody looks through more of them.
  func ranked(_ columns: String = "e.ordinal") -> SQLText? {
    guard let match else { return nil }
    if isOrdered { return rankedInOrder(columns, match) }
    // Of either kind the rows of the newest stand at an end of the index.
    let (ordinal, side, newest) =
      switch context {
      case .articles: ("-search.rowid", "<", "ASC")
      case .annotations: ("search.rowid", ">", "DESC")
      }
    // Each row of `entity` is a page of its own when the words are rare: without other conditions
    // only those are read that come to be shown.
    let rows =
      hasWordsOnly
      ? """
      FROM search WHERE search MATCH ? AND search.rowid \(side) 0 AND NOT EXISTS (\
      SELECT 1 FROM entity h INDEXED BY entity_not_shown \
      WHERE h.ordinal = \(ordinal) AND (h.visible = 0 OR h.kind NOT IN (1, 2)))
      """
      : """
      FROM search CROSS JOIN entity e ON e.ordinal = \(ordinal) \
      WHERE search MATCH ? AND search.rowid \(side) 0 AND \(remaining.sql)
      """
    let found = """
      WITH found AS MATERIALIZED (\
      SELECT \(ordinal) AS ordinal, fit(search) AS fit \(rows) \
      ORDER BY search.rowid \(newest) LIMIT \(max(Self.rankedMax, limit ?? 0))) \
      SELECT \(columns) FROM found CROSS JOIN entity e ON e.ordinal = found.ordinal
      """
    var arguments = [match.databaseValue]
    if !hasWordsOnly { arguments += remaining.arguments }
    var least = ""
    if let limit, limit > 0 {
      least =
        " WHERE found.fit >= ifnull("
        + "(SELECT fit FROM found ORDER BY fit DESC LIMIT 1 OFFSET ?), 0)"
      arguments.append((limit - 1).databaseValue)
    }
    return limited(found + least + " ORDER BY found.fit DESC, " + order, arguments)
  }

  /// All rows with the words, in the order that the query asked for.
  private func rankedInOrder(_ columns: String, _ match: String) -> SQLText {
    let (ordinal, side) = context == .articles ? ("-search.rowid", "<") : ("search.rowid", ">")
    return limited(
      """
      SELECT \(columns) FROM (\
      SELECT \(ordinal) AS ordinal, fit(search) AS fit \
      FROM search CROSS JOIN entity e ON e.ordinal = \(ordinal) \
      WHERE search MATCH ? AND search.rowid \(side) 0 AND \(remaining.sql)) AS found \
      CROSS JOIN entity e ON e.ordinal = found.ordinal ORDER BY \(order)
      """, [match.databaseValue] + remaining.arguments)
  }

  private func limited(_ sql: String, _ arguments: [DatabaseValue]) -> SQLText {
    guard let limit else { return SQLText(sql: sql, arguments: arguments) }
    return SQLText(sql: sql + " LIMIT ?", arguments: arguments + [limit.databaseValue])
  }

  /// Adds the kind of row. SQLite has no statistics here and thinks two equalities more selective
  /// than one, or than a list of rows: it would walk all rows by time (`entity_by_time`) and try
  /// each. The `+` hides the two from it where a better way in is known.
  private static func condition(
    _ rendered: QueryTree.Rendered, _ context: Context, article: Int64?
  ) -> SQLText {
    let hide = rendered.drives || article != nil ? "+" : ""
    var sql = "\(hide)e.kind = \(context == .articles ? 1 : 2) AND \(hide)e.visible = 1"
    var arguments: [DatabaseValue] = []
    if let article {
      sql += " AND e.article = ?"
      arguments.append(article.databaseValue)
    }
    if rendered.text.sql != "1" { sql += " AND \(rendered.text.sql)" }
    return SQLText(sql: sql, arguments: arguments + rendered.text.arguments)
  }
}
