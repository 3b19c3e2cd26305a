// SPDX-License-Identifier: MIT

import GRDB
public import Merge

/// A run of a note's words that one machine wrote.
public struct NoteAuthor: Hashable, Sendable {
  /// What people call the machine.
  public var device: String
  /// The words.
  public var text: String
}

extension Store {
  /// Who wrote which words of a note, in the note's order.
  public func noteAuthors(of id: EntityID) throws -> [NoteAuthor] {
    try read { transaction in
      let history = try transaction.history(of: id, field: .text)
      guard !history.isEmpty else { return [] }
      let scalars = Array(try history.text().string.unicodeScalars)
      var views = ViewBuilder(transaction)
      var authors: [NoteAuthor] = []
      var start = 0
      for span in try history.attribution() {
        let device = try views.device(span.dot?.writer) ?? "?"
        let range = start..<min(start + span.count, scalars.count)
        start = range.upperBound
        let words = String(String.UnicodeScalarView(scalars[range]))
        if let last = authors.last, last.device == device {
          authors[authors.count - 1].text += words
        } else {
          authors.append(NoteAuthor(device: device, text: words))
        }
      }
      return authors
    }
  }
}
