// SPDX-License-Identifier: MIT

import Anchoring
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

  @Argument(help: "The article, annotation or renamed tag: the beginning of its id.")
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
    let id = try session.resolve(id, Session.contested)
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
    } else {
      chosen = try typed(value ?? "", for: conflict)
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

  /// What was typed, as the field takes it: checked as the command that writes the field does.
  private func typed(_ text: String, for conflict: ConflictView) throws -> Value {
    switch conflict.field {
    case .url: return .text(try ArticleURL(text).display)
    case .color: return .text(try Arguments.color(text))
    case .alias: return .text(try TagName(text).string)
    case .published, .created: return .integer(try Arguments.time(text, "--value"))
    case .target, .revision:
      throw Failure(
        .usage,
        "the \(conflict.field.label) can't be written by hand; choose one with --take")
    default:
      if case .integer? = conflict.versions[0].value {
        return .integer(try Arguments.time(text, "--value"))
      }
      return .text(try Arguments.line(text, "value"))
    }
  }
}
