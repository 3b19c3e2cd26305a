// SPDX-License-Identifier: MIT
import Foundation
import Merge

/// What one trace costs.
struct TextFigures {
  var name: String
  var operations: Int
  var replay: Timing
  var merge: Timing
  var encode: Timing
  var load: Timing
  var history: Timing
  var encodedBytes: Int
  var updateBytes: Int
  var peakBytes: Int
  var growthBytes: Int

  var json: [String: Any] {
    [
      "name": name, "operations": operations, "replay": replay.json, "merge": merge.json,
      "encode": encode.json, "load": load.json, "load_history": history.json,
      "encoded_bytes": encodedBytes, "update_bytes": updateBytes, "peak_rss_bytes": peakBytes,
      "replay_growth_bytes": growthBytes,
    ]
  }

  var shown: String {
    """
    \(name): \(operations) transactions
      replay as local edits   \(replay.shown)
      merge into an empty note\(merge.shown)
      encode                  \(encode.shown)
      load, text ready        \(load.shown)
      load, history too       \(history.shown)
      encoded                 \(encodedBytes) bytes; history alone \(updateBytes)
      peak memory             \(peakBytes >> 10) KiB resident; replay added \(growthBytes >> 10) KiB
    """
  }
}

/// One writer's edits, made one by one; or several writers', as they arrive one by one.
func replay(_ trace: Trace) throws(TextError) -> TextDocument {
  var note = TextDocument()
  if trace.concurrent {
    for op in trace.operations { try note.merge(op) }
  } else {
    for op in trace.operations { try note.edit(op.dot, patches: op.patches) }
  }
  return note
}

func figures(_ trace: Trace, runs: Int) throws -> TextFigures {
  func expectEnd(_ text: TextBuffer?, _ what: String) throws {
    guard let text, text.utf8.elementsEqual(trace.end.utf8) else {
      throw BenchError("\(trace.name): \(what): not the text that the file says it ends in")
    }
  }
  Memory.resetPeak()
  let before = Memory.now
  let note: TextDocument
  do {
    note = try replay(trace)
  } catch {
    throw BenchError("\(trace.name): \(error)")
  }
  let growth = Memory.peak - before
  try expectEnd(note.text, "replay")
  let replayTiming = try measure(runs: runs) {
    try replay(trace)
  } check: {
    try expectEnd($0.text, "replay")
  }
  let update = TextCodec.encode(note.history, text: nil)
  let mergeTiming = try measure(runs: runs) {
    let remote = try TextCodec.decode(update).history
    var empty = (history: TextHistory(), text: TextBuffer())
    try empty.history.merge(contentsOf: remote, into: &empty.text)
    return empty
  } check: {
    try expectEnd($0.text, "merge")
  }
  var bytes: [UInt8] = []
  let encodeTiming = measure(runs: runs) {
    TextCodec.encode(note.history, text: note.text)
  } check: {
    bytes = $0
  }
  let loadTiming = try measure(runs: runs) {
    try EncodedText(bytes)
  } check: {
    try expectEnd($0.text, "load")
  }
  let historyTiming = try measure(runs: runs) {
    try TextCodec.decode(bytes)
  } check: {
    try expectEnd($0.text, "load")
    guard $0.history.heads == note.history.heads else {
      throw BenchError("\(trace.name): load: another history")
    }
  }
  return TextFigures(
    name: trace.name, operations: trace.operations.count, replay: replayTiming,
    merge: mergeTiming, encode: encodeTiming, load: loadTiming, history: historyTiming,
    encodedBytes: bytes.count, updateBytes: update.count, peakBytes: Memory.peak,
    growthBytes: growth)
}

/// Runs conformance histories one by one, at once and from their encoded form; returns what failed.
func conformance(_ trace: Trace) -> String? {
  do {
    let note = try replay(trace)
    var bulk = (history: TextHistory(), text: TextBuffer())
    try bulk.history.merge(contentsOf: trace.operations, into: &bulk.text)
    let decoded = try TextCodec.decode(TextCodec.encode(bulk.history, text: nil)).history.text()
    for (how, text) in [("one by one", note.text), ("at once", bulk.text), ("decoded", decoded)]
    where !text.utf8.elementsEqual(trace.end.utf8) {
      return "\(how): ends in \(text.string.debugDescription), not \(trace.end.debugDescription)"
    }
    return nil
  } catch {
    return "\(error)"
  }
}
