// SPDX-License-Identifier: MIT

import ArgumentParser
import Host
import Merge
import Store
import Terminal

/// Searches everything.
struct SearchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "search", abstract: "Search articles and annotations, the best hits first.",
    discussion: """
      EXAMPLES
        clientctl search valley
        clientctl search '"last holdout" tag:news/*'
        clientctl search 'resist*' --limit 5 --json
      """)

  @Argument(help: "Words, and conditions as in list.")
  var words: [String]

  @Option(help: "How many hits at most.")
  var limit: Int = 50

  @OptionGroup var options: GlobalOptions

  func validate() throws {
    guard limit > 0 else { throw ValidationError("--limit must be at least 1") }
  }

  func run() throws {
    let session = try options.open()
    let hits = try session.store.search(matching: QueryText.parse(words), limit: limit)
    if options.json {
      try session.output.print(JSONValue.array(hits.map(\.json.value)))
    } else if !hits.isEmpty {
      try session.output.page(try table(hits, session))
    }
    try QueryText.check(hits.count, words, options, "article or annotation")
  }

  private func table(_ hits: [SearchHit], _ session: Session) throws -> String {
    let ids = try ShortIDs(
      session.store, hits.map(\.id), whole: !session.output.facts.isTerminal)
    var table = Table([
      .init("ID", keepsWhole: true, style: .bold), .init("TYPE", keepsWhole: true, style: .dim),
      .init("WHERE"), .init("FOUND"),
    ])
    for hit in hits {
      let place =
        switch hit.found {
        case .article(let article): article.shownTitle
        case .annotation(let annotation): try session.title(of: annotation.target.article)
        }
      table.add([ids[hit.id], hit.type, Tables.clipped(place, to: 30, session), hit.snippet])
    }
    return table.rendered(for: session.output.facts)
  }
}

extension SearchHit {
  /// `article` or the annotation's kind.
  var type: String {
    switch found {
    case .article: "article"
    case .annotation: "annotation"
    }
  }

  /// The fields of the article or annotation, and `type`, `score` and `snippet`.
  var json: JSONObject {
    var object =
      switch found {
      case .article(let article): article.json
      case .annotation(let annotation): annotation.json
      }
    object.put("type", type)
    object.set("score", score)
    object.set("snippet", snippet)
    return object
  }
}
