// SPDX-License-Identifier: MIT

import ArgumentParser
import Host
import Merge
import Terminal

/// Changes what is known of an article, or an annotation's colour.
struct EditCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "edit", abstract: "Change an article's title, author … or an annotation's colour.",
    discussion: """
      EXAMPLES
        clientctl edit 3f2a --title 'A better title' --author 'S. Noori'
        clientctl edit 019a --color green
      """)

  @Argument(help: "The article or annotation: the beginning of its id.")
  var id: String

  @Option(help: "An article's title.")
  var title: String?

  @Option(help: "Who wrote an article.")
  var author: String?

  @Option(help: "Who published an article.")
  var site: String?

  @Option(help: "When an article was published.")
  var published: String?

  @Option(help: "An annotation's colour.")
  var color: String?

  @OptionGroup var options: GlobalOptions

  func validate() throws {
    if title == nil && author == nil && site == nil && published == nil && color == nil {
      throw ValidationError("say what to change: --title, --author, --site, --published or --color")
    }
  }

  func run() throws {
    let session = try options.open()
    let forArticle = title != nil || author != nil || site != nil || published != nil
    if forArticle && color != nil {
      throw Failure(.usage, "--color is for annotations, the others are for articles")
    }
    let id = try session.resolve(id, [forArticle ? .article : .annotation])
    var values: [(Field, Value)] = []
    if let title { values.append((.title, .text(try Arguments.line(title, "title")))) }
    if let author { values.append((.author, .text(try Arguments.line(author, "author")))) }
    if let site { values.append((.site, .text(try Arguments.line(site, "site")))) }
    if let published {
      values.append((.published, .integer(try Arguments.time(published, "--published"))))
    }
    if let color { values.append((.color, .text(try Arguments.color(color)))) }
    try session.store.set(values, of: id, action: "edit")
    session.notice()
    var object = JSONObject()
    object.put("id", id.raw.uuidText)
    try session.output.report(
      object, sentence: "changed \(try session.short(id))", plain: id.raw.uuidText)
  }
}
