// SPDX-License-Identifier: MIT

import Foundation
import GRDB

/// Each term as SQL on a row `e` of articles or of annotations.
struct QueryTerms {
  let context: QuerySQL.Context

  /// A term's SQL: in parentheses or a single operator's operand, 0 or 1, never NULL.
  typealias Leaf = (text: SQLText, drives: Bool)

  /// Whether these words stand in the row's own columns.
  func isOwn(_ words: Query.Words) -> Bool {
    switch words.column {
    case nil: true
    case .title, .text: context == .articles
    case .quote, .note: context == .annotations
    }
  }

  /// The SQL of a term.
  func leaf(
    _ expression: Query.Expression, deviceOrdinals: (String) throws -> [Int]
  ) rethrows -> Leaf {
    switch expression {
    case .words(let words): return self.words(words)
    case .tag(let name, let includingSubtree): return tag(name, includingSubtree)
    case .site(let site): return ofArticle(Self.site(site))
    case .color(let color):
      return ofAnnotation { alias in
        SQLText(
          sql: "(lower(\(alias).color) IS ?)",
          arguments: [Self.asciiLowercased(color).databaseValue])
      }
    case .device(let name):
      let ordinals = try deviceOrdinals(name).map(String.init).joined(separator: ", ")
      return plain("(e.device IN (\(ordinals)))")
    case .kind(let kind): return ofAnnotation { SQLText(sql: Self.kind(kind, $0)) }
    case .has(let trait): return has(trait)
    case .time(let moment, let from, let until): return time(moment, from, until)
    case .id(let prefix): return id(prefix)
    case .all: return plain("1")
    // `QueryTree` takes these apart, and asks for terms only.
    case .and, .or, .not: return plain("0")
    }
  }

  private func plain(_ sql: String) -> Leaf { (SQLText(sql: sql), false) }

  /// Words in the row itself or, by their column, in what it is related to.
  private func words(_ words: Query.Words) -> Leaf {
    let argument = [words.match.databaseValue]
    if isOwn(words) {
      return (SQLText(sql: "(e.ordinal IN (\(context.found)))", arguments: argument), true)
    }
    let sql =
      switch context {
      case .articles:
        """
        (e.ordinal IN (SELECT a.article FROM search \
        CROSS JOIN entity a ON a.ordinal = search.rowid \
        WHERE search MATCH ? AND search.rowid > 0 AND a.kind = 2 AND a.visible = 1 \
        AND a.article IS NOT NULL))
        """
      case .annotations:
        "(e.article IS NOT NULL AND e.article IN (\(QuerySQL.Context.articles.found)))"
      }
    return (SQLText(sql: sql, arguments: argument), true)
  }

  /// By what names are shown as; `/` is followed by `0` in the order of bytes.
  private func tag(_ name: String, _ includingSubtree: Bool) -> Leaf {
    let range = includingSubtree ? " OR t.shown >= ? AND t.shown < ?" : ""
    let text = SQLText(
      sql: """
        (e.ordinal IN (SELECT g.entity FROM tag t CROSS JOIN tagging g ON g.tag = t.ordinal \
        WHERE t.shown = ?\(range)))
        """,
      arguments: [name.databaseValue]
        + (includingSubtree ? [(name + "/").databaseValue, (name + "0").databaseValue] : []))
    return (text, true)
  }

  /// A host and those below it, or an outlet's name: with a dot before it, the site ends in the
  /// wanted one with a dot before it. Only ASCII letters have two cases here, as in `lower`.
  private static func site(_ site: String) -> (String) -> SQLText {
    { alias in
      let ending = "." + asciiLowercased(site)
      return SQLText(
        sql: "(substr('.' || lower(\(alias).site), \(-ending.unicodeScalars.count)) IS ?)",
        arguments: [ending.databaseValue])
    }
  }

