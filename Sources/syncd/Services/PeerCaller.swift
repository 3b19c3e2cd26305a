// SPDX-License-Identifier: MIT

import CurlTransport
import Host
import Logging
import Merge
import Store
import SyncEngine

/// Keeps one peer in step: calls when something is new here, when the peer says that something is
/// new there, and now and then. Ends when its task is cancelled.
struct PeerCaller: Sendable {
  let peer: Peer
  let transport: PeerTransport
  let worker: StoreWorker
  let news: Broadcast
  let counters: Counters
  let logger: Logger

  /// Why to call.
  private enum Signal: Sendable {
    /// Something may be new here.
    case here
    /// Something is new there; nil when only the connection came back.
    case there(Bytes16?)
    /// Time went by.
    case pause
    /// The peer doesn't know yet that what it gave has arrived.
    case receipt
  }

  /// How long a receipt waits for an exchange that carries it anyway.
  private static let receiptDelay = Duration.milliseconds(300)
  /// How long a stream without a notice is open that counts as one.
  private static let listenedLong = Duration.seconds(10)
  /// Refusals of one exchange that are logged one by one.
  private static let refusalsTold = 5

  func run() async {
    let (signals, signal) = AsyncStream.makeStream(
      of: Signal.self, bufferingPolicy: .bufferingNewest(8))
    await withTaskGroup(of: Void.self) { group in
      group.addTask { for await _ in news.listen() { signal.yield(.here) } }
      group.addTask { await hear { signal.yield(.there($0)) } }
      group.addTask { await call(signals, signal) }
      await group.next()
      group.cancelAll()
      signal.finish()
    }
  }

  /// The loop that calls.
  private func call(
    _ signals: AsyncStream<Signal>, _ signal: AsyncStream<Signal>.Continuation
  ) async {
    var schedule = PeerSchedule()
    // What the peer was told of when it was last called: only something else is worth a call.
    var agreed: Bytes16?
    var iterator = signals.makeAsyncIterator()
    while !Task.isCancelled {
      var owesReceipt = false
      do {
        (agreed, owesReceipt) = try await exchange()
        schedule.succeeded()
      } catch {
        if Task.isCancelled || error is CancellationError { return }
        await failed(error, schedule.failures)
        schedule.failed()
        agreed = nil
      }
      let pause = schedule.pause(random: worker.store.environment.random())
      let timer = Task { [owesReceipt] in
        if owesReceipt {
          try await Task.sleep(for: Self.receiptDelay)
          signal.yield(.receipt)
        }
        try await Task.sleep(for: .milliseconds(pause))
        signal.yield(.pause)
      }
      var isDue = false
      while !isDue {
        guard let next = await iterator.next() else {
          timer.cancel()
          return
        }
        switch next {
        case .pause: isDue = true
        // One that was left over from an earlier round is owed no more.
        case .receipt: isDue = owesReceipt
        // A peer that can't be reached is not called for every edit.
        case .here:
          let own = await fingerprint()
          isDue = schedule.failures == 0 && own != agreed
        case .there(let theirs):
          let own = await fingerprint()
          isDue = theirs == nil ? schedule.failures > 0 : own != theirs
        }
      }
      timer.cancel()
    }
  }

  /// What the peer was told of in an exchange, and whether it gave something: it
  /// learns that this has arrived from the version that the next exchange begins with.
  private func exchange() async throws -> (agreed: Bytes16?, tookChanges: Bool) {
    let driver = SyncDriver(store: worker, transport: transport)
    let report = try await driver.exchange(with: peer.id)
    counters.add(.exchangesCalled)
    counters.add(.changesReceived, report.received)
    counters.add(.changesSent, report.sent)
    counters.add(.changesRefused, report.refusedByUs.count)
    tell(report.refusedByUs)
    for writer in report.forked {
      logger.warning(
        "a writer was written twice; both histories are kept",
        metadata: ["peer": "\(peer.name)", "writer": "\(writer.raw.uuidText)"])
    }
    if report.received > 0 || report.textsReceived > 0 { news.notify() }
    if report.received + report.sent + report.textsReceived + report.textsSent > 0 {
      logger.info(
        "exchanged",
        metadata: [
          "peer": "\(peer.name)", "received": "\(report.received)", "sent": "\(report.sent)",
          "rounds": "\(report.rounds)",
        ])
    }
    // Not what is held by now: that may be more, and the notice of it waits to be looked at.
    return (report.agreed, report.received > 0)
  }

  /// Logs what was refused: the first few, and how many more.
  private func tell(_ refusals: [MergeReport.Refusal]) {
    for refusal in refusals.prefix(Self.refusalsTold) {
      logger.warning(
        "a change was refused",
        metadata: ["peer": "\(peer.name)", "reason": "\(refusal.reason)"])
    }
    if refusals.count > Self.refusalsTold {
      logger.warning(
        "more changes were refused",
        metadata: ["peer": "\(peer.name)", "count": "\(refusals.count - Self.refusalsTold)"])
    }
  }

  private func fingerprint() async -> Bytes16? {
    try? await worker.run { try $0.holdings().fingerprint }
  }

  private func failed(_ error: any Error, _ failures: Int) async {
    counters.add(.exchangesFailed)
    let message = Failure(any: error).message
    // The first failure is news; the hundredth is not.
    logger.log(
      level: failures == 0 ? .warning : .debug, "can't exchange",
      metadata: ["peer": "\(peer.name)", "error": "\(message)"])
    let id = peer.id
    if failures == 0 { try? await worker.run { try $0.noteFailure(with: id, message) } }
  }

  /// Listens to the peer's notices, and comes back when the connection breaks.
  private func hear(_ body: @Sendable (Bytes16?) -> Void) async {
    var schedule = PeerSchedule()
    let clock = ContinuousClock()
    while !Task.isCancelled {
      var opened: ContinuousClock.Instant?
      do {
        let stream = try await transport.events()
        opened = clock.now
        body(nil)
        var parser = ServerSentEventParser()
        for try await bytes in stream.body {
          for event in try parser.take(bytes) where event.event == "changed" {
            guard let theirs = Bytes16(uuidText: event.data) else { continue }
            schedule.succeeded()
            body(theirs)
          }
        }
      } catch {
        logger.debug("no notices", metadata: ["peer": "\(peer.name)", "error": "\(error)"])
      }
      // One that answers, says nothing and closes is as good as none: not to be called for ever.
      if let opened, clock.now - opened >= Self.listenedLong { schedule.succeeded() }
      schedule.failed()
      let pause = schedule.pause(random: worker.store.environment.random())
      try? await Task.sleep(for: .milliseconds(pause))
    }
  }
}
