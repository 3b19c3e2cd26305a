// SPDX-License-Identifier: MIT

/// What a history's units did: edits as columns, a run of typing or of deleting as one row.
struct EditRuns: Sendable {
  /// What the units of a run do.
  enum Kind: UInt8 {
    /// Put in code points, each behind the one before.
    case insert
    /// Take out code points, each at the position of the one before: the delete key.
    case deleteForward
    /// Take out code points, each before the one before: backspace.
    case deleteBackward
  }

  /// A run.
  struct Row: BitwiseCopyable {
    var kind: Kind
    /// Where the first unit acts, in the text at its parents.
    var position: Int32
    /// Where the run's text starts in `content`.
    var contentStart: Int32
  }

  /// Runs of text that is not ASCII stop at this many code points, so that finding one by its
  /// number reads little.
  static let unevenPointsMax = 4096

  /// The first unit of each run; a run ends where the next one starts.
  private(set) var starts: ContiguousArray<Int32> = []
  private(set) var rows: ContiguousArray<Row> = []
  /// All text ever put in, in the order of its units.
  private(set) var content: ContiguousArray<UInt8> = []
  private(set) var end: Int32 = 0

  /// How many runs there are.
  var count: Int { starts.count }

  /// The unit after the last one of `run`.
  @inline(__always) func end(ofRun run: Int) -> Int32 {
    run + 1 < starts.count ? starts[run + 1] : end
  }

  /// Where the text of `run` ends in `content`.
  @inline(__always) func contentEnd(ofRun run: Int) -> Int {
    run + 1 < starts.count ? Int(rows[run + 1].contentStart) : content.count
  }

  /// The run in which `unit` lies.
  func run(of unit: Int32) -> Int { Search.floor(of: unit, in: starts) }

  /// The same, when that run comes before `end`, mostly shortly before.
  @inline(__always) func run(of unit: Int32, before end: Int) -> Int {
    Search.floor(of: unit, in: starts, near: min(end, starts.count))
  }

  /// Adds the units that take out `deleted` code points at `position`. `joins` says whether the
  /// first one's only parent is the last unit there is.
  mutating func appendDeletion(at position: Int, _ deleted: Int, joins: Bool) {
    let start = end
    let position = Int32(truncatingIfNeeded: position)
    let length = Int32(truncatingIfNeeded: deleted)
    end += length
    if joins, let last = starts.indices.last, rows[last].kind != .insert {
      let before = start - starts[last]
      if rows[last].kind == .deleteForward, rows[last].position == position { return }
      if deleted == 1, position == rows[last].position - before,
        rows[last].kind == .deleteBackward || before == 1
      {
        rows[last].kind = .deleteBackward
        return
      }
    }
    push(start, .deleteForward, position)
  }

  /// Adds the units that put in `text`, which holds `points` code points, at `position`.
  mutating func appendInsertion(
    at position: Int, _ text: UnsafeRawBufferPointer, points: Int, joins: Bool
  ) {
    if points == text.count || points <= Self.unevenPointsMax {
      return appendEven(at: position, text, points: points, joins: joins)
    }
    var position = position
    var rest = text
    var left = points
    var joins = joins
    while left > 0 {
      let part = min(left, Self.unevenPointsMax)
      let cut = UTF8Scan.offset(of: part, in: rest)
      let head = UnsafeRawBufferPointer(rebasing: rest[..<cut])
      appendEven(at: position, head, points: part, joins: joins)
      rest = UnsafeRawBufferPointer(rebasing: rest[cut...])
      position += part
      left -= part
      joins = true
    }
  }

  private mutating func appendEven(
    at position: Int, _ text: UnsafeRawBufferPointer, points: Int, joins: Bool
  ) {
    let start = end
    let length = Int32(truncatingIfNeeded: points)
    if !(joins && extends(at: position, text, points: points)) {
      push(start, .insert, Int32(truncatingIfNeeded: position))
    }
    end += length
    content.append(contentsOf: text)
  }

  /// Whether text put in at `position` belongs to the last run.
  private func extends(at position: Int, _ text: UnsafeRawBufferPointer, points: Int) -> Bool {
    guard let last = starts.indices.last, rows[last].kind == .insert else { return false }
    let before = Int(end - starts[last])
    guard Int(rows[last].position) + before == position else { return false }
    let bytes = content.count - Int(rows[last].contentStart) + text.count
    return bytes == before + points || before + points <= Self.unevenPointsMax
  }

