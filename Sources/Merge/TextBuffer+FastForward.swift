// SPDX-License-Identifier: MIT

extension TextBuffer {
  /// The text that an op puts where none was, when it is a single insertion, as a note's beginning
  /// nearly always is; nil for another op, or one that doesn't fit the empty text.
  public static func beginning(_ operation: TextOperation) -> String? {
    guard operation.parents.isEmpty, operation.patches.count == 1,
      let patch = operation.patches.first, patch.position == 0, patch.deleted == 0,
      !patch.inserted.isEmpty, patch.inserted.utf8.count <= TextLimit.text.most
    else { return nil }
    return patch.inserted
  }

  /// Applies an op that was made on just the version this text stands at; checked in full first.
  public mutating func fastForward(_ operation: TextOperation) throws(TextError) {
    _ = try TextEdit.check(operation, count: count)
    for patch in operation.patches {
      try replace(position: patch.position, deleted: patch.deleted, inserted: patch.inserted)
    }
  }
}
