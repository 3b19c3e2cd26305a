// SPDX-License-Identifier: MIT

/// How many colours to use.
public enum ColorDepth: Int, Sendable, Comparable {
  /// None, and no bold or underline either.
  case none
  /// The terminal's own 16.
  case basic
  /// The 256 of xterm.
  case indexed

  /// Whether `left` has fewer colours than `right`.
  public static func < (left: ColorDepth, right: ColorDepth) -> Bool {
    left.rawValue < right.rawValue
  }
}

/// What `--color` says.
public enum ColorChoice: String, Sendable, CaseIterable {
  /// Colours on a terminal that has them.
  case auto
  /// Colours even into a pipe or a file.
  case always
  /// No colours.
  case never
}

/// What is known of where output goes: all that the layout of output depends on, as one value.
///
/// Everything else in this module is a function of such a value, so that a test can ask what a
/// narrow terminal without colours would show.
public struct TerminalFacts: Sendable, Equatable {
  /// Whether a person looks on: a table with a header, wrapped text and a pager, instead of
  /// tab-separated rows and long lines.
  public var isTerminal: Bool
  /// Columns.
  public var width: Int
  /// Rows.
  public var height: Int
  /// Colours to use.
  public var color: ColorDepth
  /// Whether the cursor can be sent back, for a line that is drawn again and again.
  public var canRedraw: Bool

  /// Facts as given; the width is kept between ``widthMin`` and ``widthMax``.
  public init(
    isTerminal: Bool, width: Int = 80, height: Int = 24, color: ColorDepth = .none,
    canRedraw: Bool? = nil
  ) {
    self.isTerminal = isTerminal
    self.width = min(max(width, Self.widthMin), Self.widthMax)
    self.height = max(height, 1)
    self.color = color
    self.canRedraw = canRedraw ?? isTerminal
  }

  /// The narrowest terminal that output is laid out for.
  public static let widthMin = 20
  /// The widest one.
  public static let widthMax = 2000
  /// A pipe or a file.
  public static let pipe = TerminalFacts(isTerminal: false)
}

extension TerminalFacts {
  /// Looks at a descriptor and the environment.
  ///
  /// - Parameters:
  ///   - environment: the process's variables; `NO_COLOR`, `CLICOLOR`, `CLICOLOR_FORCE`, `TERM`,
  ///     `COLORTERM`, `COLUMNS` and `LINES` are read.
  ///   - choice: what `--color` says.
  ///   - descriptor: 1 for output, 2 for progress and messages.
  public static func detect(
    environment: [String: String], choice: ColorChoice = .auto, descriptor: Int32 = 1
  ) -> TerminalFacts {
    decide(
      environment: environment, choice: choice, isTerminal: SystemCalls.isTerminal(descriptor),
      size: SystemCalls.size(descriptor))
  }

  /// The decision alone.
  ///
  /// A width in `COLUMNS` goes before the terminal's own: a shell doesn't export it, so whoever
  /// did meant it. `size` is `nil` when the terminal doesn't say; 80 by 24 then.
  public static func decide(
    environment: [String: String], choice: ColorChoice = .auto, isTerminal: Bool,
    size: (columns: Int, rows: Int)?
  ) -> TerminalFacts {
    let isDumb = ["", "dumb"].contains(environment["TERM"] ?? "")
    return TerminalFacts(
      isTerminal: isTerminal,
      width: positive(environment["COLUMNS"]) ?? size?.columns ?? 80,
      height: positive(environment["LINES"]) ?? size.map { max($0.rows, 1) } ?? 24,
      color: usesColor(environment, choice, isTerminal: isTerminal && !isDumb)
        ? depth(environment) : .none,
      canRedraw: isTerminal && !isDumb)
  }

  /// `--color` goes first, then `NO_COLOR` (https://no-color.org), then `CLICOLOR_FORCE` and
  /// `CLICOLOR` (https://bixense.com/clicolors), then what the terminal can do.
  private static func usesColor(
    _ environment: [String: String], _ choice: ColorChoice, isTerminal: Bool
  ) -> Bool {
    switch choice {
    case .always: return true
    case .never: return false
    case .auto: break
    }
    if let value = environment["NO_COLOR"], !value.isEmpty { return false }
    if let value = environment["CLICOLOR_FORCE"], !value.isEmpty, value != "0" { return true }
    return isTerminal && environment["CLICOLOR"] != "0"
  }

  private static func depth(_ environment: [String: String]) -> ColorDepth {
    let term = environment["TERM"] ?? ""
    if let value = environment["COLORTERM"], !value.isEmpty { return .indexed }
    return term.hasSuffix("256color") || term.hasSuffix("direct") ? .indexed : .basic
  }

  private static func positive(_ text: String?) -> Int? {
    guard let text, let number = Int(text), number > 0 else { return nil }
    return number
  }
}
