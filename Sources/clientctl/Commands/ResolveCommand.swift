// SPDX-License-Identifier: MIT

import ArgumentParser
import Host
import Merge
import Store
import Terminal

/// Decides a conflict.
struct ResolveCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "resolve", abstract: "Decide a conflict.",
    discussion: """
      EXAMPLES
        clientctl resolve 3f2a title --take 2
        clientctl resolve 3f2a title --value 'Something better than both'
      """)

  @Argument(help: "The article or annotation: the beginning of its id.")
  var id: String

  @Argument(help: "The field, as conflicts shows it.")
  var field: String

  @Option(help: "Which of the values, as conflicts numbers them.")
  var take: Int?

  @Option(help: "Another value.")
  var value: String?

  @OptionGroup var options: GlobalOptions

  func validate() throws {
    if (take == nil) == (value == nil) { throw ValidationError("give --take or --value") }
  }

  func run() throws {
    let session = try options.open()
    let id = try session.resolve(id)
    let conflicts = try session.store.conflicts(of: id)
    guard let conflict = conflicts.first(where: { $0.field.label == field }) else {
      throw Failure(
        .notFound,
        conflicts.isEmpty
          ? "nothing of \(try session.short(id)) is in conflict"
          : "in conflict are: \(conflicts.map(\.field.label).joined(separator: ", "))")
    }
    let chosen: Value?
    if let take {
      guard (1...conflict.versions.count).contains(take) else {
        throw Failure(.usage, "--take must be from 1 to \(conflict.versions.count)")
      }
      chosen = conflict.versions[take - 1].value
    } else if case .integer? = conflict.versions[0].value {
      chosen = .integer(try Arguments.time(value ?? "", "--value"))
    } else {
      chosen = .text(try Arguments.line(value ?? "", "value"))
    }
    try session.store.resolve(id, conflict.field, to: chosen)
    session.notice()
    var object = JSONObject()
    object.put("id", id.raw.uuidText)
    object.put("field", conflict.field.label)
    try session.output.report(
      object, sentence: "resolved the \(conflict.field.label) of \(try session.short(id))",
      plain: id.raw.uuidText)
  }
}