  private static func asciiLowercased(_ text: String) -> String {
    String(
      decoding: text.utf8.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
  }

  private static func kind(_ kind: Annotation.Kind, _ alias: String) -> String {
    typealias Flag = EntityIndex.Flag
    return switch kind {
    case .reply: "(\(alias).parent IS NOT NULL)"
    case .page: "(\(alias).parent IS NULL AND \(alias).flags & \(Flag.quote) = 0)"
    case .highlight:
      "(\(alias).parent IS NULL AND \(alias).flags & \(Flag.quote | Flag.note) = \(Flag.quote))"
    case .note:
      """
      (\(alias).parent IS NULL AND \(alias).flags & \(Flag.quote | Flag.note) = \
      \(Flag.quote | Flag.note))
      """
    }
  }

  private func has(_ trait: Query.Trait) -> Leaf {
    typealias Flag = EntityIndex.Flag
    let kind = context == .articles ? 1 : 2
    switch trait {
    case .tag: return plain("(e.flags & \(Flag.tag) != 0)")
    case .conflict:
      // Few rows are in conflict, and `entity_in_conflict` lists them.
      let sql = """
        (e.ordinal IN (SELECT c.ordinal FROM entity c WHERE c.kind = \(kind) \
        AND c.flags & \(Flag.conflict) != 0))
        """
      return (SQLText(sql: sql), true)
    case .note: return ofAnnotation { SQLText(sql: "(\($0).flags & \(Flag.note) != 0)") }
    case .quote: return ofAnnotation { SQLText(sql: "(\($0).flags & \(Flag.quote) != 0)") }
    case .annotation:
      return plain(context == .articles ? "(e.children > 0)" : "(e.article IS NOT NULL)")
    case .reply:
      return context == .annotations
        ? plain("(e.children > 0)") : ofAnnotation { SQLText(sql: "(\($0).parent IS NOT NULL)") }
    }
  }

  private func time(_ moment: Query.Moment, _ from: Int64?, _ until: Int64?) -> Leaf {
    var parts: [String] = []
    if from != nil { parts.append("e.\(moment.rawValue) >= ?") }
    if until != nil { parts.append("e.\(moment.rawValue) < ?") }
    if parts.isEmpty { return plain("1") }
    let arguments = [from, until].compactMap { $0?.databaseValue }
    return (
      SQLText(sql: "(" + parts.joined(separator: " AND ") + ")", arguments: arguments), false
    )
  }

  /// All ids from the digits and then zeros, up to the digits and then `f`s.
  private func id(_ prefix: String) -> Leaf {
    func bytes(filledWith digit: Character) -> DatabaseValue {
      let filled = prefix + String(repeating: digit, count: max(0, 32 - prefix.count))
      var out: [UInt8] = []
      var high: UInt8?
      for digit in filled.prefix(32) {
        let value = UInt8(digit.hexDigitValue ?? 0)
        if let first = high { out.append(first << 4 | value) }
        high = high == nil ? value : nil
      }
      return Data(out).databaseValue
    }
    let text = SQLText(
      sql: "(e.id BETWEEN ? AND ?)",
      arguments: [bytes(filledWith: "0"), bytes(filledWith: "f")])
    return (text, true)
  }

  /// A condition on an annotation: the row, or any visible one of the article.
  private func ofAnnotation(_ condition: (String) -> SQLText) -> Leaf {
    if context == .annotations { return (condition("e"), false) }
    let inner = condition("a")
    let sql = """
      EXISTS (SELECT 1 FROM entity a WHERE a.article = e.ordinal AND +a.kind = 2 \
      AND +a.visible = 1 AND \(inner.sql))
      """
    return (SQLText(sql: sql, arguments: inner.arguments), false)
  }

  /// A condition on an article: the row, or the annotation's.
  private func ofArticle(_ condition: (String) -> SQLText) -> Leaf {
    if context == .articles { return (condition("e"), false) }
    let inner = condition("a")
    let sql =
      "EXISTS (SELECT 1 FROM entity a WHERE a.ordinal = e.article AND \(inner.sql))"
    return (SQLText(sql: sql, arguments: inner.arguments), false)
  }
}
