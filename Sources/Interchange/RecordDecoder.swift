// SPDX-License-Identifier: MIT

import Anchoring
import Merge
import Store
import Terminal

/// What is wrong with a line, in words.
struct LineProblem: Error {
  let reason: String

  init(_ reason: String) { self.reason = reason }
}

/// Turns lines of `export json` into records, and refuses what no export says.
///
/// Unknown keys are let be: a later version may say more. What follows from the rest (`kind`,
/// `anchor`, `modified`, `device`, counts) is not read.
struct RecordDecoder {
  /// Names that were read already: a library has few, and each takes time to check.
  private var tagNames: [String: TagName] = [:]
  private static let tagNamesMax = 10_000
  /// The most code points of a text, with room to spare: offsets must fit everywhere.
  private static let offsetMax: Int64 = 1 << 30

  /// The record that a line holds; nil for another header, which says nothing new.
  mutating func record(_ line: JSONValue) throws(LineProblem) -> ImportRecord? {
    guard let members = line.members else { throw LineProblem("the line is not an object") }
    for member in members where member.key == "type" {
      switch member.value.stringValue {
      case "article": return .article(try article(members))
      case "annotation": return .annotation(try annotation(members))
      case "tag": return try rename(members)
      case let type?: throw LineProblem("unknown \"type\" \"\(DisplayText.escaped(type))\"")
      case nil: throw LineProblem("\"type\" is not text")
      }
    }
    if line["postil"] != nil {
      do throws(InterchangeError) {
        try ExportHeaderLine.check(line)
      } catch {
        throw LineProblem(error.message)
      }
      return nil
    }
    throw LineProblem("\"type\" is missing")
  }

  private typealias Members = [(key: String, value: JSONValue)]

  // MARK: - Records

  private mutating func article(_ members: Members) throws(LineProblem) -> ImportedArticle {
    var id: Bytes16?
    var texts: [(field: Field, text: String)] = []
    var published: Int64?
    var created: Int64?
    var tags: [TagName] = []
    var revisions: [ImportedRevision] = []
    for (key, value) in members where !value.isNull {
      switch key {
      case "id": id = try Self.id(value, key)
      case "title": texts.append((.title, try Self.text(value, key)))
      case "url": texts.append((.url, try Self.url(value, key)))
      case "site": texts.append((.site, try Self.text(value, key)))
      case "author": texts.append((.author, try Self.text(value, key)))
      case "state": texts.append((.readState, try Self.text(value, key)))
      case "published": published = try Self.time(value, key)
      case "created": created = try Self.time(value, key)
      case "tags": tags = try names(value)
      case "revisions": revisions = try Self.revisions(value)
      default: break
      }
    }
    guard let id else { throw LineProblem("\"id\" is missing") }
    var article = ImportedArticle(id: EntityID(kind: .article, raw: id))
    article.registers = texts.filter { !$0.text.isEmpty }.map { ($0.field, .text($0.text)) }
    if let published { article.registers.append((.published, .integer(published))) }
    article.created = created
    article.tags = tags
    article.revisions = revisions
    return article
  }

  private mutating func annotation(_ members: Members) throws(LineProblem) -> NewAnnotation {
    var id: Bytes16?
    var article: Bytes16?
    var new = NewAnnotation(
      target: Target(article: EntityID(kind: .article, raw: Bytes16(high: 0, low: 0))))
    for (key, value) in members where !value.isNull {
      switch key {
      case "id": id = try Self.id(value, key)
      case "article": article = try Self.id(value, key)
      case "parent": new.target.parent = EntityID(kind: .annotation, raw: try Self.id(value, key))
      case "quote": new.target.quote = try Self.optional(value, key)
      case "prefix": new.target.prefix = try Self.text(value, key)
      case "suffix": new.target.suffix = try Self.text(value, key)
      case "revision": new.target.revision = try Self.hash(value, key)
      case "start": new.target.start = try Self.offset(value, key)
      case "end": new.target.end = try Self.offset(value, key)
      case "note": new.note = try Self.optional(value, key)
      case "color": new.color = try Self.optional(value, key)
      case "tags": new.tags = try names(value)
      case "created": new.created = try Self.time(value, key)
      default: break
      }
    }
    guard let id else { throw LineProblem("\"id\" is missing") }
    guard let article else { throw LineProblem("\"article\" is missing") }
    new.id = EntityID(kind: .annotation, raw: id)
    new.target.article = EntityID(kind: .article, raw: article)
    guard new.target.parent != new.id else {
      throw LineProblem("the annotation is its own \"parent\"")
    }
    let (start, end) = (new.target.start, new.target.end)
    guard (start == nil) == (end == nil), start ?? 0 <= end ?? 0 else {
      throw LineProblem("\"start\" and \"end\" are no range")
    }
    return new
  }

  private mutating func rename(_ members: Members) throws(LineProblem) -> ImportRecord {
    var old: TagName?
    var new: TagName?
    for (key, value) in members where !value.isNull {
      if key == "name" { old = try name(Self.text(value, key)) }
      if key == "renamedTo" { new = try name(Self.text(value, key)) }
    }
    guard let old else { throw LineProblem("\"name\" is missing") }
    guard let new else { throw LineProblem("\"renamedTo\" is missing") }
    if old == new { throw LineProblem("a tag can't be renamed to its own name") }
    return .rename(old: old, new: new)
  }

