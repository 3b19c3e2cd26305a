// SPDX-License-Identifier: MIT

import Anchoring
import ArgumentParser
import Host
import Merge
import Terminal

/// Answers an annotation.
struct ReplyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reply", abstract: "Answer an annotation.",
    discussion: """
      EXAMPLES
        clientctl reply 019a 'Agreed, but see the third paragraph.'
      """)

  @Argument(help: "The annotation: the beginning of its id.")
  var annotation: String

  @Argument(help: "The answer, or - for standard input.")
  var text: String

  @Option(name: .customLong("tag"), parsing: .singleValue, help: "A tag; may be given again.")
  var tags: [String] = []

  @OptionGroup var options: GlobalOptions

  func run() throws {
    var answer = text
    if text == "-" {
      let bytes = try InputFile.read("-", bytesMax: 1 << 20)
      guard let read = String(validating: bytes, as: UTF8.self) else {
        throw Failure(.usage, "standard input is not UTF-8")
      }
      answer = read.hasSuffix("\n") ? String(read.dropLast()) : read
    }
    guard !answer.isEmpty else { throw Failure(.usage, "the answer is empty") }
    let session = try options.open()
    let parent = try session.resolve(annotation, [.annotation])
    let id = try session.store.reply(
      to: parent, note: answer, tags: tags.map { try TagName($0) })
    session.notice()
    var object = JSONObject()
    object.put("id", id.raw.uuidText)
    object.put("parent", parent.raw.uuidText)
    try session.output.report(
      object, sentence: "replied \(try session.short(id))", plain: id.raw.uuidText)
  }
}
