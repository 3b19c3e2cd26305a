// SPDX-License-Identifier: MIT

extension CanonicalText {
  /// The paragraphs: the longest stretches of lines that are not blank, as code-point ranges
  /// without the line feed that ends them.
  ///
  /// A blank line has only white space and invisible characters. O(n).
  public var blocks: [Range<Int>] {
    var out: [Range<Int>] = []
    var open: Range<Int>?
    for line in lines {
      if line.isBlank {
        if let block = open { out.append(block) }
        open = nil
      } else {
        open = (open?.lowerBound ?? line.range.lowerBound)..<line.range.upperBound
      }
    }
    if let block = open { out.append(block) }
    return out
  }

  /// One line: its code points without the line feed.
  struct Line {
    var range: Range<Int>
    var isBlank: Bool
  }

  /// All lines, in order.
  var lines: [Line] {
    var classes = ScalarClasses()
    let scalars = scalars
    var out: [Line] = []
    var start = 0
    while start <= scalars.count {
      var end = start
      var isBlank = true
      while end < scalars.count, scalars[end] != 0x0A {
        if isBlank, !classes.of(scalars[end]).isInvisible { isBlank = false }
        end += 1
      }
      out.append(Line(range: start..<end, isBlank: isBlank))
      start = end + 1
    }
    return out
  }
}
