// SPDX-License-Identifier: MIT

import Interchange
import Merge
import Store
import SyncEngine

extension World {
  /// The faults stop: everybody must come together, with everything that was acknowledged.
  func heal() throws {
    network = Network()
    trace.add("healing")
    for node in living {
      node.surroundings.strobe(false)
      if node.fault == .power { try recover(node) }
      node.disk.heal()
      node.fault = .healthy
      // What failed while the disk was broken may show itself now.
      if node.isDoubtful {
        try stop(node)
        node.disk.settle(seed: dice.next(), keep: 100)
        node.isDoubtful = true
        try start(node)
      }
    }
    let revoked = Set(
      revocations.filter { revocation in
        living.contains { tree.covers($0.tips, revocation.change) }
      }.map(\.device))
    let honest = living.filter { !revoked.contains($0.device) && !$0.isReader }
    let expected = tree.union(honest.map(\.tips))
    try comeTogether(honest, expected)
    try compare(honest)
    // And they live on.
    let edited = living.filter { !revoked.contains($0.device) && !$0.isReader }
    for node in edited { try edit(node) }
    try comeTogether(honest, tree.union(honest.map(\.tips)))
    for reader in living where reader.isReader && !revoked.contains(reader.device) {
      for peer in honest where answering[peer.device] == peer.index {
        try exchangeWhole(reader, peer)
      }
      for tip in honest[0].tips where !tree.covers(reader.tips, tip) {
        throw Violation("readers hear everything", "n\(reader.index)")
      }
    }
    for node in living {
      guard let problems = try node.store?.doctor().problems, problems.isEmpty else {
        throw Violation(
          "doctor is clean", "n\(node.index): \(try node.store?.doctor().problems ?? [])")
      }
    }
    trace.add("healed")
  }

  /// Everybody calls everybody, for as many rounds as news may need from one end to the other.
  private func comeTogether(_ honest: [Node], _ expected: [Int]) throws {
    for _ in 0..<(nodes.count + 2) {
      for node in honest {
        guard let peers = try node.store?.peers() else { continue }
        for peer in peers {
          guard let device = device(of: peer), let server = answering[device],
            server != node.index, honest.contains(where: { $0.index == server })
          else { continue }
          try exchangeWhole(node, nodes[server])
        }
      }
      if honest.allSatisfy({ $0.tips == expected }) { break }
    }
    for node in honest where node.tips != expected {
      let lacks = tree.all(expected).subtracting(tree.all(node.tips)).count
      throw Violation("stores come together", "n\(node.index) lacks \(lacks) changes")
    }
  }

  /// One exchange without anything going wrong.
  private func exchangeWhole(_ caller: Node, _ server: Node) throws {
    guard let peer = try caller.store?.peer(key: Node.key(ofDevice: server.device)) else { return }
    var exchange = Exchange(with: peer.id, known: peer.version)
    var next: Exchange.Step?
    try use(caller, .message(isForged: false)) { next = try exchange.start($0) }
    var rounds = 0
    while case .call(let route, let bytes)? = next {
      rounds += 1
      guard rounds < 200 else { throw Violation("exchanges end", "n\(caller.index)") }
      let isForged = false
      let bytesIn = try answer(bytes, route, server, device: caller.device, isForged: isForged)
      guard let bytesIn else {
        throw Violation("healthy peers answer", "n\(server.index) hangs up on n\(caller.index)")
      }
      next = nil
      let isDone = try use(caller, .message(isForged: false)) {
        next = try exchange.answered(bytesIn, $0)
      }
      guard isDone else {
        throw Violation("healthy exchanges succeed", "n\(caller.index) calls n\(server.index)")
      }
    }
    guard case .finished(let report)? = next else { return }
    let isRefused = !(report.refusedByPeer + report.refusedByUs).isEmpty
    if isRefused && counts.forged == 0 && !caller.isReader {
      throw Violation(
        "nothing of an honest peer is refused",
        "n\(caller.index) and n\(server.index): \(report.refusedByPeer + report.refusedByUs)")
    }
  }

  /// Equal exports, and what the naive model says.
  private func compare(_ honest: [Node]) throws {
    var first: [UInt8]?
    for node in honest {
      guard let store = node.store else { continue }
      var export: [UInt8] = []
      try CanonicalExport.write(store) { export += $0 }
      guard first ?? export == export else {
        throw Violation("equal exports", "n\(node.index) and n\(honest[0].index) differ")
      }
      first = export
    }
  }
}
