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

  func line(_ entry: LogEntry) throws -> String {
    let style = session.output.style
    let time = Tables.shownTime(entry.time, now, session)
    return [
      style.bold(entry.name.text), style.dim(time), DisplayText.escaped(entry.device),
      try words(entry),
    ].joined(separator: "  ")
  }

  /// What was done, to what.
  func words(_ entry: LogEntry) throws -> String {
    let entities = entry.entities.filter { $0.kind == .article || $0.kind == .annotation }
    var words = DisplayText.escaped(entry.action)
    if let undoes = entry.undoes {
      words += " of \(ChangeName(writer: entry.name.writer, sequence: undoes).text):"
    }
    if let first = entities.first {
      let title = TextLayout.truncated(DisplayText.escaped(try session.title(of: first)), to: 50)
      words += " \(try session.short(first)) \(Tables.quoted(title))"
      if entities.count > 1 { words += " and \(entities.count - 1) more" }
    }
    let details = entry.operations.compactMap(detail)
    if !details.isEmpty {
      words += ": " + TextLayout.truncated(details.joined(separator: "; "), to: 120)
    }
    return words
  }

  /// What one op did to a field, where that says more than the action's word.
  private func detail(_ operation: Operation) -> String? {
    guard case .assign(let field, let removes, let value) = operation.action else { return nil }
    switch (field, value) {
    case (.text, .edit(let patches)?):
      return patches.map { patch in
        let words = TextLayout.truncated(
          DisplayText.escaped(patch.inserted, breaks: .symbol), to: 40)
        if patch.inserted.isEmpty { return "−\(patch.deleted) characters" }
        return patch.deleted == 0 ? "+“\(words)”" : "−\(patch.deleted) +“\(words)”"
      }.joined(separator: ", ")
    case (.name, .text(let name)?): return "“\(DisplayText.escaped(name))”"
    case (.tag, .text(let tag)?): return "+#\(DisplayText.escaped(tag))"
    case (.tag, nil): return "−\(removes.count == 1 ? "a tag" : "tags")"
    case (.title, .text(let text)?), (.color, .text(let text)?), (.author, .text(let text)?),
      (.site, .text(let text)?), (.alias, .text(let text)?):
      return "\(field.label) “\(DisplayText.escaped(text))”"
    default: return nil
    }
  }
}
