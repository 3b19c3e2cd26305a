// SPDX-License-Identifier: MIT

import Merge
import Store
import Terminal

/// An article as `show` prints it: what is known of it, its text with the highlights painted in,
/// and
/// the annotations below.
struct ArticlePage {
  private let session: Session
  private let article: Article
  private let annotations: [Annotation]
  private let text: String?

  init(_ session: Session, _ id: EntityID) throws {
    self.session = session
    article = try session.store.article(id)
    annotations = try session.store.annotations(of: id)
    text = try article.revision.flatMap { try session.store.text(hash: $0) }
      .map { String(decoding: $0, as: UTF8.self) }
  }

  func show() throws {
    if session.output.isJSON {
      var object = article.json
      object.set("text", text)
      object.put("annotations", .array(annotations.map(\.json.value)))
      try session.output.print(object)
    } else {
      try session.output.page(try page())
    }
  }

  private func page() throws -> String {
    let style = session.output.style
    let now = Timestamp.now()
    let threads = annotations.filter { $0.target.parent == nil }.sorted(by: inTextOrder)
    var page = style.bold(DisplayText.escaped(article.shownTitle)) + "\n"
    var facts: [String] = []
    if let site = article.site { facts.append(site) }
    if let author = article.author { facts.append("by \(author)") }
    if let published = article.published {
      facts.append("published \(Tables.shownTime(published, now, session))")
    }
    facts.append("added \(Tables.shownTime(article.created, now, session))")
    if let device = article.device { facts.append("on \(device)") }
    page += style.dim(DisplayText.escaped(facts.joined(separator: " · "))) + "\n"
    if let url = article.url { page += style.dim(DisplayText.escaped(url)) + "\n" }
    if !article.tags.isEmpty {
      page += DisplayText.escaped(article.tags.map { "#\($0)" }.joined(separator: " ")) + "\n"
    }
    if !article.conflicts.isEmpty {
      let names = article.conflicts.map(\.label).joined(separator: ", ")
      page += style.ink(.red, "in conflict: \(names); see: clientctl conflicts") + "\n"
    }
    page += "\n"
    if let text {
      let spans = threads.enumerated().compactMap { number, annotation -> PaintSpan? in
        guard annotation.isExact, let start = annotation.target.start,
          let end = annotation.target.end, start < end
        else { return nil }
        return PaintSpan(
          range: start..<end, color: HighlightColor(name: annotation.color),
          label: String(number + 1))
      }
      page += Painter(session.output.facts).paint(text: text, spans: spans)
      if !page.hasSuffix("\n") { page += "\n" }
    } else {
      page += style.dim("(the text has not arrived on this machine yet)") + "\n"
    }
    if !threads.isEmpty { page += "\n" + (try thread(threads, now)) }
    return page
  }

  private func thread(_ threads: [Annotation], _ now: Timestamp) throws -> String {
    let ids = try ShortIDs(session.store, annotations.map(\.id))
    var out = ""
    for (number, annotation) in threads.enumerated() {
      out += ThreadText(session, ids, now).entry(annotation, label: "[\(number + 1)]", depth: 0)
      out += replies(to: annotation.id, ids, now, depth: 1)
    }
    return out
  }

  private func replies(
    to id: EntityID, _ ids: ShortIDs, _ now: Timestamp, depth: Int
  ) -> String {
    guard depth < 50 else { return "" }
    var out = ""
    for reply in annotations.filter({ $0.target.parent == id }).sorted(by: {
      $0.created < $1.created
    }) {
      out += ThreadText(session, ids, now).entry(reply, label: "↳", depth: depth)
      out += replies(to: reply.id, ids, now, depth: depth + 1)
    }
    return out
  }

  private func inTextOrder(_ left: Annotation, _ right: Annotation) -> Bool {
    let places = (left.target.start ?? .max, right.target.start ?? .max)
    return places.0 != places.1 ? places.0 < places.1 : left.created < right.created
  }
}

/// One annotation in a thread, as text.
struct ThreadText {
  private let session: Session
  private let ids: ShortIDs
  private let now: Timestamp

  init(_ session: Session, _ ids: ShortIDs, _ now: Timestamp) {
    self.session = session
    self.ids = ids
    self.now = now
  }

  func entry(_ annotation: Annotation, label: String, depth: Int) -> String {
    let style = session.output.style
    let indent = String(repeating: "  ", count: depth)
    let width = max(20, session.output.facts.width - indent.count - 4)
    var head = "\(indent)\(style.bold(label)) \(ids[annotation.id])"
    var facts = [
      annotation.kind.rawValue, Tables.shownTime(annotation.created, now, session),
    ]
    if let device = annotation.device { facts.append("on \(device)") }
    if let color = annotation.color { facts.append(color) }
    facts += annotation.tags.map { "#\($0)" }
    head += " " + style.dim(DisplayText.escaped(facts.joined(separator: " · "))) + "\n"
    var out = head
    if let quote = annotation.target.quote {
      for line in wrapped(Tables.quoted(DisplayText.escaped(quote)), width) {
        out += "\(indent)    \(style.highlight(HighlightColor(name: annotation.color), line))\n"
      }
      if !annotation.isExact {
        let isPlaced = annotation.target.start != nil && annotation.target.end != nil
        let why = isPlaced ? "(made in another revision)" : "(imported without its place)"
        out += "\(indent)    \(style.dim(why))\n"
      }
    }
    if let note = annotation.note {
      for line in wrapped(DisplayText.escaped(note, breaks: .keep), width) {
        out += "\(indent)    \(line)\n"
      }
    }
    return out
  }

  private func wrapped(_ text: String, _ width: Int) -> [String] {
    TextLayout.wrapped(text, to: width)
  }
}
