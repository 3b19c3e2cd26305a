// SPDX-License-Identifier: MIT

import GRDB
public import Merge

/// One hit of a search.
public struct SearchHit: Sendable {
  /// What was found.
  public enum Found: Sendable {
    case article(Article)
    case annotation(Annotation)
  }

  /// What was found.
  public var found: Found
  /// How well it fits; more is better.
  public var score: Double
  /// Words around the first that was looked for.
  public var snippet: String

  /// The article's or annotation's name.
  public var id: EntityID {
    switch found {
    case .article(let article): article.id
    case .annotation(let annotation): annotation.id
    }
  }
}

extension Store {
  /// The articles that match, in the query's order.
  public func articles(matching query: Query) throws -> [Article] {
    try read { transaction in
      var views = ViewBuilder(transaction)
      var found: [Article] = []
      let sql = try QuerySQL(query, .articles, deviceOrdinals: transaction.deviceOrdinals)
        .select("e.kind, e.id, e.state, e.ordinal")
      try transaction.db.each(sql.sql, sql.arguments) { row in
        if let id = row.entityID {
          let state = try transaction.state(row, 2)
          let count = try transaction.threadCount(row[3])
          found.append(try views.article(id, state, children: count))
        }
      }
      return found
    }
  }

  /// The annotations that match, in the query's order; all, or those of one article.
  public func annotations(
    matching query: Query, of article: EntityID? = nil
  ) throws -> [Annotation] {
    try read { transaction in
      var views = ViewBuilder(transaction)
      var found: [Annotation] = []
      let ordinal = try article.map { try transaction.ordinal(of: $0) }
      let sql = try QuerySQL(
        query, .annotations, article: ordinal, deviceOrdinals: transaction.deviceOrdinals
      ).select("e.kind, e.id, e.state")
      try transaction.db.each(sql.sql, sql.arguments) { row in
        if let id = row.entityID,
          let annotation = try views.annotation(id, transaction.state(row, 2))
        {
          found.append(annotation)
        }
      }
      return found
    }
  }

  /// The visible annotations of an article, replies among them, oldest first.
  public func annotations(of article: EntityID) throws -> [Annotation] {
    var query = Query()
    query.sort = Query.Sort(.created, ascending: true)
    return try annotations(matching: query, of: article)
  }

  /// What matches, the best first: by words where the query has some, else in the query's order.
  public func search(matching query: Query, limit: Int) throws -> [SearchHit] {
    try read { transaction in
      var views = ViewBuilder(transaction)
      let snippets = Snippets(query)
      var hits: [SearchHit] = []
      for context in [QuerySQL.Context.articles, .annotations] {
        var compiled = try QuerySQL(
          query, context, deviceOrdinals: transaction.deviceOrdinals)
        compiled.limit = min(limit, compiled.limit ?? limit)
        let columns = "e.kind, e.id, e.state, e.ordinal"
        let sql = compiled.ranked(columns + ", -search.rank") ?? compiled.select(columns + ", 0.0")
        try transaction.db.each(sql.sql, sql.arguments) { row in
          guard let id = row.entityID else { return }
          let state = try transaction.state(row, 2)
          if id.kind == .article {
            let count = try transaction.threadCount(row[3])
            let article = try views.article(id, state, children: count)
            let text = try article.revision.flatMap { try transaction.text(hash: $0) } ?? []
            let snippet = snippets.snippet(in: [article.title, snippets.beginning(of: text)])
            hits.append(.init(found: .article(article), score: row[4], snippet: snippet))
          } else if let annotation = try views.annotation(id, state) {
            let texts = [annotation.note ?? "", annotation.target.quote ?? ""]
            let snippet = snippets.snippet(in: texts)
            hits.append(.init(found: .annotation(annotation), score: row[4], snippet: snippet))
          }
        }
      }
      // Stable where scores are equal: articles first, then the query's order.
      let order = hits.indices.sorted { left, right in
        hits[left].score != hits[right].score ? hits[left].score > hits[right].score : left < right
      }
      return order.prefix(limit).map { hits[$0] }
    }
  }
}

extension Row {
  /// The entity in the first two columns: kind and id.
  fileprivate var entityID: EntityID? {
    Bytes16(bytes(1)).map {
      EntityID(kind: EntityKind(code: UInt64(bitPattern: self[0])), raw: $0)
    }
  }
}

extension ReadTransaction {
  /// The row of an entity; throws `notFound` when there is none.
  fileprivate func ordinal(of id: EntityID) throws -> Int64 {
    guard
      let row = try db.first(
        "SELECT ordinal FROM entity WHERE id = ? AND kind = ?",
        [id.raw.bytes.blob, Int64(bitPattern: id.kind.code).databaseValue])
    else { throw StoreError(.notFound, "there is no article \(id.raw.uuidText)") }
    return row[0]
  }

  /// How many visible annotations an article has, replies not counted.
  func threadCount(_ ordinal: Int64) throws -> Int {
    try db.first(
      """
      SELECT count(*) FROM entity WHERE article = ? AND visible = 1 AND parent IS NULL
      """, [ordinal.databaseValue])?[0] ?? 0
  }

  /// The writers whose machine goes by a name, whatever its case.
  fileprivate func deviceOrdinals(_ name: String) throws -> [Int] {
    var found: [Int] = []
    for (ordinal, writer) in writers.table.writers.enumerated() {
      let root = writers.root(of: writer)
      let state = try state(of: EntityID(kind: .writer, raw: root.raw))
      let device = state?.winner(of: .name)?.value?.text ?? ""
      if device.lowercased() == name.lowercased() { found.append(ordinal) }
    }
    return found
  }
}
