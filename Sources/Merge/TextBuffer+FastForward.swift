// SPDX-License-Identifier: MIT

extension TextBuffer {
  /// Applies an op that was made on just the version this text stands at; checked in full first.
  public mutating func fastForward(_ operation: TextOperation) throws(TextError) {
    _ = try TextEdit.check(operation, count: count)
    for patch in operation.patches {
      try replace(position: patch.position, deleted: patch.deleted, inserted: patch.inserted)
    }
  }
}
