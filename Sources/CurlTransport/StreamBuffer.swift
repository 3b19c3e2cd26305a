// SPDX-License-Identifier: MIT

internal import Synchronization

/// The bytes of a stream between the curl thread, which delivers, and the one task that reads.
///
/// Invariants: a waiting reader means that no bytes wait; after the end nothing is delivered; the
/// bytes that wait are fewer than `bytesMax` and one read together. When they'd be more, the
/// delivery is refused, and the reader that empties the buffer asks for the transfer to go on.
final class StreamBuffer: Sendable {
  /// What is known before the body.
  struct Head: Sendable {
    let status: Int
    let headers: HTTPHeaders
    let remoteAddress: String
  }

  /// What a reader gets.
  struct Part: Sendable {
    /// The next bytes; `nil` at the end.
    let bytes: Result<[UInt8]?, CurlError>
    /// The transfer was held back and has to be told to go on.
    var needsResumption = false
  }

  private enum End {
    case finished
    case failed(CurlError)
  }

  private struct State {
    var head: Head?
    var headWaiter: CheckedContinuation<Result<Head, CurlError>, Never>?
    var bytes: [UInt8] = []
    var reader: CheckedContinuation<Part, Never>?
    var isHeldBack = false
    var end: End?

    /// What can be read without waiting.
    mutating func takePart() -> Part? {
      if !bytes.isEmpty {
        let part = Part(bytes: .success(bytes), needsResumption: isHeldBack)
        bytes = []
        isHeldBack = false
        return part
      }
      switch end {
      case .finished: return Part(bytes: .success(nil))
      case .failed(let error): return Part(bytes: .failure(error))
      case nil: return nil
      }
    }
  }

  private let state = Mutex(State())
  private let bytesMax: Int
  private let target: RequestTarget

  init(bytesMax: Int, target: RequestTarget) {
    self.bytesMax = bytesMax
    self.target = target
  }

  /// Whether the transfer is over, though bytes may wait.
  var hasEnded: Bool { state.withLock { $0.end != nil } }

  // MARK: For the curl thread

  /// Gives the head to whoever waits for it.
  func deliver(head: Head) {
    let waiter = state.withLock { state in
      state.head = head
      return state.headWaiter.take()
    }
    waiter?.resume(returning: .success(head))
  }

  /// Takes the bytes, or none of them: then the transfer pauses until it is resumed.
  func deliver(_ bytes: UnsafeRawBufferPointer) -> Bool {
    let copy = Array(bytes)
    let (isTaken, reader) = state.withLock { state in
      // What comes after a cancellation goes nowhere; the transfer is about to end.
      guard state.end == nil else { return (true, CheckedContinuation<Part, Never>?.none) }
      guard state.bytes.isEmpty || state.bytes.count + copy.count <= bytesMax else {
        state.isHeldBack = true
        return (false, nil)
      }
      if state.reader == nil { state.bytes.append(contentsOf: copy) }
      return (true, state.reader.take())
    }
    reader?.resume(returning: Part(bytes: .success(copy)))
    return isTaken
  }

  // MARK: For anybody

  /// Ends the stream: well, or with the error. Only the first call counts.
  ///
  /// What was delivered before can still be read, unless the end is a cancellation.
  func finish(_ error: CurlError?) {
    let (headWaiter, reader) = state.withLock { state in
      guard state.end == nil else {
        return (
          CheckedContinuation<Result<Head, CurlError>, Never>?.none,
          CheckedContinuation<Part, Never>?.none
        )
      }
      state.end = error.map { .failed($0) } ?? .finished
      if error?.code == .cancelled { state.bytes = [] }
      return (state.headWaiter.take(), state.reader.take())
    }
    reader?.resume(returning: Part(bytes: error.map { .failure($0) } ?? .success(nil)))
    headWaiter?.resume(returning: .failure(error ?? endedWithoutHead))
  }

  /// Ends the stream because its task was cancelled.
  func cancel() {
    finish(CurlError(.cancelled, target: target.display, because: "its task was cancelled"))
  }

  // MARK: For the reading task

  /// Waits for the head. Called once.
  func head() async -> Result<Head, CurlError> {
    await withCheckedContinuation { continuation in
      let known: Result<Head, CurlError>? = state.withLock { state in
        if case .failed(let error) = state.end { return .failure(error) }
        if let head = state.head { return .success(head) }
        if state.end != nil || state.headWaiter != nil { return .failure(endedWithoutHead) }
        state.headWaiter = continuation
        return nil
      }
      if let known { continuation.resume(returning: known) }
    }
  }

  /// Waits for bytes, or the end. All that wait come at once.
  func next() async -> Part {
    await withCheckedContinuation { continuation in
      let known: Part? = state.withLock { state in
        if let part = state.takePart() { return part }
        if state.reader != nil {
          return Part(
            bytes: .failure(
              CurlError(.invalidRequest, target: target.display, because: "two tasks read it")))
        }
        state.reader = continuation
        return nil
      }
      if let known { continuation.resume(returning: known) }
    }
  }

  private var endedWithoutHead: CurlError {
    CurlError(.badResponse, target: target.display, because: "it ended within the headers")
  }
}
