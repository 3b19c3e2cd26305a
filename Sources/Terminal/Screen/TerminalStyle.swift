// SPDX-License-Identifier: MIT

/// The palette of highlights; the names are those of `--color` of `annotate`.
public enum HighlightColor: String, Sendable, CaseIterable {
  /// The default.
  case yellow
  /// Green.
  case green
  /// Blue.
  case blue
  /// Red.
  case red
  /// Purple.
  case purple
  /// Orange.
  case orange

  /// The colour for a name in an annotation; yellow for one that isn't in the palette, so that a
  /// newer version's colour is at least seen.
  public init(name: String?) {
    self = name.flatMap { HighlightColor(rawValue: $0) } ?? .yellow
  }

  /// A pastel of xterm's cube, on which black reads (contrast ≥ 10) whatever the terminal's theme.
  var indexedBackground: UInt8 {
    switch self {
    case .yellow: 228
    case .green: 157
    case .blue: 153
    case .red: 217
    case .purple: 183
    case .orange: 215
    }
  }

  /// Background and foreground among the 16; orange is the bright yellow.
  var basicCodes: String {
    switch self {
    case .yellow: "43;30"
    case .green: "42;30"
    case .blue: "44;97"
    case .red: "41;97"
    case .purple: "45;97"
    case .orange: "103;30"
    }
  }
}

/// How a stretch of text looks.
public struct TextStyle: Sendable, Equatable {
  /// Foreground colours for messages and columns: the terminal's own, so that they suit its theme.
  public enum Ink: UInt8, Sendable {
    /// Errors.
    case red = 31
    /// Success.
    case green = 32
    /// Warnings.
    case yellow = 33
    /// Links.
    case blue = 34
    /// Tags.
    case magenta = 35
    /// Ids.
    case cyan = 36
  }

  /// Heavier.
  public var bold: Bool
  /// Fainter.
  public var dim: Bool
  /// Underlined.
  public var underline: Bool
  /// Foreground; a highlight has its own and goes first.
  public var ink: Ink?
  /// Background, with a foreground that reads on it.
  public var highlight: HighlightColor?

  /// A style with what is named.
  public init(
    bold: Bool = false, dim: Bool = false, underline: Bool = false, ink: Ink? = nil,
    highlight: HighlightColor? = nil
  ) {
    self.bold = bold
    self.dim = dim
    self.underline = underline
    self.ink = ink
    self.highlight = highlight
  }

  /// No style.
  public static let plain = TextStyle()
  /// Heavier.
  public static let bold = TextStyle(bold: true)
  /// Fainter.
  public static let dim = TextStyle(dim: true)
}

/// Puts styles on text, as far as the terminal has them.
///
/// Text must be harmless already (``DisplayText``); each styled stretch ends with a full reset, so
/// that nothing leaks into the next line of a pager. Don't nest.
public struct TerminalStyle: Sendable, Equatable {
  /// Colours to use.
  public let depth: ColorDepth

  /// Styles for those facts.
  public init(_ facts: TerminalFacts) {
    depth = facts.color
  }

  /// Styles for that many colours.
  public init(depth: ColorDepth) {
    self.depth = depth
  }

  /// `text` in that style; unchanged when it is empty, or there are no colours.
  public func apply(_ style: TextStyle, to text: String) -> String {
    let codes = codes(style)
    return codes.isEmpty || text.isEmpty ? text : "\u{1B}[\(codes)m\(text)\u{1B}[0m"
  }

  /// Heavier.
  public func bold(_ text: String) -> String { apply(.bold, to: text) }

  /// Fainter.
  public func dim(_ text: String) -> String { apply(.dim, to: text) }

  /// In a foreground colour.
  public func ink(_ ink: TextStyle.Ink, _ text: String) -> String {
    apply(TextStyle(ink: ink), to: text)
  }

  /// On a highlight's background.
  public func highlight(_ color: HighlightColor, _ text: String) -> String {
    apply(TextStyle(highlight: color), to: text)
  }

  /// The parameters of the SGR sequence (ECMA-48, 8.3.117); empty for no style.
  func codes(_ style: TextStyle) -> String {
    guard depth > .none else { return "" }
    var codes: [String] = []
    if style.bold { codes.append("1") }
    if style.dim { codes.append("2") }
    if style.underline { codes.append("4") }
    if let highlight = style.highlight {
      // 16 is the cube's black, which no theme changes.
      codes.append(
        depth == .indexed
          ? "48;5;\(highlight.indexedBackground);38;5;16" : highlight.basicCodes)
    } else if let ink = style.ink {
      codes.append("\(ink.rawValue)")
    }
    return codes.joined(separator: ";")
  }
}
