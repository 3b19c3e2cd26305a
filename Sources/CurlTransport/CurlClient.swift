// SPDX-License-Identifier: MIT

internal import Synchronization

/// An HTTP/1.1 client for peers: one thread, kept connections, hard limits.
///
/// All requests of a client share its connections: one to a peer that was asked a moment ago goes
/// out on the open connection. Nothing here blocks a thread of the cooperative pool. A client that
/// is dropped stops its thread; ``shutdown()`` does so too and waits for it.
///
/// It follows no redirects, uses no proxies, keeps no cookies and inflates nothing. Whether a URL
/// may be plain `http` is for the caller to decide.
public final class CurlClient: Sendable {
  let inbox: CurlInbox
  private let nextID = Atomic<UInt64>(1)

  /// Starts the client's thread.
  ///
  /// - Parameters:
  ///   - userAgent: what goes into `User-Agent`, `postil/1.2`.
  ///   - transfersMax: how many requests and streams may be under way; more are refused with
  ///     ``CurlError/Code/overloaded``.
  ///   - idleConnectionsMax: how many connections are kept open for later requests.
  /// - Throws: ``CurlError``, when memory, threads or file descriptors are short, or the user agent
  ///   isn't printable ASCII.
  public init(
    userAgent: String, transfersMax: Int = 256, idleConnectionsMax: Int = 32
  ) throws(CurlError) {
    guard !userAgent.isEmpty, CurlError.printable(userAgent) == userAgent else {
      throw CurlError(
        .invalidRequest, "The user agent has to be 1 to 200 printable ASCII characters.")
    }
    precondition(transfersMax > 0 && idleConnectionsMax >= 0, "a client needs room to work")
    let multi = try CurlMulti(idleConnectionsMax: idleConnectionsMax)
    inbox = CurlInbox(waker: multi.waker, transfersMax: transfersMax)
    try CurlThread.start(CurlEngine(multi: multi, inbox: inbox, userAgent: userAgent))
  }

  deinit {
    inbox.stop()
  }

  /// Sends a request and waits for the whole answer.
  ///
  /// Cancelling the task cuts the transfer at once and throws ``CurlError/Code/cancelled``.
  ///
  /// - Throws: ``CurlError``. Any status is an answer, not an error.
  public func perform(_ request: HTTPRequest) async throws(CurlError) -> HTTPResponse {
    let target = try RequestTarget(request.url)
    let id = makeID()
    let ticket = CancellationTicket()
    let result = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        inbox.submit(
          CurlInbox.Submission(
            id: id, request: request, target: target, ticket: ticket,
            sink: .whole(continuation)))
      }
    } onCancel: {
      ticket.cancel()
      inbox.cancel(id)
    }
    return try result.get()
  }

  /// Sends a request and waits for the answer's status and headers; the body is then read as it
  /// comes. For server-sent events, with ``HTTPLimits/eventStream``.
  ///
  /// Cancelling the task that waits or reads cuts the transfer at once, and so does dropping what
  /// is returned. As long as it is kept, so is the client.
  ///
  /// - Throws: ``CurlError``. Any status is an answer, not an error.
  public func stream(_ request: HTTPRequest) async throws(CurlError) -> HTTPStream {
    let target = try RequestTarget(request.url)
    let id = makeID()
    let ticket = CancellationTicket()
    let buffer = StreamBuffer(bytesMax: request.limits.streamBufferBytesMax, target: target)
    let lease = StreamLease(id: id, buffer: buffer, client: self)
    let result = await withTaskCancellationHandler {
      inbox.submit(
        CurlInbox.Submission(
          id: id, request: request, target: target, ticket: ticket, sink: .stream(buffer)))
      return await buffer.head()
    } onCancel: {
      ticket.cancel()
      lease.cancel()
    }
    let head = try result.get()
    return HTTPStream(
      status: head.status, headers: head.headers, remoteAddress: head.remoteAddress,
      body: HTTPBody(lease: lease))
  }

  /// Cuts all transfers with ``CurlError/Code/shutDown``, closes all connections, and returns when
  /// the thread has ended. May be called again; later requests fail.
  public func shutdown() async {
    inbox.stop()
    await inbox.waitUntilStopped()
  }

  private func makeID() -> UInt64 {
    nextID.wrappingAdd(1, ordering: .relaxed).oldValue
  }
}
