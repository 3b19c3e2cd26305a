// SPDX-License-Identifier: MIT

import ArgumentParser
import Host
import Interchange
import Merge
import Store
import Terminal

/// Exports.
struct ExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Write the library out, as lines of JSON.",
    subcommands: [ExportCanonical.self, ExportJSON.self])
}

/// The whole library in one order and form.
struct ExportCanonical: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "canonical",
    abstract: "Write everything that is merged, so that equal libraries give equal bytes.",
    discussion: """
      EXAMPLES
        clientctl export canonical | sha256sum
      """)

  @OptionGroup var options: GlobalOptions

  func run() throws {
    let session = try options.open()
    try CanonicalExport.write(session.store) { try session.output.print($0) }
    let wanted = try session.store.wantedTextCount()
    if wanted > 0 {
      throw Failure(.partly, "\(wanted) texts have not arrived on this machine yet")
    }
  }
}

/// Articles and annotations, to be imported elsewhere.
struct ExportJSON: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "json", abstract: "Write articles with their texts, annotations and tag renames.",
    discussion: """
      What is written can be read again with: clientctl import json. With a
      query, the articles that match come with all their annotations, and
      annotations that match with their article.

      EXAMPLES
        clientctl export json > library.jsonl
        clientctl export json 'tag:news/*' > news.jsonl
      """)

  @Argument(help: "What to export; everything without it.")
  var query: [String] = []

  @OptionGroup var options: GlobalOptions

  func run() throws {
    let session = try options.open()
    var only: Set<EntityID>?
    if !query.isEmpty {
      let parsed = try QueryText.parse(query)
      let articles = try session.store.articles(matching: parsed).map(\.id)
      var ids = Set(articles)
      for article in articles {
        ids.formUnion(try session.store.annotations(of: article).map(\.id))
      }
      ids.formUnion(try session.store.annotations(matching: parsed).map(\.id))
      try QueryText.check(ids.count, query, options, "article or annotation")
      only = ids
    }
    let report = try JSONExport.write(session.store, only: only) {
      try session.output.print($0)
    }
    var left: [String] = []
    if report.damagedTexts > 0 {
      left.append(
        "\(report.damagedTexts) texts are damaged on this machine; run: clientctl doctor --salvage")
    }
    if report.missingTexts > 0 {
      left.append("\(report.missingTexts) texts have not arrived on this machine yet")
    }
    if !left.isEmpty {
      throw Failure(.partly, "all but some texts was written: " + left.joined(separator: "; "))
    }
  }
}
