// SPDX-License-Identifier: MIT

import Anchoring
import ArgumentParser
import Host
import Store
import Terminal

/// Adds an article.
struct AddCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "add", abstract: "Add an article from a text file or standard input.",
    discussion: """
      The same article has the same id on every machine: its address tells, else
      its text. Adding another text under the same address makes a new revision
      of the article.

      EXAMPLES
        clientctl add story.txt --url https://example.org/story --tag news/asia
        pbpaste | clientctl add - --title 'What she said'
      """)

  @Argument(help: "A text file in UTF-8, or - for standard input.", completion: .file())
  var source: String

  @Option(help: "The article's address.")
  var url: String?

  @Option(help: "Its title; else the first line that looks like one.")
  var title: String?

  @Option(help: "Who published it; else the address's host.")
  var site: String?

  @Option(help: "Who wrote it.")
  var author: String?

  @Option(help: "When it was published, RFC 3339, for instance 2026-11-02T08:00:00Z.")
  var published: String?

  @Option(name: .customLong("tag"), parsing: .singleValue, help: "A tag; may be given again.")
  var tags: [String] = []

  @OptionGroup var options: GlobalOptions

  func run() throws {
    if source.hasPrefix("http://") || source.hasPrefix("https://") {
      throw Failure(
        .usage,
        "pages can't be fetched yet; save the text and run: clientctl add FILE --url \(source)")
    }
    let bytes = try InputFile.read(source, bytesMax: CanonicalText.maximumBytes)
    let text: CanonicalText
    do {
      text = try CanonicalText(utf8: bytes)
    } catch {
      throw Failure(.usage, "can't add \(InputFile.name(source)): \(error)")
    }
    var new = NewArticle(text: text)
    new.url = try url.map { try ArticleURL($0) }
    new.title = try title.map { try Arguments.line($0, "title") }
    new.site = try site.map { try Arguments.line($0, "site") }
    new.author = try author.map { try Arguments.line($0, "author") }
    new.published = try published.map { try Arguments.time($0, "--published") }
    new.tags = try tags.map { try TagName($0) }
    let session = try options.open()
    let added = try session.store.addArticle(new)
    session.notice()
    try report(added, session)
  }

  private func report(_ added: AddedArticle, _ session: Session) throws {
    let article = try session.store.article(added.id)
    var object = JSONObject()
    object.put("id", added.id.raw.uuidText)
    object.put("outcome", added.outcome.rawValue)
    object.set("title", article.title)
    object.set("revision", article.revision?.hexadecimal)
    let words =
      switch added.outcome {
      case .added: "added"
      case .revised: "added a new revision of"
      case .restored: "brought back"
      case .present: "is here already:"
      }
    try session.output.report(
      object,
      sentence: "\(words) \(try session.short(added.id)) \(Tables.quoted(article.shownTitle))",
      plain: added.id.raw.uuidText)
  }
}
