// SPDX-License-Identifier: MIT

/// The checks that every edit passes before anything changes.
enum TextEdit {
  /// Refuses an edit that lies outside a text of `count` code points.
  @inline(__always)
  static func check(position: Int, deleted: Int, count: Int, op: Dot?) throws(TextError) {
    guard position >= 0, position <= count else {
      throw .positionOutside(op: op, position: position, count: count)
    }
    guard deleted >= 0, deleted <= count - position else {
      throw .deletionOutside(op: op, position: position, deleted: deleted, count: count)
    }
  }

  /// Checks the edits of `op` on a text of `count` code points; returns the count they leave.
  static func check(_ op: TextOperation, count: Int) throws(TextError) -> Int {
    guard !op.patches.isEmpty else { throw .emptyEdit(op.dot) }
    var count = count
    for patch in op.patches {
      let inserted = UTF8Scan.count(patch.inserted)
      count = try check(
        position: patch.position, deleted: patch.deleted, inserted: inserted, count: count,
        op: op.dot)
    }
    return count
  }

  /// Checks what can be checked of `op` without a text.
  static func checkNumbers(_ op: TextOperation) throws(TextError) {
    guard !op.patches.isEmpty else { throw .emptyEdit(op.dot) }
    let most = TextLimit.history.most
    for patch in op.patches {
      try check(position: patch.position, deleted: patch.deleted, count: most, op: op.dot)
      guard patch.deleted > 0 || !patch.inserted.utf8.isEmpty else { throw .emptyEdit(op.dot) }
      guard patch.inserted.utf8.count <= TextLimit.text.most * 4 else {
        throw .tooLong(op: op.dot, limit: .text)
      }
    }
  }

  /// Checks one edit of a text of `count` code points; returns the count it leaves.
  @inline(__always)
  static func check(
    position: Int, deleted: Int, inserted: Int, count: Int, op: Dot
  ) throws(TextError) -> Int {
    try check(position: position, deleted: deleted, count: count, op: op)
    guard deleted > 0 || inserted > 0 else { throw .emptyEdit(op) }
    let after = count - deleted + inserted
    guard after <= TextLimit.text.most || inserted == 0 else {
      throw .tooLong(op: op, limit: .text)
    }
    return after
  }
}
