// SPDX-License-Identifier: MIT

import Foundation
import GRDB
import Merge

@testable import Store

/// A database with the store's schema and a few rows that were put there by hand.
struct QueryFixture {
  private let queue: DatabaseQueue

  /// A row of `entity`, and what else is known of it.
  struct Entity {
    var ordinal: Int64
    var kind = 2
    var article: Int64?
    var parent: Int64?
    var visible = true
    var children = 0
    var flags = 0
    var created: Int64
    var modified: Int64?
    var device = 0
    var color: String?
    var site: String?
    /// Title, quote, note, text and tags.
    var words = ["", "", "", "", ""]
    var tags: [Int] = []
  }

  /// By ordinal: 1…5 are articles, of which 4 is deleted; 10… are annotations, of which 14 is
  /// deleted, 11 replies to 10, and 15 has a target that this version can't read; 16 is of a kind
  /// that this version doesn't know.
  static let entities = [
    Entity(
      ordinal: 1, kind: 1, children: 1, flags: 4, created: 1000, modified: 9000,
      site: "example.org", words: ["The river war", "", "", "A long text about boats.", "news"],
      tags: [1]),
    Entity(
      ordinal: 2, kind: 1, children: 2, flags: 4, created: 2000, device: 1,
      site: "blog.Example.org", words: ["Bread recipes", "", "", "Flour and water", "news/asia"],
      tags: [2]),
    Entity(
      ordinal: 3, kind: 1, flags: 6, created: 3000, site: "The Guardian",
      words: ["Newspaper war", "", "", "Flour prices", "newsroom"], tags: [3]),
    Entity(
      ordinal: 4, kind: 1, visible: false, flags: 6, created: 4000, site: "example.org",
      words: ["Deleted river war", "", "", "Flour", "news"], tags: [1]),
    Entity(ordinal: 5, kind: 1, created: 500, words: ["Ünïcode café 100%", "", "", "", ""]),
    Entity(
      ordinal: 10, article: 1, children: 1, flags: 8, created: 1500, color: "Yellow",
      words: ["", "old bridge", "", "", ""]),
    Entity(
      ordinal: 11, article: 1, parent: 10, flags: 1, created: 1600, device: 1,
      words: ["", "", "I disagree", "", ""]),
    Entity(
      ordinal: 12, article: 2, flags: 13, created: 2500, color: "red",
      words: ["", "warm bread", "try it", "", "cook"], tags: [4]),
    Entity(
      ordinal: 13, article: 2, flags: 1, created: 2600, device: 1,
      words: ["", "", "bridge to nowhere", "", ""]),
    Entity(
      ordinal: 14, article: 3, visible: false, flags: 13, created: 3500, color: "red",
      words: ["", "ghost", "ghost", "", "cook"], tags: [4]),
    Entity(ordinal: 15, flags: 3, created: 100, words: ["", "", "lost river", "", ""]),
    Entity(ordinal: 16, kind: 9, created: 200, words: ["", "", "lost river", "", ""]),
  ]

  init() throws {
    queue = try DatabaseQueue()
    try queue.write { db in
      try Migrations.run(db, from: 0)
      try SearchFit.install(db)
      let tags = [
        ("news", "news"), ("news/asia", "news/asia"), ("newsroom", "newsroom"),
        ("cook", "cooking"), ("it's \"odd\"; DROP TABLE tag", "it's \"odd\"; DROP TABLE tag"),
      ]
      for (name, shown) in tags {
        try db.execute(
          sql: "INSERT INTO tag (name, shown) VALUES (?, ?)", arguments: [name, shown])
      }
      for entity in Self.entities { try Self.insert(entity, db) }
    }
  }

  private static func insert(_ entity: Entity, _ db: Database) throws {
    var id = [UInt8](repeating: 0, count: 16)
    id[0] = entity.kind == 1 ? 0xA0 : 0xB0
    id[1] = UInt8(entity.ordinal)
    try db.execute(
      sql: """
        INSERT INTO entity (ordinal, kind, id, article, parent, visible, children, flags, created,
          modified, device, color, site, first, state)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, x'')
        """,
      arguments: [
        entity.ordinal, entity.kind, Data(id), entity.article, entity.parent,
        entity.visible, entity.children, entity.flags, entity.created,
        entity.modified ?? entity.created, entity.device, entity.color, entity.site,
      ])
    try db.execute(
      sql: "INSERT INTO search (rowid, title, quote, note, text, tags) VALUES (?, ?, ?, ?, ?, ?)",
      arguments: [SearchIndex.row(entity.ordinal, EntityKind(code: UInt64(entity.kind)))]
        + StatementArguments(entity.words))
    for tag in entity.tags {
      try db.execute(
        sql: "INSERT INTO tagging (tag, entity) VALUES (?, ?)", arguments: [tag, entity.ordinal])
    }
  }

  /// The query as SQL; `laptop` is the machine of writer 1, and nobody else has a name.
  static func compile(
    _ text: String, _ context: QuerySQL.Context, article: Int64? = nil
  ) throws -> QuerySQL {
    let query = try Query.parse(text, now: 10_000, utcOffsetSeconds: 0)
    return QuerySQL(query, context, article: article) { $0 == "laptop" ? [1] : [] }
  }

  /// The ordinals that a statement gives.
  func run(_ statement: SQLText) throws -> [Int64] {
    try queue.read { db in
      try Int64.fetchAll(
        db, sql: statement.sql, arguments: StatementArguments(statement.arguments))
    }
  }

  /// The ordinals that fit a query, in its order.
  func find(_ text: String, _ context: QuerySQL.Context) throws -> [Int64] {
    try run(Self.compile(text, context).select())
  }

  /// What SQLite means to do, a step a line.
  func plan(_ statement: SQLText) throws -> [String] {
    try queue.read { db in
      try Row.fetchAll(
        db, sql: "EXPLAIN QUERY PLAN " + statement.sql,
        arguments: StatementArguments(statement.arguments)
      ).map { $0["detail"] }
    }
  }

  /// How many rows all tables have that a query could harm.
  func counts() throws -> [Int] {
    try queue.read { db in
      try ["entity", "tag", "tagging", "search"].map {
        try Int.fetchOne(db, sql: "SELECT count(*) FROM \($0)") ?? -1
      }
    }
  }
}
