// SPDX-License-Identifier: MIT

/// What can go wrong in a simulated world, or be done in it besides plain edits. Each seed switches
/// some of them off by chance, so that every fault is also met without the others ("Swarm Testing",
/// Groce et al., 2012).
public enum Feature: String, CaseIterable, Sendable {
  // The network.
  /// Messages are lost.
  case drop
  /// Requests arrive twice.
  case duplicate
  /// Messages overtake others.
  case reorder
  /// Messages end in the middle.
  case cut
  /// A byte of a message is another one.
  case flip
  /// Links work in one direction only, or in none, for a while.
  case partition
  // The machines.
  /// The power goes off, also in the middle of a commit; what was not synced is lost or torn.
  case crash
  /// Reads, writes and syncs fail, once or for ever.
  case diskError
  /// The disk is full, once or for a while.
  case diskFull
  /// The write-ahead log is folded into the database while the store is open.
  case checkpoint
  /// Clocks are decades off, and jump.
  case clocks
  // The stores.
  /// A store is set back in place to an earlier snapshot, in whole or its database alone.
  case rollback
  /// A store's directory is copied or restored to another place.
  case copy
  /// A machine is cloned, so that nothing tells the copy from the original.
  case twin
  /// Texts that take several messages.
  case largeTexts
  /// Changes are undone.
  case undo
  /// State is made anew from the log, as after an upgrade.
  case rebuild
  // The peers.
  /// Fields, kinds and ops of a later version.
  case future
  /// Peers that may only read.
  case readers
  /// A paired peer that sends garbage, forgeries and lies.
  case hostile
  /// A device is revoked.
  case revoke
}

/// Which world to simulate, and how long.
public struct SimulationOptions: Hashable, Sendable {
  /// Decides everything that is left to chance.
  public var seed: UInt64
  /// How many stores: the seed chooses within this.
  public var nodes: ClosedRange<Int>
  /// How many steps before the faults stop.
  public var steps: Int
  /// What is switched off, whatever the seed says.
  public var without: Set<Feature>

  /// Options with all their parts.
  public init(
    seed: UInt64, nodes: ClosedRange<Int> = 3...5, steps: Int = 400, without: Set<Feature> = []
  ) {
    self.seed = seed
    self.nodes = nodes
    self.steps = steps
    self.without = without
  }

  /// The one command that runs this world again.
  public var command: String {
    (["scripts/simulate"] + arguments).joined(separator: " ")
  }

  /// The command's arguments.
  public var arguments: [String] {
    ["--seeds", "\(seed)", "--nodes", "\(nodes.lowerBound)..\(nodes.upperBound)", "--steps"]
      + ["\(steps)"] + without.map(\.rawValue).sorted().flatMap { ["--without", $0] }
  }
}

/// Seeds to run, and how: what the command line says.
public struct SimulationArguments: Sendable {
  /// The seeds.
  public var seeds: ClosedRange<UInt64> = 1...100
  /// As in `SimulationOptions`.
  public var nodes = 3...5
  /// As in `SimulationOptions`.
  public var steps = 400
  /// As in `SimulationOptions`.
  public var without: Set<Feature> = []
  /// How many seeds are run at once.
  public var jobs = 1
  /// After how many failed seeds to stop.
  public var failures = 10
  /// Whether to tell every step.
  public var isVerbose = false

  /// What can't be understood.
  public struct Mistake: Error, CustomStringConvertible {
    /// The sentence.
    public var description: String
  }

  /// Reads arguments.
  public init(_ arguments: some Sequence<String>) throws {
    var rest = Array(arguments)[...]
    func value(_ name: String) throws -> String {
      guard let value = rest.popFirst() else { throw Mistake(description: "\(name) needs a value") }
      return value
    }
    func range<Number: FixedWidthInteger>(
      _ name: String, _: Number.Type
    ) throws -> ClosedRange<Number> {
      let text = try value(name)
      let ends = text.replacing("..", with: " ").split(separator: " ").map { Number($0) }
      guard let low = ends.first ?? nil, let high = ends.last ?? nil, ends.count <= 2, low <= high
      else { throw Mistake(description: "\(name) \(text) is no number and no range A..B") }
      return low...high
    }
    while let name = rest.popFirst() {
      switch name {
      case "--seeds": seeds = try range(name, UInt64.self)
      case "--nodes": nodes = try range(name, Int.self)
      case "--steps": steps = try range(name, Int.self).upperBound
      case "--jobs": jobs = max(1, try range(name, Int.self).upperBound)
      case "--failures": failures = max(1, try range(name, Int.self).upperBound)
      case "--verbose": isVerbose = true
      case "--without":
        let word = try value(name)
        guard let feature = Feature(rawValue: word) else {
          let all = Feature.allCases.map(\.rawValue).joined(separator: " ")
          throw Mistake(description: "there is no feature \(word); there are: \(all)")
        }
        without.insert(feature)
      default: throw Mistake(description: "there is no option \(name)")
      }
    }
    guard nodes.lowerBound >= 2, nodes.upperBound <= 16 else {
      throw Mistake(description: "--nodes can be 2 to 16")
    }
  }

  /// The world of one of the seeds.
  public func options(seed: UInt64) -> SimulationOptions {
    SimulationOptions(seed: seed, nodes: nodes, steps: steps, without: without)
  }
}
