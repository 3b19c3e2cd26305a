// SPDX-License-Identifier: MIT

/// What became of one simulated world.
public struct SimulationResult: Sendable {
  /// Its options.
  public var options: SimulationOptions
  /// The promise that was broken, if one was.
  public var violation: Violation?
  /// The same for every run of these options.
  public var hash: UInt64
  /// How many edits, exchanges, messages, failures, crashes, set-backs and so on there were.
  public var counts: [String: Int]
}

/// Runs one world.
public enum Simulation {
  /// Runs the world of `options` to its end, or to the first broken promise.
  public static func run(
    _ options: SimulationOptions, isVerbose: Bool = false
  ) -> SimulationResult {
    var result = SimulationResult(options: options, violation: nil, hash: 0, counts: [:])
    do {
      let world = try World(options, isVerbose: isVerbose)
      defer {
        result.hash = world.trace.hash
        result.counts = world.counts.named
      }
      try world.run()
    } catch let violation as Violation {
      result.violation = violation
    } catch {
      result.violation = Violation("no failure without a fault", "\(error)")
    }
    return result
  }
}

extension World.Counts {
  /// By name.
  var named: [String: Int] {
    [
      "edits": edits, "exchanges": exchanges, "messages": messages, "bytes": bytes,
      "disk failures": failures, "refusals": refusals, "crashes": crashes, "set back": setBacks,
      "copies": copies, "forged": forged, "forks": forks,
    ]
  }
}
