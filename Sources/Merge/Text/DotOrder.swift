// SPDX-License-Identifier: MIT

/// The order of ops of one text that were made apart: where two put words at one place, the first
/// in this order stands first.
///
/// Later edits count their positions in what came out of it, so it must be the same for whoever
/// made them and for whoever merges them, also when in between a history turns out to be forked and
/// its changes get other names (docs/merge.md, section 5). So an op goes by what its author knew
/// already: the root of its history, its change's number there, and its place in the change. Two
/// that agree in all of these stand on two lines of one forked history; they go by the names of the
/// branches with which these lines part, which follow from the changes alone.
///
/// Of two ops that begin a text another may come to stand for either (`TextRoots`), with a dot that
/// nobody knew before; so these go by what they put in (`comparesBeginnings`).
public struct DotOrder: Sendable, Hashable {
  /// Where a branch of a forked history stands in it.
  public struct Line: Sendable, Hashable {
    /// The writer whose history it is.
    public var root: WriterID
    /// How many changes of the history come before the branch.
    public var start: UInt64
    /// The names of the branches on the way from the root to it, its own the last.
    public var path: [WriterID]

    /// A branch with all its parts.
    public init(root: WriterID, start: UInt64, path: [WriterID]) {
      self.root = root
      self.start = start
      self.path = path
    }
  }

  /// Every branch, by its name.
  private let lines: [WriterID: Line]
  /// Whether ops that begin a text come before all others, by what they put in. False: they go by
  /// their dots like all others, as where one never stands for another.
  let comparesBeginnings: Bool

  /// The order where these branches are known; none where no history is forked.
  public init(_ lines: [WriterID: Line] = [:], comparesBeginnings: Bool = false) {
    self.lines = lines
    self.comparesBeginnings = comparesBeginnings
  }

  /// Whether the op named `one` comes before the op named `two`.
  public func precedes(_ one: Dot, _ two: Dot) -> Bool {
    if lines.isEmpty { return one < two }
    let (first, second) = (lines[one.writer], lines[two.writer])
    let (left, right) = (Self.origin(one, first), Self.origin(two, second))
    if left != right { return left < right }
    for (here, there) in zip(first?.path ?? [], second?.path ?? []) where here != there {
      return here < there
    }
    return one < two
  }

  /// What the op was called before any branch was known.
  private static func origin(_ dot: Dot, _ line: Line?) -> Dot {
    guard let line else { return dot }
    return Dot(writer: line.root, sequence: line.start &+ dot.sequence, index: dot.index)
  }
}