  // MARK: - Tags

  private mutating func names(_ value: JSONValue) throws(LineProblem) -> [TagName] {
    guard let elements = value.elements else { throw LineProblem("\"tags\" is not a list") }
    var names: [TagName] = []
    for element in elements { names.append(try name(Self.text(element, "tags"))) }
    return names
  }

  private mutating func name(_ text: String) throws(LineProblem) -> TagName {
    if let known = tagNames[text] { return known }
    do throws(AnchoringError) {
      let name = try TagName(text)
      if tagNames.count >= Self.tagNamesMax { tagNames.removeAll() }
      tagNames[text] = name
      return name
    } catch {
      throw LineProblem("\"\(Self.excerpt(text))\" can't be a tag: \(error)")
    }
  }

  // MARK: - Revisions

  private static func revisions(_ value: JSONValue) throws(LineProblem) -> [ImportedRevision] {
    guard let elements = value.elements else { throw LineProblem("\"revisions\" is not a list") }
    var revisions: [ImportedRevision] = []
    for element in elements { revisions.append(try revision(element)) }
    return revisions
  }

  private static func revision(_ value: JSONValue) throws(LineProblem) -> ImportedRevision {
    guard value.members != nil else { throw LineProblem("a revision is not an object") }
    let hash = try value["sha256"].map { value throws(LineProblem) in
      try Self.hash(value, "sha256")
    }
    guard let text = value["text"] else {
      let (codePoints, bytes) = (value["codePoints"]?.integerValue, value["bytes"]?.integerValue)
      guard let hash, value["missing"]?.boolValue == true, let codePoints, let bytes,
        (1...offsetMax).contains(codePoints), (1...offsetMax).contains(bytes)
      else { throw LineProblem("a revision has no \"text\"") }
      return ImportedRevision(
        hash: hash, codePoints: Int(codePoints), byteCount: Int(bytes), content: nil)
    }
    guard let text = text.stringValue else {
      throw LineProblem("the \"text\" of a revision is not text")
    }
    let bytes = Array(text.utf8)
    // The text first: a hash that is right says nothing of what it is the hash of.
    let canonical: CanonicalText
    do throws(AnchoringError) {
      canonical = try CanonicalText(utf8: bytes)
    } catch {
      throw LineProblem("the \"text\" of a revision can't be taken: \(error)")
    }
    if let hash {
      guard Chain.sha256(bytes) == hash else {
        throw LineProblem("the \"text\" of a revision is not what its \"sha256\" says")
      }
      guard canonical.utf8 == bytes else {
        throw LineProblem(
          "the \"text\" of a revision is not in canonical form (NFC, LF); leave out \"sha256\" to "
            + "have it brought there")
      }
    }
    return ImportedRevision(
      hash: hash ?? Chain.sha256(canonical.utf8), codePoints: canonical.scalarCount,
      byteCount: canonical.utf8.count, content: canonical.utf8)
  }

  // MARK: - Values

  private static func text(_ value: JSONValue, _ key: String) throws(LineProblem) -> String {
    guard let text = value.stringValue else { throw LineProblem("\"\(key)\" is not text") }
    let hasNUL = text.utf8.withContiguousStorageIfAvailable { $0.contains(0) }
    if hasNUL ?? text.utf8.contains(0) { throw LineProblem("\"\(key)\" holds the character NUL") }
    return text
  }

  private static func optional(_ value: JSONValue, _ key: String) throws(LineProblem) -> String? {
    let text = try text(value, key)
    return text.isEmpty ? nil : text
  }

  private static func url(_ value: JSONValue, _ key: String) throws(LineProblem) -> String {
    let text = try text(value, key)
    do throws(AnchoringError) {
      _ = try ArticleURL(text)
    } catch {
      throw LineProblem("\"\(key)\" is no web address: \(error)")
    }
    return text
  }

  private static func id(_ value: JSONValue, _ key: String) throws(LineProblem) -> Bytes16 {
    guard let text = value.stringValue, let id = Hexadecimal.bytes16(text) else {
      throw LineProblem("\"\(key)\" is not an id of 32 hexadecimal digits")
    }
    return id
  }

  private static func hash(_ value: JSONValue, _ key: String) throws(LineProblem) -> [UInt8] {
    guard let text = value.stringValue, let hash = Hexadecimal.bytes(text, count: 32) else {
      throw LineProblem("\"\(key)\" is not a SHA-256 of 64 hexadecimal digits")
    }
    return hash
  }

  private static func time(_ value: JSONValue, _ key: String) throws(LineProblem) -> Int64 {
    guard let text = value.stringValue, let time = Timestamp(rfc3339: text) else {
      throw LineProblem("\"\(key)\" is not a time like 2026-11-20T09:15:00Z")
    }
    return time.milliseconds
  }

  private static func offset(_ value: JSONValue, _ key: String) throws(LineProblem) -> Int {
    guard let offset = value.integerValue, (0...offsetMax).contains(offset) else {
      throw LineProblem("\"\(key)\" is not an offset")
    }
    return Int(offset)
  }

  private static func excerpt(_ text: String) -> String {
    TextLayout.truncated(DisplayText.escaped(String(text.prefix(60))), to: 40)
  }
}
