// SPDX-License-Identifier: MIT

import Merge
import SyncEngine
import Testing

@testable import Store

/// The calling side alone: scripts of events, and what it wants done.
@Suite struct CallerSessionTests {
  private static let writer = RawWriter(1).writer
  private static let other = RawWriter(2).writer

  /// What a store would say that holds so many changes of each writer.
  private func holdings(_ counts: [WriterID: UInt64], branch: UInt8 = 0) -> OwnHoldings {
    let version = VersionVector(counts.map { .init(writer: $0, count: $1) })
    let claim = VersionClaim(
      version: version,
      hashes: counts.mapValues { [UInt8(truncatingIfNeeded: $0), branch, 0, 0, 0, 0, 0, 0] })
    let high = version.entries.reduce(UInt64(branch)) { $0 &* 31 &+ $1.writer.raw.low &+ $1.count }
    return OwnHoldings(
      holdings: Holdings(
        library: Samples.library, version: version, fingerprint: Bytes16(high: high, low: 0)),
      claim: claim)
  }

  private func report(merged: Int = 0) -> MergeReport {
    var report = MergeReport()
    report.merged = merged
    return report
  }

  private func sent(_ effects: [CallerSession.Effect]) -> ExchangeRequest? {
    guard effects.count == 1, case .send(let request, _) = effects[0] else { return nil }
    return request
  }

  private func finished(_ effects: [CallerSession.Effect]) -> ExchangeReport? {
    guard case .finish(let report)? = effects.last else { return nil }
    return report
  }

