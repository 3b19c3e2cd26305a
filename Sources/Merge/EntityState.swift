// SPDX-License-Identifier: MIT

/// What is merged of one entity: for each field the values that nobody who saw them has removed.
///
/// An observed-remove map without tombstones (Almeida, Shoker and Baquero, "Delta State Replicated
/// Data Types", 2018, section 7.2): the version vector of the whole store stands in for the causal
/// context, since changes arrive in causal order. A state is a function of the set of changes
/// merged,
/// not of their order.
public struct EntityState: Hashable, Sendable {
  /// One live value.
  public struct Entry: Hashable, Sendable {
    /// Where it stands.
    public var field: Field
    /// The op that put it there.
    public var dot: Dot
    /// The claimed time of that op's change, milliseconds since 1970.
    public var time: Int64
    /// The value; nil for a head of a text, whose edits stay in the log.
    public var value: Value?

    /// A live value with all its parts.
    public init(field: Field, dot: Dot, time: Int64, value: Value?) {
      self.field = field
      self.dot = dot
      self.time = time
      self.value = value
    }
  }

  /// The live values, by field and then by dot.
  public var entries: [Entry] = []
  /// The note's text at its heads; nil when nobody has written any.
  public var text: String?
  /// The latest claimed time of any op, milliseconds since 1970; `Int64.min` before the first.
  public var modified: Int64 = .min

  /// An entity of which nothing is known.
  public init() {}

  /// The live values of `field`. O(log n + values).
  public func entries(of field: Field) -> ArraySlice<Entry> {
    let start = firstIndex { $0.field < field }
    var end = start
    while end < entries.count && entries[end].field == field { end += 1 }
    return entries[start..<end]
  }

  /// The dots of `field`: what a write that replaces them all removes.
  public func dots(of field: Field) -> [Dot] { entries(of: field).map(\.dot) }

  /// The value to show of a register: of concurrent ones the one with the later claimed time,
  /// and of those the greater dot. O(log n + values).
  public func winner(of field: Field) -> Entry? {
    entries(of: field).max { left, right in
      left.time != right.time ? left.time < right.time : left.dot < right.dot
    }
  }

  /// Merges one op that is not an edit of text: takes dots out, puts the value in.
  public mutating func apply(
    field: Field, removes: [Dot], value: Value?, dot: Dot, time: Int64
  ) {
    assert(field.semantics != .text || value == nil, "edits go through applyEdit")
    replace(field: field, removes: removes, dot: dot, time: time, value: value, keep: value != nil)
  }

  /// What an op that is not merged yet would leave, but for the words of a text.
  public mutating func preview(_ operation: Operation, dot: Dot, time: Int64) {
    guard case .assign(let field, let removes, let value) = operation.action else { return }
    let isEdit = field.semantics == .text
    replace(
      field: field, removes: removes, dot: dot, time: time, value: isEdit ? nil : value,
      keep: value != nil)
  }

  /// Moves the heads of the text past an edit; the text itself is the caller's to change.
  public mutating func advanceHeads(field: Field, parents: [Dot], dot: Dot, time: Int64) {
    replace(field: field, removes: parents, dot: dot, time: time, value: nil, keep: true)
  }

  /// Up to so many dots are looked through one by one; a body may name hundreds of thousands.
  private static let fewDots = 16

  private mutating func replace(
    field: Field, removes: [Dot], dot: Dot, time: Int64, value: Value?, keep: Bool
  ) {
    modified = max(modified, time)
    if !removes.isEmpty {
      let many = removes.count > Self.fewDots ? Set(removes) : []
      entries.removeAll { entry in
        entry.field == field
          && (many.isEmpty ? removes.contains(entry.dot) : many.contains(entry.dot))
      }
    }
    guard keep else { return }
    let place = firstIndex { entry in
      entry.field != field ? entry.field < field : entry.dot < dot
    }
    entries.insert(Entry(field: field, dot: dot, time: time, value: value), at: place)
  }

  private func firstIndex(where precedes: (Entry) -> Bool) -> Int {
    var low = 0
    var high = entries.count
    while low < high {
      let middle = (low + high) / 2
      if precedes(entries[middle]) { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
