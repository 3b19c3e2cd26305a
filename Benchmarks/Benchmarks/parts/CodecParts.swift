// SPDX-License-Identifier: MIT

import Benchmark
import Merge
import Store
import SyncEngine

/// A thousand changes as bytes: their own encoding, and a message's.
func codecParts(_ library: Library) throws {
  let encoded = Array(library.changes.prefix(1000))
  let decoded = try encoded.map {
    try ChangeCodec.decode($0.body, writer: $0.writer, sequence: $0.sequence)
  }
  let withBytes = Benchmark.Configuration(
    metrics: Benchmark.defaultConfiguration.metrics + [Counters.bytes])
  Benchmark("encode 1000 changes", configuration: withBytes) { benchmark in
    var bytes = 0
    Counters.measure(benchmark) {
      for change in decoded { bytes += ChangeCodec.encode(change).count }
    }
    benchmark.measurement(Counters.bytes, bytes)
  }
  Benchmark("decode 1000 changes") { benchmark in
    Counters.measure(benchmark) {
      for change in encoded {
        blackHole(
          try ChangeCodec.decode(change.body, writer: change.writer, sequence: change.sequence))
      }
    }
  }
  var answer = ExchangeAnswer(fingerprint: try library.store.holdings().fingerprint)
  answer.changes = encoded
  let message = try answer.encoded()
  Benchmark("message of 1000 changes, pack", configuration: withBytes) { [answer] benchmark in
    var bytes = 0
    Counters.measure(benchmark) { bytes = try answer.encoded().count }
    benchmark.measurement(Counters.bytes, bytes)
  }
  Benchmark("message of 1000 changes, unpack") { benchmark in
    Counters.measure(benchmark) { try ExchangeAnswer(decoding: message) }
  }
  Benchmark("apply 1000 changes to states in memory") { benchmark in
    Counters.measure(benchmark) {
      var states: [EntityID: EntityState] = [:]
      for change in decoded {
        for (index, operation) in change.operations.enumerated() {
          guard case .assign(let field, let removes, let value) = operation.action,
            field.semantics != .text
          else { continue }
          let dot = Dot(
            writer: change.writer, sequence: change.sequence, index: UInt32(index))
          states[operation.entity, default: EntityState()].apply(
            field: field, removes: removes, value: value, dot: dot, time: change.time)
        }
      }
      return states.count
    }
  }
}
