// SPDX-License-Identifier: MIT

import ArgumentParser
import Host
import Store
import Terminal

/// Takes a change back.
struct UndoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "undo", abstract: "Take back this machine's last change, or the named one.",
    discussion: """
      What others did since stays: of a note only one's own words go, and a
      title that somebody has written again is left alone.

      EXAMPLES
        clientctl undo
        clientctl undo 5c1d3e9a:17
      """)

  @Argument(help: "The change, as log shows it.")
  var change: String?

  @OptionGroup var options: GlobalOptions

  func run() throws {
    let session = try options.open()
    let name = try change.map { try Self.name($0, session.store) }
    let undone = try session.store.undo(name)
    session.notice()
    var object = JSONObject()
    object.put("undone", "\(undone.name.writer.raw.uuidText):\(undone.name.sequence)")
    object.put("action", undone.action)
    object.put("entities", .array(undone.entities.map { .string($0.raw.uuidText) }))
    object.set("skipped", undone.skipped.map(\.label))
    var sentence = "took back “\(undone.action)” (\(undone.name.text))"
    if !undone.skipped.isEmpty {
      sentence += "; left alone, since written again: "
      sentence += undone.skipped.map(\.label).joined(separator: ", ")
    }
    try session.output.report(object, sentence: sentence, plain: undone.name.text)
    if !undone.skipped.isEmpty { throw Failure(.partly, "") }
  }

  private static func name(_ text: String, _ store: Store) throws -> ChangeName {
    let parts = text.split(separator: ":")
    guard parts.count == 2, let sequence = UInt64(parts[1]), sequence > 0, sequence >> 40 == 0
    else {
      throw Failure(.usage, "“\(text)” is not a change; log shows them, like 5c1d3e9a:17")
    }
    let writer = try store.writer(beginningWith: String(parts[0]))
    return ChangeName(writer: writer, sequence: sequence)
  }
}
