// SPDX-License-Identifier: MIT

import GRDB

/// A condition on its way to SQL: negations stand at the leaves only.
indirect enum QueryTree {
  /// A condition that is 0 or 1, and never NULL, so that it can be negated.
  case leaf(SQLText, drives: Bool)
  /// An FTS5 expression on the row itself, and how deep its parentheses go.
  case match(String, QuerySQL.Context, depth: Int)
  case all([QueryTree])
  case any([QueryTree])

  /// SQL for a tree.
  struct Rendered {
    var text: SQLText
    /// Whether it leads to its rows by an index.
    var drives: Bool
    /// About how many levels of parentheses it takes.
    var need: Int
  }

  init(
    _ expression: Query.Expression, negated: Bool = false, _ terms: QueryTerms,
    deviceOrdinals: (String) throws -> [Int]
  ) rethrows {
    switch expression {
    case .not(let inner):
      self = try QueryTree(inner, negated: !negated, terms, deviceOrdinals: deviceOrdinals)
    case .and(let parts):
      let trees = try parts.map {
        try QueryTree($0, negated: negated, terms, deviceOrdinals: deviceOrdinals)
      }
      self = negated ? Self.either(trees) : Self.every(trees)
    case .or(let parts):
      let trees = try parts.map {
        try QueryTree($0, negated: negated, terms, deviceOrdinals: deviceOrdinals)
      }
      self = negated ? Self.every(trees) : Self.either(trees)
    case .words(let words) where !negated && terms.isOwn(words):
      self = .match(words.match, terms.context, depth: 0)
    default:
      let leaf = try terms.leaf(expression, deviceOrdinals: deviceOrdinals)
      self =
        negated
        ? .leaf(SQLText(sql: "NOT \(leaf.text.sql)", arguments: leaf.text.arguments), drives: false)
        : .leaf(leaf.text, drives: leaf.drives)
    }
  }

  private static func every(_ trees: [QueryTree]) -> QueryTree {
    let parts = mergingWords(
      trees.flatMap { tree in if case .all(let parts) = tree { parts } else { [tree] } }, " AND ")
    return parts.count == 1 ? parts[0] : .all(parts)
  }

  private static func either(_ trees: [QueryTree]) -> QueryTree {
    let parts = mergingWords(
      trees.flatMap { tree in if case .any(let parts) = tree { parts } else { [tree] } }, " OR ")
    return parts.count == 1 ? parts[0] : .any(parts)
  }

  /// Words side by side become one FTS5 expression, so that they meet in the index. The stack of
  /// FTS5's parser is small: an expression that is deep already stays apart.
  private static func mergingWords(_ trees: [QueryTree], _ word: String) -> [QueryTree] {
    var matches: [String] = []
    var others: [QueryTree] = []
    var deepest = 0
    var context: QuerySQL.Context?
    for tree in trees {
      if case .match(let match, let here, let depth) = tree, depth < 8 {
        matches.append("(\(match))")
        context = here
        deepest = max(deepest, depth)
      } else {
        others.append(tree)
      }
    }
    guard matches.count > 1, let context else { return trees }
    return [.match(matches.joined(separator: word), context, depth: deepest + 1)] + others
  }

  /// The words that the row itself must hold, and the rest.
  func splitWords() -> (match: String?, rest: QueryTree) {
    switch self {
    case .match(let match, _, _): return (match, .all([]))
    case .all(let parts):
      for (place, part) in parts.enumerated() {
        guard case .match(let match, _, _) = part else { continue }
        var rest = parts
        rest.remove(at: place)
        return (match, .all(rest))
      }
      return (nil, self)
    case .any, .leaf: return (nil, self)
    }
  }

  /// The SQL; `1` for no condition. What is deepest stands first in its parentheses: SQLite's
  /// parser has a stack of a hundred entries, on which everything to the left of it stays.
  func render() -> Rendered {
    switch self {
    case .leaf(let text, let drives): return Rendered(text: text, drives: drives, need: 1)
    case .match(let match, let context, _):
      return Rendered(
        text: SQLText(
          sql: "e.ordinal IN (\(context.found))", arguments: [match.databaseValue]),
        drives: true, need: 1)
    case .all(let parts): return Self.join(parts, " AND ")
    case .any(let parts): return Self.join(parts, " OR ")
    }
  }

  private static func join(_ parts: [QueryTree], _ word: String) -> Rendered {
    let rendered = parts.map { $0.render() }.enumerated().sorted { left, right in
      left.element.need != right.element.need
        ? left.element.need > right.element.need : left.offset < right.offset
    }.map(\.element)
    guard let first = rendered.first else {
      return Rendered(text: SQLText(sql: "1"), drives: false, need: 1)
    }
    if rendered.count == 1 { return first }
    let isAll = word == " AND "
    let need = rendered.dropFirst().reduce(first.need) { max($0, $1.need + 2) }
    return Rendered(
      text: SQLText(
        sql: "(" + rendered.map(\.text.sql).joined(separator: word) + ")",
        arguments: rendered.flatMap(\.text.arguments)),
      drives: isAll
        ? rendered.contains(where: \.drives)
        : rendered.allSatisfy { $0.drives && $0.need == 1 },
      need: need + 1)
  }
}
