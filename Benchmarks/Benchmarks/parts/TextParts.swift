// SPDX-License-Identifier: MIT

import Anchoring
import Benchmark
import Merge
import Synchronization

/// Goes round.
final class Place: Sendable {
  private let at = Atomic(0)
  private let count: Int

  init(count: Int) { self.count = count }

  var turn: Int { at.load(ordering: .relaxed) }
  func next() -> Int { at.add(1, ordering: .relaxed).newValue % count }
}

/// Note text and quotes, in memory.
func textParts() throws {
  let writers = (0..<2 as Range<UInt64>).map { WriterID(Bytes16(high: 1, low: $0)) }
  // Two people type a thousand edits each into one note, without hearing of each other.
  var begin = TextDocument()
  var words = Words(seed: 3)
  try begin.edit(
    Dot(writer: writers[0], sequence: 1, index: 0),
    patches: [TextPatch(position: 0, deleted: 0, inserted: words.text(200))])
  var typed: [[TextOperation]] = []
  for writer in writers {
    var document = begin
    var operations: [TextOperation] = []
    for number in 0..<1000 as Range<UInt64> {
      let dot = Dot(writer: writer, sequence: number + 2, index: 0)
      let patch = TextPatch(
        position: words.number(below: 800), deleted: Int(number % 2), inserted: words.next())
      let parents =
        number == 0
        ? [Dot(writer: writers[0], sequence: 1, index: 0)]
        : [
          Dot(writer: writer, sequence: number + 1, index: 0)
        ]
      try document.edit(dot, patches: [patch])
      operations.append(TextOperation(dot: dot, parents: parents, patches: [patch]))
    }
    typed.append(operations)
  }
  let (first, second, start) = (typed[0], typed[1], begin)
  Benchmark("note text, 1000 edits in a row") { benchmark in
    var document = start
    Counters.measure(benchmark) {
      for operation in first { try document.merge(operation) }
    }
  }
  Benchmark("note text, 2 x 1000 edits, concurrent") { benchmark in
    var document = start
    Counters.measure(benchmark) {
      for operation in first { try document.merge(operation) }
      for operation in second { try document.merge(operation) }
    }
  }
  let text = try CanonicalText(words.text(2000))
  let scalars = Array(text.string.unicodeScalars)
  var quote = String.UnicodeScalarView()
  quote.append(contentsOf: scalars[5000..<5110])
  let wanted = String(quote)
  Benchmark("quote found in 10 KB") { benchmark in
    Counters.measure(benchmark) {
      var search = QuoteSearch(text)
      return try search.occurrences(of: wanted).count
    }
  }
}
