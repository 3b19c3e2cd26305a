// SPDX-License-Identifier: MIT

import Merge
import Store
import SyncEngine

/// Messages on their way, and the calls that wait for them.
struct Network {
  /// One message.
  struct Message {
    let from: Int
    let to: Int
    /// Which call it is of.
    let call: Int
    /// How many messages of the call came before.
    let round: Int
    /// The device that the caller is known as.
    let device: Int
    /// Where it goes; nil for an answer.
    let route: SyncRoute?
    /// What it says; nil when the peer hung up.
    var bytes: [UInt8]?
    /// Whether it is not what was sent.
    var isAltered = false
  }

  /// One exchange that has begun.
  struct Call {
    let caller: Int
    let server: Int
    let device: Int
    let peer: Bytes16
    var exchange: Exchange
    var round = 0
  }

  var messages: [Message] = []
  var calls: [Int: Call] = [:]
  var callCount = 0
  /// Ways that are cut: from one node to another.
  var cut: Set<[Int]> = []

  /// Calls that wait at once, in all.
  static let callsMax = 8
  /// Messages that are on their way at once.
  static let messagesMax = 32
  /// Bytes of texts in one message: a hundredth of `SyncLimits.textBytesMax`, since what matters is
  /// that a text takes several messages, and not how long each of them takes.
  static let textBytesMax = 40 << 10
}

extension World {
  /// Something happens in the network, mostly to or by this node.
  func carry(_ node: Node) throws {
    switch int(0..<20) {
    case 0: if isOn(.partition) { part() }
    case 1..<5: try call(node)
    default:
      if network.messages.isEmpty { try call(node) }
      try deliver()
    }
  }

  /// Ways fail, or work again.
  private func part() {
    if chance(50) {
      network.cut = []
    } else {
      let one = int(0..<nodes.count)
      for other in nodes.indices where other != one {
        if chance(60) { network.cut.insert([one, other]) }
        if chance(60) { network.cut.insert([other, one]) }
      }
    }
    trace.add("\(step) cut \(network.cut.count)")
  }

  /// Begins an exchange with one of the node's peers.
  func call(_ node: Node) throws {
    guard network.calls.count < Network.callsMax, let peers = try? node.store?.peers(),
      let peer = any(peers)
    else { return }
    if let hostile, peer.key == hostile.key { return try callHostile(node, peer) }
    guard let device = device(of: peer), let server = answering[device], server != node.index
    else { return }
    counts.exchanges += 1
    network.callCount += 1
    trace.add("\(step) n\(node.index) calls n\(server)")
    let known = chance(90) ? peer.version : VersionVector()
    var exchange = Exchange(with: peer.id, known: known)
    exchange.textBytesMax = Network.textBytesMax
    network.calls[network.callCount] = Network.Call(
      caller: node.index, server: server, device: node.device, peer: peer.id, exchange: exchange)
    try goOn(network.callCount, node, isForged: false) { try $0.start($1) }
  }

  func device(of peer: Peer) -> Int? {
    nodes.first { Node.key(ofDevice: $0.device) == peer.key }?.device
  }

  /// Lets a call take its next step.
  private func goOn(
    _ id: Int, _ node: Node, isForged: Bool,
    _ step: (inout Exchange, Store) throws -> Exchange.Step
  ) throws {
    guard var call = network.calls.removeValue(forKey: id) else { return }
    var next: Exchange.Step?
    let isStranger = isRevoked(nodes[call.server].device, at: node)
    let cause: Cause = isStranger ? .refused : .message(isForged: isForged)
    try use(node, cause) { next = try step(&call.exchange, $0) }
    guard case .call(let route, let bytes)? = next, node.store != nil else { return }
    guard bytes.count <= SyncLimits.messageBytesMax else {
      throw Violation("messages are bounded", "n\(node.index) sends \(bytes.count) bytes")
    }
    call.round += 1
    guard call.round < 200 else {
      throw Violation("exchanges end", "n\(node.index) has asked n\(call.server) 200 times")
    }
    network.calls[id] = call
    send(
      Network.Message(
        from: call.caller, to: call.server, call: id, round: call.round, device: call.device,
        route: route, bytes: bytes))
  }

  private func send(_ message: Network.Message) {
    guard network.messages.count < Network.messagesMax else {
      network.calls.removeValue(forKey: message.call)
      return
    }
    counts.messages += 1
    counts.bytes += message.bytes?.count ?? 0
    network.messages.append(message)
  }

