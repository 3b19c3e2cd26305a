// SPDX-License-Identifier: MIT

/// One edit of a text: at `position`, take out `deleted` code points, then put in `inserted`.
public struct TextPatch: Hashable, Sendable {
  /// Where, in Unicode code points from the start.
  public var position: Int
  /// How many code points are taken out.
  public var deleted: Int
  /// What is put in.
  public var inserted: String

  /// The edit that replaces `deleted` code points at `position` by `inserted`.
  public init(position: Int, deleted: Int, inserted: String) {
    self.position = position
    self.deleted = deleted
    self.inserted = inserted
  }

  /// Whether both do the very same, to the byte: what counts code points must not be content with
  /// canonically equivalent words.
  public static func == (left: TextPatch, right: TextPatch) -> Bool {
    left.position == right.position && left.deleted == right.deleted
      && left.inserted.hasSameBytes(as: right.inserted)
  }

  /// Hashes what `==` compares.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(position)
    hasher.combine(deleted)
    hasher.combine(ExactText(inserted))
  }
}

extension [TextPatch] {
  /// Whether these come before others: one patch after another, by position, length and bytes.
  func precedes(_ other: [TextPatch]) -> Bool {
    for (left, right) in zip(self, other) where left != right {
      if left.position != right.position { return left.position < right.position }
      if left.deleted != right.deleted { return left.deleted < right.deleted }
      return left.inserted.utf8.lexicographicallyPrecedes(right.inserted.utf8)
    }
    return count < other.count
  }
}

/// What one op did to a note's text: patches applied one after another to the text as it stood
/// at `parents`.
public struct TextOperation: Hashable, Sendable {
  /// The op's name.
  public var dot: Dot
  /// The heads of the version that the writer saw; empty for a new text. Sorted.
  public var parents: [Dot]
  /// The edits; each one's positions count in the text that the one before it left.
  public var patches: [TextPatch]

  /// An op named `dot`, made on the version whose heads are `parents`.
  public init(dot: Dot, parents: [Dot], patches: [TextPatch]) {
    self.dot = dot
    self.parents = parents
    self.patches = patches
  }
}
