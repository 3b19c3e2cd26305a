// SPDX-License-Identifier: MIT

import ArgumentParser
import Host
import Merge
import Store
import Terminal

/// Writes a note.
struct NoteCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "note", abstract: "Write the note of an annotation, or a note on a whole article.",
    discussion: """
      The text replaces the note; only what differs is recorded, so that two
      people who change different words both keep theirs. With --edit the note
      opens in $EDITOR, and what arrives meanwhile is merged with what you save.

      EXAMPLES
        clientctl note 019a 'The second source says otherwise.'
        clientctl note 019a --edit
        clientctl note 3f2a 'On the whole article.'
        fold -s draft.txt | clientctl note 019a -
      """)

  @Argument(help: "The annotation or article: the beginning of its id.")
  var id: String

  @Argument(help: "The text, or - for standard input.")
  var text: String?

  @Flag(help: "Open the note in $VISUAL or $EDITOR.")
  var edit = false

  @Flag(help: "Add the text below the note instead of replacing it.")
  var append = false

  @OptionGroup var options: GlobalOptions

  func validate() throws {
    if edit && text != nil { throw ValidationError("give a text or --edit, not both") }
    if !edit && text == nil { throw ValidationError("give a text, - or --edit") }
  }

  func run() throws {
    let session = try options.open()
    let entity = try session.resolve(id)
    let made: EntityID
    if entity.kind == .article {
      made = try withNewText(of: NoteDraft(text: "", heads: [])) { text in
        guard !text.isEmpty else { throw Failure(.usage, "the note is empty; nothing was written") }
        var new = NewAnnotation(target: Target(article: entity))
        new.note = text
        return try session.store.annotate(new)
      }
    } else {
      let draft = try session.store.draft(of: entity)
      try withNewText(of: draft) { try session.store.setNote(of: entity, to: $0, base: draft) }
      made = entity
    }
    session.notice()
    let annotation = try session.store.annotation(made)
    var object = JSONObject()
    object.put("id", made.raw.uuidText)
    object.set("note", annotation.note)
    try session.output.report(
      object, sentence: "noted \(try session.short(made))", plain: made.raw.uuidText)
  }

  /// Hands the new text of a note to `save`.
  private func withNewText<Saved>(
    of draft: NoteDraft, _ save: (String) throws -> Saved
  ) throws -> Saved {
    try edit ? Editor.edit(draft.text, save) : save(newText(from: draft))
  }

  /// What the arguments and standard input say.
  private func newText(from draft: NoteDraft) throws -> String {
    var new = text ?? ""
    if new == "-" {
      let bytes = try InputFile.read("-", bytesMax: 1 << 20)
      guard let read = String(validating: bytes, as: UTF8.self) else {
        throw Failure(.usage, "standard input is not UTF-8")
      }
      new = read.hasSuffix("\n") ? String(read.dropLast()) : read
    }
    guard append, !draft.text.isEmpty else { return new }
    return draft.text + (draft.text.hasSuffix("\n") ? "" : "\n") + new
  }
}
