// SPDX-License-Identifier: MIT

import Benchmark

/// The parts, each with its time and with counters that are the same in every run.
///
/// What the build plug-in of the package `benchmark` would generate stands here, so that nothing
/// else waits for it; it is run by itself.
@main struct Parts: BenchmarkRunnerHooks {
  static func registerBenchmarks() {
    Benchmark.defaultConfiguration = .init(
      metrics: [.wallClock] + Counters.metrics, timeUnits: .microseconds,
      warmupIterations: 2, maxDuration: .seconds(4), maxIterations: 200)
    do {
      Counters.start()
      let library = try Library()
      try codecParts(library)
      try storeParts(library)
      try textParts()
    } catch {
      print("can't prepare the benchmarks: \(error)")
    }
  }
}