  /// One message arrives, or something else becomes of it.
  private func deliver() throws {
    guard !network.messages.isEmpty else { return }
    let place = isOn(.reorder) ? int(0..<network.messages.count) : 0
    var message = network.messages.remove(at: place)
    if network.cut.contains([message.from, message.to]) || isOn(.drop) && chance(8) {
      trace.add("\(step) lost n\(message.from) to n\(message.to)")
      // Whoever waits for it gives up.
      network.calls.removeValue(forKey: message.call)
      return
    }
    if isOn(.duplicate), message.route != nil, chance(10) {
      network.messages.append(message)
    }
    hostile?.hear(message)
    alter(&message)
    let node = nodes[message.to]
    guard !node.isRetired else { return }
    if let route = message.route {
      try serve(message, route, node)
    } else {
      guard let call = network.calls[message.call], call.round == message.round else { return }
      guard let bytes = message.bytes else {
        network.calls.removeValue(forKey: message.call)
        return
      }
      trace.add("\(step) n\(node.index) hears from n\(message.from): \(bytes.count)")
      try goOn(message.call, node, isForged: message.isAltered) { try $0.answered(bytes, $1) }
    }
  }

  private func alter(_ message: inout Network.Message) {
    guard var bytes = message.bytes, !bytes.isEmpty else { return }
    if isOn(.cut), chance(6) {
      bytes.removeLast(int(1...bytes.count))
    } else if isOn(.flip), chance(5) {
      bytes[int(0..<bytes.count)] ^= UInt8(1 << int(0..<8))
    } else {
      return
    }
    message.bytes = bytes
    message.isAltered = true
  }

  /// The node answers a request.
  private func serve(_ message: Network.Message, _ route: SyncRoute, _ node: Node) throws {
    guard let bytes = message.bytes else { return }
    trace.add(
      "\(step) n\(node.index) serves n\(message.from) \(route.rawValue): \(bytes.count)"
        + (message.isAltered ? " altered" : ""))
    let answer = try answer(
      bytes, route, node, device: message.device, .message(isForged: message.isAltered))
    send(
      Network.Message(
        from: message.to, to: message.from, call: message.call, round: message.round,
        device: message.device, route: nil, bytes: answer))
  }

  /// What the daemon does with a request; nil when it hangs up.
  func answer(
    _ bytes: [UInt8], _ route: SyncRoute, _ node: Node, device: Int, _ cause: Cause
  ) throws -> [UInt8]? {
    let key = device < 0 ? (hostile?.key ?? []) : Node.key(ofDevice: device)
    var answer: [UInt8]?
    let role = try? node.store?.peer(key: key)?.role
    // Who can't be looked up on a disk that fails is nobody to judge by.
    let isStranger =
      node.fault != .readError && role != .write || isRevoked(device, at: node)
    try use(node, isStranger ? .refused : cause) { store in
      guard let peer = try store.peer(key: key) else {
        throw SyncError(.notAllowed, "not paired")
      }
      switch route {
      case .exchange:
        answer = try Responder(store: store).answer(
          ExchangeRequest(decoding: bytes), from: peer
        ).encoded()
      case .getTexts:
        var responder = Responder(store: store)
        responder.textBytesMax = Network.textBytesMax
        answer = try responder.texts(TextRequest(decoding: bytes)).encoded()
      case .putTexts:
        guard peer.role == .write else { throw SyncError(.notAllowed, "you may only read") }
        let parts = try TextParts(decoding: bytes).parts
        let wanted = try store.wantedTexts(among: parts.map(\.hash))
        let whole = node.inbox.take(parts, wanted, from: peer.id)
        try store.putTexts(whole)
        answer = []
      }
    }
    if isStranger, role == nil, answer != nil {
      throw Violation("strangers hear nothing", "n\(node.index) answers device \(device)")
    }
    if let answer, answer.count > SyncLimits.messageBytesMax {
      throw Violation("messages are bounded", "n\(node.index) answers \(answer.count) bytes")
    }
    return answer
  }

  /// Whether the node has heard that the device was revoked.
  func isRevoked(_ device: Int, at node: Node) -> Bool {
    revocations.contains { $0.device == device && tree.covers(node.tips, $0.change) }
  }
}
