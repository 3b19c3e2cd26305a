// SPDX-License-Identifier: MIT

import Merge
import Store
import Terminal

/// An annotation as `show` prints it: with its replies, its history, and who wrote which words.
struct AnnotationPage {
  private let session: Session
  private let annotation: Annotation
  private let article: Article?
  private let replies: [Annotation]
  private let history: [LogEntry]
  private let authors: [NoteAuthor]

  init(_ session: Session, _ id: EntityID) throws {
    self.session = session
    annotation = try session.store.annotation(id)
    article = try? session.store.article(annotation.target.article)
    replies = try session.store.annotations(of: annotation.target.article)
      .filter { $0.target.parent == id }.sorted { $0.created < $1.created }
    history = try session.store.log(of: id, limit: 1000)
    authors = try session.store.noteAuthors(of: id)
  }

  func show() throws {
    if session.output.isJSON {
      var object = annotation.json
      object.set("prefix", annotation.target.prefix)
      object.set("suffix", annotation.target.suffix)
      object.set("revision", annotation.target.revision?.hexadecimal)
      object.put("replies", .array(replies.map(\.json.value)))
      object.put("history", .array(history.map(\.json.value)))
      object.set("authors", authors.map(\.json))
      try session.output.print(object)
    } else {
      try session.output.page(try page())
    }
  }

  private func page() throws -> String {
    let style = session.output.style
    let now = Timestamp.now()
    let ids = try ShortIDs(session.store, [annotation.id] + replies.map(\.id))
    let thread = ThreadText(session, ids, now)
    var page = ""
    if let article {
      page += style.dim("in \(Tables.quoted(DisplayText.escaped(article.shownTitle)))") + "\n"
    }
    page += thread.entry(annotation, label: "●", depth: 0)
    for reply in replies { page += thread.entry(reply, label: "↳", depth: 1) }
    if Set(authors.map(\.device)).count > 1 {
      page += "\n" + style.bold("Who wrote what") + "\n"
      for author in authors {
        let words = DisplayText.escaped(author.text, breaks: .symbol)
        page += "  \(style.dim(DisplayText.escaped(author.device) + ":")) \(words)\n"
      }
    }
    page += "\n" + style.bold("History") + "\n"
    for entry in history {
      page += "  " + (try LogText(session, now).line(entry)) + "\n"
    }
    return page
  }
}

extension NoteAuthor {
  var json: JSONObject {
    var object = JSONObject()
    object.put("device", device)
    object.put("text", text)
    return object
  }
}
