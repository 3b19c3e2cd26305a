// SPDX-License-Identifier: MIT

public import Merge
public import Store

/// What this store holds, as a session needs to know it.
public struct OwnHoldings: Hashable, Sendable {
  /// Library, version and fingerprint.
  public var holdings: Holdings
  /// The ends of all lines that are held.
  public var claim: VersionClaim
  /// Of each branch of a forked history, the writer whose history it is.
  public var roots: [WriterID: WriterID]

  /// Holdings with all their parts.
  public init(
    holdings: Holdings, claim: VersionClaim, roots: [WriterID: WriterID] = [:]
  ) {
    self.holdings = holdings
    self.claim = claim
    self.roots = roots
  }
}

/// What one exchange did.
public struct ExchangeReport: Hashable, Sendable {
  /// Changes that came and are now held.
  public var received = 0
  /// Changes that went out.
  public var sent = 0
  /// Round trips.
  public var rounds = 0
  /// Texts that came.
  public var textsReceived = 0
  /// Texts that went out.
  public var textsSent = 0
  /// Bytes of bodies, out and in.
  public var bytesOut = 0
  /// Bytes of bodies, out and in.
  public var bytesIn = 0
  /// Our changes that the peer refused.
  public var refusedByPeer: [MergeReport.Refusal] = []
  /// The peer's changes that we refused.
  public var refusedByUs: [MergeReport.Refusal] = []
  /// Writers of whom another history came than the one that was held: a store was set back and
  /// wrote on. Both are kept from now on, so this is told once.
  public var forked: [WriterID] = []
  /// Whether both hold the same now.
  public var inStep = false
  /// The fingerprint of what both hold, or, when they are not in step, of what was held here when
  /// the peer was asked last: what was written here since is not in it, and is worth another
  /// exchange.
  public var agreed: Bytes16?

  /// An exchange that has not begun.
  public init() {}
}

/// The calling side of an exchange, as a pure state machine: it is told what happened and says what
/// to do next. No I/O, no clock; the driver obeys, in production and in the simulator alike.
///
/// One round trip when both hold the same, one when K changes are missing here or there, and one
/// for
/// each further batch. What to send is worked out from what the peer says in this exchange; what is
/// remembered of earlier ones only guesses at it for the first message.
public struct CallerSession: Sendable {
  /// What happened.
  public enum Event: Sendable {
    /// Begin; `known` is what the peer held when we last heard.
    case start(own: OwnHoldings, known: VersionVector)
    /// The changes that `load` asked for.
    case loaded([EncodedChange])
    /// The peer's answer, and the writers of whom its claim can't be placed among what we hold.
    case answered(ExchangeAnswer, doubts: Set<WriterID>, bytesOut: Int, bytesIn: Int)
    /// What came was merged; `peer` is what the peer holds by its claim, if it made one.
    case merged(MergeReport, own: OwnHoldings, peer: VersionVector?, wanted: [TextName])
    /// Texts came, or went out.
    case texts(received: Int, sent: Int, bytesIn: Int, bytesOut: Int)
  }

  /// What to do.
  public enum Effect: Hashable, Sendable {
    /// Load changes that `version` lacks, at most a batch.
    case load(missingFrom: VersionVector)
    /// Send this, with ladders of these writers' histories put into its claim.
    case send(ExchangeRequest, ladders: Set<WriterID>)
    /// Merge these; then look what is held and which texts are wanted.
    case merge([EncodedChange])
    /// This is what the peer holds; to be remembered beyond this exchange if `isKept`.
    case note(VersionVector, isKept: Bool)
    /// Get these texts, and send those that the peer wants.
    case transferTexts(get: [TextName], put: [[UInt8]])
    /// The exchange is over.
    case finish(ExchangeReport)
  }

  private enum Phase {
    /// Nothing has happened yet.
    case idle
    /// Waiting for changes from our log, to be sent with a claim or without.
    case loading(withClaim: Bool)
    /// Waiting for the peer.
    case asking(sent: [EncodedChange])
    /// Waiting for our store to merge what came with this answer.
    case merging(ExchangeAnswer)
    /// Waiting for texts; `more` says whether to ask again for changes afterwards.
    case transferring(more: Bool)
    /// Over.
    case done
  }

