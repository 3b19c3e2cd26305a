// SPDX-License-Identifier: MIT

import Foundation

extension QueryParser {
  /// The fields that can be asked for, in the order in which help lists them.
  private static let fields = [
    "tag", "quote", "note", "text", "title", "site", "color", "device", "id", "is", "has", "kind",
    "created", "modified", "sort", "limit",
  ]

  /// What people call these fields elsewhere.
  private static let otherNames = [
    "url": "site", "host": "site", "domain": "site", "label": "tag", "highlight": "quote",
    "comment": "note", "body": "text", "content": "text", "type": "kind", "date": "created",
    "added": "created", "changed": "modified", "updated": "modified", "order": "sort",
  ]

  /// What a field's term says.
  func field(
    _ name: String, _ value: QueryToken.Value, _ token: QueryToken
  ) throws(QueryError) -> Query.Expression {
    if name == "author" || name == "published" {
      throw error("\(name): can't be searched: the store has no index of it", at: token)
    }
    guard Self.fields.contains(name) else {
      let near = Self.otherNames[name] ?? QueryError.nearest(to: name, among: Self.fields)
      throw error("unknown field \(QueryError.quoted(name))", at: token, suggestion: near)
    }
    try requireValue(name, value)
    if let column = Query.Column(rawValue: name) { return try words(value, in: column) }
    if let moment = Query.Moment(rawValue: name) { return try time(moment, value) }
    switch name {
    case "tag": return try tag(value, sign: "tag:")
    case "site": return .site(Self.host(try whole(name, value)))
    case "color": return .color(try whole(name, value))
    case "device": return .device(try whole(name, value))
    case "id": return try id(value)
    case "is": return try state(value)
    case "has": return try trait(value)
    default: return .kind(try kind(value))
    }
  }

  /// Refuses `title:` with nothing after the colon.
  func requireValue(_ name: String, _ value: QueryToken.Value) throws(QueryError) {
    if value.text.allSatisfy(\.isWhitespace), value.tail.isEmpty {
      throw error("\(name): needs a value right after the colon", at: value)
    }
  }

  /// Words for the full-text index: they must hold a letter or a digit, or they'd find nothing.
  func words(
    _ value: QueryToken.Value, in column: Query.Column?
  ) throws(QueryError) -> Query.Expression {
    if !value.isQuoted, let star = value.text.unicodeScalars.firstIndex(of: "*") {
      let before = value.text.unicodeScalars[..<star].count
      throw QueryError(
        "a star may stand only at the end of a word", at: value.offset + before, in: text)
    }
    let words = Query.Words(
      value.text, in: column, isPhrase: value.isQuoted, isPrefix: !value.tail.isEmpty)
    guard words.isSearchable else {
      throw error(
        "there is no letter or digit to search for in "
          + QueryError.quoted(value.text + value.tail), at: value)
    }
    return .words(words)
  }

  /// A tag's name in the form in which names are kept: NFC, single spaces. Case counts.
  func tag(_ value: QueryToken.Value, sign: String) throws(QueryError) -> Query.Expression {
    let name = value.text.precomposedStringWithCanonicalMapping
      .split(whereSeparator: \.isWhitespace).joined(separator: " ")
    guard !name.isEmpty else {
      throw error(
        "\(sign) needs a tag's name right after it", at: value,
        suggestion: value.tail.isEmpty ? nil : "has:tag")
    }
    if value.tail == "*" {
      throw error(
        "a tag takes no star but after a slash, for all below it", at: value,
        suggestion: sign + name + "/*")
    }
    return .tag(name: name, includingSubtree: !value.tail.isEmpty)
  }

  /// A value that is taken as it stands; a star means nothing in it.
  private func whole(
    _ name: String, _ value: QueryToken.Value
  ) throws(QueryError) -> String {
    guard value.tail.isEmpty else {
      throw error("\(name): takes no star", at: value)
    }
    return value.text
  }

