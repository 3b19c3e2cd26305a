// SPDX-License-Identifier: MIT

/// A body that is still coming: an asynchronous sequence of its bytes, in parts as they arrive.
///
/// For one reader: a second one at the same time gets an error. At most
/// ``HTTPLimits/streamBufferBytesMax`` bytes wait; a reader that is slower than the peer slows the
/// peer down. Cancelling the reading task ends the transfer at once, and so does dropping the body.
public struct HTTPBody: AsyncSequence, Sendable {
  /// Bytes, at least one.
  public typealias Element = [UInt8]
  /// What ends a body early.
  public typealias Failure = CurlError

  let lease: StreamLease

  /// Reads on where the last reader stopped.
  public func makeAsyncIterator() -> Iterator {
    Iterator(lease: lease)
  }

  /// Reads the body's parts.
  public struct Iterator: AsyncIteratorProtocol {
    /// Bytes, at least one.
    public typealias Element = [UInt8]
    /// What ends a body early.
    public typealias Failure = CurlError

    let lease: StreamLease

    /// All bytes that wait, or the next that come; `nil` at the end of the body.
    public mutating func next(
      isolation actor: isolated (any Actor)?
    ) async throws(CurlError) -> [UInt8]? {
      let part = await withTaskCancellationHandler {
        await lease.buffer.next()
      } onCancel: { [lease] in
        lease.cancel()
      }
      if part.needsResumption { lease.resume() }
      return try part.bytes.get()
    }
  }
}

/// A reader's hold on its transfer: keeps the client running, and cuts the transfer when dropped.
final class StreamLease: Sendable {
  let buffer: StreamBuffer
  private let id: UInt64
  private let client: CurlClient

  init(id: UInt64, buffer: StreamBuffer, client: CurlClient) {
    self.id = id
    self.buffer = buffer
    self.client = client
  }

  deinit {
    if !buffer.hasEnded { cancel() }
  }

  func cancel() {
    buffer.cancel()
    client.inbox.cancel(id)
  }

  func resume() {
    client.inbox.resume(id)
  }
}