  private var phase: Phase = .idle
  private var own: OwnHoldings?
  /// What the peer holds, as far as we know.
  private var peer = VersionVector()
  private var report = ExchangeReport()
  /// `report.sent` when it was last told what the peer holds.
  private var sentWhenNoted = 0
  /// Whether the last message told what we hold.
  private var hasClaimed = false
  /// Writers whose histories part from the peer's, or may: claims have ladders of them from now on.
  private var doubted: Set<WriterID> = []
  /// Whether somebody came into doubt, and nothing was merged since.
  private var hasNews = false
  /// Texts that the peer could not give us: not asked for twice in one exchange.
  private var asked: Set<[UInt8]> = []
  private var offered: Set<[UInt8]> = []

  /// Whether the peer's changes are taken.
  private let peerMayWrite: Bool
  /// Whether the peer takes ours, as it said at pairing.
  private let mayWrite: Bool

  /// A session that has not begun.
  ///
  /// - Parameters:
  ///   - peerMayWrite: false refuses every change that the peer answers with.
  ///   - mayWrite: false sends nothing of ours, since the peer would refuse it.
  public init(peerMayWrite: Bool = true, mayWrite: Bool = true) {
    self.peerMayWrite = peerMayWrite
    self.mayWrite = mayWrite
  }

  /// What was done so far.
  public var progress: ExchangeReport { report }

  /// Takes in what happened and answers what to do, in order.
  public mutating func step(_ event: Event) throws(SyncError) -> [Effect] {
    switch (phase, event) {
    case (.idle, .start(let own, let known)):
      self.own = own
      peer = known
      // Both hold the same, we believe: then our fingerprint says it all.
      let believed = known == own.holdings.version && !known.isEmpty
      // A claim of two writers is within a hundred bytes too, and saves the peer from asking for
      // it.
      return try ask(withClaim: !believed || own.claim.tips.count <= 2)
    case (.loading(let withClaim), .loaded(let changes)):
      return try send(changes, withClaim: withClaim)
    case (.asking(let sent), .answered(let answer, let doubts, let bytesOut, let bytesIn)):
      report.rounds += 1
      report.bytesOut += bytesOut
      report.bytesIn += bytesIn
      guard report.rounds < SyncLimits.roundsMax else {
        throw SyncError(.garbage, "the peer never has enough; the exchange was stopped")
      }
      return try take(answer, doubts: doubts, sent: sent)
    case (.merging(let answer), .merged(let merged, let own, let peer, let wanted)):
      return try finishMerge(answer, merged, own, peer, wanted)
    case (.transferring(let more), .texts(let received, let sent, let bytesIn, let bytesOut)):
      report.textsReceived += received
      report.textsSent += sent
      report.bytesIn += bytesIn
      report.bytesOut += bytesOut
      if more { return try ask(withClaim: true) }
      phase = .done
      return [.finish(report)]
    default:
      throw SyncError(.failed, "the session was told \(event) while it was \(phase)")
    }
  }

  /// Asks our store for what the peer lacks, then the peer.
  private mutating func ask(withClaim: Bool) throws(SyncError) -> [Effect] {
    guard mayWrite else { return try send([], withClaim: withClaim) }
    phase = .loading(withClaim: withClaim)
    return [.load(missingFrom: peer)]
  }

  private mutating func send(
    _ changes: [EncodedChange], withClaim: Bool
  ) throws(SyncError) -> [Effect] {
    guard let own else { throw SyncError(.failed, "the session has no holdings") }
    phase = .asking(sent: changes)
    hasClaimed = withClaim || !doubted.isEmpty || !changes.isEmpty
    return [
      .send(
        ExchangeRequest(
          library: own.holdings.library, fingerprint: own.holdings.fingerprint,
          claim: hasClaimed ? own.claim : nil, changes: changes),
        ladders: doubted)
    ]
  }

