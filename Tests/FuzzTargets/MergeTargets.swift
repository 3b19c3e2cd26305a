// SPDX-License-Identifier: MIT

import Merge

/// Bodies of changes, packed states and histories of texts.
enum MergeTargets {
  static let all = [changes, columns, states, histories]

  private static let writers = (1...4).map { number in
    WriterID(Bytes16(high: UInt64(number), low: 7))
  }

  /// The body of a change, as peers send it.
  private static let changes = FuzzTarget("changes") { bytes in
    _ = try? ChangeCodec.header(of: bytes)
    guard let change = try? ChangeCodec.decode(bytes, writer: writers[0], sequence: 5) else {
      return nil
    }
    // Another program may order its tables otherwise, so the bytes may differ; the meaning not.
    let written = ChangeCodec.encode(change)
    let again: Change
    do {
      again = try ChangeCodec.decode(written, writer: writers[0], sequence: 5)
    } catch {
      return "a change can't be read after it was written: \(error)"
    }
    return same("a change", change, again)
      ?? same("the bytes of a change", written, ChangeCodec.encode(again))
  }

  /// Bodies by columns, in both directions.
  private static let columns = FuzzTarget("columns") { bytes in
    if let columns = try? BodyColumns.split([bytes]) {
      let again = try? BodyColumns.join(columns, count: 1, bytesMax: bytes.count)
      if again != [bytes] { return "a body is another after it was put together again" }
    }
    // The same bytes as columns, each after its length.
    var columns: [[UInt8]] = []
    var rest = bytes[...]
    while let count = rest.popFirst() {
      columns.append(Array(rest.prefix(Int(count))))
      rest = rest.dropFirst(Int(count))
    }
    let limit = 10_000
    guard let bodies = try? BodyColumns.join(columns, count: 2, bytesMax: limit) else { return nil }
    if bodies[0].count + bodies[1].count > limit { return "bodies are larger than was allowed" }
    return nil
  }

  /// The row of an entity.
  private static let states = FuzzTarget("states", seeds: ["two-titles": stateSeed]) { bytes in
    let table = WriterTable(writers)
    guard let state = try? EntityStateCodec.decode(bytes, writers: table) else { return nil }
    var after = table
    let written = EntityStateCodec.encode(state, writers: &after)
    guard let again = try? EntityStateCodec.decode(written, writers: after) else {
      return "a state can't be read after it was written"
    }
    _ = state.winner(of: .title)
    return same("a state", state, again)
  }

  private static var stateSeed: [UInt8] {
    var state = EntityState()
    state.modified = 1_700_000_000_000
    for (index, writer) in writers.enumerated() {
      let dot = Dot(writer: writer, sequence: UInt64(index) + 1, index: 0)
      state.entries.append(
        EntityState.Entry(
          field: .title, dot: dot, time: state.modified + Int64(index), value: .text("Title")))
    }
    state.text = "A note."
    var table = WriterTable(writers)
    return EntityStateCodec.encode(state, writers: &table)
  }

  /// The packed history of a note's text.
  private static let histories = FuzzTarget(
    "histories", seeds: ["two-branches": historySeed]
  ) { bytes in
    guard let (history, text) = try? TextCodec.decode(bytes) else { return nil }
    let written = TextCodec.encode(history, text: text)
    guard let (again, _) = try? TextCodec.decode(written) else {
      return "a history can't be read after it was written"
    }
    if history.unitCount > 100_000 { return nil }
    let first = (try? history.text())?.utf8
    return same("the text of a history", first, (try? again.text())?.utf8)
      ?? same("the heads of a history", history.heads, again.heads)
  }

  private static var historySeed: [UInt8] {
    var history = TextHistory()
    let first = Dot(writer: writers[0], sequence: 1, index: 0)
    let operations = [
      TextOperation(
        dot: first, parents: [], patches: [TextPatch(position: 0, deleted: 0, inserted: "River")]),
      TextOperation(
        dot: Dot(writer: writers[0], sequence: 2, index: 0), parents: [first],
        patches: [TextPatch(position: 5, deleted: 0, inserted: " rose")]),
      TextOperation(
        dot: Dot(writer: writers[1], sequence: 1, index: 0), parents: [first],
        patches: [TextPatch(position: 0, deleted: 1, inserted: "r")]),
    ]
    for operation in operations {
      do { try history.append(operation) } catch { return [] }
    }
    return TextCodec.encode(history, text: try? history.text())
  }
}
