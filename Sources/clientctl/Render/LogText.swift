// SPDX-License-Identifier: MIT

import Merge
import Store
import Terminal

extension ChangeName {
  /// The name as `log` shows it and `undo` takes it: the beginning of the writer's id and the
  /// number.
  var text: String { "\(writer.raw.uuidText.prefix(8)):\(sequence)" }
}

extension LogEntry {
  /// The fields of `log --json`.
  var json: JSONObject {
    var object = JSONObject()
    object.put("change", "\(name.writer.raw.uuidText):\(name.sequence)")
    object.set("time", Timestamp(milliseconds: time))
    object.put("device", device)
    object.put("action", action)
    object.set("undoes", undoes.map { "\(name.writer.raw.uuidText):\($0)" })
    object.put("entities", .array(entities.map { .string($0.raw.uuidText) }))
    return object
  }
}

/// A change in a line.
struct LogText {
  private let session: Session
  private let now: Timestamp

  init(_ session: Session, _ now: Timestamp) {
    self.session = session
    self.now = now
  }

  /// A line of a page.
  func line(_ entry: LogEntry) throws -> String {
    let style = session.output.style
    let time = Tables.shownTime(entry.time, now, session)
    let words = try words(entry)
    return [
      style.bold(entry.name.text), style.dim(time), DisplayText.escaped(entry.device),
      isTerminal ? words : DisplayText.escaped(words, breaks: .symbol),
    ].joined(separator: "  ")
  }

  /// What was done, to what. For a terminal it is harmless, and cut to what a look takes in; into a
  /// pipe it is whole and as it was written: who prints it makes a field of it.
  func words(_ entry: LogEntry) throws -> String {
    let entities = entry.entities.filter { $0.kind == .article || $0.kind == .annotation }
    var words = shown(entry.action)
    if let undoes = entry.undoes {
      words += " of \(ChangeName(writer: entry.name.writer, sequence: undoes).text):"
    }
    if let first = entities.first {
      let id = try isTerminal ? session.short(first) : first.raw.uuidText
      words += " \(id) \(Tables.quoted(cut(shown(try session.title(of: first)), to: 50)))"
      if entities.count > 1 { words += " and \(entities.count - 1) more" }
    }
    let details = entry.operations.compactMap(detail)
    if !details.isEmpty { words += ": " + cut(details.joined(separator: "; "), to: 120) }
    return words
  }

  private var isTerminal: Bool { session.output.facts.isTerminal }

  private func shown(_ text: String, breaks: DisplayText.Breaks = .space) -> String {
    isTerminal ? DisplayText.escaped(text, breaks: breaks) : text
  }

  private func cut(_ text: String, to cells: Int) -> String {
    isTerminal ? TextLayout.truncated(text, to: cells) : text
  }

  /// What one op did to a field, where that says more than the action's word.
  private func detail(_ operation: Operation) -> String? {
    guard case .assign(let field, let removes, let value) = operation.action else { return nil }
    switch (field, value) {
    case (.text, .edit(let patches)?):
      return patches.map { patch in
        let words = cut(shown(patch.inserted, breaks: .symbol), to: 40)
        if patch.inserted.isEmpty { return "−\(patch.deleted) characters" }
        return patch.deleted == 0 ? "+“\(words)”" : "−\(patch.deleted) +“\(words)”"
      }.joined(separator: ", ")
    case (.name, .text(let name)?): return "“\(shown(name))”"
    case (.tag, .text(let tag)?): return "+#\(shown(tag))"
    case (.tag, nil): return "−\(removes.count == 1 ? "a tag" : "tags")"
    case (.title, .text(let text)?), (.color, .text(let text)?), (.author, .text(let text)?),
      (.site, .text(let text)?), (.alias, .text(let text)?):
      return "\(field.label) “\(shown(text))”"
    default: return nil
    }
  }
}
