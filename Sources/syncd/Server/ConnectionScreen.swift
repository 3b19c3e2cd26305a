// SPDX-License-Identifier: MIT

import Glibc
import NIOCore
import NIOHTTP1

/// Stands between the bytes of a connection and the HTTP parser: lets no malformed head through,
/// keeps the time, and closes so that the last answer arrives.
///
/// The parser tells nobody that a head has begun, and that is when the clock must start; so this
/// handler follows a connection by itself, helped by `RequestGuard`, which stands behind the parser
/// and says how long each body is.
///
/// A handler lives on one event loop, and so does everything in it.
final class ConnectionScreen: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer
  typealias OutboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  /// How long each thing may take.
  struct Deadlines: Sendable {
    /// From a head's first byte to its last.
    var head = TimeAmount.seconds(10)
    /// From a head's first byte to the last of its body.
    var request = TimeAmount.seconds(60)
    /// Without a request, for a connection that has shown who it is.
    var idleKnown = TimeAmount.seconds(90)
    /// Without a request, for any other.
    var idleStranger = TimeAmount.seconds(15)
    /// Without a byte of an answer being taken.
    var write = TimeAmount.seconds(30)
    /// Between the last byte of the last answer and the end, for it to be read.
    var linger = TimeAmount.seconds(1)
  }

  private enum Reading {
    case idle(since: NIODeadline)
    case head(since: NIODeadline)
    case body(since: NIODeadline, left: Int)
    /// Whatever still comes is thrown away.
    case over
  }

  /// Bytes that are given to the system at once: so often it is seen that an answer is being read.
  private static let sliceBytes = 64 << 10
  /// Requests that may wait for their answers on one connection.
  private static let waitingMax = 16

  private let deadlines: Deadlines
  private let entry: ConnectionLedger.Entry?
  private var context: ChannelHandlerContext?
  private var reading: Reading
  private var scanner = HeadScanner()
  /// Requests that were passed on and are not answered to their end.
  private var waiting = 0
  private var isAnswering = false
  private var isLastRequest = false
  private var pendingWrites = 0
  private var lastWrite: NIODeadline
  private var closesAfterWrites = false
  private var isLingering = false
  private var isInputClosed = false
  private var timer: (task: Scheduled<Void>, at: NIODeadline)?

  /// - Parameter entry: nil closes the connection as soon as it is there.
  init(entry: ConnectionLedger.Entry?, deadlines: Deadlines = Deadlines()) {
    self.entry = entry
    self.deadlines = deadlines
    reading = .idle(since: .now())
    lastWrite = .now()
  }

  /// Whether nothing more is read from this connection.
  var isOver: Bool { if case .over = reading { true } else { false } }

  /// Whether the connection ends with the answer that is about to be written.
  var endsWithAnswer: Bool {
    if isLastRequest && waiting <= 1 { return true }
    if case .body(_, let left) = reading { return left > 0 && waiting <= 1 }
    return isOver
  }

  // MARK: What RequestGuard says

  /// A head was read, and is passed on.
  func headRead(bodyBytes: Int, keepsAlive: Bool) {
    guard case .head(let since) = reading else { return }
    waiting += 1
    if !keepsAlive { isLastRequest = true }
    reading = .body(since: since, left: bodyBytes)
    if waiting > Self.waitingMax { context?.close(promise: nil) }
  }

  /// The head of an answer goes out.
  func answerBegins() { isAnswering = true }

  /// The last part of an answer went out.
  func answerEnded() {
    waiting -= 1
    isAnswering = false
    guard waiting <= 0 else { return }
    // Who sends a body that nobody reads would be heard to its end otherwise.
    if case .body = reading {
      endAfterWrites()
    } else if isLastRequest {
      endAfterWrites()
    } else if case .idle = reading {
      reading = .idle(since: .now())
      schedule()
    }
  }

  /// Answers what can't be answered by a route, and ends the connection.
  func refuse(_ status: HTTPResponseStatus) {
    guard let context, !isOver else { return }
    let isBodyAwaited = if case .body = reading { true } else { false }
    reading = .over
    guard !isAnswering, waiting == (isBodyAwaited ? 1 : 0) else {
      // Another answer is on its way, and this one would be taken for it.
      context.close(promise: nil)
      return
    }
    isAnswering = true
    send(SafeHeaders.refusal(status), context, nil)
    context.flush()
    endAfterWrites()
  }

  // MARK: Inbound

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    // Not every layer in between says at once that the connection is there.
    if context.channel.isActive { begin() } else { schedule() }
  }

  func handlerRemoved(context: ChannelHandlerContext) { forget() }

  func channelActive(context: ChannelHandlerContext) {
    begin()
    context.fireChannelActive()
  }

  func channelInactive(context: ChannelHandlerContext) {
    reading = .over
    context.fireChannelInactive()
    forget()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    var buffer = unwrapInboundIn(data)
    while buffer.readableBytes > 0 {
      switch reading {
      case .over:
        return
      case .idle:
        scanner = HeadScanner()
        reading = isLastRequest ? .over : .head(since: .now())
        schedule()
      case .head:
        readHead(&buffer, context)
      case .body(let since, let left):
        readBody(&buffer, context, since, left)
      }
    }
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    context.fireChannelReadComplete()
    // The application may have stopped reading; what is on its way must be read all the same, or
    // the system resets the connection, and the answer is lost with it.
    if isOver { context.read() }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case .some(.inputClosed) = event as? ChannelEvent {
      isInputClosed = true
      switch reading {
      case .idle: break
      case .over where pendingWrites > 0: break
      case .head, .body, .over: context.close(promise: nil)
      }
    }
    context.fireUserInboundEventTriggered(event)
  }

  private func readHead(_ buffer: inout ByteBuffer, _ context: ChannelHandlerContext) {
    switch scanner.scan(buffer.readableBytesView) {
    case .more:
      context.fireChannelRead(wrapInboundOut(buffer))
      buffer.moveReaderIndex(forwardBy: buffer.readableBytes)
    case .complete(let count):
      guard let head = buffer.readSlice(length: count) else { return }
      context.fireChannelRead(wrapInboundOut(head))
      // The parser has said by now what it read, or that it couldn't.
      switch reading {
      case .head: refuse(.badRequest)
      case .body(_, 0): reading = .idle(since: .now())
      case .body, .idle, .over: break
      }
      schedule()
    case .refused(let status):
      refuse(status)
    }
  }

  private func readBody(
    _ buffer: inout ByteBuffer, _ context: ChannelHandlerContext, _ since: NIODeadline, _ left: Int
  ) {
    let count = min(left, buffer.readableBytes)
    guard count > 0, let part = buffer.readSlice(length: count) else {
      reading = .idle(since: .now())
      return
    }
    reading = left == count ? .idle(since: .now()) : .body(since: since, left: left - count)
    context.fireChannelRead(wrapInboundOut(part))
    schedule()
  }

  // MARK: Outbound

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    if isOver && closesAfterWrites {
      // The connection's last answer is written already.
      promise?.fail(ChannelError.outputClosed)
      return
    }
    var buffer = unwrapOutboundIn(data)
    while buffer.readableBytes > Self.sliceBytes,
      let slice = buffer.readSlice(length: Self.sliceBytes)
    {
      send(slice, context, nil)
    }
    send(buffer, context, promise)
  }

  func close(
    context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?
  ) {
    guard mode == .output else {
      context.close(mode: mode, promise: promise)
      return
    }
    // The application has said its last; the other side may take its time to hear it, not for ever.
    promise?.succeed()
    endAfterWrites()
  }

  private func send(
    _ buffer: ByteBuffer, _ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?
  ) {
    let done = promise ?? context.eventLoop.makePromise(of: Void.self)
    if pendingWrites == 0 { lastWrite = .now() }
    pendingWrites += 1
    done.futureResult.assumeIsolated().whenComplete { [self] _ in
      pendingWrites -= 1
      lastWrite = .now()
      if pendingWrites == 0 && closesAfterWrites { waitForReader() }
    }
    context.write(wrapOutboundOut(buffer), promise: done)
    schedule()
  }

  private func endAfterWrites() {
    reading = .over
    closesAfterWrites = true
    if pendingWrites == 0 { waitForReader() }
  }

  private func waitForReader() {
    guard let context, !isLingering else { return }
    isLingering = true
    if isInputClosed {
      context.close(promise: nil)
      return
    }
    context.close(mode: .output, promise: nil)
    lastWrite = .now()
    schedule()
    context.read()
  }

  // MARK: Time

  private func begin() {
    guard entry != nil else {
      context?.close(promise: nil)
      return
    }
    reading = .idle(since: .now())
    schedule()
  }

  private func forget() {
    timer?.task.cancel()
    timer = nil
    context = nil
  }

  /// When something will be overdue if nothing happens.
  private var due: NIODeadline? {
    var due: NIODeadline?
    switch reading {
    case .idle(let since):
      let isKnown = entry?.isKnown ?? false
      if waiting == 0 { due = since + (isKnown ? deadlines.idleKnown : deadlines.idleStranger) }
    case .head(let since): due = since + deadlines.head
    case .body(let since, _): due = since + deadlines.request
    case .over: if isLingering { due = lastWrite + deadlines.linger }
    }
    if pendingWrites > 0 { due = min(due ?? .distantFuture, lastWrite + deadlines.write) }
    return due
  }

  /// Sees to it that somebody looks when something is overdue. A timer that is too early finds
  /// nothing to do and is set anew: cheaper than a new one for every byte.
  private func schedule() {
    guard let context, let due else { return }
    if let timer {
      guard due < timer.at else { return }
      timer.task.cancel()
    }
    let task = context.eventLoop.assumeIsolated().scheduleTask(deadline: due) { [self] in
      timer = nil
      look()
    }
    timer = (task, due)
  }

  private func look() {
    guard let context, let due else { return }
    guard due <= .now() else { return schedule() }
    switch reading {
    case .head(let since) where since + deadlines.head <= .now(): refuse(.requestTimeout)
    case .body(let since, _) where since + deadlines.request <= .now(): refuse(.requestTimeout)
    default:
      context.channel.pipeline.fireUserInboundEventTriggered(
        CutConnection(forgetsUnsent: pendingWrites > 0))
    }
  }
}
