// SPDX-License-Identifier: MIT

import Foundation
import GRDB
import Merge
import Testing

@testable import Store

extension Store {
  /// Every table as lines of text, by name: ids stand in the place of entities' ordinals, which a
  /// rebuild may give out anew. The full-text index is told term by term (fts5vocab, "instance").
  func dump() throws -> [String: [String]] {
    var configuration = Configuration()
    configuration.readonly = true
    let queue = try DatabaseQueue(path: directory.database, configuration: configuration)
    return try queue.read { db in
      var tables: [String: [String]] = [:]
      for (name, sql) in Self.dumps {
        tables[name] = try Row.fetchAll(db, sql: sql).map { row in
          row.map { String(describing: $1) }.joined(separator: " | ")
        }
      }
      return tables
    }
  }

  /// Every term of the full-text index: which, in what of which entity, and where.
  func terms() throws -> [String] {
    let queue = try DatabaseQueue(path: directory.database)
    return try queue.writeWithoutTransaction { db in
      try db.execute(
        sql: "CREATE VIRTUAL TABLE temp.terms USING fts5vocab (main, search, instance)")
      return try String.fetchAll(
        db,
        sql: """
          SELECT hex(e.id) || ' ' || t.col || ' ' || t.offset || ' ' || t.term
          FROM temp.terms t JOIN entity e ON iif(e.kind = 1, -e.ordinal, e.ordinal) = t.doc
          ORDER BY 1
          """)
    }
  }

  private static let dumps: [(String, String)] = [
    ("fact", "SELECT * FROM fact ORDER BY name"),
    (
      "writer",
      "SELECT ordinal, hex(id), sequence, lamport, hex(context), hex(hash), elsewhere, base, start "
        + "FROM writer"
    ),
    (
      "change", "SELECT id, lamport, time, hex(hash), hex(body), hex(lines) FROM change ORDER BY id"
    ),
    (
      "entity",
      """
      SELECT hex(e.id), e.kind, hex(a.id), hex(p.id), e.visible, e.children, e.flags, e.created,
        e.modified, e.device, e.color, e.site, e.first, hex(e.state)
      FROM entity e LEFT JOIN entity a ON a.ordinal = e.article
        LEFT JOIN entity p ON p.ordinal = e.parent ORDER BY e.id, e.kind
      """
    ),
    (
      "history",
      """
      SELECT hex(e.id), e.kind, h.change FROM history h JOIN entity e ON e.ordinal = h.entity
      ORDER BY 1, 2, 3
      """
    ),
    (
      "tag",
      """
      SELECT t.name, t.shown, hex(e.id) FROM tag t JOIN tagging g ON g.tag = t.ordinal
        JOIN entity e ON e.ordinal = g.entity ORDER BY 1, 2, 3
      """
    ),
    (
      "revision",
      """
      SELECT hex(r.hash), hex(e.id) FROM revision r JOIN entity e ON e.ordinal = r.entity
      ORDER BY 1, 2
      """
    ),
    ("blob", "SELECT hex(hash), length, hex(content) FROM blob ORDER BY hash"),
    ("peer", "SELECT * FROM peer ORDER BY id"),
    ("invite", "SELECT * FROM invite ORDER BY id"),
  ]
}

/// What is merged, apart from how one store keeps it: equal on stores that hold the same.
struct Merged: Equatable {
  var fingerprint: Bytes16
  var entities: [EntityID: EntityState] = [:]
  var texts: [[UInt8]: [UInt8]] = [:]
  var articles: [EntityID: Article] = [:]
  var annotations: [EntityID: Annotation] = [:]
  var tags: [TagUse]
  var conflicts: [EntityID: [ConflictView]]
  var status: [Int]
  var terms: [String]

  init(_ store: Store) throws {
    fingerprint = try store.holdings().fingerprint
    tags = try store.tags()
    conflicts = Dictionary(grouping: try store.conflicts(), by: \.entity)
    let status = try store.status()
    self.status = [
      status.articles, status.annotations, status.conflicts, status.wantedTexts,
    ]
    terms = try store.terms()
    var found = self
    try store.canonicalItems { item in
      switch item {
      case .header: break
      case .entity(let id, let state): found.entities[id] = state
      case .text(let hash, let content): found.texts[hash] = content ?? []
      }
    }
    self = found
    for article in try store.allArticles() { articles[article.id] = article }
    for annotation in try store.allAnnotations() { annotations[annotation.id] = annotation }
  }
}

/// Fails with what differs first between two stores that should hold the same.
func expectSame(
  _ left: Store, _ right: Store, _ comment: Comment? = nil,
  sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let (left, right) = (try Merged(left), try Merged(right))
  #expect(left.fingerprint == right.fingerprint, comment, sourceLocation: sourceLocation)
  #expect(left.entities == right.entities, comment, sourceLocation: sourceLocation)
  #expect(left.texts == right.texts, comment, sourceLocation: sourceLocation)
  #expect(left.articles == right.articles, comment, sourceLocation: sourceLocation)
  #expect(left.annotations == right.annotations, comment, sourceLocation: sourceLocation)
  #expect(left.tags == right.tags, comment, sourceLocation: sourceLocation)
  #expect(left.conflicts == right.conflicts, comment, sourceLocation: sourceLocation)
  #expect(left.status == right.status, comment, sourceLocation: sourceLocation)
  #expect(left.terms == right.terms, comment, sourceLocation: sourceLocation)
}

/// Fails when `doctor` finds anything, or when making the state anew from the log changes a table.
func expectSound(
  _ store: Store, _ comment: Comment? = nil, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let report = try store.doctor()
  #expect(report.problems == [], comment, sourceLocation: sourceLocation)
  let (before, terms) = (try store.dump(), try store.terms())
  try store.rebuild()
  let after = try store.dump()
  for (name, rows) in before {
    #expect(after[name] == rows, "the table \(name) after rebuild", sourceLocation: sourceLocation)
  }
  #expect(try store.terms() == terms, comment, sourceLocation: sourceLocation)
}
