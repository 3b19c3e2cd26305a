// SPDX-License-Identifier: MIT

public import Merge
public import Store

/// One whole exchange with a peer, as the caller: obeys `CallerSession`, and leaves only the calls
/// themselves to whoever runs it. So `SyncDriver` runs it over the network, and the simulation step
/// by step, with whatever its seed wants in between.
public struct Exchange: Sendable {
  /// What to do next.
  public enum Step: Hashable, Sendable {
    /// Send these bytes to this route, and tell the answer.
    case call(SyncRoute, [UInt8])
    /// The exchange is over.
    case finished(ExchangeReport)
  }

  /// For what an answer is awaited.
  private enum Waiting {
    case nothing
    case answer(bytesOut: Int)
    case texts
    case taken(count: Int, total: Int)
  }

  /// Bytes of texts that one of our messages holds.
  public var textBytesMax = SyncLimits.textBytesMax
  private let peer: Bytes16
  private let known: VersionVector?
  private let progress: @Sendable (ExchangeReport, _ peerHolds: UInt64) -> Void
  private var session = CallerSession()
  private var effects: [CallerSession.Effect] = []
  /// What came with the last answer.
  private var claim: VersionClaim?
  private var assembly = TextAssembly()
  private var transfer = TextTransfer()
  private var waiting = Waiting.nothing

  /// An exchange that has not begun.
  ///
  /// - Parameters:
  ///   - known: what the peer held when we last heard; nil for what the store remembers.
  ///   - progress: called after each round.
  public init(
    with peer: Bytes16, known: VersionVector? = nil,
    progress: @escaping @Sendable (ExchangeReport, _ peerHolds: UInt64) -> Void = { _, _ in }
  ) {
    self.peer = peer
    self.known = known
    self.progress = progress
  }

  /// Begins. Blocks on the store.
  public mutating func start(_ store: Store) throws -> Step {
    let (own, paired) = try store.reading { (try store.ownHoldings(), try store.paired(peer)) }
    session = CallerSession(
      peerMayWrite: paired.role == .write, mayWrite: paired.ownRole == .write)
    effects = try session.step(.start(own: own, known: known ?? paired.version))
    return try obey(store)
  }

  /// Goes on with what the last call was answered. Blocks on the store.
  public mutating func answered(_ bytes: [UInt8], _ store: Store) throws -> Step {
    switch waiting {
    case .nothing: throw SyncError(.failed, "an answer came that nobody had asked for")
    case .answer(let bytesOut):
      let answer = try ExchangeAnswer(decoding: bytes)
      claim = answer.claim
      let doubts = try answer.claim.map { try store.place($0).doubts } ?? []
      effects += try session.step(
        .answered(answer, doubts: doubts, bytesOut: bytesOut, bytesIn: bytes.count))
      return try obey(store)
    case .texts:
      transfer.bytesIn += bytes.count
      try take(TextParts(decoding: bytes).parts, store)
    case .taken(let count, let total):
      transfer.bytesIn += bytes.count
      transfer.sent(count, of: total)
    }
    return try moveTexts(store)
  }

  /// Does what the session says, until that is a call.
  private mutating func obey(_ store: Store) throws -> Step {
    waiting = .nothing
    while !effects.isEmpty {
      switch effects.removeFirst() {
      case .load(let version):
        _ = try store.paired(peer)
        let changes = try store.changes(
          missingFrom: version, bytesMax: SyncLimits.batchBytesMax
        ).changes
        effects += try session.step(.loaded(changes))
      case .send(var request, let ladders):
        if let tips = request.claim?.tips, !ladders.isEmpty {
          request.claim?.tips = try store.tips(tips, withLaddersOf: ladders)
        }
        let body = request.encoded()
        waiting = .answer(bytesOut: body.count)
        return .call(.exchange, body)
      case .merge(let changes):
        // Removed, or made a reader, while it answered: then its answer comes from a stranger.
        guard try store.paired(peer).role == .write || changes.isEmpty else {
          throw SyncError(.notAllowed, "this peer may read the library, and not write to it")
        }
        let report = changes.isEmpty ? MergeReport() : try store.merge(changes)
        let holds = try claim.map { try store.place($0).version }
        effects += try session.step(
          .merged(
            report, own: try store.ownHoldings(), peer: holds,
            wanted: try store.wantedTexts(limit: SyncLimits.textsMax)))
      case .note(let version, let isKept):
        progress(session.progress, version.total)
        if !isKept { continue }
        // An exchange that told nothing new costs no commit, unless a trouble is over with it.
        let isNews = try store.peers().first { $0.id == peer }?.hasNews(in: version) ?? true
        if isNews { try store.noteExchange(with: peer, version: version) }
      case .transferTexts(let get, let put):
        transfer = TextTransfer(wanted: get, offered: put)
        return try moveTexts(store)
      case .finish(let report):
        return .finished(report)
      }
    }
    throw SyncError(.failed, "the session ended without an answer")
  }