  /// Hosts are kept without `www.` and the final dot.
  private static func host(_ text: String) -> String {
    var host = Substring(text)
    if host.lowercased().hasPrefix("www."), host.dropFirst(4).contains(".") {
      host = host.dropFirst(4)
    }
    if host.count > 1, host.last == "." { host = host.dropLast() }
    return String(host)
  }

  private func id(_ value: QueryToken.Value) throws(QueryError) -> Query.Expression {
    let digits = try whole("id", value).lowercased().filter { $0 != "-" }
    let isHex = digits.utf8.allSatisfy { byte in
      (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
    }
    guard !digits.isEmpty, digits.utf8.count <= 32, isHex else {
      throw error(
        "an id is made of up to 32 hexadecimal digits, and \(QueryError.quoted(value.text)) is not",
        at: value)
    }
    return .id(prefix: digits)
  }

  private func state(_ value: QueryToken.Value) throws(QueryError) -> Query.Expression {
    let name = try whole("is", value).lowercased()
    switch name {
    case "conflict", "conflicted": return .has(.conflict)
    case "orphan", "changed", "ambiguous":
      throw error("is:\(name) comes with re-anchoring", at: value)
    default: break
    }
    if let kind = Self.kinds[name] { return .kind(kind) }
    throw unknown("is", value, among: ["conflict"] + Self.kindNames)
  }

  private func trait(_ value: QueryToken.Value) throws(QueryError) -> Query.Expression {
    if let trait = Query.Trait(rawValue: try whole("has", value).lowercased()) {
      return .has(trait)
    }
    throw unknown("has", value, among: Query.Trait.allCases.map(\.rawValue))
  }

  private static let kinds: [String: Annotation.Kind] = [
    "highlight": .highlight, "note": .note, "page note": .page, "page-note": .page, "page": .page,
    "reply": .reply,
  ]
  private static let kindNames = ["highlight", "note", "page-note", "reply"]

  private func kind(_ value: QueryToken.Value) throws(QueryError) -> Annotation.Kind {
    if let kind = Self.kinds[try whole("kind", value).lowercased()] { return kind }
    throw unknown("kind", value, among: Self.kindNames)
  }

  private func unknown(
    _ field: String, _ value: QueryToken.Value, among known: [String]
  ) -> QueryError {
    let near = QueryError.nearest(to: value.text.lowercased(), among: known)
    let what = "\(field): doesn't know \(QueryError.quoted(value.text))"
    return error(
      near == nil ? what + ", only " + known.joined(separator: ", ") : what, at: value,
      suggestion: near.map { "\(field):\($0)" })
  }

  private func time(
    _ moment: Query.Moment, _ value: QueryToken.Value
  ) throws(QueryError) -> Query.Expression {
    let written = try whole(moment.rawValue, value)
    do throws(QueryCalendar.Failure) {
      let span = try calendar.span(written)
      return .time(moment, from: span.from, until: span.until)
    } catch {
      throw QueryError(
        "\(moment.rawValue): \(error.message)",
        at: value.offset + (value.isQuoted ? 1 : 0) + error.offset,
        suggestion: error.suggestion.map { "\(moment.rawValue):\($0)" }, in: text)
    }
  }

  /// `created`, `-modified`.
  func sort(_ value: QueryToken.Value) throws(QueryError) -> Query.Sort {
    let written = try whole("sort", value).lowercased()
    let key = written.hasPrefix("-") ? String(written.dropFirst()) : written
    if key == "title" {
      throw error("sort:title is not possible: the store has no index of titles", at: value)
    }
    guard let moment = Query.Moment(rawValue: key) else {
      throw unknown("sort", value, among: ["created", "-created", "modified", "-modified"])
    }
    return Query.Sort(moment, ascending: key == written)
  }

  func limit(_ value: QueryToken.Value) throws(QueryError) -> Int {
    let isNumber = value.text.utf8.allSatisfy { (0x30...0x39).contains($0) }
    guard isNumber, value.tail.isEmpty, let count = Int(value.text),
      (1...Query.Limits.rows).contains(count)
    else {
      throw error("limit: takes a number from 1 to \(Query.Limits.rows)", at: value)
    }
    return count
  }
}
