// SPDX-License-Identifier: MIT

import ArgumentParser
import Host
import Merge
import Store
import Terminal

/// Shows one article or annotation.
struct ShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Show an article with its highlights, or an annotation with its thread.",
    discussion: """
      EXAMPLES
        clientctl show 3f2a
        clientctl show 019a --json
      """)

  @Argument(help: "The article or annotation: the beginning of its id.")
  var id: String

  @OptionGroup var options: GlobalOptions

  func run() throws {
    let session = try options.open()
    let id = try session.resolve(id)
    if id.kind == .article {
      try ArticlePage(session, id).show()
    } else {
      try AnnotationPage(session, id).show()
    }
  }
}
