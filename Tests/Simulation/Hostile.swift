// SPDX-License-Identifier: MIT

import Merge
import Store
import SyncEngine

/// A paired peer that means no good, or is broken beyond telling. It has heard everything that went
/// over the network.
struct Hostile {
  /// What it is known by.
  let key: [UInt8]
  /// The name under which it writes.
  let writer: WriterID
  /// What was overheard, the newest last.
  var overheard: [(route: SyncRoute?, bytes: [UInt8])] = []

  init(writer: WriterID) {
    key = Node.key(ofDevice: Self.device)
    self.writer = writer
  }

  /// Not a device of any node.
  static let device = -1

  mutating func hear(_ message: Network.Message) {
    guard let bytes = message.bytes, bytes.count < 20_000 else { return }
    overheard.append((message.route, bytes))
    if overheard.count > 8 { overheard.removeFirst() }
  }
}

extension World {
  /// Pairs the hostile peer with some nodes, to write or only to read.
  func inviteHostile() throws {
    let hostile = Hostile(writer: WriterID(Bytes16(high: dice.next(), low: dice.next())))
    self.hostile = hostile
    for node in nodes where node.index == 0 || chance(40) {
      let id = Bytes16(high: dice.next(), low: dice.next())
      try node.store?.addPeer(
        peer(id, device: Hostile.device, role: chance(60) ? .write : .read))
    }
  }

  /// The hostile peer sends something to a node.
  func attack(_ node: Node) throws {
    guard let hostile, node.store != nil else { return }
    trace.add("\(step) n\(node.index) is attacked")
    switch int(0..<6) {
    case 0:
      try answer(garbage(), any(SyncRoute.allCases) ?? .exchange, node, .refused)
    case 1:
      guard let message = any(hostile.overheard.filter { $0.route != nil }) else { return }
      let route = message.route ?? .exchange
      try answer(mangle(message.bytes), route, node, .message(isForged: true))
    case 2:
      // A disk that can't be read tells nothing.
      let wanted = (try? node.store?.wantedTexts(limit: 1))?.first?.hash
      let part = TextPart(
        hash: wanted ?? Chain.sha256([1]), total: 3, offset: 0, bytes: [1, 2, 3])
      try answer(TextParts(parts: [part]).encoded(), .putTexts, node, .refused)
    case 3, 4: try answer(request([lie(to: node)]), .exchange, node, .refused)
    default:
      // Who may write may write in anybody's name; what is there already stays beside it.
      guard counts.forged < 12 else { return }
      try answer(request([forgery(for: node)]), .exchange, node, .message(isForged: true))
    }
  }

  private func answer(
    _ bytes: [UInt8], _ route: SyncRoute, _ node: Node, _ cause: Cause
  ) throws {
    _ = try answer(bytes, route, node, device: Hostile.device, cause)
  }

  /// A node calls the hostile peer, and hears nothing good.
  func callHostile(_ node: Node, _ peer: Peer) throws {
    trace.add("\(step) n\(node.index) calls a hostile peer")
    var exchange = Exchange(with: peer.id, known: peer.version)
    exchange.textBytesMax = Network.textBytesMax
    var next: Exchange.Step?
    let isStranger = peer.role != .write || isRevoked(Hostile.device, at: node)
    try use(node, .refused) { next = try exchange.start($0) }
    for _ in 0..<4 {
      guard case .call(let route, _)? = next, node.store != nil else { return }
      var bytes = garbage()
      var cause = Cause.refused
      if route == .exchange, chance(40) {
        var answer = ExchangeAnswer(fingerprint: Bytes16(high: dice.next(), low: 1))
        answer.claim = claim(of: node)
        answer.changes = [try lie(to: node)]
        answer.more = chance(50)
        bytes = answer.encoded()
      } else if let heard = any(hostile?.overheard.filter { $0.route == nil } ?? []), chance(60) {
        bytes = chance(30) ? heard.bytes : mangle(heard.bytes)
        if !isStranger { cause = .message(isForged: true) }
      }
      next = nil
      try use(node, cause) { next = try exchange.answered(bytes, $0) }
    }
  }

  // MARK: - What it sends

  private func garbage() -> [UInt8] {
    let magic: [UInt8] = chance(70) ? [0x50, 0x58, 1] : []
    return magic + (0..<int(0..<200)).map { _ in UInt8(truncatingIfNeeded: dice.next()) }
  }