  // MARK: - Texts

  /// The next call that brings or sends texts; when there is none, goes on with the session.
  private mutating func moveTexts(_ store: Store) throws -> Step {
    _ = try store.paired(peer)
    if !transfer.wanted.isEmpty {
      let request = TextRequest(
        items: transfer.wanted.map { .init(hash: $0.hash, offset: assembly.count(of: $0.hash)) })
      waiting = .texts
      return transfer.call(.getTexts, request.encoded())
    }
    while let hash = transfer.offered.first {
      let parts = try store.parts(
        of: [.init(hash: hash, offset: transfer.offset)], bytesMax: textBytesMax)
      guard let part = parts.parts.first else {
        transfer.endText()
        continue
      }
      waiting = .taken(count: part.bytes.count, total: part.total)
      return transfer.call(.putTexts, parts.encoded())
    }
    effects += try session.step(transfer.event)
    return try obey(store)
  }

  /// Keeps the texts that are whole with these parts, and works out what to ask for next.
  private mutating func take(_ parts: [TextPart], _ store: Store) throws {
    let wanted = transfer.wanted
    // Texts are handed out in the order they were asked for, until the message is full: one that
    // was passed over isn't there, and those behind the last may come with the next message.
    let named = Set(parts.map(\.hash))
    guard let last = wanted.lastIndex(where: { named.contains($0.hash) }) else {
      // A peer that has none of them ends this.
      return transfer.wanted = []
    }
    let begun = wanted.reduce(0) { $0 + assembly.count(of: $1.hash) }
    let names = Set(wanted.map(\.hash))
    var whole: [(hash: [UInt8], content: [UInt8])] = []
    // Its hash alone tells what a text is: see `TextInbox`.
    for part in parts where names.contains(part.hash) {
      if let content = assembly.take(part) { whole.append((part.hash, content)) }
      if assembly.byteCount > SyncLimits.wholeTextBytesMax { assembly.forgetAll(but: part.hash) }
      if assembly.byteCount > SyncLimits.wholeTextBytesMax { assembly.forget(part.hash) }
    }
    transfer.received += try store.putTexts(whole)
    // A peer that only ever sends what doesn't fit is not asked again.
    if whole.isEmpty, wanted.reduce(0, { $0 + assembly.count(of: $1.hash) }) <= begun {
      return transfer.wanted = []
    }
    let done = Set(whole.map(\.hash))
    transfer.wanted = wanted.enumerated().filter { place, name in
      !done.contains(name.hash) && (place > last || named.contains(name.hash))
    }.map(\.element)
  }
}

/// The texts that one exchange still moves, and what it moved.
private struct TextTransfer: Sendable {
  /// Those that are asked for.
  var wanted: [TextName] = []
  /// Those that the peer wants; of the first, `offset` bytes went out.
  private(set) var offered: [[UInt8]] = []
  private(set) var offset = 0
  var received = 0
  var bytesIn = 0
  private var sent = 0
  private var bytesOut = 0

  init(wanted: [TextName] = [], offered: [[UInt8]] = []) {
    self.wanted = wanted
    self.offered = offered
  }

  mutating func call(_ route: SyncRoute, _ body: [UInt8]) -> Exchange.Step {
    bytesOut += body.count
    return .call(route, body)
  }

  /// The peer took so many bytes more of the first.
  mutating func sent(_ count: Int, of total: Int) {
    offset += count
    if offset < total { return }
    sent += 1
    endText()
  }

  /// Goes on with the next.
  mutating func endText() {
    offered.removeFirst()
    offset = 0
  }

  var event: CallerSession.Event {
    .texts(received: received, sent: sent, bytesIn: bytesIn, bytesOut: bytesOut)
  }
}

extension Store {
  /// The peer with this id.
  ///
  /// - Throws: `SyncError`, when it was removed meanwhile.
  fileprivate func paired(_ id: Bytes16) throws -> Peer {
    guard let peer = try peers().first(where: { $0.id == id }) else {
      throw SyncError(.notAllowed, "this peer was removed; pair it again")
    }
    return peer
  }
}
