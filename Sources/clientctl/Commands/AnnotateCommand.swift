// SPDX-License-Identifier: MIT

import Anchoring
import ArgumentParser
import Host
import Store
import Terminal

/// Annotates a passage.
struct AnnotateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "annotate", abstract: "Annotate a passage of an article.",
    discussion: """
      The quote is looked for in the article's text. Typographic differences are
      forgiven: curly and straight quotes, dashes, white space and line ends. A
      quote that occurs several times needs --occurrence; the choices are
      listed, and the exit code is 4.

      EXAMPLES
        clientctl annotate 3f2a --quote 'surrender is not' --note 'compare the other translation'
        clientctl annotate 3f2a --quote 'the valley' --occurrence 2 --tag places --color green
      """)

  @Argument(help: "The article: the beginning of its id.")
  var article: String

  @Option(help: "The words of the passage.")
  var quote: String

  @Option(help: "Which one, from 1, when the quote occurs several times.")
  var occurrence: Int?

  @Option(name: [.long, .customShort("m")], help: "A note on the passage.")
  var note: String?

  @Option(name: .customLong("tag"), parsing: .singleValue, help: "A tag; may be given again.")
  var tags: [String] = []

  @Option(help: "yellow, green, blue, red, purple or orange.")
  var color: String?

  @OptionGroup var options: GlobalOptions

  func run() throws {
    let session = try options.open()
    let id = try session.resolve(article, [.article])
    let outcome = try session.store.annotate(
      article: id, quote: quote, occurrence: occurrence, note: note,
      tags: tags.map { try TagName($0) }, color: color.map { try Arguments.color($0) })
    switch outcome {
    case .annotated(let annotation, let match):
      session.notice()
      var object = JSONObject()
      object.put("id", annotation.raw.uuidText)
      object.put("article", id.raw.uuidText)
      object.put("match", match.kind.rawValue)
      object.put("start", match.start)
      object.put("end", match.end)
      try session.output.report(
        object, sentence: "annotated \(try session.short(annotation))",
        plain: annotation.raw.uuidText)
    case .several(let matches, let text):
      throw try several(matches, text, session)
    case .none(let passages):
      throw none(passages, session)
    }
  }

  /// The choices, so that the person can say which.
  private func several(
    _ matches: [QuoteMatch], _ text: CanonicalText, _ session: Session
  ) throws -> Failure {
    let shown = matches.prefix(20)
    let contexts = try shown.map { match in
      let start = max(0, match.start - 40)
      let end = min(text.scalarCount, match.end + 40)
      return (start > 0 ? "…" : "") + (try text.slice(start..<end))
        + (end < text.scalarCount ? "…" : "")
    }
    if session.output.isJSON {
      var object = JSONObject()
      object.put("error", "several")
      object.put(
        "occurrences",
        .array(
          zip(shown, contexts).enumerated().map { index, choice in
            var each = JSONObject()
            each.put("occurrence", index + 1)
            each.put("start", choice.0.start)
            each.put("end", choice.0.end)
            each.put("context", choice.1)
            return each.value
          }))
      try session.output.print(object)
    }
    var message = "the quote occurs \(matches.count) times; say which with --occurrence:"
    for (index, context) in contexts.enumerated() {
      message += "\n  \(index + 1)  \(DisplayText.escaped(context))"
    }
    if matches.count > shown.count { message += "\n  … and \(matches.count - shown.count) more" }
    return Failure(.needsDecision, message)
  }

  private func none(_ passages: [NearPassage], _ session: Session) -> Failure {
    var message = "the quote does not occur in the article"
    if !passages.isEmpty {
      message += "; nearest are:"
      for passage in passages {
        message += "\n  “\(DisplayText.escaped(passage.text))”"
      }
    }
    return Failure(.notFound, message)
  }
}
