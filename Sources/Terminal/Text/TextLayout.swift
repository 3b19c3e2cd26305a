// SPDX-License-Identifier: MIT

/// Fitting text into cells: cut, padded, or wrapped.
///
/// Works on text that has been through ``DisplayText``, and holds no escape sequences: style
/// comes afterwards. A grapheme cluster is never cut.
public enum TextLayout {
  /// On which side of a column a text stands.
  public enum Alignment: Sendable, Equatable {
    /// Left: words.
    case left
    /// Right: numbers.
    case right
  }

  /// The text, or as much of it as fits with `…` after it, in at most `width` cells.
  public static func truncated(_ text: String, to width: Int) -> String {
    // A byte takes a cell at most, so that what is short is not measured.
    if text.utf8.count <= width || CellWidth.of(text) <= width { return text }
    guard width > 0 else { return "" }
    var kept = ""
    var cells = 0
    for character in text {
      cells += CellWidth.of(character)
      if cells > width - 1 { break }
      kept.append(character)
    }
    while kept.last == " " { kept.removeLast() }
    return kept + "…"
  }

  /// The text with spaces to make `width` cells; wider text stays as it is.
  public static func padded(
    _ text: String, to width: Int, _ alignment: Alignment = .left
  ) -> String {
    let spaces = String(repeating: " ", count: max(0, width - CellWidth.of(text)))
    return alignment == .left ? text + spaces : spaces + text
  }

  /// The text in lines of at most `width` cells, broken between words; line ends stay line ends.
  ///
  /// Spaces at a break are dropped. A word that is longer than a line is broken anywhere, Chinese
  /// and Japanese between any two characters but not before a closing or after an opening mark.
  /// Only a single cluster wider than `width` makes a line that is too long.
  ///
  /// - Parameter indent: stands before every line but the first of each paragraph.
  public static func wrapped(_ text: String, to width: Int, indent: String = "") -> [String] {
    let indentWidth = CellWidth.of(indent)
    var lines: [String] = []
    for paragraph in text.split(separator: "\n", omittingEmptySubsequences: false) {
      let units = paragraph.map { WrapUnit(String($0)) }
      let ranges = WrapUnit.lines(units[...], width: width, indentWidth: indentWidth)
      for (index, range) in ranges.enumerated() {
        lines.append((index > 0 ? indent : "") + units[range].map(\.text).joined())
      }
    }
    return lines
  }
}

/// What a line is made of: a grapheme cluster, or something that is kept whole like one.
struct WrapUnit: Sendable, Equatable {
  /// How a unit behaves at the end of a line.
  enum Kind: Sendable, Equatable {
    /// Part of a word.
    case word
    /// A space: a line may end before it, and then it isn't shown.
    case space
    /// Part of a word after which a line may end: a hyphen or a dash.
    case hyphen
    /// A wide character: a line may end on both sides.
    case wide
    /// No line ends after it: an opening bracket.
    case opening
    /// No line ends before it: a full stop, a label.
    case closing
  }

  var text: String
  var width: Int
  var kind: Kind

  init(text: String, width: Int, kind: Kind) {
    self.text = text
    self.width = width
    self.kind = kind
  }

  /// The unit for one grapheme cluster, or for the escape of one.
  init(_ text: String) {
    self.text = text
    width = CellWidth.of(text)
    kind = Self.kind(of: text, width: width)
  }

  private static func kind(of text: String, width: Int) -> Kind {
    guard let first = text.unicodeScalars.first else { return .word }
    if text.utf8.count == UTF8.width(first) {  // A code point alone.
      switch first.value {
      case 0x20, 0x09, 0x3000: return .space
      case 0x2D, 0x2010, 0x2013, 0x2014, 0x2027: return .hyphen  // - ‐ – — ‧
      default: break
      }
    }
    guard width > 1, CellWidth.of(first) > 1 else {
      return .word  // The escape ⟪U+202E⟫, too, is kept in its word.
    }
    switch first.properties.generalCategory {
    case .openPunctuation, .initialPunctuation: return .opening
    case .closePunctuation, .finalPunctuation, .otherPunctuation: return .closing
    default: return .wide
    }
  }

  /// Whether a line may end between two units.
  private static func canBreak(_ left: Kind, _ right: Kind) -> Bool {
    if right == .closing || right == .space || left == .opening { return false }
    return left == .space || left == .hyphen || left == .wide || right == .wide
  }

  /// The units of one paragraph, shared out to lines; never no line. Spaces at the end of a line
  /// are in none.
  static func lines(
    _ units: ArraySlice<WrapUnit>, width: Int, indentWidth: Int = 0
  ) -> [Range<Int>] {
    var lines: [Range<Int>] = []
    var start = units.startIndex
    repeat {
      let room = max(1, lines.isEmpty ? width : width - indentWidth)
      let (end, next) = lineEnd(units, from: start, width: room)
      lines.append(start..<end)
      start = next
    } while start < units.endIndex
    return lines
  }

  /// Where the line that starts at `start` ends, and where the next one starts.
  private static func lineEnd(
    _ units: ArraySlice<WrapUnit>, from start: Int, width: Int
  ) -> (end: Int, next: Int) {
    var cells = 0
    var lastBreak: Int? = nil
    var index = start
    while index < units.endIndex {
      let unit = units[index]
      if index > start, canBreak(units[index - 1].kind, unit.kind) { lastBreak = index }
      cells += unit.width
      if cells > width, unit.kind != .space, index > start {
        let next = lastBreak ?? index
        return (trimmed(units, start..<next), next)
      }
      index += 1
    }
    return (trimmed(units, start..<index), index)
  }

  /// The end of a line without its last spaces.
  private static func trimmed(_ units: ArraySlice<WrapUnit>, _ line: Range<Int>) -> Int {
    var end = line.upperBound
    while end > line.lowerBound, units[end - 1].kind == .space { end -= 1 }
    return end
  }
}
