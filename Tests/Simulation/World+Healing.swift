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
    for node in honest { try edit(node) }
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
      // In full it replays everything: one of them, and some of the others.
      let isFull = options.steps < 50 ? chance(10) : node.index == honest[0].index || chance(30)
      try examine(node, fast: !isFull)
    }
    trace.add("healed")
  }

  /// Everybody calls everybody, for as many rounds as news may need from one end to the other.
  private func comeTogether(_ honest: [Node], _ expected: [Int]) throws {
    func lacks(_ node: Node) throws -> Bool {
      try node.tips != expected || node.store?.wantedTextCount() != 0
    }
    for _ in 0..<(nodes.count + 2) where try !areInStep(honest, expected) {
      for node in honest {
        guard let peers = try node.store?.peers() else { continue }
        for peer in peers {
          guard let device = device(of: peer), let server = answering[device],
            server != node.index, honest.contains(where: { $0.index == server }),
            // Two that have everything have nothing to say, but for now and then.
            try lacks(node) || lacks(nodes[server]) || chance(10)
          else { continue }
          try exchangeWhole(node, nodes[server])
        }
      }
    }
    for node in honest where node.tips != expected {
      let lacks = tree.all(expected).subtracting(tree.all(node.tips)).count
      throw Violation("stores come together", "n\(node.index) lacks \(lacks) changes")
    }
  }

  /// Whether all hold this, and every text that anybody has.
  private func areInStep(_ honest: [Node], _ expected: [Int]) throws -> Bool {
    guard honest.allSatisfy({ $0.tips == expected }) else { return false }
    let wanted = try honest.map { node in
      Set(try node.store?.wantedTexts(limit: .max).map(\.hash) ?? [])
    }
    return wanted.allSatisfy { $0 == wanted[0] }
  }

  /// One exchange without anything going wrong.
  private func exchangeWhole(_ caller: Node, _ server: Node) throws {
    guard let peer = try caller.store?.peer(key: Node.key(ofDevice: server.device)) else { return }
    var exchange = Exchange(with: peer.id, known: peer.version)
    exchange.textBytesMax = Network.textBytesMax
    var next: Exchange.Step?
    try use(caller, .message(isForged: false)) { next = try exchange.start($0) }
    var rounds = 0
    while case .call(let route, let bytes)? = next {
      rounds += 1
      guard rounds < 200 else { throw Violation("exchanges end", "n\(caller.index)") }
      let bytesIn = try answer(
        bytes, route, server, device: caller.device, .message(isForged: false))
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
    var tags: [TagUse]?
    for node in honest {
      guard let store = node.store else { continue }
      let shown = try store.tags()
      guard tags ?? shown == shown else {
        throw Violation("equal tags", "n\(node.index) shows \(shown.map(\.name))")
      }
      tags = shown
      var export: [UInt8] = []
      try CanonicalExport.write(store) { export += $0 }
      guard first ?? export == export else {
        throw Violation("equal exports", Self.difference(first ?? [], export))
      }
      first = export
    }
    if let store = honest[0].store { try judge(store, honest[0].tips) }
  }

  /// The first lines that differ.
  private static func difference(_ one: [UInt8], _ two: [UInt8]) -> String {
    let lines = [one, two].map { $0.split(separator: UInt8(ascii: "\n")) }
    let pair = zip(lines[0], lines[1]).first { $0 != $1 }
    return [pair?.0, pair?.1].map { String(decoding: $0 ?? [], as: UTF8.self).prefix(600) }
      .joined(separator: "\n  and\n")
  }
}
