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
        .select("e.kind, e.id, e.state, e.children")
      try transaction.db.each(sql.sql, sql.arguments) { row in
        if let id = row.entityID {
          let state = try transaction.state(row, 2)
          found.append(try views.article(id, state, children: row.count(3)))
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

  /// What matches, in the order that the query asks for; if it asks for none, the best first where
  /// it has words. Of very many articles or annotations that match, those that came here last are
  /// ranked. At most `limit`, and at most as many as the query itself says.
  public func search(matching query: Query, limit: Int) throws -> [SearchHit] {
    try read { transaction in
      let limit = min(limit, query.limit ?? limit)
      var places: [(ordinal: Int64, score: Double, time: Int64)] = []
      for context in [QuerySQL.Context.articles, .annotations] {
        var compiled = try QuerySQL(
          query, context, deviceOrdinals: transaction.deviceOrdinals)
        compiled.limit = limit
        let time = compiled.orderKey
        let sql =
          compiled.ranked("e.ordinal, found.fit, \(time)")
          ?? compiled.select("e.ordinal, 0.0, \(time)")
        try transaction.db.each(sql.sql, sql.arguments) { row in
          places.append((row.whole(0), row[1] as Double? ?? 0, row.whole(2)))
        }
      }
      // Stable where they are equal: articles first, then the query's order.
      let order = places.indices.sorted { left, right in
        let (one, other) = (places[left], places[right])
        guard let isAscending = query.sort?.ascending else {
          return one.score != other.score ? one.score > other.score : left < right
        }
        return one.time != other.time ? (one.time < other.time) == isAscending : left < right
      }
      // Only what is shown is read whole.
      var views = ViewBuilder(transaction)
      let snippets = Snippets(query)
      return try order.prefix(limit).compactMap { place in
        try transaction.hit(
          places[place].ordinal, score: places[place].score, &views, snippets)
      }
    }
  }
}

extension Row {
  /// The entity in the first two columns: kind and id.
  fileprivate var entityID: EntityID? {
    Bytes16(bytes(1)).map {
      EntityID(kind: EntityKind(code: UInt64(bitPattern: whole(0))), raw: $0)
    }
  }
}

extension ReadTransaction {
  /// The hit at a row; nil when this version can't read what stands there.
  fileprivate func hit(
    _ ordinal: Int64, score: Double, _ views: inout ViewBuilder, _ snippets: Snippets
  ) throws -> SearchHit? {
    guard
      let row = try db.first(
        "SELECT kind, id, state, children FROM entity WHERE ordinal = ?",
        [ordinal.databaseValue]),
      let id = row.entityID
    else { return nil }
    let state = try state(row, 2)
    if id.kind == .article {
      let article = try views.article(id, state, children: row.count(3))
      let text = try article.revision.flatMap { try self.text(hash: $0) } ?? []
      let snippet = snippets.snippet(in: [article.title, snippets.beginning(of: text)])
      return SearchHit(found: .article(article), score: score, snippet: snippet)
    }
    guard let annotation = try views.annotation(id, state) else { return nil }
    let texts = [annotation.note ?? "", annotation.target.quote ?? ""]
    return SearchHit(
      found: .annotation(annotation), score: score, snippet: snippets.snippet(in: texts))
  }

  /// The row of an entity; throws `notFound` when there is none.
  fileprivate func ordinal(of id: EntityID) throws -> Int64 {
    guard
      let row = try db.first(
        "SELECT ordinal FROM entity WHERE id = ? AND kind = ?",
        [id.raw.bytes.blob, Int64(bitPattern: id.kind.code).databaseValue])
    else { throw StoreError(.notFound, "there is no article \(id.raw.uuidText)") }
    return row.whole(0)
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
