// SPDX-License-Identifier: MIT

/// The shortest way from one sequence of numbers to another: Myers, "An O(ND) Difference Algorithm
/// and Its Variations" (Algorithmica 1986).
enum MyersDiff {
  /// What of the old becomes what of the new.
  struct Hunk: Equatable {
    var old: Range<Int>
    var new: Range<Int>

    /// Whether something goes and something comes.
    var isReplacement: Bool { !old.isEmpty && !new.isEmpty }
  }

  /// After so many differences the rest is taken for different altogether. Bounds the memory to
  /// 4 MiB and the time to some milliseconds.
  static let differencesMax = 1000

  /// The hunks that differ between `old` and `new`, first to last.
  static func hunks(_ old: [Int32], _ new: [Int32]) -> [Hunk] {
    var start = 0
    while start < old.count, start < new.count, old[start] == new[start] { start += 1 }
    var (oldEnd, newEnd) = (old.count, new.count)
    while oldEnd > start, newEnd > start, old[oldEnd - 1] == new[newEnd - 1] {
      oldEnd -= 1
      newEnd -= 1
    }
    if start == oldEnd && start == newEnd { return [] }
    let whole = [Hunk(old: start..<oldEnd, new: start..<newEnd)]
    guard start < oldEnd, start < newEnd else { return whole }
    guard let trace = search(old[start..<oldEnd], new[start..<newEnd]) else { return whole }
    return walkBack(trace, old: start..<oldEnd, new: start..<newEnd)
  }

  /// For each number of differences, how far each diagonal reaches; nil when there are too many.
  private static func search(_ old: ArraySlice<Int32>, _ new: ArraySlice<Int32>) -> [[Int32]]? {
    let (first, second) = (old.startIndex, new.startIndex)
    var trace: [[Int32]] = []
    var reach: [Int32] = [0]
    for differences in 0...min(differencesMax, old.count + new.count) {
      var next = [Int32](repeating: 0, count: 2 * differences + 1)
      for place in stride(from: 0, through: 2 * differences, by: 2) {
        let diagonal = place - differences
        var x = differences == 0 ? 0 : start(reach, place, differences)
        var y = x - diagonal
        guard x <= old.count, y <= new.count else {
          next[place] = Int32(truncatingIfNeeded: x)
          continue
        }
        while x < old.count, y < new.count, old[first + x] == new[second + y] {
          x += 1
          y += 1
        }
        next[place] = Int32(truncatingIfNeeded: x)
        if x == old.count && y == new.count {
          trace.append(next)
          return trace
        }
      }
      trace.append(next)
      reach = next
    }
    return nil
  }

  /// Where diagonal `place - differences` starts, one difference after `reach`.
  private static func start(_ reach: [Int32], _ place: Int, _ differences: Int) -> Int {
    // Place p of a round is place p - 1 of the one before, which has two places fewer.
    let below = place - 2 >= 0 ? Int(reach[place - 2]) + 1 : -1
    let above = place <= 2 * differences - 2 ? Int(reach[place]) : -1
    return max(below, above)
  }

  private static func walkBack(
    _ trace: [[Int32]], old: Range<Int>, new: Range<Int>
  ) -> [Hunk] {
    var out: [Hunk] = []
    var (x, y) = (old.count, new.count)
    var differences = trace.count - 1
    while differences > 0 {
      let place = x - y + differences
      let from = start(trace[differences - 1], place, differences)
      // The snake from there to here is common.
      let deletes = place - 2 >= 0 && Int(trace[differences - 1][place - 2]) + 1 == from
      let (toX, toY) = (from, from - (place - differences))
      let (fromX, fromY) = deletes ? (toX - 1, toY) : (toX, toY - 1)
      let step = Hunk(
        old: old.lowerBound + fromX..<old.lowerBound + toX,
        new: new.lowerBound + fromY..<new.lowerBound + toY)
      if let last = out.last, last.old.lowerBound == step.old.upperBound,
        last.new.lowerBound == step.new.upperBound
      {
        out[out.count - 1] = Hunk(
          old: step.old.lowerBound..<last.old.upperBound,
          new: step.new.lowerBound..<last.new.upperBound)
      } else {
        out.append(step)
      }
      (x, y) = (fromX, fromY)
      differences -= 1
    }
    return out.reversed()
  }
}
