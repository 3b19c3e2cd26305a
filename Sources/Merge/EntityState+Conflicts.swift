// SPDX-License-Identifier: MIT

/// One register that was written on several machines, none of which had seen the others' value.
public struct Conflict: Hashable, Sendable {
  /// The register.
  public var field: Field
  /// The value that is shown.
  public var shown: EntityState.Entry
  /// The values that are kept beside it, newest claim first.
  public var kept: [EntityState.Entry]
}

extension EntityState {
  /// The registers that hold different values at once, by field. Equal values are no conflict, nor
  /// are those of a field that this version does not know: it may be a set.
  public var conflicts: [Conflict] {
    var conflicts: [Conflict] = []
    var start = 0
    while start < entries.count {
      let field = entries[start].field
      var end = start + 1
      while end < entries.count && entries[end].field == field { end += 1 }
      if end - start > 1, field.semantics == .register, Field.known.contains(field),
        let shown = winner(of: field)
      {
        let kept = entries[start..<end].filter { $0.value != shown.value }
          .sorted { $0.time != $1.time ? $0.time > $1.time : $0.dot > $1.dot }
        if !kept.isEmpty { conflicts.append(Conflict(field: field, shown: shown, kept: kept)) }
      }
      start = end
    }
    return conflicts
  }
}
