// SPDX-License-Identifier: MIT

import Merge
public import Store

/// The answering side of an exchange: one request in, one answer out, nothing remembered between.
public struct Responder: Sendable {
  private let store: Store

  /// Answers for `store`.
  public init(store: Store) { self.store = store }

  /// Merges what the caller sent, and answers with what it lacks. Blocks on the store.
  ///
  /// - Throws: `SyncError` when the request may not be answered; `StoreError` when the store can't.
  public func answer(_ request: ExchangeRequest, from peer: Peer) throws -> ExchangeAnswer {
    var own = try store.ownHoldings()
    guard request.library == own.holdings.library else {
      throw SyncError(
        .otherLibrary, "this store holds the library \(own.holdings.library.raw.uuidText)")
    }
    var answer = ExchangeAnswer(fingerprint: own.holdings.fingerprint)
    var forked: [WriterID] = []
    if let claim = request.claim { forked = try store.forks(claim) }
    if !request.changes.isEmpty {
      if peer.role == .write {
        let report = try store.merge(request.changes.filter { !forked.contains($0.writer) })
        answer.refusals = report.refusals
      } else {
        // What it may not write is refused; what is new it still gets.
        answer.refusals = MergeReport.Refusal.all(
          request.changes, "this machine may read the library, and not write to it")
      }
      own = try store.ownHoldings()
      answer.fingerprint = own.holdings.fingerprint
    }
    // Said in every exchange, not only when something of it was sent: nobody must believe that
    // such a history arrived.
    for writer in forked {
      answer.refusals.append(
        .init(
          name: ChangeName(writer: writer, sequence: 1),
          reason: "another history of this writer is held here: it was written twice"))
    }
    answer.wantedTexts = try store.wantedTexts(limit: SyncLimits.textsMax).map(\.hash)
    guard request.fingerprint != own.holdings.fingerprint else {
      // Written down only when it is news: an idle check costs no commit.
      if peer.version != own.holdings.version {
        try store.noteExchange(with: peer.id, version: own.holdings.version)
      }
      return answer
    }
    guard let theirs = try request.claim?.version ?? proven(request, peer) else {
      answer.needsClaim = true
      return answer
    }
    answer.claim = own.claim
    var wished = theirs
    for writer in forked { wished.advance(writer, to: own.holdings.version[writer]) }
    let missing = try store.changes(missingFrom: wished, bytesMax: SyncLimits.batchBytesMax)
    answer.changes = missing.changes
    answer.more = missing.more
    var known = theirs
    for change in request.changes
    where peer.role == .write && !forked.contains(change.writer)
      && change.sequence <= own.holdings.version[change.writer]
    {
      known.advance(change.writer, to: change.sequence)
    }
    if peer.version != known { try store.noteExchange(with: peer.id, version: known) }
    return answer
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
    try store.parts(of: request.items)
  }
}

extension Store {
  /// What this store holds, with the chain hashes. Blocks.
  public func ownHoldings() throws -> OwnHoldings {
    let holdings = try holdings()
    let hashes = try chainHashes(at: holdings.version)
      .mapValues { Array($0.prefix(VersionClaim.hashBytes)) }
    return OwnHoldings(
      holdings: holdings, claim: VersionClaim(version: holdings.version, hashes: hashes))
  }

  /// Writers of whom the other side's history, as far as both hold it, is not ours.
  func forks(_ claim: VersionClaim) throws -> [WriterID] {
    let ours = try chainHashes(at: claim.version)
    let held = try holdings().version
    return claim.version.entries.filter { entry in
      // Only where we hold the change that the claimed hash speaks of can it be compared.
      guard held[entry.writer] >= entry.count, let hash = ours[entry.writer] else { return false }
      return Array(hash.prefix(VersionClaim.hashBytes)) != claim.hashes[entry.writer]
    }.map(\.writer)
  }

  /// Parts of texts, as many bytes as one message holds.
  func parts(of items: [TextRequest.Item]) throws -> TextParts {
    var parts: [TextPart] = []
    var room = SyncLimits.textBytesMax
    for item in items where room > 0 {
      guard let text = try text(hash: item.hash), item.offset <= text.count else { continue }
      let bytes = Array(text[item.offset...].prefix(room))
      room -= bytes.count
      parts.append(
        TextPart(hash: item.hash, total: text.count, offset: item.offset, bytes: bytes))
    }
    return TextParts(parts: parts)
  }
}
