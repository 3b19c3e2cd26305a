// SPDX-License-Identifier: MIT

internal import CCurl

/// Where an answer goes. Told exactly once how the transfer ended.
enum TransferSink: Sendable {
  /// To a task that waits for all of it.
  case whole(CheckedContinuation<Result<HTTPResponse, CurlError>, Never>)
  /// To a reader of a stream.
  case stream(StreamBuffer)

  /// Ends the transfer without an answer, or without the rest of it.
  func fail(_ error: CurlError) {
    switch self {
    case .whole(let continuation): continuation.resume(returning: .failure(error))
    case .stream(let buffer): buffer.finish(error)
    }
  }
}

/// One running transfer: its handle, and what came of the answer so far. Lives on the curl thread;
/// libcurl calls it back there, from within `perform()` and `unpause()`.
final class CurlTransfer {
  let id: UInt64
  let handle: CurlHandle
  private let target: RequestTarget
  private let sink: TransferSink
  private let responseBytesMax: Int
  private var head: HeaderCollector
  private var body: [UInt8] = []
  private var bodyBytes = 0
  private var headBytes = 0
  /// Why a receiver refused what came.
  private var refusal: CurlError?
  private var isPaused = false
  /// For ``hasStalled(at:)``: the last change that was seen, and when.
  private let idleTimeout: Duration?
  private var bytesSeen = 0
  private var seenAt: ContinuousClock.Instant

  /// Prepares the transfer; it starts when the handle is added to a ``CurlMulti``.
  init(
    _ submission: CurlInbox.Submission, userAgent: String, now: ContinuousClock.Instant
  ) throws(CurlError) {
    var handle = try CurlHandle()
    try handle.configure(submission.request, target: submission.target, userAgent: userAgent)
    id = submission.id
    target = submission.target
    sink = submission.sink
    let limits = submission.request.limits
    responseBytesMax = limits.responseBytesMax
    head = HeaderCollector(bytesMax: limits.headerBytesMax)
    idleTimeout = limits.idleTimeout
    seenAt = now
    self.handle = handle
    try connectReceivers()
  }

  /// Whether ``hasStalled(at:)`` has to be asked from time to time.
  var watchesIdleness: Bool { idleTimeout != nil }

  private func connectReceivers() throws(CurlError) {
    // Unretained: the engine keeps the transfer until its handle is out of the multi handle, and
    // the handle goes with the transfer.
    let me = UnsafeRawPointer(Unmanaged.passUnretained(self).toOpaque())
    try handle.set(CURLOPT_PRIVATE, pointer: UnsafeRawPointer(bitPattern: UInt(id)))
    try handle.set(CURLOPT_HEADERDATA, pointer: me)
    try handle.set(CURLOPT_WRITEDATA, pointer: me)
    try handle.set(
      CURLOPT_HEADERFUNCTION,
      receiver: { bytes, size, count, context in
        guard let bytes, let context else { return 0 }
        let transfer = Unmanaged<CurlTransfer>.fromOpaque(context).takeUnretainedValue()
        return transfer.receiveHeader(UnsafeRawBufferPointer(start: bytes, count: size * count))
      })
    try handle.set(
      CURLOPT_WRITEFUNCTION,
      receiver: { bytes, size, count, context in
        guard let bytes, let context else { return 0 }
        let transfer = Unmanaged<CurlTransfer>.fromOpaque(context).takeUnretainedValue()
        return transfer.receiveBody(UnsafeRawBufferPointer(start: bytes, count: size * count))
      })
  }

  // MARK: What libcurl calls. Less than all taken ends the transfer (CURLOPT_WRITEFUNCTION(3)).

  private func receiveHeader(_ line: UnsafeRawBufferPointer) -> Int {
    switch head.take(line) {
    case .more: break
    case .complete:
      if case .stream(let buffer) = sink {
        buffer.deliver(
          head: StreamBuffer.Head(
            status: head.status, headers: head.headers, remoteAddress: handle.remoteAddress))
      }
    case .tooLarge: return refuse(.tooLarge, "its headers pass their limit")
    case .malformed: return refuse(.badResponse, "its headers make no sense")
    }
    headBytes += line.count
    return line.count
  }

  private func receiveBody(_ bytes: UnsafeRawBufferPointer) -> Int {
    guard head.isComplete else { return refuse(.badResponse, "a body without headers") }
    guard bytes.count <= responseBytesMax - bodyBytes else {
      return refuse(.tooLarge, "its body has more than \(responseBytesMax) bytes")
    }
    switch sink {
    case .whole: body.append(contentsOf: bytes)
    case .stream(let buffer):
      guard buffer.deliver(bytes) else {
        isPaused = true
        return postil_write_pause
      }
    }
    bodyBytes += bytes.count
    return bytes.count
  }

  private func refuse(_ code: CurlError.Code, _ reason: String) -> Int {
    refusal = refusal ?? CurlError(code, target: target.display, because: reason)
    return 0
  }

  // MARK: What the engine calls

  /// Lets the peer send again after its reader caught up.
  func resume(now: ContinuousClock.Instant) {
    guard isPaused else { return }
    isPaused = false
    seenAt = now
    handle.unpause()
  }

  /// Whether nothing has moved for longer than allowed. Ask it at least once a quarter second.
  func hasStalled(at now: ContinuousClock.Instant) -> Bool {
    guard let idleTimeout else { return false }
    let bytes = headBytes &+ handle.bytesMoved
    if isPaused || bytes != bytesSeen {
      bytesSeen = bytes
      seenAt = now
    }
    return now - seenAt > idleTimeout
  }

  /// Tells the sink how it ended, after libcurl said so.
  func complete(_ result: CURLcode) {
    if let refusal {
      sink.fail(refusal)
    } else if result != CURLE_OK {
      sink.fail(CurlError(result, detail: handle.detail, target: target.display))
    } else if !head.isComplete {
      fail(.badResponse, "it ended within the headers")
    } else {
      succeed()
    }
  }

  /// Tells the sink that it ended for a reason of ours.
  func fail(_ code: CurlError.Code, _ reason: String) {
    sink.fail(CurlError(code, target: target.display, because: reason))
  }

  private func succeed() {
    switch sink {
    case .stream(let buffer): buffer.finish(nil)
    case .whole(let continuation):
      let response = HTTPResponse(
        status: head.status, headers: head.headers, body: body,
        remoteAddress: handle.remoteAddress)
      continuation.resume(returning: .success(response))
    }
  }
}
