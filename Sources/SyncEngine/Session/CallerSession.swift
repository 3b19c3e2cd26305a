// SPDX-License-Identifier: MIT

public import Merge
public import Store

/// What this store holds, as a session needs to know it.
public struct OwnHoldings: Hashable, Sendable {
  /// Library, version and fingerprint.
  public var holdings: Holdings
  /// The version, with the chain hashes.
  public var claim: VersionClaim

  /// Holdings with all their parts.
  public init(holdings: Holdings, claim: VersionClaim) {
    self.holdings = holdings
    self.claim = claim
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
  /// Writers whose histories differ: one of them was written twice under one name.
  public var forked: [WriterID] = []
  /// Whether both hold the same now.
  public var inStep = false

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
    /// The peer's answer, and the writers of whom the peer claims another history than ours.
    case answered(ExchangeAnswer, forked: [WriterID], bytesOut: Int, bytesIn: Int)
    /// What came was merged.
    case merged(MergeReport, own: OwnHoldings, wanted: [TextName])
    /// Texts came, or went out.
    case texts(received: Int, sent: Int, bytesIn: Int, bytesOut: Int)
  }

  /// What to do.
  public enum Effect: Hashable, Sendable {
    /// Load changes that `version` lacks, at most a batch.
    case load(missingFrom: VersionVector)
    /// Send this.
    case send(ExchangeRequest)
    /// Merge these; then look what is held and which texts are wanted.
    case merge([EncodedChange])
    /// Remember what the peer holds.
    case note(VersionVector)
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
  /// Whether the last message told what we hold.
  private var hasClaimed = false
  /// Texts that the peer could not give us: not asked for twice in one exchange.
  private var asked: Set<[UInt8]> = []
  private var offered: Set<[UInt8]> = []

  /// Whether the peer's changes are taken.
  private let peerMayWrite: Bool

  /// A session that has not begun.
  ///
  /// - Parameter peerMayWrite: false refuses every change that the peer answers with.
  public init(peerMayWrite: Bool = true) { self.peerMayWrite = peerMayWrite }

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
      return ask(withClaim: !believed || own.claim.version.entries.count <= 2)
    case (.loading(let withClaim), .loaded(let changes)):
      return try send(changes, withClaim: withClaim)
    case (.asking(let sent), .answered(let answer, let forked, let bytesOut, let bytesIn)):
      report.rounds += 1
      report.bytesOut += bytesOut
      report.bytesIn += bytesIn
      guard report.rounds < SyncLimits.roundsMax else {
        throw SyncError(.garbage, "the peer never has enough; the exchange was stopped")
      }
      return try take(answer, forked: forked, sent: sent)
    case (.merging(let answer), .merged(let merged, let own, let wanted)):
      return finishMerge(answer, merged, own, wanted)
    case (.transferring(let more), .texts(let received, let sent, let bytesIn, let bytesOut)):
      report.textsReceived += received
      report.textsSent += sent
      report.bytesIn += bytesIn
      report.bytesOut += bytesOut
      if more { return ask(withClaim: true) }
      phase = .done
      return [.finish(report)]
    default:
      throw SyncError(.failed, "the session was told \(event) while it was \(phase)")
    }
  }

  /// Asks our store for what the peer lacks, then the peer.
  private mutating func ask(withClaim: Bool) -> [Effect] {
    phase = .loading(withClaim: withClaim)
    var wished = peer
    for writer in report.forked { wished.advance(writer, to: own?.holdings.version[writer] ?? 0) }
    return [.load(missingFrom: wished)]
  }

  private mutating func send(
    _ changes: [EncodedChange], withClaim: Bool
  ) throws(SyncError) -> [Effect] {
    guard let own else { throw SyncError(.failed, "the session has no holdings") }
    let sendable = changes.filter { !report.forked.contains($0.writer) }
    phase = .asking(sent: sendable)
    hasClaimed = withClaim || !sendable.isEmpty
    return [
      .send(
        ExchangeRequest(
          library: own.holdings.library, fingerprint: own.holdings.fingerprint,
          claim: hasClaimed ? own.claim : nil, changes: sendable))
    ]
  }

  private mutating func take(
    _ answer: ExchangeAnswer, forked: [WriterID], sent: [EncodedChange]
  ) throws(SyncError) -> [Effect] {
    if answer.needsClaim {
      guard !hasClaimed else {
        throw SyncError(
          .garbage, "the peer asks again for what it was told; the exchange was stopped")
      }
      return ask(withClaim: true)
    }
    report.sent += sent.count
    for refusal in answer.refusals where !report.refusedByPeer.contains(refusal) {
      report.refusedByPeer.append(refusal)
    }
    for writer in forked where !report.forked.contains(writer) { report.forked.append(writer) }
    var changes = answer.changes.filter { !report.forked.contains($0.writer) }
    if !peerMayWrite && !changes.isEmpty {
      report.refusedByUs += MergeReport.Refusal.all(
        changes, "this peer may read the library, and not write to it")
      changes = []
    }
    phase = .merging(answer)
    return [.merge(changes)]
  }

  private mutating func finishMerge(
    _ answer: ExchangeAnswer, _ merged: MergeReport, _ own: OwnHoldings, _ wanted: [TextName]
  ) -> [Effect] {
    let before = peer
    self.own = own
    report.received += merged.merged
    report.refusedByUs += merged.refusals
    report.inStep = answer.fingerprint == own.holdings.fingerprint
    if let claim = answer.claim {
      peer = claim.version
    } else if report.inStep {
      peer = own.holdings.version
    }
    // What we believed of the peer was too much: not refused for good, only sent too early.
    report.refusedByPeer = report.refusedByPeer.filter { !isTooEarly($0) }
    var effects: [Effect] = [.note(peer)]
    let get = wanted.filter { asked.insert($0.hash).inserted }
    let put = answer.wantedTexts.filter { offered.insert($0).inserted }
    // Another round is worth its while if something moved, and something is left to move.
    let moved = merged.merged > 0 || peer != before
    let left = answer.more && peerMayWrite || lacks(peer, own.holdings.version)
    let more = !report.inStep && moved && left
    if !get.isEmpty || !put.isEmpty {
      phase = .transferring(more: more || !wanted.isEmpty || !answer.wantedTexts.isEmpty)
      effects.append(.transferTexts(get: get, put: put))
    } else if more {
      effects += ask(withClaim: true)
    } else {
      phase = .done
      effects.append(.finish(report))
    }
    return effects
  }

  /// Whether a change was refused because the peer lacks others of its writer before it.
  private func isTooEarly(_ refusal: MergeReport.Refusal) -> Bool {
    refusal.name.sequence > peer[refusal.name.writer] + 1
  }

  /// Whether the peer lacks something that we may send.
  private func lacks(_ peer: VersionVector, _ own: VersionVector) -> Bool {
    own.entries.contains { entry in
      entry.count > peer[entry.writer] && !report.forked.contains(entry.writer)
        && !report.refusedByPeer.contains { $0.name.writer == entry.writer }
    }
  }
}
