// SPDX-License-Identifier: MIT

/// A text as ``Painter`` sees it: units that are kept whole, and how each one looks.
///
/// Labels and brackets are units of their own, so that wrapping counts them and keeps them beside
/// their words.
struct Canvas {
  private(set) var units: [WrapUnit] = []
  /// One for each unit.
  private(set) var styles: [TextStyle] = []
  /// Stretches of units between line ends; never none.
  private(set) var paragraphs: [Range<Int>] = []

  private let usesColor: Bool
  private var paragraphStart = 0

  init(text: String, spans: [PaintSpan], usesColor: Bool) {
    self.usesColor = usesColor
    let clusters = Cluster.all(of: text)
    let events = Marks(spans, clusters)
    var look = TextStyle.plain
    for index in 0...clusters.count {
      if events.changes[index] {
        events.endingLabels(at: index).forEach { appendLabel($0) }
        look = events.look(at: index)
        events.startingLabels(at: index).forEach { appendOpening($0) }
      }
      if index < clusters.count { append(clusters[index], look) }
    }
    // A line end at the end of the text ends its last line, and doesn't begin another.
    if paragraphStart < units.count || paragraphs.isEmpty || clusters.last?.isLineEnd == false {
      paragraphs.append(paragraphStart..<units.count)
    }
  }

  private mutating func append(_ cluster: Cluster, _ look: TextStyle) {
    if cluster.isLineEnd {
      paragraphs.append(paragraphStart..<units.count)
      paragraphStart = units.count
    } else if cluster.shown == "\t" {
      for _ in 0..<Painter.tabWidth { append(WrapUnit(" "), look) }
    } else if !cluster.shown.isEmpty {
      append(WrapUnit(cluster.shown), look)
    }
  }

  private mutating func append(_ unit: WrapUnit, _ look: TextStyle) {
    units.append(unit)
    styles.append(usesColor ? look : .plain)
  }

  private mutating func appendLabel(_ label: String) {
    let text = usesColor ? label : "‹" + Self.bare(label) + "]"
    guard !text.isEmpty else { return }
    append(WrapUnit(text: text, width: CellWidth.of(text), kind: .closing), .dim)
  }

  private mutating func appendOpening(_ label: String) {
    guard !usesColor else { return }
    let text = "[" + Self.bare(label) + "›"
    append(WrapUnit(text: text, width: CellWidth.of(text), kind: .opening), .plain)
  }

  /// A label without the brackets around it.
  private static func bare(_ label: String) -> String {
    guard label.hasPrefix("["), label.hasSuffix("]"), label.count > 1 else { return label }
    return String(label.dropFirst().dropLast())
  }
}

/// A grapheme cluster of the original text, and what is shown for it.
struct Cluster {
  var shown: String
  /// Offset of its first code point.
  var start: Int
  /// Offset behind its last code point.
  var end: Int
  var isLineEnd: Bool
  var isSpace: Bool

  static func all(of text: String) -> [Cluster] {
    var clusters: [Cluster] = []
    clusters.reserveCapacity(text.utf8.count)
    var escaper = ScalarEscaper(breaks: .keep)
    var start = 0
    var scalars = text.unicodeScalars[...]
    var shown: [UInt8] = []
    while let first = scalars.first {
      let count = clusterLength(text, scalars)
      shown.removeAll(keepingCapacity: true)
      for _ in 0..<count {
        guard let scalar = scalars.popFirst() else { break }
        escaper.append(scalar, next: scalars.first, to: &shown)
      }
      let isLineEnd = shown == [0x0A]
      clusters.append(
        Cluster(
          shown: String(decoding: shown, as: UTF8.self), start: start, end: start + count,
          isLineEnd: isLineEnd, isSpace: isLineEnd || first == " " || first == "\t"))
      start += count
    }
    return clusters
  }

  /// How many code points make the first cluster of what is left. Between two characters of ASCII
  /// other than CR LF there is always a boundary (Unicode Standard Annex 29, GB3 to GB5).
  private static func clusterLength(
    _ text: String, _ scalars: Substring.UnicodeScalarView
  ) -> Int {
    let second = scalars.index(after: scalars.startIndex)
    guard second < scalars.endIndex else { return 1 }
    if scalars[scalars.startIndex].isASCII, scalars[second].isASCII,
      scalars[scalars.startIndex] != "\r"
    {
      return 1
    }
    return text[scalars.startIndex].unicodeScalars.count
  }
}

/// Where highlights begin and end, in clusters.
private struct Marks {
  private struct Placed {
    var range: Range<Int>
    var color: HighlightColor
    var label: String
  }

  /// For every cluster, and the end, whether a highlight begins or ends before it.
  private(set) var changes: [Bool]
  private var starting: [Int: [Placed]] = [:]
  private var ending: [Int: [Placed]] = [:]
  private var looks: [Int: TextStyle] = [:]

  init(_ spans: [PaintSpan], _ clusters: [Cluster]) {
    changes = [Bool](repeating: false, count: clusters.count + 1)
    let starts = clusters.map(\.start)
    var boundaries: Set<Int> = []
    for span in spans {
      guard let range = Self.clusterRange(span.range, starts, clusters) else { continue }
      let label = DisplayText.escaped(span.label)
      let placed = Placed(range: range, color: span.color, label: label)
      starting[range.lowerBound, default: []].append(placed)
      ending[range.upperBound, default: []].append(placed)
      boundaries.formUnion([range.lowerBound, range.upperBound])
    }
    var active: [Placed] = []
    for boundary in boundaries.sorted() {
      changes[boundary] = true
      active.removeAll { $0.range.upperBound == boundary }
      // Of those that begin together the longest comes first, so that the shortest is on top.
      starting[boundary]?.sort { $0.range.upperBound > $1.range.upperBound }
      // Of those that end together the innermost comes first.
      ending[boundary]?.reverse()
      ending[boundary]?.sort { $0.range.lowerBound > $1.range.lowerBound }
      active += starting[boundary] ?? []
      looks[boundary] = active.last.map {
        TextStyle(underline: active.count > 1, highlight: $0.color)
      }
    }
  }

  func look(at index: Int) -> TextStyle { looks[index] ?? .plain }

  func startingLabels(at index: Int) -> [String] { starting[index]?.map(\.label) ?? [] }

  func endingLabels(at index: Int) -> [String] { ending[index]?.map(\.label) ?? [] }

  /// The clusters that a range of code points touches, without white space at the end; of one
  /// that is all white space, what comes before its first line end. `nil` when that is nothing.
  private static func clusterRange(
    _ range: Range<Int>, _ starts: [Int], _ clusters: [Cluster]
  ) -> Range<Int>? {
    let range = range.clamped(to: 0..<(clusters.last?.end ?? 0))
    guard !range.isEmpty else { return nil }
    // The first cluster that begins behind the range's first code point is one too far.
    let first = firstIndex(starts) { $0 > range.lowerBound } - 1
    let last = firstIndex(starts) { $0 >= range.upperBound }
    var end = last
    while end > first, clusters[end - 1].isSpace { end -= 1 }
    if end == first { end = clusters[first..<last].firstIndex(where: \.isLineEnd) ?? last }
    return end > first ? first..<end : nil
  }

  /// Binary search for the first element that satisfies a condition which holds from there on.
  private static func firstIndex(_ sorted: [Int], where holds: (Int) -> Bool) -> Int {
    var low = 0
    var high = sorted.count
    while low < high {
      let middle = (low + high) / 2
      if holds(sorted[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
