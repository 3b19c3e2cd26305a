// SPDX-License-Identifier: MIT

import Foundation
import Merge
import TestSupport
import Testing

/// A law that did not hold, and how.
struct LawBroken: Error, CustomStringConvertible {
  var description: String
}

/// Throws `LawBroken` unless `condition` holds. Cheaper in loops than an expectation.
func require(
  _ condition: @autoclosure () throws -> Bool, _ what: @autoclosure () -> String
) throws {
  if try !condition() { throw LawBroken(description: what()) }
}

/// Tries a law with one seed after another and stops at the first that breaks it, whose number the
/// failure tells. `POSTIL_SEEDS` multiplies `count`; `POSTIL_SEED` runs that one alone.
func forEachSeed(
  _ count: UInt64, sourceLocation: SourceLocation = #_sourceLocation,
  _ law: (inout SeededGenerator) throws -> Void
) {
  let environment = ProcessInfo.processInfo.environment
  let factor = environment["POSTIL_SEEDS"].flatMap(UInt64.init) ?? 1
  let only = environment["POSTIL_SEED"].flatMap(UInt64.init)
  for seed in only.map({ $0...$0 }) ?? 1...max(Sanitizer.seeds(count) * factor, 1) {
    var generator = SeededGenerator(seed: seed)
    do {
      try law(&generator)
    } catch {
      Issue.record("seed \(seed): \(error)", sourceLocation: sourceLocation)
      return
    }
  }
}

extension SeededGenerator {
  /// True once in `times`.
  mutating func once(in times: Int) -> Bool { below(times) == 0 }

  /// Sixteen bytes of which most are equal, so that order and equality are put to the test.
  mutating func bytes16() -> Bytes16 {
    once(in: 2) ? Bytes16(high: next(), low: next()) : Bytes16(high: UInt64(below(3)), low: next())
  }
}

/// The MergeError that `body` throws; nil when it throws none.
func mergeError(_ body: () throws -> Void) -> MergeError? {
  do {
    try body()
    return nil
  } catch {
    return error as? MergeError
  }
}
