// SPDX-License-Identifier: MIT

import Foundation
import Merge
import Store
import SyncEngine
import TestSupport

/// Some machines with stores, the network between them, and what chance does to both. Everything
/// follows from the seed; one thread, no waiting, no clock.
final class World {
  let options: SimulationOptions
  var dice: SeededGenerator
  var trace = Trace()
  /// What this seed leaves on.
  private(set) var features: Set<Feature> = []
  let directory: String
  var nodes: [Node] = []
  var tree = ChangeTree()
  var network = Network()
  /// Which node answers for each device.
  var answering: [Int: Int] = [:]
  /// Who writes under a name: a node, or a copy that nothing tells from it.
  var owners: [WriterID: Int] = [:]
  /// Writers whose store was set back unnoticeably, or cloned: they may write a history twice.
  var mayFork: Set<WriterID> = []
  /// Each device that was revoked, and the change that says so.
  var revocations: [(device: Int, change: Int)] = []
  /// What fingerprints were shown of, and what for.
  var fingerprints: [[Int]: Bytes16] = [:]
  var contents: [Bytes16: [Int]] = [:]
  /// Things that were made, the newest last: what edits are about.
  var articles: [EntityID] = []
  var annotations: [EntityID] = []
  var hostile: Hostile?
  var counts = Counts()
  var step = 0
  /// Which library all hold.
  private(set) var library = LibraryID(Bytes16(high: 0, low: 0))

  /// What happened, for the report.
  struct Counts {
    var edits = 0
    var exchanges = 0
    var messages = 0
    var bytes = 0
    /// Calls that a disk let fail.
    var failures = 0
    /// Calls that asked for what can't be, and were refused.
    var refusals = 0
    var crashes = 0
    var setBacks = 0
    var copies = 0
    var forged = 0
    /// Histories that are forked in the end.
    var forks = 0
  }

  init(_ options: SimulationOptions, isVerbose: Bool = false) throws {
    self.options = options
    dice = SeededGenerator(seed: options.seed)
    trace.isVerbose = isVerbose
    let base = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : NSTemporaryDirectory()
    directory = base + "/postil-simulation-\(UUID().uuidString)"
    guard mkdir(directory, 0o700) == 0 else { throw Violation("set-up", "can't make \(directory)") }
    let swarm = Feature.allCases.filter { _ in chance(60) }
    features = Set(swarm).subtracting(options.without)
    // Who is revoked or may only read must not be the only way between others.
    let isMesh = isOn(.revoke) || isOn(.readers) || isOn(.rollback) || chance(50)
    for _ in 0..<int(options.nodes) { try addNode(device: nodes.count) }
    if isOn(.readers), nodes.count > 2 { nodes[nodes.count - 1].isReader = true }
    for right in nodes.indices.dropFirst() {
      let mother = int(0..<right)
      for left in 0..<right where isMesh || left == mother { try pair(nodes[left], nodes[right]) }
    }
    if isOn(.hostile) { try inviteHostile() }
    for node in nodes { try observe(node, .recovery) }
    if let first = nodes[0].store { library = try first.holdings().library }
  }

  deinit {
    for node in nodes { node.store = nil }
    nodes = []
    try? FileManager.default.removeItem(atPath: directory)
  }

  // MARK: - Chance

  func isOn(_ feature: Feature) -> Bool { features.contains(feature) }
  func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &dice) < percent }
  func int(_ range: Range<Int>) -> Int { Int.random(in: range, using: &dice) }
  func int(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &dice) }
  func any<Element>(_ all: [Element]) -> Element? { all.randomElement(using: &dice) }

  // MARK: - Machines

  /// A new machine with an empty disk.
  @discardableResult
  func addNode(device: Int, isOpen: Bool = true) throws -> Node {
    let index = nodes.count
    guard let disk = SimulatedDisk(directory: "\(directory)/n\(index)") else {
      throw Violation("set-up", "can't make a disk")
    }
    let node = Node(
      index: index, device: device, name: "machine\(device)", disk: disk,
      seed: options.seed &* 1_000_003 &+ UInt64(index) &* 7919)
    if isOn(.clocks) {
      if chance(60) { node.surroundings.jump() }
      if chance(20) { node.surroundings.strobe(true) }
    }
    if isOpen {
      disk.restore(try EmptyStore.snapshot(in: directory), identity: false)
      try node.open()
    }
    nodes.append(node)
    answering[device] = index
    return node
  }

  /// Pairs two machines, as `peer join` does.
  private func pair(_ left: Node, _ right: Node) throws {
    guard let one = left.store, let two = right.store else { return }
    try two.adopt(one.holdings().library, merging: true)
    let id = Bytes16(high: dice.next(), low: dice.next())
    for (node, other) in [(left, right), (right, left)] {
      let claimsToWrite = node.isReader && chance(50)
      try node.store?.addPeer(
        peer(
          id, device: other.device, role: other.isReader ? .read : .write,
          ownRole: node.isReader && !claimsToWrite ? .read : .write))
    }
  }

  func peer(
    _ id: Bytes16, device: Int, role: Peer.Role, ownRole: Peer.Role = .write
  ) -> Peer {
    Peer(
      id: id, name: "machine\(device)", addresses: [], role: role, ownRole: ownRole,
      key: Node.key(ofDevice: device), token: id.bytes, tokenHash: id.bytes + id.bytes,
      code: "000 000")
  }

  /// Machines that are in use.
  var living: [Node] { nodes.filter { !$0.isRetired } }

  // MARK: - Steps

  /// Runs the world to its end; throws the first broken promise.
  func run() throws {
    do {
      while step < options.steps {
        step += 1
        try act()
      }
      step += 1
      try heal()
    } catch var violation as Violation {
      violation.step = step
      violation.recent = trace.recent
      throw violation
    }
  }

  private func act() throws {
    guard let node = any(living) else { return }
    switch int(0..<100) {
    case 0..<34: try edit(node)
    case 34..<80: try carry(node)
    case 80..<84: node.surroundings.advance(milliseconds: Int64(int(0..<100_000_000)))
    case 84..<90: try strike(node)
    case 90..<96: try handle(node)
    default: try meddle(node)
    }
  }

  /// Something happens to a machine or its disk.
  private func strike(_ node: Node) throws {
    switch int(0..<6) {
    case 0, 1: if isOn(.crash) { try crash(node) }
    case 2: if isOn(.diskError) { damage(node, chance(70) ? .error : .readError) }
    case 3: if isOn(.diskFull) { damage(node, .full) }
    case 4: if isOn(.checkpoint) { node.disk.inflateLog() }
    default:
      if isOn(.clocks) {
        if chance(50) { node.surroundings.jump() } else { node.surroundings.strobe(chance(50)) }
      }
    }
  }

  /// Something happens to a store as a whole.
  private func handle(_ node: Node) throws {
    switch int(0..<6) {
    case 0, 1: try save(node)
    case 2, 3: if isOn(.rollback) { try setBack(node) }
    case 4: if isOn(.copy) || isOn(.twin) { try copy(node) }
    default: if isOn(.rebuild) { try rebuild(node) }
    }
  }

  /// Somebody is no friend, or is none any more.
  private func meddle(_ node: Node) throws {
    switch int(0..<4) {
    case 0: if isOn(.revoke), chance(20) { try revoke(node) }
    default: try attack(node)
    }
  }
}
