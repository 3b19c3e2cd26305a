// SPDX-License-Identifier: MIT

/// A highlight to paint into a text.
public struct PaintSpan: Sendable, Equatable {
  /// Where: code points of the text; what lies beyond its ends is ignored.
  public var range: Range<Int>
  /// Its colour.
  public var color: HighlightColor
  /// What stands after its end, for example `[1]`; may be empty.
  public var label: String

  /// A highlight.
  public init(range: Range<Int>, color: HighlightColor, label: String) {
    self.range = range
    self.color = color
    self.label = label
  }
}

/// Paints an article's highlights into its text.
///
/// With colours, a highlight has its background, its label follows its end, dim, and where several
/// overlap the one that began last is seen, underlined. Without, brackets say the same, overlaps
/// included: `It rained [1›all [2›night‹1] long‹2].`
///
/// The text is made harmless (``DisplayText``) and wrapped; its line ends are kept, so that
/// paragraphs stay. Ranges are code points of the text *before* that. A range that begins or ends
/// inside a grapheme cluster is painted over the whole cluster, one that ends with white space to
/// the last word before it. Cost: linear in the text, plus spans times those they overlap.
public struct Painter: Sendable {
  /// The colours.
  public let style: TerminalStyle
  /// Columns to wrap to; `nil` leaves lines as long as they are.
  public let width: Int?

  /// Lines of text that are longer than this are hard to read.
  public static let readableWidthMax = 92
  /// A tab is this many spaces.
  static let tabWidth = 4

  /// A painter with that palette, wrapping to that many columns.
  public init(style: TerminalStyle, width: Int?) {
    self.style = style
    self.width = width
  }

  /// For a terminal, its width, but no more than what reads well; for a pipe, whole lines.
  public init(_ facts: TerminalFacts) {
    self.init(
      style: TerminalStyle(facts),
      width: facts.isTerminal ? min(facts.width, Self.readableWidthMax) : nil)
  }

  /// The text with its highlights; ends with a line end unless the text is empty.
  public func paint(text: String, spans: [PaintSpan]) -> String {
    guard !text.isEmpty else { return "" }
    let canvas = Canvas(text: text, spans: spans, usesColor: style.depth > .none)
    var result = ""
    for paragraph in canvas.paragraphs {
      for line in lines(canvas, paragraph) { append(canvas, line, to: &result) }
    }
    return result
  }

  private func lines(_ canvas: Canvas, _ paragraph: Range<Int>) -> [Range<Int>] {
    guard let width else { return [paragraph] }
    return WrapUnit.lines(canvas.units[paragraph], width: width)
  }

  /// One line, each stretch of one look in one pair of escape sequences.
  private func append(_ canvas: Canvas, _ line: Range<Int>, to result: inout String) {
    var index = line.lowerBound
    while index < line.upperBound {
      let look = canvas.styles[index]
      var stretch = ""
      while index < line.upperBound, canvas.styles[index] == look {
        stretch += canvas.units[index].text
        index += 1
      }
      result += style.apply(look, to: stretch)
    }
    result += "\n"
  }
}
