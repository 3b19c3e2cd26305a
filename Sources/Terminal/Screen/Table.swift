// SPDX-License-Identifier: MIT

/// Rows and columns: a table with a header for people, tab-separated text for programs.
///
/// Cells take text as it is, from wherever it came; the table makes it harmless.
///
///     var table = Table([.init("ID", keepsWhole: true, style: .init(ink: .cyan)), .init("TITLE")])
///     table.add(["01j9", article.title])
///     output.write(table.rendered(for: facts))
public struct Table: Sendable {
  /// A column: its head and how its cells look.
  public struct Column: Sendable {
    /// What stands above it on a terminal.
    public var title: String
    /// On which side its cells stand.
    public var alignment: TextLayout.Alignment
    /// Whether it is never cut for want of room: ids, dates.
    public var keepsWhole: Bool
    /// How its cells look.
    public var style: TextStyle

    /// A column.
    public init(
      _ title: String, alignment: TextLayout.Alignment = .left, keepsWhole: Bool = false,
      style: TextStyle = .plain
    ) {
      self.title = title
      self.alignment = alignment
      self.keepsWhole = keepsWhole
      self.style = style
    }
  }

  /// The columns, from left to right.
  public let columns: [Column]
  /// The rows, from the top.
  public private(set) var rows: [[String]] = []

  /// Spaces between two columns.
  static let gap = 2
  /// A column that may be cut keeps this many cells as long as others can be cut further.
  static let comfortableWidth = 16

  /// A table without rows.
  public init(_ columns: [Column]) {
    self.columns = columns
  }

  /// Whether there are no rows.
  public var isEmpty: Bool { rows.isEmpty }

  /// Appends a row; cells that are missing are empty, and those beyond the columns are dropped.
  public mutating func add(_ cells: [String]) {
    let missing = max(0, columns.count - cells.count)
    rows.append(cells.prefix(columns.count) + [String](repeating: "", count: missing))
  }

  /// The table for a terminal, tab-separated rows for a pipe. Empty for no rows; else every line
  /// ends with a line end.
  public func rendered(for facts: TerminalFacts) -> String {
    facts.isTerminal
      ? rendered(width: facts.width, style: TerminalStyle(facts)) : tabSeparated()
  }

  /// A row a line, without header, cells escaped as ``DisplayText/tsvField(_:)`` does.
  public func tabSeparated() -> String {
    var text = ""
    for row in rows {
      text += row.map(DisplayText.tsvField).joined(separator: "\t") + "\n"
    }
    return text
  }

  /// Header and rows, aligned by display width, no line wider than `width`.
  public func rendered(width: Int, style: TerminalStyle) -> String {
    guard !rows.isEmpty else { return "" }
    let cells = rows.map { $0.map { DisplayText.escaped($0) } }
    let titles = columns.map { DisplayText.escaped($0.title) }
    let natural = columns.indices.map { column in
      cells.reduce(CellWidth.of(titles[column])) { max($0, CellWidth.of($1[column])) }
    }
    let widths = Self.fitted(natural, keepsWhole: columns.map(\.keepsWhole), to: width)
    let header = columns.map { _ in TextStyle.bold }
    var text = line(titles, widths, header, style)
    for row in cells { text += line(row, widths, columns.map(\.style), style) }
    return text
  }

  private func line(
    _ cells: [String], _ widths: [Int], _ styles: [TextStyle], _ style: TerminalStyle
  ) -> String {
    // Nothing is padded after the last cell that holds something.
    let last = widths.indices.last { widths[$0] > 0 && !cells[$0].isEmpty } ?? -1
    var text = ""
    for column in widths.indices.prefix(last + 1) where widths[column] > 0 {
      if !text.isEmpty { text += String(repeating: " ", count: Self.gap) }
      let cell = TextLayout.truncated(cells[column], to: widths[column])
      let spaces = String(repeating: " ", count: max(0, widths[column] - CellWidth.of(cell)))
      let styled = style.apply(styles[column], to: cell)
      switch columns[column].alignment {
      case .left: text += column == last ? styled : styled + spaces
      case .right: text += spaces + styled
      }
    }
    return text + "\n"
  }

  /// Widths that fit into `width` with the gaps: first the last column gives way, down to a
  /// comfortable width; then the widest of those that may be cut; then all; and when there is no
  /// room for one cell each, the columns on the right are dropped (width 0).
  static func fitted(_ natural: [Int], keepsWhole: [Bool], to width: Int) -> [Int] {
    var widths = natural.map { max($0, 1) }
    while widths.count > 1, widths.count + (widths.count - 1) * gap > width { widths.removeLast() }
    let room = width - (widths.count - 1) * gap
    var excess = widths.reduce(0, +) - room
    let cuttable = widths.indices.filter { !keepsWhole[$0] }
    if let last = cuttable.last, last == widths.count - 1 {
      excess -= cut(&widths, at: last, by: excess, least: comfortableWidth)
    }
    for (candidates, least) in [
      (cuttable, comfortableWidth), (cuttable, 4), (Array(widths.indices), 1),
    ] {
      while excess > 0, let widest = candidates.max(by: { widths[$0] < widths[$1] }),
        widths[widest] > least
      {
        excess -= cut(&widths, at: widest, by: 1, least: least)
      }
    }
    return widths + [Int](repeating: 0, count: natural.count - widths.count)
  }

  private static func cut(_ widths: inout [Int], at column: Int, by cells: Int, least: Int) -> Int {
    let cut = max(0, min(cells, widths[column] - least))
    widths[column] -= cut
    return cut
  }
}