  @Test("in step: one round trip, and less than a hundred bytes each way")
  func inStep() throws {
    let own = holdings([Self.writer: 7, Self.other: 9])
    var session = CallerSession()
    let version = own.holdings.version
    #expect(try session.step(.start(own: own, known: version)) == [.load(missingFrom: version)])
    let request = try #require(sent(try session.step(.loaded([]))))
    #expect(request.changes == [])
    #expect(request.encoded().count < 100)
    let answer = ExchangeAnswer(fingerprint: own.holdings.fingerprint)
    #expect(answer.encoded().count < 100)
    #expect(
      try session.step(.answered(answer, doubts: [], bytesOut: 91, bytesIn: 23)) == [.merge([])])
    let end = try session.step(.merged(report(), own: own, peer: answer.claim?.version, wanted: []))
    #expect(end.first == .note(version, isKept: true))
    let done = try #require(finished(end))
    #expect(done.inStep)
    #expect(done.agreed == own.holdings.fingerprint)
    #expect(done.rounds == 1)
    #expect(done.bytesOut == 91)
    #expect(done.bytesIn == 23)
  }

  @Test("in a library of many writers, in step still takes less than a hundred bytes each way")
  func inStepManyWriters() throws {
    let own = holdings(
      Dictionary(uniqueKeysWithValues: (1...50).map { (RawWriter($0).writer, $0) }))
    var session = CallerSession()
    _ = try session.step(.start(own: own, known: own.holdings.version))
    let request = try #require(sent(try session.step(.loaded([]))))
    #expect(request.claim == nil)
    #expect(request.encoded().count < 100)
  }

  @Test("changes that the peer is known to lack go out with the first message: one round trip")
  func missingThere() throws {
    let own = holdings([Self.writer: 7])
    let known = VersionVector([.init(writer: Self.writer, count: 4)])
    var session = CallerSession()
    #expect(try session.step(.start(own: own, known: known)) == [.load(missingFrom: known)])
    let request = try #require(sent(try session.step(.loaded(Samples.changes))))
    #expect(request.changes == Samples.changes)
    #expect(request.claim == own.claim)
    let answer = ExchangeAnswer(fingerprint: own.holdings.fingerprint)
    _ = try session.step(.answered(answer, doubts: [], bytesOut: 1, bytesIn: 1))
    let done = try #require(
      finished(
        try session.step(.merged(report(), own: own, peer: answer.claim?.version, wanted: []))))
    #expect(done.inStep)
    #expect(done.rounds == 1)
    #expect(done.sent == Samples.changes.count)
  }

  @Test("a peer that can't tell what we hold is told, and answers in the second round trip")
  func needsClaim() throws {
    let own = holdings(
      Dictionary(uniqueKeysWithValues: (1...9).map { (RawWriter($0).writer, $0) }))
    var session = CallerSession()
    _ = try session.step(.start(own: own, known: own.holdings.version))
    #expect(try #require(sent(try session.step(.loaded([])))).claim == nil)
    var asking = ExchangeAnswer(fingerprint: Bytes16(high: 5, low: 5))
    asking.needsClaim = true
    let effects = try session.step(.answered(asking, doubts: [], bytesOut: 1, bytesIn: 1))
    #expect(effects == [.load(missingFrom: own.holdings.version)])
    let request = try #require(sent(try session.step(.loaded([]))))
    #expect(request.claim == own.claim)
  }

  @Test("a peer that asks for a claim again and again is left, and soon")
  func needsClaimForEver() throws {
    let own = holdings([Self.writer: 1])
    var session = CallerSession()
    _ = try session.step(.start(own: own, known: VersionVector()))
    var asking = ExchangeAnswer(fingerprint: Bytes16(high: 5, low: 5))
    asking.needsClaim = true
    var rounds = 0
    let error = #expect(throws: SyncError.self) {
      while true {
        _ = try session.step(.loaded([]))
        rounds += 1
        _ = try session.step(.answered(asking, doubts: [], bytesOut: 1, bytesIn: 1))
      }
    }
    #expect(error?.code == .garbage)
    #expect(rounds <= 10)
  }

  @Test("a peer that never has enough is left in the end")
  func neverEnough() throws {
    var session = CallerSession()
    var count: UInt64 = 1
    _ = try session.step(.start(own: holdings([Self.writer: count]), known: VersionVector()))
    let error = #expect(throws: SyncError.self) {
      while true {
        _ = try session.step(.loaded([]))
        var answer = ExchangeAnswer(fingerprint: Bytes16(high: 5, low: 5))
        answer.claim = holdings([Self.other: count]).claim
        answer.more = true
        _ = try session.step(.answered(answer, doubts: [], bytesOut: 1, bytesIn: 1))
        count += 1
        let own = holdings([Self.writer: count])
        let effects = try session.step(
          .merged(report(merged: 1), own: own, peer: answer.claim?.version, wanted: []))
        #expect(finished(effects) == nil)
      }
    }
    #expect(error?.code == .garbage)
    #expect(session.progress.rounds == SyncLimits.roundsMax)
  }

  @Test("a peer that says it has more and sends nothing ends the exchange")
  func moreAndNothing() throws {
    let own = holdings([Self.writer: 1])
    var session = CallerSession()
    _ = try session.step(.start(own: own, known: VersionVector()))
    _ = try session.step(.loaded([]))
    var answer = ExchangeAnswer(fingerprint: Bytes16(high: 5, low: 5))
    answer.claim = VersionClaim(version: VersionVector(), hashes: [:])
    answer.more = true
    _ = try session.step(.answered(answer, doubts: [], bytesOut: 1, bytesIn: 1))
    let done = try #require(
      finished(
        try session.step(.merged(report(), own: own, peer: answer.claim?.version, wanted: []))))
    #expect(!done.inStep)
    // Nothing that was written here since: a notice of the same is no reason to call again.
    #expect(done.agreed == own.holdings.fingerprint)
    #expect(done.rounds == 1)
  }

  @Test("what the peer refused is reported, and not sent again in this exchange")
  func refusedByPeer() throws {
    let own = holdings([Self.writer: 7])
    let known = VersionVector([.init(writer: Self.writer, count: 4)])
    var session = CallerSession()
    _ = try session.step(.start(own: own, known: known))
    _ = try session.step(.loaded(Samples.changes))
    var answer = ExchangeAnswer(fingerprint: Bytes16(high: 5, low: 5))
    answer.claim = holdings([Self.writer: 4]).claim
    answer.refusals = [.init(name: ChangeName(writer: Self.writer, sequence: 5), reason: "no")]
    _ = try session.step(.answered(answer, doubts: [], bytesOut: 1, bytesIn: 1))
    let done = try #require(
      finished(
        try session.step(.merged(report(), own: own, peer: answer.claim?.version, wanted: []))))
    #expect(done.refusedByPeer == answer.refusals)
    #expect(!done.inStep)
  }

  @Test("a peer that sends ever more that must be refused is left; what comes again is told once")
  func refusedByUs() throws {
    var session = CallerSession()
    var count: UInt64 = 1
    _ = try session.step(.start(own: holdings([Self.writer: count]), known: VersionVector()))
    let error = #expect(throws: SyncError.self) {
      while true {
        _ = try session.step(.loaded([]))
        var answer = ExchangeAnswer(fingerprint: Bytes16(high: 5, low: 5))
        answer.more = true
        _ = try session.step(.answered(answer, doubts: [], bytesOut: 1, bytesIn: 1))
        count += 1
        var merged = report(merged: 1)
        let names =
          [ChangeName(writer: Self.other, sequence: 1)]
          + (1...64).map { ChangeName(writer: RawWriter(count).writer, sequence: $0) }
        merged.refusals = names.map { .init(name: $0, reason: "no") }
        _ = try session.step(
          .merged(
            merged, own: holdings([Self.writer: count]),
            peer: holdings([Self.other: count]).claim.version, wanted: []))
      }
    }
    #expect(error?.code == .garbage)
    #expect(session.progress.refusedByUs.count == SyncLimits.refusalsMax)
    #expect(session.progress.rounds == 16)
  }

  @Test("the changes of a reader with very many writers are refused in bounds")
  func refusedReader() throws {
    let own = holdings([Self.writer: 1])
    var session = CallerSession(peerMayWrite: false)
    _ = try session.step(.start(own: own, known: VersionVector()))
    _ = try session.step(.loaded([]))
    var answer = ExchangeAnswer(fingerprint: Bytes16(high: 5, low: 5))
    answer.changes = (1...2_000).map { number in
      var raw = RawWriter(UInt64(number))
      return raw.title("mine")
    }
    #expect(
      try session.step(.answered(answer, doubts: [], bytesOut: 1, bytesIn: 1)) == [.merge([])])
    #expect(session.progress.refusedByUs.count == SyncLimits.refusalsMax)
    let done = try #require(
      finished(try session.step(.merged(report(), own: own, peer: nil, wanted: []))))
    #expect(done.refusedByUs.count == SyncLimits.refusalsMax)
  }

  @Test("texts are asked for once in an exchange, and both ways at a time")
  func texts() throws {
    let own = holdings([Self.writer: 1])
    let name = TextName(hash: Samples.hash(1), byteCount: 5)
    var session = CallerSession()
    _ = try session.step(.start(own: own, known: own.holdings.version))
    _ = try session.step(.loaded([]))
    var answer = ExchangeAnswer(fingerprint: own.holdings.fingerprint)
    answer.wantedTexts = [Samples.hash(2)]
    _ = try session.step(.answered(answer, doubts: [], bytesOut: 1, bytesIn: 1))
    var effects = try session.step(
      .merged(report(), own: own, peer: answer.claim?.version, wanted: [name]))
    #expect(effects.last == .transferTexts(get: [name], put: [Samples.hash(2)]))
    effects = try session.step(.texts(received: 0, sent: 0, bytesIn: 3, bytesOut: 4))
    #expect(sent(try session.step(.loaded([]))) != nil)
    _ = try session.step(.answered(answer, doubts: [], bytesOut: 1, bytesIn: 1))
    let done = try #require(
      finished(
        try session.step(.merged(report(), own: own, peer: answer.claim?.version, wanted: [name]))))
    #expect(done.inStep)
    #expect(done.bytesIn == 5)
  }

  @Test("a history that parts from the peer's is looked for with ladders before anything is taken")
  func forks() throws {
    let own = holdings([Self.writer: 3, Self.other: 1])
    var session = CallerSession()
    _ = try session.step(.start(own: own, known: VersionVector()))
    _ = try session.step(.loaded(Samples.changes))
    var answer = ExchangeAnswer(fingerprint: Bytes16(high: 5, low: 5))
    answer.claim = holdings([Self.writer: 3], branch: 1).claim
    answer.changes = Samples.changes
    answer.refusals = [.init(name: ChangeName(writer: Self.other, sequence: 1), reason: "no")]
    let effects = try session.step(
      .answered(answer, doubts: [Self.writer], bytesOut: 1, bytesIn: 1))
    // Neither taken nor sent, and what was refused may well be taken later.
    let request = try #require(sent(effects))
    guard case .send(_, let ladders) = effects[0] else { return }
    #expect(ladders == [Self.writer])
    #expect(request.changes == [])
    #expect(session.progress.refusedByPeer == [])
    #expect(session.progress.sent == 0)
    // With ladders the other branch comes, and the fork is told.
    answer.refusals = []
    #expect(
      try session.step(.answered(answer, doubts: [], bytesOut: 1, bytesIn: 1))
        == [.merge(Samples.changes)])
    var merged = report(merged: 1)
    merged.forked = [Self.writer]
    let peer = VersionVector([.init(writer: Self.writer, count: 2)])
    let next = try session.step(.merged(merged, own: own, peer: peer, wanted: []))
    #expect(next == [.note(peer, isKept: false), .load(missingFrom: peer)])
    #expect(session.progress.forked == [Self.writer])
  }

  @Test("what the peer holds is remembered at the end, and when something went out")
  func remembered() throws {
    var session = CallerSession()
    let own = holdings([Self.writer: 3])
    _ = try session.step(.start(own: own, known: VersionVector()))
    var peer = VersionVector()
    for (round, sent) in [Samples.changes, [], Samples.changes, [], []].enumerated() {
      _ = try session.step(.loaded(sent))
      var answer = ExchangeAnswer(fingerprint: Bytes16(high: 5, low: 5))
      answer.changes = Samples.changes
      answer.more = round < 4
      _ = try session.step(.answered(answer, doubts: [], bytesOut: 1, bytesIn: 1))
      peer = VersionVector([.init(writer: Self.writer, count: UInt64(3 + round))])
      let merged = report(merged: 1)
      let next = try session.step(.merged(merged, own: own, peer: peer, wanted: []))
      #expect(next.first == .note(peer, isKept: !sent.isEmpty || round == 4), "\(round)")
    }
  }

  @Test("a peer that doesn't say where histories part is left, and soon", arguments: [true, false])
  func forksForEver(asks: Bool) throws {
    var session = CallerSession()
    _ = try session.step(.start(own: holdings([Self.writer: 3]), known: VersionVector()))
    _ = try session.step(.loaded([]))
    var answer = ExchangeAnswer(fingerprint: Bytes16(high: 5, low: 5))
    answer.claim = holdings([Self.writer: 3], branch: 1).claim
    answer.needsLadders = asks
    if asks { answer.claim?.tips[0].ladder = [] }
    let doubts: Set<WriterID> = asks ? [] : [Self.writer]
    _ = try session.step(.answered(answer, doubts: doubts, bytesOut: 1, bytesIn: 1))
    let error = #expect(throws: SyncError.self) {
      try session.step(.answered(answer, doubts: doubts, bytesOut: 1, bytesIn: 1))
    }
    #expect(error?.code == .garbage)
  }

  @Test("events that don't belong where they come are refused, not obeyed")
  func outOfPlace() throws {
    var session = CallerSession()
    #expect(throws: SyncError.self) { try session.step(.loaded([])) }
    let own = holdings([:])
    _ = try session.step(.start(own: own, known: VersionVector()))
    #expect(throws: SyncError.self) {
      try session.step(.start(own: own, known: VersionVector()))
    }
    let answer = ExchangeAnswer(fingerprint: own.holdings.fingerprint)
    #expect(throws: SyncError.self) {
      try session.step(.answered(answer, doubts: [], bytesOut: 0, bytesIn: 0))
    }
  }
}
