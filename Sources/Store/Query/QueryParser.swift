// SPDX-License-Identifier: MIT

extension Query {
  /// Reads a query as a person types it.
  ///
  /// Terms that stand side by side must all hold; `or` binds weaker, `not` and `-` stronger;
  /// parentheses group.
  ///
  /// - Parameters:
  ///   - now: milliseconds since 1970, for `<7d`, `today` and `yesterday`.
  ///   - utcOffsetSeconds: how far the reader's clock is ahead of UTC; days begin by it.
  public static func parse(
    _ text: String, now: Int64, utcOffsetSeconds: Int
  ) throws(QueryError) -> Query {
    guard text.utf8.count <= Limits.bytes else {
      throw QueryError(
        "a query may have \(Limits.bytes) bytes, and this one has \(text.utf8.count)",
        at: Self.codePoints(in: text, bytes: Limits.bytes), in: text)
    }
    var parser = QueryParser(
      text: text, tokens: try QueryLexer.tokens(of: text),
      calendar: QueryCalendar(now: now, utcOffsetSeconds: utcOffsetSeconds))
    return try parser.query()
  }

  /// How many code points end within the first `bytes` bytes.
  private static func codePoints(in text: String, bytes: Int) -> Int {
    var left = bytes
    var count = 0
    for scalar in text.unicodeScalars {
      left -= UTF8.width(scalar)
      if left < 0 { break }
      count += 1
    }
    return count
  }
}

/// Recursive descent; it descends only into parentheses, at most `Query.Limits.depth` deep.
struct QueryParser {
  let text: String
  let tokens: [QueryToken]
  let calendar: QueryCalendar
  private var place = 0
  private var terms = 0
  private var result = Query()

  init(text: String, tokens: [QueryToken], calendar: QueryCalendar) {
    self.text = text
    self.tokens = tokens
    self.calendar = calendar
  }

  fileprivate mutating func query() throws(QueryError) -> Query {
    let expression = try disjunction(depth: 0)
    if current.kind == .close { throw error("nothing opens this parenthesis", at: current) }
    result.expression = expression ?? .all
    return result
  }

  func error(
    _ message: String, at token: QueryToken, suggestion: String? = nil
  ) -> QueryError {
    QueryError(message, at: token.offset, suggestion: suggestion, in: text)
  }

  func error(
    _ message: String, at value: QueryToken.Value, suggestion: String? = nil
  ) -> QueryError {
    QueryError(message, at: value.offset, suggestion: suggestion, in: text)
  }

  /// The last token is `end`, and is never passed.
  private var current: QueryToken { tokens[place] }

  private mutating func advance() {
    if place + 1 < tokens.count { place += 1 }
  }

  /// `a or b`; nil when there is nothing before the end or the closing parenthesis.
  private mutating func disjunction(depth: Int) throws(QueryError) -> Query.Expression? {
    var arms: [Query.Expression] = []
    var or: QueryToken?
    while true {
      if let arm = try conjunction(depth: depth) {
        arms.append(arm)
      } else if current.kind == .or {
        throw error("“or” needs something before it", at: current)
      } else if let or {
        throw error("“or” needs something after it", at: or)
      }
      guard current.kind == .or else { return .any(arms) }
      or = current
      advance()
    }
  }

  /// `a b`, `a and b`; nil when there is nothing.
  private mutating func conjunction(depth: Int) throws(QueryError) -> Query.Expression? {
    var parts: [Query.Expression] = []
    while true {
      switch current.kind {
      case .or, .close, .end: return .every(parts)
      case .and:
        let and = current
        if parts.isEmpty { throw error("“and” needs something before it", at: and) }
        advance()
        if isAtEndOfOperands { throw error("“and” needs something after it", at: and) }
      case .field(let name, let value) where name == "sort" || name == "limit":
        if depth > 0 { throw error("\(name): belongs outside the parentheses", at: current) }
        try modify(name, value)
        advance()
      default: parts.append(try negation(depth: depth))
      }
    }
  }

  private var isAtEndOfOperands: Bool {
    switch current.kind {
    case .and, .or, .close, .end: true
    default: false
    }
  }

  /// `not a`, `-a`. Negations in a row cancel out; they don't nest.
  private mutating func negation(depth: Int) throws(QueryError) -> Query.Expression {
    var isNegated = false
    var sign: QueryToken?
    while current.kind == .not || current.kind == .minus {
      isNegated.toggle()
      sign = current
      advance()
    }
    if let sign {
      let name = sign.kind == .not ? "“not”" : "“-”"
      if isAtEndOfOperands { throw error("\(name) needs something after it", at: sign) }
      if case .field(let field, _) = current.kind, field == "sort" || field == "limit" {
        throw error("\(field): can't be negated", at: current)
      }
    }
    let operand = try operand(depth: depth)
    return isNegated ? .not(operand) : operand
  }

  private mutating func operand(depth: Int) throws(QueryError) -> Query.Expression {
    let token = current
    advance()
    guard token.kind == .open else { return try term(token) }
    guard depth < Query.Limits.depth else {
      throw error("parentheses may stand \(Query.Limits.depth) deep, not deeper", at: token)
    }
    let inside = try disjunction(depth: depth + 1)
    guard current.kind == .close else {
      throw error("this parenthesis is never closed", at: token)
    }
    advance()
    guard let inside else { throw error("nothing stands between these parentheses", at: token) }
    return inside
  }

  private mutating func term(_ token: QueryToken) throws(QueryError) -> Query.Expression {
    terms += 1
    guard terms <= Query.Limits.terms else {
      throw error("a query may have \(Query.Limits.terms) terms, and here is one more", at: token)
    }
    switch token.kind {
    case .word(let value): return try words(value, in: nil)
    case .hash(let value): return try tag(value, sign: "#")
    case .field(let name, let value): return try field(name, value, token)
    case .open, .close, .minus, .and, .or, .not, .end:
      // `operand` is asked for none of these.
      throw error("a term is missing here", at: token)
    }
  }

  /// `sort:` and `limit:`, which say nothing about a row.
  private mutating func modify(
    _ name: String, _ value: QueryToken.Value
  ) throws(QueryError) {
    try requireValue(name, value)
    if name == "sort" {
      if result.sort != nil { throw error("sort: stands here a second time", at: current) }
      result.sort = try sort(value)
    } else {
      if result.limit != nil { throw error("limit: stands here a second time", at: current) }
      result.limit = try limit(value)
    }
  }
}
