// SPDX-License-Identifier: MIT

internal import Synchronization

/// What tasks want of the curl thread, left here under a lock and taken by the thread in one go.
///
/// Invariant: each submission that was accepted ends in exactly one call of its sink, be it by
/// the thread or, when the thread is gone, by ``close()``.
final class CurlInbox: Sendable {
  /// A request on its way to the thread.
  struct Submission: Sendable {
    let id: UInt64
    let request: HTTPRequest
    let target: RequestTarget
    let ticket: CancellationTicket
    let sink: TransferSink
  }

  /// All that came in since the last look.
  struct Orders: Sendable {
    var submissions: [Submission] = []
    var cancellations: [UInt64] = []
    var resumptions: [UInt64] = []
    var isStopping = false
  }

  private struct State {
    var orders = Orders()
    /// `nil` once the thread ended.
    var waker: CurlWaker?
    /// Accepted and not ended.
    var transfersCount = 0
    /// A wake-up is under way and not yet followed by ``CurlInbox/take()``.
    var isWoken = false
    var hasStopped = false
    var stopWaiters: [CheckedContinuation<Void, Never>] = []

    mutating func wake() {
      guard !isWoken, let waker else { return }
      isWoken = true
      waker.wake()
    }
  }

  private let state: Mutex<State>
  private let transfersMax: Int

  init(waker: CurlWaker, transfersMax: Int) {
    state = Mutex(State(waker: waker))
    self.transfersMax = transfersMax
  }

  // MARK: For tasks, on any thread

  /// Hands over a request, or refuses it through its sink.
  func submit(_ submission: Submission) {
    let refusal: CurlError.Code? = state.withLock { state in
      guard state.waker != nil, !state.orders.isStopping else { return .shutDown }
      guard state.transfersCount < transfersMax else { return .overloaded }
      state.transfersCount += 1
      state.orders.submissions.append(submission)
      state.wake()
      return nil
    }
    guard let refusal else { return }
    let reason = refusal == .shutDown ? "it was stopped" : "\(transfersMax) are running"
    submission.sink.fail(
      CurlError(refusal, target: submission.target.display, because: reason))
  }

  /// Ends a transfer; one that is unknown or ended already is left alone.
  func cancel(_ id: UInt64) {
    state.withLock { state in
      guard state.waker != nil else { return }
      state.orders.cancellations.append(id)
      state.wake()
    }
  }

  /// Lets a paused transfer go on.
  func resume(_ id: UInt64) {
    state.withLock { state in
      guard state.waker != nil else { return }
      state.orders.resumptions.append(id)
      state.wake()
    }
  }

  /// Tells the thread to end. Returns at once.
  func stop() {
    state.withLock { state in
      state.orders.isStopping = true
      state.wake()
    }
  }

  /// Returns when the thread has ended and its connections are closed.
  func waitUntilStopped() async {
    await withCheckedContinuation { continuation in
      let hasStopped = state.withLock { state in
        if !state.hasStopped { state.stopWaiters.append(continuation) }
        return state.hasStopped
      }
      if hasStopped { continuation.resume() }
    }
  }

  // MARK: For the thread

  /// All that came in since the last call.
  func take() -> Orders {
    state.withLock { state in
      state.isWoken = false
      let orders = state.orders
      state.orders = Orders(isStopping: orders.isStopping)
      return orders
    }
  }

  /// Makes room for another transfer: one has ended.
  func noteEnding() {
    state.withLock { state in
      assert(state.transfersCount > 0, "more transfers ended than were accepted")
      state.transfersCount -= 1
    }
  }

  /// Takes nothing more, and fails what came in too late. The waker isn't used after this.
  func close() {
    let late = state.withLock { state in
      state.waker = nil
      let late = state.orders.submissions
      state.orders = Orders(isStopping: true)
      state.transfersCount -= late.count
      return late
    }
    for submission in late {
      submission.sink.fail(
        CurlError(.shutDown, target: submission.target.display, because: "it was stopped"))
    }
  }

  /// Tells everybody who waits that the thread has ended.
  func noteStopped() {
    let waiters = state.withLock { state in
      state.hasStopped = true
      let waiters = state.stopWaiters
      state.stopWaiters = []
      return waiters
    }
    for waiter in waiters { waiter.resume() }
  }
}

/// Remembers that a request was cancelled, for the case that this happens before the request is
/// handed over.
final class CancellationTicket: Sendable {
  private let flag = Atomic(false)

  var isCancelled: Bool { flag.load(ordering: .acquiring) }

  func cancel() {
    flag.store(true, ordering: .releasing)
  }
}
