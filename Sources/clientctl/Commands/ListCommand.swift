// SPDX-License-Identifier: MIT

import ArgumentParser
import Host
import Store
import Terminal

/// Lists articles.
struct ListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List articles, the newest first.",
    discussion: """
      EXAMPLES
        clientctl list
        clientctl list 'tag:news/* not site:example.org created:2026-11-01..'
        clientctl list 'has:note sort:modified limit:20' --json
      """)

  @Argument(help: "What to list; see docs/cli.md for the query language.")
  var query: [String] = []

  @OptionGroup var options: GlobalOptions

  func run() throws {
    let session = try options.open()
    let articles = try session.store.articles(matching: QueryText.parse(query))
    if options.json {
      try session.output.print(JSONValue.array(articles.map(\.json.value)))
    } else if !articles.isEmpty {
      try session.output.page(try Tables.articles(articles, session))
    }
    try QueryText.check(articles.count, query, options, "article")
  }
}

/// Queries from the command line.
enum QueryText {
  /// Parses words that the shell may have split.
  static func parse(_ words: [String]) throws -> Query {
    let now = Timestamp.now()
    return try Query.parse(
      words.joined(separator: " "), now: now.milliseconds,
      utcOffsetSeconds: now.localOffsetSeconds)
  }

  /// Ends with exit code 1 when a query matched nothing, and says so to people.
  static func check(
    _ count: Int, _ query: [String], _ options: GlobalOptions, _ what: String
  ) throws {
    if count > 0 { return }
    let words = query.joined(separator: " ")
    if words.isEmpty {
      if options.json { return }
      throw Failure(.nothing, "there is no \(what) here yet")
    }
    throw Failure(.nothing, options.json ? "" : "no \(what) matches “\(words)”")
  }
}
