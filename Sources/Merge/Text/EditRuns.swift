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

  /// Runs of text that is not ASCII stop at this many code points, so that finding one by its
  /// number reads little.
  static let unevenPointsMax = 4096

  /// The first unit of each run; a run ends where the next one starts.
  private(set) var starts: ContiguousArray<Int32> = []
  private(set) var kinds: ContiguousArray<Kind> = []
  /// Where the first unit of the run acts, in the text at its parents.
  private(set) var positions: ContiguousArray<Int32> = []
  /// Where the run's text starts in `content`.
  private(set) var contentStarts: ContiguousArray<Int32> = []
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
    run + 1 < starts.count ? Int(contentStarts[run + 1]) : content.count
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
    if joins, let last = starts.indices.last, kinds[last] != .insert {
      let before = start - starts[last]
      if kinds[last] == .deleteForward, positions[last] == position { return }
      if deleted == 1, position == positions[last] - before,
        kinds[last] == .deleteBackward || before == 1
      {
        kinds[last] = .deleteBackward
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
    guard let last = starts.indices.last, kinds[last] == .insert else { return false }
    let before = Int(end - starts[last])
    guard Int(positions[last]) + before == position else { return false }
    let bytes = content.count - Int(contentStarts[last]) + text.count
    return bytes == before + points || before + points <= Self.unevenPointsMax
  }

  /// Makes room for so many runs and bytes of text.
  mutating func reserve(runs: Int, content size: Int) {
    starts.reserveCapacity(runs)
    kinds.reserveCapacity(runs)
    positions.reserveCapacity(runs)
    contentStarts.reserveCapacity(runs)
    content.reserveCapacity(size)
  }

  private mutating func push(_ start: Int32, _ kind: Kind, _ position: Int32) {
    starts.append(start)
    kinds.append(kind)
    positions.append(position)
    contentStarts.append(Int32(truncatingIfNeeded: content.count))
  }

  /// Adds a run as it was encoded; its text, if it puts in any, is the start of `content`, of
  /// which it takes as many bytes as this returns. `even` says that `content` is ASCII.
  mutating func append(
    _ kind: Kind, at position: Int, length: Int32, content text: UnsafeRawBufferPointer, even: Bool
  ) -> Int {
    guard kind == .insert else {
      push(end, kind, Int32(truncatingIfNeeded: position))
      end += length
      return 0
    }
    let size = even ? Int(length) : UTF8Scan.offset(of: Int(length), in: text)
    let part = UnsafeRawBufferPointer(rebasing: text[..<min(size, text.count)])
    appendInsertion(at: position, part, points: Int(length), joins: false)
    return part.count
  }

  /// Where a writer's cursor is after `run`.
  func cursor(after run: Int) -> Int {
    let length = Int(end(ofRun: run) - starts[run])
    return switch kinds[run] {
    case .insert: Int(positions[run]) + length
    case .deleteForward: Int(positions[run])
    case .deleteBackward: Int(positions[run]) - length + 1
    }
  }

  /// What the units `first ..< end` do, as far as they belong to `run`.
  @inline(__always) func edit(_ first: Int32, _ end: Int32, inRun run: Int) -> RunEdit {
    let length = min(end, self.end(ofRun: run)) - first
    let skipped = first - starts[run]
    let position =
      switch kinds[run] {
      case .insert: positions[run] + skipped
      case .deleteForward: positions[run]
      case .deleteBackward: positions[run] - skipped - (length - 1)
      }
    return RunEdit(kind: kinds[run], position: position, length: length)
  }

  /// Where the text of the inserted units `first ..< end`, all of one run, lies in `content`.
  func contentRange(_ first: Int32, _ end: Int32, inRun run: Int) -> Range<Int> {
    let start = Int(contentStarts[run])
    let stop = contentEnd(ofRun: run)
    let from = Int(first - starts[run])
    let to = Int(end - starts[run])
    if stop - start == Int(self.end(ofRun: run) - starts[run]) { return start + from..<start + to }
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
  /// `most`. Its units start at `first`.
  func check(
    count: Int, most: Int, at first: Int32, in names: OperationNames
  ) throws(TextError) {
    let position = Int(position)
    let length = Int(length)
    if kind == .insert {
      guard position >= 0, position <= count else {
        throw .positionOutside(
          op: names.operation(at: first).dot, position: position, count: count)
      }
      guard count + length <= most else {
        throw .tooLong(op: names.operation(at: first).dot, limit: .text)
      }
      return
    }
    guard position >= 0, position + length <= count else {
      // Of several ops in one run, the first whose code point isn't there is to blame.
      let inside = kind == .deleteForward ? max(0, count - position) : 0
      let unit = first + Int32(truncatingIfNeeded: inside)
      throw .deletionOutside(
        op: names.operation(at: unit).dot, position: position, deleted: length, count: count)
    }
  }
}
