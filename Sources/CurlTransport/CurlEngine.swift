// SPDX-License-Identifier: MIT

/// The life of the curl thread: takes orders from its ``CurlInbox``, moves data, tells results.
///
/// Belongs to one thread at a time; it is made on the caller's and then given to its own.
final class CurlEngine {
  let inbox: CurlInbox
  private let multi: CurlMulti
  private let userAgent: String
  private let clock = ContinuousClock()
  private var transfers: [UInt64: CurlTransfer] = [:]
  /// The ids of those that have an idle timeout.
  private var watched: Set<UInt64> = []
  private var nextWatch: ContinuousClock.Instant

  /// How often idle timeouts are looked at.
  private static let watchPeriod = Duration.milliseconds(250)

  init(multi: consuming CurlMulti, inbox: CurlInbox, userAgent: String) {
    self.inbox = inbox
    self.multi = multi
    self.userAgent = userAgent
    nextWatch = clock.now
  }

  /// Runs until told to stop, or until libcurl fails as a whole. Every transfer has ended when
  /// this returns; connections close when `self` goes.
  func run() {
    var failure: CurlError?
    while failure == nil {
      let orders = inbox.take()
      for submission in orders.submissions { start(submission) }
      if orders.isStopping { break }
      for id in orders.cancellations {
        end(id) { $0.fail(.cancelled, "its task was cancelled") }
      }
      for id in orders.resumptions { transfers[id]?.resume(now: clock.now) }
      do throws(CurlError) {
        try multi.perform()
        reportEndings()
        cutStalled()
        try multi.poll(milliseconds: watched.isEmpty ? 60_000 : 250)
      } catch {
        failure = error
      }
    }
    for id in Array(transfers.keys) {
      end(id) { $0.fail(failure?.code ?? .shutDown, failure?.message ?? "it was stopped") }
    }
    inbox.close()
  }

  private func start(_ submission: CurlInbox.Submission) {
    do throws(CurlError) {
      if submission.ticket.isCancelled {
        throw CurlError(
          .cancelled, target: submission.target.display, because: "its task was cancelled")
      }
      let transfer = try CurlTransfer(submission, userAgent: userAgent, now: clock.now)
      try multi.add(transfer.handle)
      transfers[transfer.id] = transfer
      if transfer.watchesIdleness { watched.insert(transfer.id) }
    } catch {
      inbox.noteEnding()
      submission.sink.fail(error)
    }
  }

  private func reportEndings() {
    while let ending = multi.nextEnding() {
      end(ending.id) { $0.complete(ending.result) }
    }
  }

  private func cutStalled() {
    guard !watched.isEmpty else { return }
    let now = clock.now
    guard now >= nextWatch else { return }
    nextWatch = now + Self.watchPeriod
    for id in watched where transfers[id]?.hasStalled(at: now) == true {
      end(id) { $0.fail(.timedOut, "not a byte came for as long as it may be silent") }
    }
  }

  /// Takes the transfer out, then has its end told: whoever is told may ask again at once.
  private func end(_ id: UInt64, telling tell: (CurlTransfer) -> Void) {
    guard let transfer = transfers.removeValue(forKey: id) else { return }
    watched.remove(id)
    multi.remove(transfer.handle)
    inbox.noteEnding()
    tell(transfer)
  }
}
