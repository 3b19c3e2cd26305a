// SPDX-License-Identifier: MIT

import Dispatch
import Foundation
import Simulation
import Synchronization

/// What the jobs share.
final class Progress: Sendable {
  struct State {
    var next: UInt64
    var done = 0
    var failed: [SimulationResult] = []
    var counts: [String: Int] = [:]
  }

  let state: Mutex<State>

  init(first: UInt64) { state = Mutex(State(next: first)) }
}

let arguments: SimulationArguments
do {
  arguments = try SimulationArguments(CommandLine.arguments.dropFirst())
} catch {
  FileHandle.standardError.write(Data("simulate: \(error)\n".utf8))
  exit(2)
}

let begin = ContinuousClock.now
let progress = Progress(first: arguments.seeds.lowerBound)

@Sendable func work() {
  while true {
    let seed: UInt64? = progress.state.withLock { state in
      guard state.next <= arguments.seeds.upperBound, state.failed.count < arguments.failures else {
        return nil
      }
      defer { state.next += 1 }
      return state.next
    }
    guard let seed else { return }
    let options = arguments.options(seed: seed)
    let result = Simulation.run(options, isVerbose: arguments.isVerbose)
    progress.state.withLock { state in
      state.done += 1
      state.counts.merge(result.counts, uniquingKeysWith: +)
      if arguments.seeds.count == 1 {
        print("seed \(seed): trace \(String(result.hash, radix: 16))")
      }
      guard let violation = result.violation else { return }
      state.failed.append(result)
      print("seed \(seed) failed at \(violation)")
      print("  again: \(options.command)")
    }
  }
}

DispatchQueue.concurrentPerform(iterations: arguments.jobs) { _ in work() }
let (done, failed, counts) = progress.state.withLock { ($0.done, $0.failed, $0.counts) }
let seconds = Double((ContinuousClock.now - begin) / .milliseconds(1)) / 1000
let steps = Double(done * arguments.steps)
let told = counts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
print(
  "\(done) seeds of \(arguments.steps) steps in \(Int(seconds)) s: "
    + "\(Int(steps / seconds)) steps/s, \(Int(Double(done) / seconds * 60)) seeds/min; \(told)")
print(failed.isEmpty ? "every promise held" : "\(failed.count) seeds failed")
exit(failed.isEmpty ? 0 : 1)
