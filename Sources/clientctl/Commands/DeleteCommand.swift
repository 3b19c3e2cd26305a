// SPDX-License-Identifier: MIT

import ArgumentParser
import Host
import Merge
import Terminal

/// Deletes.
struct DeleteCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "delete",
    abstract: "Delete an annotation with its replies, or an article with its annotations.",
    discussion: """
      Nothing is lost for good: restore brings it back, and an edit made on
      another machine that had not seen the deletion brings it back by itself.

      EXAMPLES
        clientctl delete 019a
        clientctl delete 3f2a --dry-run
      """)

  @Argument(help: "The article or annotation: the beginning of its id.")
  var id: String

  @Flag(help: "Only say what would go.")
  var dryRun = false

  @OptionGroup var options: GlobalOptions

  func run() throws {
    let session = try options.open()
    let id = try session.resolve(id)
    let gone = try session.store.delete(id, dryRun: dryRun)
    if !dryRun { session.notice() }
    try Gone.report(gone, id, dryRun ? "would delete" : "deleted", dryRun, session)
  }
}

/// Brings back.
struct RestoreCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "restore", abstract: "Bring back what was deleted, with what went along.",
    discussion: """
      EXAMPLES
        clientctl restore 019a
      """)

  @Argument(help: "The article or annotation: the beginning of its id.")
  var id: String

  @OptionGroup var options: GlobalOptions

  func run() throws {
    let session = try options.open()
    let id = try session.resolve(id)
    let back = try session.store.restore(id)
    session.notice()
    try Gone.report(back, id, "brought back", false, session)
  }
}

/// What deleting and restoring print.
private enum Gone {
  static func report(
    _ entities: [EntityID], _ id: EntityID, _ words: String, _ dryRun: Bool, _ session: Session
  ) throws {
    var object = JSONObject()
    object.put("id", id.raw.uuidText)
    object.put("entities", .array(entities.map { .string($0.raw.uuidText) }))
    if dryRun { object.put("dryRun", true) }
    var sentence = "\(words) \(try session.short(id))"
    if entities.count > 1 { sentence += " and \(entities.count - 1) that hang on it" }
    try session.output.report(object, sentence: sentence, plain: id.raw.uuidText)
  }
}
