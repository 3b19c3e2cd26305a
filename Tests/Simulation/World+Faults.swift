// SPDX-License-Identifier: MIT

import Merge
import Store
import SyncEngine

extension World {
  /// Lets the node's disk fail soon.
  func damage(_ node: Node, _ fault: SimulatedDisk.Fault) {
    guard node.fault == .healthy else { return repair(node) }
    node.fault = fault
    let forever = chance(30)
    trace.add("\(step) n\(node.index) disk: \(fault)\(forever ? ", for ever" : "")")
    node.disk.fail(fault, after: int(0..<(fault == .readError ? 60 : 25)), forever: forever)
  }

  private func repair(_ node: Node) {
    trace.add("\(step) n\(node.index) disk is mended")
    node.disk.heal()
    node.fault = .healthy
  }

  /// The power goes off: now, or at one of the next writes.
  func crash(_ node: Node) throws {
    counts.crashes += 1
    if chance(60), node.fault == .healthy {
      trace.add("\(step) n\(node.index) will lose its power")
      node.fault = .power
      node.disk.fail(.power, after: int(0..<14), forever: false)
      // Sooner or later something is written.
      return
    }
    try recover(node)
  }

  /// The power goes off, comes back, and the store is opened again: what it acknowledged is there.
  func recover(_ node: Node) throws {
    try stop(node)
    node.isDoubtful = true
    let keep = any([0, 0, 30, 70, 100]) ?? 0
    trace.add("\(step) n\(node.index) loses its power, and keeps \(keep)")
    node.disk.settle(seed: dice.next(), keep: keep)
    try start(node)
  }

  /// The node's program dies: what it had in memory is gone.
  func stop(_ node: Node) throws {
    node.disk.powerOff()
    weak let gone = node.store
    node.store = nil
    guard gone == nil else { throw Violation("set-up", "n\(node.index) is still open") }
    node.inbox = TextInbox()
    node.draft = nil
    node.fault = .healthy
    network.calls = network.calls.filter { $0.value.caller != node.index }
  }

  /// Opens the node's store again, and looks at it.
  func start(_ node: Node) throws {
    do {
      try node.open()
    } catch {
      throw Violation("stores open again", "n\(node.index): \(error)")
    }
    node.fingerprint = nil
    try observe(node, .recovery)
    node.isDoubtful = false
    node.mayHoldForged = false
    if chance(20) { try examine(node, fast: true) }
  }

  /// Doctor finds nothing but what is true.
  func examine(_ node: Node, fast: Bool) throws {
    let problems = try node.store?.doctor(fast: fast).problems ?? []
    let untrue = problems.filter { !(node.knowsOfSetBack && $0.contains("was set back")) }
    guard untrue.isEmpty else { throw Violation("doctor is clean", "n\(node.index): \(untrue)") }
  }
}
