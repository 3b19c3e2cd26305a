// SPDX-License-Identifier: MIT

public import Merge
public import Store

/// The answering side of an exchange: one request in, one answer out, nothing remembered between.
public struct Responder: Sendable {
  /// Bytes of texts that one answer holds.
  public var textBytesMax = SyncLimits.textBytesMax
  private let store: Store

  /// Answers for `store`.
  public init(store: Store) { self.store = store }

  /// Merges what the caller sent, and answers with what it lacks; notes what the caller holds.
  /// Blocks on the store.
  ///
  /// - Throws: `SyncError` when the request may not be answered; `StoreError` when the store can't.
  public func answer(_ request: ExchangeRequest, from peer: Peer) throws -> ExchangeAnswer {
    let reply = try reply(to: request, from: peer)
    if let version = reply.peerHolds { try store.noteExchange(with: peer.id, version: version) }
    return reply.answer
  }

  /// An answer, and what is to be noted of the caller.
  public struct Reply: Sendable {
    /// What it is answered.
    public var answer: ExchangeAnswer
    /// What the caller holds; nil when that is no news, or will be said again at once.
    public var peerHolds: VersionVector?
  }

  /// The same, but leaves it to others to note what the caller holds.
  public func reply(to request: ExchangeRequest, from peer: Peer) throws -> Reply {
    // Nothing is written: then all of it is one look at the store.
    if request.changes.isEmpty { return try store.reading { try work(request, peer) } }
    return try work(request, peer)
  }

  private func work(_ request: ExchangeRequest, _ peer: Peer) throws -> Reply {
    var own = try store.ownHoldings()
    guard request.library == own.holdings.library else {
      throw SyncError(
        .otherLibrary, "this store holds the library \(own.holdings.library.raw.uuidText)")
    }
    var answer = ExchangeAnswer(fingerprint: own.holdings.fingerprint)
    var placed = try request.claim.map { try store.place($0) }
    let laddered = request.claim?.laddered ?? []
    if let doubts = placed?.doubts, !doubts.isEmpty {
      // Some history parts from ours. Where, only ladders tell; until then nothing may be built on
      // either side's changes.
      answer.claim = try store.claim(own, withLaddersOf: laddered.union(doubts))
      answer.needsLadders = true
      return Reply(answer: answer)
    }
    if !request.changes.isEmpty {
      if peer.role == .write {
        answer.refusals = try store.merge(request.changes).refusals
        placed = try request.claim.map { try store.place($0) }
      } else {
        // What it may not write is refused; what is new it still gets.
        answer.refusals = MergeReport.Refusal.all(
          request.changes, "this machine may read the library, and not write to it",
          max: SyncLimits.refusalsMax)
      }
      own = try store.ownHoldings()
      answer.fingerprint = own.holdings.fingerprint
    }
    // Who may not write is asked for nothing: what it brought would be refused.
    if peer.role == .write {
      answer.wantedTexts = try store.wantedTexts(limit: SyncLimits.textsMax).map(\.hash)
    }
    guard request.fingerprint != own.holdings.fingerprint else {
      // Written down only when it is news: an idle check costs no commit.
      let isNews = peer.hasNews(in: own.holdings.version)
      return Reply(answer: answer, peerHolds: isNews ? own.holdings.version : nil)
    }
    guard let theirs = try placed?.version ?? proven(request, peer) else {
      answer.needsClaim = true
      return Reply(answer: answer)
    }
    answer.claim = try store.claim(own, withLaddersOf: laddered)
    let missing = try store.changes(missingFrom: theirs, bytesMax: SyncLimits.batchBytesMax)
    answer.changes = missing.changes
    answer.more = missing.more
    // Who gets more asks again as soon as it has merged this, and says then what it holds: it must
    // not wait for our disk each time. One that refuses what it gets doesn't ask again.
    let asksAgain = missing.more && peer.ownRole == .write && peer.exchanged != nil
    let isNews = (!asksAgain || peer.error != nil) && peer.hasNews(in: theirs)
    return Reply(answer: answer, peerHolds: isNews ? theirs : nil)
  }

  /// What the caller holds, if its fingerprint proves that it is what we remember of it.
  private func proven(_ request: ExchangeRequest, _ peer: Peer) throws -> VersionVector? {
    guard !peer.version.isEmpty,
      try store.fingerprint(at: peer.version) == request.fingerprint
    else { return nil }
    return peer.version
  }

  /// Parts of the texts that are asked for, as many as one message holds.
  public func texts(_ request: TextRequest) throws -> TextParts {
    try store.parts(of: request.items, bytesMax: textBytesMax)
  }
}

extension Peer {
  /// Whether it is worth a commit that this peer was met, and holds this: when that is something
  /// else than what is remembered, or when the last try had failed.
  func hasNews(in version: VersionVector) -> Bool { self.version != version || error != nil }
}

extension Store {
  /// What this store holds, with the ends of its lines. Blocks.
  public func ownHoldings() throws -> OwnHoldings {
    let held = try heldLines()
    return OwnHoldings(
      holdings: held.holdings, claim: VersionClaim(tips: held.tips), roots: held.roots)
  }

  /// What a peer holds, under the names that hold here.
  func place(_ claim: VersionClaim) throws -> PlacedClaim {
    try place(claim.tips)
  }

  /// What this store claims, with ladders of these writers' histories.
  func claim(
    _ own: OwnHoldings, withLaddersOf writers: Set<WriterID>
  ) throws -> VersionClaim {
    VersionClaim(tips: try tips(own.claim.tips, withLaddersOf: writers))
  }

  /// Parts of texts, as many bytes as one message holds.
  func parts(of items: [TextRequest.Item], bytesMax: Int) throws -> TextParts {
    var parts: [TextPart] = []
    var room = bytesMax
    var handed: Set<[UInt8]> = []
    // Only what goes out is read, and each text once: a small request must not cost much.
    for item in items where room > 0 && handed.insert(item.hash).inserted {
      guard
        let (total, bytes) = try textPart(hash: item.hash, offset: item.offset, bytesMax: room)
      else { continue }
      room -= bytes.count
      parts.append(
        TextPart(hash: item.hash, total: total, offset: item.offset, bytes: bytes))
    }
    return TextParts(parts: parts)
  }
}
