// SPDX-License-Identifier: MIT

import Interchange
import Merge
import Store
import Terminal

extension Article {
  /// The fields of the `--json` contract.
  var json: JSONObject {
    var object = ContractFields.article(self)
    object.set("device", device)
    object.set("conflicts", conflicts.map(\.label))
    return object
  }

  /// The title, or something to stand for it.
  var shownTitle: String { title.isEmpty ? url ?? "(no title)" : title }
}

extension [UInt8] {
  /// Two digits a byte.
  var hexadecimal: String {
    map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
  }
}

/// Tables of articles and annotations.
enum Tables {
  /// Articles, a row each.
  static func articles(_ articles: [Article], _ session: Session) throws -> String {
    let ids = try ShortIDs(
      session.store, articles.map(\.id), whole: !session.output.facts.isTerminal)
    let now = Timestamp.now()
    var table = Table([
      .init("ID", keepsWhole: true, style: .bold), .init("ADDED", keepsWhole: true, style: .dim),
      .init("NOTES", alignment: .right, keepsWhole: true), .init("SITE"), .init("TAGS"),
      .init("TITLE"),
    ])
    for article in articles {
      table.add([
        ids[article.id], shownTime(article.created, now, session),
        String(article.annotationCount), article.site ?? "",
        article.tags.joined(separator: " "),
        (article.conflicts.isEmpty ? "" : "⚠ ") + article.shownTitle,
      ])
    }
    return table.rendered(for: session.output.facts)
  }

  /// Annotations, a row each.
  static func annotations(_ annotations: [Annotation], _ session: Session) throws -> String {
    let ids = try ShortIDs(
      session.store, annotations.map(\.id) + annotations.map(\.target.article),
      whole: !session.output.facts.isTerminal)
    let now = Timestamp.now()
    var table = Table([
      .init("ID", keepsWhole: true, style: .bold), .init("ARTICLE", keepsWhole: true),
      .init("MADE", keepsWhole: true, style: .dim), .init("KIND", keepsWhole: true),
      .init("TAGS"), .init("QUOTE"), .init("NOTE"),
    ])
    for annotation in annotations {
      table.add([
        ids[annotation.id], ids[annotation.target.article],
        shownTime(annotation.created, now, session), annotation.kind.rawValue,
        annotation.tags.joined(separator: " "),
        clipped(annotation.target.quote ?? "", to: 40, session),
        annotation.note ?? "",
      ])
    }
    return table.rendered(for: session.output.facts)
  }

  /// On a terminal no more than `width` cells, so that the columns after it have room; else whole.
  static func clipped(_ text: String, to width: Int, _ session: Session) -> String {
    guard session.output.facts.isTerminal else { return text }
    return TextLayout.truncated(DisplayText.escaped(text), to: width)
  }

  /// The text in quotation marks, unless it brings its own.
  static func quoted(_ text: String) -> String {
    let marks: [Character] = ["“", "”", "‘", "’", "\"", "'", "«", "„"]
    if let first = text.first, marks.contains(first) { return text }
    return "“\(text)”"
  }

  /// A time for a person, or for a pipe.
  static func shownTime(_ milliseconds: Int64, _ now: Timestamp, _ session: Session) -> String {
    let time = Timestamp(milliseconds: milliseconds)
    guard session.output.facts.isTerminal else { return time.rfc3339 }
    return time.relative(to: now, offsetSeconds: time.localOffsetSeconds)
  }
}