  /// No runs.
  init() {}

  /// Runs that were encoded, of so many units, and all their text.
  init(
    starts: UnsafeBufferPointer<Int32>, rows: UnsafeBufferPointer<Row>, end: Int,
    content: ContiguousArray<UInt8>
  ) {
    self.starts = ContiguousArray(starts)
    self.rows = ContiguousArray(rows)
    self.end = Int32(truncatingIfNeeded: end)
    self.content = content
  }

  private mutating func push(_ start: Int32, _ kind: Kind, _ position: Int32) {
    starts.append(start)
    rows.append(
      Row(
        kind: kind, position: position, contentStart: Int32(truncatingIfNeeded: content.count)))
  }

  /// Where a writer's cursor is after a run of `length` units at `position`.
  @inline(__always) static func cursor(after kind: Kind, at position: Int, length: Int) -> Int {
    switch kind {
    case .insert: position + length
    case .deleteForward: position
    case .deleteBackward: position - length + 1
    }
  }

  /// What the units `first ..< end` do, as far as they belong to `run`.
  @inline(__always) func edit(_ first: Int32, _ end: Int32, inRun run: Int) -> RunEdit {
    let row = rows[run]
    let length = min(end, self.end(ofRun: run)) - first
    let skipped = first - starts[run]
    let position =
      switch row.kind {
      case .insert: row.position + skipped
      case .deleteForward: row.position
      case .deleteBackward: row.position - skipped - (length - 1)
      }
    return RunEdit(kind: row.kind, position: position, length: length)
  }

  /// Where the text of the inserted units `first ..< end`, all of one run, lies in `content`.
  @inline(__always)
  func contentRange(_ first: Int32, _ end: Int32, inRun run: Int) -> Range<Int> {
    let start = Int(rows[run].contentStart)
    let isEven = contentEnd(ofRun: run) - start == Int(self.end(ofRun: run) - starts[run])
    guard isEven else { return unevenContentRange(first, end, inRun: run) }
    let skipped = start - Int(starts[run])
    return Int(first) + skipped..<Int(end) + skipped
  }

  /// The same when not every code point of the run is one byte.
  @inline(never)
  private func unevenContentRange(_ first: Int32, _ end: Int32, inRun run: Int) -> Range<Int> {
    let start = Int(rows[run].contentStart)
    let stop = contentEnd(ofRun: run)
    let from = Int(first - starts[run])
    let to = Int(end - starts[run])
    return content.withUnsafeBytes { bytes in
      let text = UnsafeRawBufferPointer(rebasing: bytes[start..<stop])
      let low = from == 0 ? 0 : UTF8Scan.offset(of: from, in: text)
      let rest = UnsafeRawBufferPointer(rebasing: text[low...])
      let whole = end == self.end(ofRun: run)
      let high = whole ? text.count : low + UTF8Scan.offset(of: to - from, in: rest)
      return start + low..<start + high
    }
  }
}

/// Part of a run as one edit; `position` is the lowest one that it touches.
struct RunEdit {
  var kind: EditRuns.Kind
  var position: Int32
  var length: Int32

  /// Refuses an edit that lies outside a text of `count` code points, or makes it longer than
  /// `most`. Its units, of `history`, start at `first`.
  @inline(__always)
  func check(
    count: Int, most: Int, at first: Int32, in history: TextHistory
  ) throws(TextError) {
    let position = Int(position)
    let length = Int(length)
    let fits =
      kind == .insert ? position <= count && count + length <= most : position + length <= count
    guard position >= 0, fits else { throw flaw(count: count, at: first, in: history) }
  }

  /// What is wrong with an edit that doesn't fit.
  @inline(never)
  private func flaw(count: Int, at first: Int32, in history: TextHistory) -> TextError {
    let position = Int(position)
    if kind == .insert {
      let dot = history.names.operation(at: first).dot
      return position >= 0 && position <= count
        ? .tooLong(op: dot, limit: .text)
        : .positionOutside(op: dot, position: position, count: count)
    }
    // Of several ops in one run, the first whose code point isn't there is to blame.
    let inside = kind == .deleteForward ? max(0, count - position) : 0
    let unit = first + Int32(truncatingIfNeeded: inside)
    return .deletionOutside(
      op: history.names.operation(at: unit).dot, position: position, deleted: Int(length),
      count: count)
  }
}