  /// A real message with bytes altered, cut off, or taken from elsewhere in it.
  private func mangle(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    guard bytes.count > 4 else { return bytes }
    for _ in 0..<int(1...3) {
      let place = int(0..<bytes.count)
      switch int(0..<4) {
      case 0: bytes[place] ^= UInt8(1 << int(0..<8))
      case 1: bytes[place] = 0xFF
      case 2: if bytes.count > 8 { bytes.removeLast(int(1..<bytes.count / 2)) }
      default: bytes.insert(contentsOf: bytes.prefix(place).suffix(8), at: place)
      }
    }
    return bytes
  }

  private func request(_ changes: [EncodedChange]) throws -> [UInt8] {
    ExchangeRequest(
      library: library, fingerprint: Bytes16(high: dice.next(), low: 0),
      claim: chance(50) ? claim(of: any(nodes) ?? nodes[0]) : VersionClaim(tips: []),
      changes: changes
    ).encoded()
  }

  /// What it says that it holds.
  private func claim(of node: Node) -> VersionClaim {
    var tips = node.tips.map { index in
      let known = tree.changes[index]
      return ClaimedTip(
        writer: known.writer, count: chance(20) ? 1 << 39 : known.number,
        hash: chance(80) ? Array(known.hash.prefix(8)) : [1, 2, 3, 4, 5, 6, 7, 8])
    }
    if chance(30), !tips.isEmpty { tips[0].ladder = [[8, 7, 6, 5, 4, 3, 2, 1]] }
    return VersionClaim(tips: tips.sorted(by: <))
  }

  private func change(
    _ writer: WriterID, _ sequence: UInt64, lamport: UInt64, dependencies: [Dependency] = [],
    _ operation: Operation? = nil, follows: [UInt8]? = nil
  ) -> EncodedChange {
    let title = Operation(
      any(articles) ?? EntityID(kind: .article, raw: Bytes16(high: 1, low: 1)), .title,
      value: .text("forged \(int(0..<1000))"))
    let change = Change(
      writer: writer, sequence: sequence, lamport: lamport, dependencies: dependencies,
      time: 1_795_000_000_000, operations: [operation ?? title])
    return EncodedChange(
      writer: writer, sequence: sequence, body: ChangeCodec.encode(change),
      follows: follows ?? [UInt8](repeating: 0, count: EncodedChange.followsBytes))
  }

  /// A change that breaks a rule.
  private func lie(to node: Node) throws -> EncodedChange {
    let writer = WriterID(Bytes16(high: dice.next(), low: dice.next()))
    guard let tip = any(node.tips) else { return change(writer, 1, lamport: 5) }
    let known = tree.changes[tip]
    let dot = Dot(writer: known.writer, sequence: 1, index: 0)
    let note = any(annotations) ?? EntityID(kind: .annotation, raw: Bytes16(high: 9, low: 9))
    let dependency = Dependency(
      writer: known.writer, count: known.number, hash: Chain.prefix(known.hash) ^ 1)
    switch int(0..<9) {
    case 0: return change(writer, 1, lamport: UInt64(int(2..<90)))
    case 1: return change(writer, 2, lamport: 1)
    case 2: return change(writer, 1, lamport: 2, dependencies: [dependency])
    case 3:
      let unknown = Dependency(writer: writer.flipped, count: 3, hash: 1)
      return change(writer, 1, lamport: chance(50) ? 1 : 2, dependencies: [unknown])
    case 4:
      return change(
        writer, 1, lamport: 1, Operation(note, .color, removes: [dot], value: .text("red")))
    case 5: return change(writer, 1, lamport: 1, Operation(note, .deletion, value: .dots([dot])))
    case 6:
      let patch = TextPatch(position: 90_000, deleted: 3, inserted: "x")
      return change(writer, 1, lamport: 1, Operation(note, .text, value: .edit([patch])))
    case 7:
      return change(
        known.writer, known.number + 1, lamport: known.change.lamport + 1,
        follows: [1, 1, 1, 1, 1, 1, 1, 1])
    default:
      var change = change(writer, 1, lamport: 1)
      change.body = garbage()
      return change
    }
  }

  /// A change that breaks no rule, under its own name or somebody else's.
  private func forgery(for node: Node) -> EncodedChange {
    guard let writer = hostile?.writer, let tip = any(node.tips), chance(70) else {
      return change(hostile?.writer ?? WriterID(Bytes16(high: 1, low: 1)), 1, lamport: 1)
    }
    let known = tree.changes[chance(70) ? tip : tree.changes[tip].previous ?? tip]
    if known.writer == writer { return change(writer, 1, lamport: 1) }
    return change(
      known.writer, known.number + 1, lamport: known.change.lamport + 1,
      follows: Array(known.hash.prefix(EncodedChange.followsBytes)))
  }
}

extension WriterID {
  /// Another.
  fileprivate var flipped: WriterID { WriterID(Bytes16(high: ~raw.high, low: raw.low)) }
}
