// SPDX-License-Identifier: MIT

import ArgumentParser
import Host
import Store
import Terminal

/// Lists annotations.
struct AnnotationsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "annotations", abstract: "List annotations, the newest first.",
    discussion: """
      EXAMPLES
        clientctl annotations
        clientctl annotations 'color:green has:note'
        clientctl annotations 'kind:reply modified:<7d' --json
      """)

  @Argument(help: "What to list; see docs/cli.md for the query language.")
  var query: [String] = []

  @Option(help: "Only those of this article.")
  var article: String?

  @OptionGroup var options: GlobalOptions

  func run() throws {
    let session = try options.open()
    let only = try article.map { try session.resolve($0, [.article]) }
    let annotations = try session.store.annotations(
      matching: QueryText.parse(query), of: only)
    if options.json {
      try session.output.print(JSONValue.array(annotations.map(\.json.value)))
    } else if !annotations.isEmpty {
      try session.output.page(try Tables.annotations(annotations, session))
    }
    try QueryText.check(annotations.count, query, options, "annotation")
  }
}
