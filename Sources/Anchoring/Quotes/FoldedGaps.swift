// SPDX-License-Identifier: MIT

/// What stood between two neighbouring code points of a folded text: what folding took out.
struct FoldedGaps {
  /// The kinds of gap that matter for telling words apart.
  enum Gap: Equatable {
    /// Nothing that a reader sees, or a word's hyphenation at a line's end.
    case none
    /// White space, with or without punctuation.
    case space
    /// Punctuation or symbols alone; the first of them, folded to its kind.
    case punctuation(UInt32)
  }

  private let original: [UInt32]
  private let folded: FoldedText

  /// The gaps of `folded`, which was made from `original`.
  init(original: [UInt32], folded: FoldedText) {
    self.original = original
    self.folded = folded
  }

  /// True when `count` code points from the start here and from `start` in `text`, which are equal,
  /// are also divided alike.
  ///
  /// Between two digits the gap must be of one kind and, when it is punctuation, the same one:
  /// "3.5" is neither "35" nor "3/5". In a short quote, a space must not stand where there is
  /// nothing; other punctuation is forgiven ("e-mail", "email").
  func agree(with text: FoldedGaps, at start: Int, count: Int, isShort: Bool) -> Bool {
    for index in 1..<max(count, 1) {
      let before = ScalarClass(folded.scalars[index - 1])
      let after = ScalarClass(folded.scalars[index])
      let bothDigits = before.contains(.digit) && after.contains(.digit)
      guard bothDigits || isShort else { continue }
      let ours = gap(before: index)
      let theirs = text.gap(before: start + index)
      if ours == theirs { continue }
      if bothDigits { return false }
      if before.contains(.spaceless) || after.contains(.spaceless) { continue }
      if ours == .none && theirs == .space || ours == .space && theirs == .none { return false }
    }
    return true
  }

  /// What stands before folded code point `index`, after the one before it; `index` is at least 1.
  private func gap(before index: Int) -> Gap {
    if folded.isInsideSegment(index) { return .none }
    let range = folded.end(index - 1)..<folded.start(index)
    if range.isEmpty { return .none }
    var mark: UInt32?
    var hasSpace = false
    var hasLineFeed = false
    for value in original[range] {
      let found = ScalarClass(value)
      if value == 0x0A { hasLineFeed = true }
      if found.contains(.whiteSpace) {
        hasSpace = true
      } else if !found.contains(.ignorable), mark == nil {
        mark = OuterMarks.kind(value)
      }
    }
    if hasLineFeed, mark == OuterMarks.dash { return .none }
    if hasSpace { return .space }
    return mark.map { Gap.punctuation($0) } ?? .none
  }
}