  private mutating func take(
    _ answer: ExchangeAnswer, doubts: Set<WriterID>, sent: [EncodedChange]
  ) throws(SyncError) -> [Effect] {
    if answer.needsClaim {
      guard !hasClaimed else {
        throw SyncError(
          .garbage, "the peer asks again for what it was told; the exchange was stopped")
      }
      return try ask(withClaim: true)
    }
    if answer.needsLadders || !doubts.isEmpty {
      // What it sent may stand on a branch that we don't hold, and what it refused on ours: both
      // come again when it is known where the histories part.
      let more = doubts.union(answer.claim?.laddered ?? []).subtracting(doubted)
      guard !more.isEmpty else {
        throw SyncError(
          .garbage, "the peer doesn't say where its histories part; the exchange was stopped")
      }
      doubted.formUnion(more)
      hasNews = true
      return try send([], withClaim: true)
    }
    report.sent += sent.count
    for refusal in answer.refusals where !report.refusedByPeer.contains(refusal) {
      guard report.refusedByPeer.count < SyncLimits.refusalsMax else {
        throw SyncError(.garbage, "the peer refuses without end; the exchange was stopped")
      }
      report.refusedByPeer.append(refusal)
    }
    var changes = answer.changes
    if !peerMayWrite && !changes.isEmpty {
      try refuse(
        MergeReport.Refusal.all(
          changes, "this peer may read the library, and not write to it",
          max: SyncLimits.refusalsMax))
      changes = []
    }
    phase = .merging(answer)
    return [.merge(changes)]
  }

  private mutating func finishMerge(
    _ answer: ExchangeAnswer, _ merged: MergeReport, _ own: OwnHoldings, _ placed: VersionVector?,
    _ wanted: [TextName]
  ) throws(SyncError) -> [Effect] {
    let before = peer
    let told = self.own?.holdings.fingerprint
    self.own = own
    report.received += merged.merged
    try refuse(merged.refusals)
    report.inStep = answer.fingerprint == own.holdings.fingerprint
    report.agreed = report.inStep ? own.holdings.fingerprint : told
    for writer in merged.forked.sorted() where !report.forked.contains(writer) {
      report.forked.append(writer)
    }
    if let placed {
      peer = placed
    } else if report.inStep {
      peer = own.holdings.version
    }
    // What we believed of the peer was too much, as when it was set back: not refused for good,
    // only sent too early. It comes again, on what it was written on.
    if !peer.covers(before) { report.refusedByPeer.removeAll { answer.refusals.contains($0) } }
    let get = wanted.filter { asked.insert($0.hash).inserted }
    let put = mayWrite ? answer.wantedTexts.filter { offered.insert($0).inserted } : []
    // Another round is worth its while if something moved, and something is left to move.
    let moved = merged.merged > 0 || peer != before || hasNews
    hasNews = false
    let left =
      (answer.more || merged.isPartial) && peerMayWrite || lacks(peer, own.holdings.version)
    let more = !report.inStep && moved && left
    // To remember costs a commit. While much comes, only the end of it does; what went out is
    // remembered at once, or it would go out again after a failure.
    var effects: [Effect] = [.note(peer, isKept: !more || report.sent != sentWhenNoted)]
    sentWhenNoted = report.sent
    if !get.isEmpty || !put.isEmpty {
      phase = .transferring(more: more || !wanted.isEmpty || !answer.wantedTexts.isEmpty)
      effects.append(.transferTexts(get: get, put: put))
    } else if more {
      effects += try ask(withClaim: true)
    } else {
      phase = .done
      effects.append(.finish(report))
    }
    return effects
  }

  /// Notes what is refused of the peer's; it comes again with every round.
  private mutating func refuse(_ refusals: [MergeReport.Refusal]) throws(SyncError) {
    for refusal in refusals where !report.refusedByUs.contains(refusal) {
      guard report.refusedByUs.count < SyncLimits.refusalsMax else {
        throw SyncError(
          .garbage, "the peer sends without end what is refused; the exchange was stopped")
      }
      report.refusedByUs.append(refusal)
    }
  }

  /// Whether the peer lacks something that we may send.
  private func lacks(_ peer: VersionVector, _ own: VersionVector) -> Bool {
    mayWrite
      && own.entries.contains { entry in
        let root = self.own?.roots[entry.writer] ?? entry.writer
        return entry.count > peer[entry.writer]
          && !report.refusedByPeer.contains { $0.name.writer == root }
      }
  }
}
