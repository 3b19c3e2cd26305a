// SPDX-License-Identifier: MIT

/// A piece of a query and where it begins, in code points.
struct QueryToken: Equatable {
  /// What somebody typed as one value.
  struct Value: Equatable {
    var text: String
    var isQuoted = false
    /// What followed it at once: nothing, `*` or `/*`.
    var tail = ""
    var offset: Int
  }

  enum Kind: Equatable {
    case open
    case close
    case minus
    case and
    case or
    case not
    case word(Value)
    /// `name:value`; the name in lower case.
    case field(name: String, Value)
    /// `#value`.
    case hash(Value)
    case end
  }

  var kind: Kind
  var offset: Int
}

/// Cuts a query into tokens.
///
/// White space and control characters part words; so do parentheses and quotation marks. In quotes
/// a backslash makes a quotation mark or a backslash literal.
struct QueryLexer {
  private let query: String
  private let scalars: [Unicode.Scalar]
  private var place = 0

  private init(_ query: String) {
    self.query = query
    scalars = Array(query.unicodeScalars)
  }

  /// All tokens, with `end` at the end.
  static func tokens(of query: String) throws(QueryError) -> [QueryToken] {
    var lexer = QueryLexer(query)
    var tokens: [QueryToken] = []
    while let token = try lexer.next() { tokens.append(token) }
    tokens.append(QueryToken(kind: .end, offset: lexer.scalars.count))
    return tokens
  }

  private mutating func next() throws(QueryError) -> QueryToken? {
    while place < scalars.count, Self.isSpace(scalars[place]) { place += 1 }
    guard place < scalars.count else { return nil }
    let start = place
    switch scalars[place] {
    case "(":
      place += 1
      return QueryToken(kind: .open, offset: start)
    case ")":
      place += 1
      return QueryToken(kind: .close, offset: start)
    case "-" where place + 1 < scalars.count && !Self.isSpace(scalars[place + 1]):
      place += 1
      return QueryToken(kind: .minus, offset: start)
    case "#":
      place += 1
      return QueryToken(kind: .hash(try value()), offset: start)
    case let scalar where Self.isQuote(scalar):
      return QueryToken(kind: .word(try value()), offset: start)
    default:
      if let name = fieldName() {
        return QueryToken(kind: .field(name: name, try value()), offset: start)
      }
      let value = try value()
      return QueryToken(kind: Self.keyword(value) ?? .word(value), offset: start)
    }
  }

  private static func keyword(_ value: QueryToken.Value) -> QueryToken.Kind? {
    guard value.tail.isEmpty else { return nil }
    return switch value.text.lowercased() {
    case "and": .and
    case "or": .or
    case "not": .not
    default: nil
    }
  }

  /// Letters and a colon, unless they begin an address: `https://…` is a word.
  private mutating func fieldName() -> String? {
    var end = place
    while end < scalars.count, Self.isNamePart(scalars[end]) { end += 1 }
    guard end > place, end < scalars.count, scalars[end] == ":" else { return nil }
    if end + 2 < scalars.count, scalars[end + 1] == "/", scalars[end + 2] == "/" { return nil }
    let name = Self.string(scalars[place..<end]).lowercased()
    place = end + 1
    return name
  }

  /// A value in quotes, or everything up to what parts words; may be empty.
  private mutating func value() throws(QueryError) -> QueryToken.Value {
    let start = place
    if place < scalars.count, Self.isQuote(scalars[place]) {
      var value = QueryToken.Value(text: try quoted(), isQuoted: true, offset: start)
      for tail in ["/*", "*"] where scalars[place...].starts(with: tail.unicodeScalars) {
        value.tail = tail
        place += tail.unicodeScalars.count
        break
      }
      return value
    }
    while place < scalars.count, !Self.partsWords(scalars[place]) { place += 1 }
    var end = place
    var tail = ""
    if end > start, scalars[end - 1] == "*" {
      tail = end - 1 > start && scalars[end - 2] == "/" ? "/*" : "*"
      end -= tail.unicodeScalars.count
    }
    return QueryToken.Value(
      text: Self.string(scalars[start..<end]), tail: tail, offset: start)
  }

  /// The inside of quotes. What a straight mark opens, a straight one closes; a curly one is closed
  /// by any, since languages differ on which way they curl.
  private mutating func quoted() throws(QueryError) -> String {
    let start = place
    let isStraight = scalars[place] == "\""
    var text = String.UnicodeScalarView()
    place += 1
    while place < scalars.count {
      let scalar = scalars[place]
      if scalar == "\\", place + 1 < scalars.count,
        scalars[place + 1] == "\\" || Self.isQuote(scalars[place + 1])
      {
        text.append(scalars[place + 1])
        place += 2
        continue
      }
      place += 1
      if isStraight ? scalar == "\"" : Self.isQuote(scalar) { return String(text) }
      text.append(scalar)
    }
    throw QueryError("this quotation mark is never closed", at: start, in: query)
  }

  private static func string(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars)
    return String(view)
  }

  private static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.isWhitespace || scalar.properties.generalCategory == .control
  }

  /// Straight and curly double marks: " “ ” „ ‟.
  private static func isQuote(_ scalar: Unicode.Scalar) -> Bool {
    scalar == "\"" || (0x201C...0x201F).contains(scalar.value)
  }

  private static func isNamePart(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "a"..."z", "A"..."Z", "_", "-": true
    default: false
    }
  }

  private static func partsWords(_ scalar: Unicode.Scalar) -> Bool {
    scalar == "(" || scalar == ")" || isQuote(scalar) || isSpace(scalar)
  }
}
