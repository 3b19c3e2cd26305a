// SPDX-License-Identifier: MIT

import Merge
import TestSupport
import Testing

/// The laws of merging, for every kind of field: whatever way changes take, whoever holds the same
/// changes holds the same library.
@Suite("Merge laws")
struct MergeLawTests {
  @Test("every causal order of delivery gives the same state", arguments: Subject.allCases)
  func anyOrder(_ subject: Subject) {
    forEachSeed(80) { generator in
      let library = try RandomLibrary(subject, steps: 24, &generator)
      let reference = try replay(library.changes)
      for _ in 0..<3 {
        let order = library.changes.shuffledCausally(&generator)
        try require(order.count == library.changes.count, "changes wait for one another")
        let other = try replay(order)
        try require(
          other.states == reference.states && other.bytes == reference.bytes
            && other.held == reference.held && other.heads == reference.heads,
          "\(order) gives another state")
      }
    }
  }

  @Test("two changes made apart give the same in either order", arguments: Subject.allCases)
  func commutative(_ subject: Subject) {
    forEachSeed(50) { generator in
      var library = try RandomLibrary(subject, steps: 10, &generator)
      let base = try replay(library.changes)
      for place in library.replicas.indices { try library.replicas[place].pull(base) }
      try library.write(at: 0, &generator)
      try library.write(at: 1, &generator)
      let pair = library.changes.suffix(2)
      var (one, other) = (base, base)
      for change in pair { try one.receive(change) }
      for change in pair.reversed() { try other.receive(change) }
      try require(one.bytes == other.bytes, "\(pair) do not commute")
    }
  }

  @Test("batches and detours make no difference", arguments: Subject.allCases)
  func associative(_ subject: Subject) {
    forEachSeed(50) { generator in
      var library = try RandomLibrary(subject, steps: 20, &generator)
      let reference = try replay(library.changes)
      // Broken transfers first: any part of what a peer has, in Lamport order, from anybody.
      for _ in 0..<12 {
        let place = generator.below(library.replicas.count)
        let peer = library.replicas[generator.below(library.replicas.count)]
        try library.replicas[place].pull(peer, count: generator.below(6))
      }
      // Then round the ring, twice: the last to hear has heard from all.
      for step in 0..<library.replicas.count * 2 {
        let place = step % library.replicas.count
        let peer = library.replicas[(place + 1) % library.replicas.count]
        try library.replicas[place].pull(peer)
      }
      for step in (0..<library.replicas.count * 2).reversed() {
        let place = step % library.replicas.count
        let peer = library.replicas[(place + 1) % library.replicas.count]
        try library.replicas[place].pull(peer)
      }
      for replica in library.replicas {
        try require(replica.held == reference.held, "something never arrived")
        try require(replica.bytes == reference.bytes, "a detour gives another state")
      }
    }
  }

  @Test("a change that comes again does nothing", arguments: Subject.allCases)
  func idempotent(_ subject: Subject) {
    forEachSeed(50) { generator in
      let library = try RandomLibrary(subject, steps: 16, &generator)
      var replica = Replica(.numbered(0))
      for (count, change) in library.changes.enumerated() {
        try require(replica.receive(change), "a new change counts as old")
        let before = replica
        let again = library.changes[generator.below(count + 1)]
        try require(!replica.receive(again), "an old change counts as new")
        try replica.pull(before)
        try require(
          replica.bytes == before.bytes && replica.held == before.held
            && replica.heads == before.heads, "\(again), come again, did something")
      }
    }
  }

  @Test("the naive second edition agrees after every change", arguments: Subject.allCases)
  func agreesWithNaive(_ subject: Subject) {
    forEachSeed(50) { generator in
      let library = try RandomLibrary(subject, steps: 20, &generator)
      var replica = Replica(.numbered(0))
      var naive = NaiveReplica()
      for change in library.changes.shuffledCausally(&generator) {
        try replica.receive(change)
        naive.receive(change)
        for entity in Set(change.operations.map(\.entity)) {
          let difference = naive.entity(entity).difference(from: replica.state(of: entity))
          try require(difference == nil, "after \(change): \(difference ?? "")")
        }
      }
    }
  }

  @Test("a change that may not follow leaves everything as it was")
  func refusalsChangeNothing() {
    forEachSeed(50) { generator in
      let library = try RandomLibrary(.everything, steps: 16, &generator)
      var replica = Replica(.numbered(0))
      for change in library.changes {
        let before = replica
        var bad = change
        switch generator.below(4) {
        case 0: bad.sequence += 1
        case 1: bad.lamport += 1
        case 2: bad.operations = []
        default:
          bad.dependencies = [.init(writer: .numbered(900), count: 1)]
        }
        let error = mergeError { try replica.receive(bad) }
        try require(error != nil, "\(bad) was let in")
        try require(
          replica.bytes == before.bytes && replica.heads == before.heads, "a refusal left traces")
        try replica.receive(change)
      }
    }
  }

  private func replay(_ changes: [Change]) throws -> Replica {
    var replica = Replica(.numbered(0))
    for change in changes { try replica.receive(change) }
    return replica
  }
}
