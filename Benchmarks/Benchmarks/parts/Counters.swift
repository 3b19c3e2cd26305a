// SPDX-License-Identifier: MIT

import Benchmark
import CCounters

/// What is counted beside the time.
struct Counters {
  static let statements = BenchmarkMetric.custom("SQL statements", useScalingFactor: false)
  static let allocations = BenchmarkMetric.custom("allocations", useScalingFactor: false)
  static let allocated = BenchmarkMetric.custom("bytes allocated", useScalingFactor: false)
  /// Bytes that came out.
  static let bytes = BenchmarkMetric.custom("bytes made", useScalingFactor: false)

  static let metrics = [statements, allocations, allocated]

  static func start() {
    if !postil_count_statements() { print("SQL statements are not counted: SQLite refused") }
  }

  private let before = (postil_statements(), postil_allocations(), postil_allocated_bytes())

  /// Measures `body` with its counters.
  static func measure<Result>(_ benchmark: Benchmark, _ body: () throws -> Result) {
    benchmark.startMeasurement()
    let counters = Counters()
    do {
      blackHole(try body())
    } catch {
      benchmark.error("\(error)")
    }
    let after = (postil_statements(), postil_allocations(), postil_allocated_bytes())
    benchmark.stopMeasurement()
    benchmark.measurement(statements, Int(after.0 - counters.before.0))
    benchmark.measurement(allocations, Int(after.1 - counters.before.1))
    benchmark.measurement(allocated, Int(after.2 - counters.before.2))
  }
}
