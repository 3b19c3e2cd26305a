// SPDX-License-Identifier: MIT

import Merge

/// The text of an entity while a transaction merges edits of it.
enum CachedText {
  /// The words alone: every edit so far was made on the ones before.
  case words(TextBuffer)
  /// Somebody wrote apart: the history is open until the transaction writes out.
  case document(TextDocument, TextRoots)

  /// The words as they stand.
  var buffer: TextBuffer {
    switch self {
    case .words(let buffer): buffer
    case .document(let document, _): document.text
    }
  }

  /// Merges an edit that was made on the heads, or, when the history is open, any edit.
  mutating func merge(_ operation: TextOperation) throws(TextError) {
    switch self {
    case .words(var buffer):
      self = .words(TextBuffer())
      // The words are put back whatever happens; taken out, they are not copied.
      do throws(TextError) {
        try buffer.fastForward(operation)
        self = .words(buffer)
      } catch {
        self = .words(buffer)
        throw error
      }
    case .document(var document, let roots):
      guard let canonical = roots.canonical(operation) else { return }
      self = .words(TextBuffer())
      do throws(TextError) {
        try document.merge(canonical)
        self = .document(document, roots)
      } catch {
        self = .document(document, roots)
        throw error
      }
    }
  }
}
