// SPDX-License-Identifier: MIT
import Foundation

/// Times of several runs, in milliseconds.
struct Timing {
  var runs: [Double]

  var median: Double {
    let sorted = runs.sorted()
    return sorted.count % 2 == 1
      ? sorted[sorted.count / 2]
      : (sorted[sorted.count / 2 - 1] + sorted[sorted.count / 2]) / 2
  }
  var least: Double { runs.min() ?? 0 }
  var most: Double { runs.max() ?? 0 }

  var shown: String {
    String(format: "%9.3f ms  (%.3f – %.3f)", median, least, most)
  }
  var json: [String: Double] { ["median_ms": median, "min_ms": least, "max_ms": most] }
}

/// Runs `body` so many times; what it returns is checked, outside the clock, by `check`.
func measure<Result>(
  runs: Int, _ body: () throws -> Result, check: (Result) throws -> Void
) rethrows -> Timing {
  var timing = Timing(runs: [])
  for _ in 0..<runs {
    let start = ContinuousClock.now
    let result = try body()
    let (seconds, attoseconds) = (ContinuousClock.now - start).components
    try check(result)
    timing.runs.append(Double(seconds) * 1e3 + Double(attoseconds) / 1e15)
  }
  return timing
}

/// Resident memory from /proc/self/status, in bytes.
enum Memory {
  /// Starts a new count of the peak.
  static func resetPeak() {
    try? Data("5".utf8).write(to: URL(fileURLWithPath: "/proc/self/clear_refs"))
  }

  static var peak: Int { field("VmHWM:") }
  static var now: Int { field("VmRSS:") }

  private static func field(_ name: String) -> Int {
    guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
      let line = status.split(separator: "\n").first(where: { $0.hasPrefix(name) }),
      let number = line.split(whereSeparator: { !$0.isNumber }).first.flatMap({ Int($0) })
    else { return 0 }
    return number * 1024
  }
}
