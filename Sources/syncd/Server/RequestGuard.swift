// SPDX-License-Identifier: MIT

import NIOCore
import NIOHTTP1

/// Asks the handler behind the parser to tell the client to go on and send its body.
struct ContinueReading: Sendable {}

/// Stands behind the HTTP parser: passes on only requests of the plain kind that peers make, and
/// sets the fields that every answer has.
final class RequestGuard: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias InboundOut = HTTPServerRequestPart
  typealias OutboundIn = HTTPServerResponsePart
  typealias OutboundOut = HTTPServerResponsePart

  /// Bytes of the largest body that any route takes.
  static let bodyBytesMax = 8 << 20

  private let screen: ConnectionScreen

  init(screen: ConnectionScreen) { self.screen = screen }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !screen.isOver else { return }
    if case .head(let head) = unwrapInboundIn(data) {
      switch Self.check(head) {
      case .fine(let length):
        screen.headRead(bodyBytes: length, keepsAlive: head.isKeepAlive)
      case .refused(let status):
        screen.refuse(status)
        return
      }
    }
    context.fireChannelRead(data)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    switch error {
    case HTTPParserError.headerOverflow: screen.refuse(.requestHeaderFieldsTooLarge)
    case is HTTPParserError: screen.refuse(.badRequest)
    default: context.fireErrorCaught(error)
    }
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    switch unwrapOutboundIn(data) {
    case .head(var head) where head.status.code >= 200:
      SafeHeaders.apply(to: &head.headers)
      if screen.endsWithAnswer { head.headers.replaceOrAdd(name: "Connection", value: "close") }
      screen.answerBegins()
      context.write(wrapOutboundOut(.head(head)), promise: promise)
    case .end:
      context.write(data, promise: promise)
      screen.answerEnded()
    case .head, .body:
      context.write(data, promise: promise)
    }
  }

  func triggerUserOutboundEvent(
    context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?
  ) {
    guard event is ContinueReading else {
      context.triggerUserOutboundEvent(event, promise: promise)
      return
    }
    let head = HTTPResponseHead(version: .http1_1, status: .continue)
    context.writeAndFlush(wrapOutboundOut(.head(head)), promise: promise)
  }

  private enum Verdict {
    case fine(bodyBytes: Int)
    case refused(HTTPResponseStatus)
  }

  /// What RFC 9112 leaves to the server is refused here, since no peer does it, and each of it is
  /// something that a proxy in between may see differently.
  private static func check(_ head: HTTPRequestHead) -> Verdict {
    guard head.version == .http1_1 || head.version == .http1_0 else {
      return .refused(.httpVersionNotSupported)
    }
    // No absolute form, no `*`, no authority: no peer needs us as its proxy.
    guard head.uri.hasPrefix("/"), head.method != .CONNECT, head.method != .TRACE else {
      return .refused(.badRequest)
    }
    let headers = head.headers
    let hosts = headers["Host"].count
    guard hosts == 1 || (hosts == 0 && head.version == .http1_0) else {
      return .refused(.badRequest)
    }
    // The parser stops at an upgrade, and would keep what follows.
    if headers.contains(name: "Upgrade") { return .refused(.badRequest) }
    let lengths = headers["Content-Length"]
    if headers.contains(name: "Transfer-Encoding") {
      return .refused(lengths.isEmpty ? .lengthRequired : .badRequest)
    }
    guard lengths.count <= 1 else { return .refused(.badRequest) }
    let digits = lengths.first ?? "0"
    guard !digits.isEmpty, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
      return .refused(.badRequest)
    }
    guard let length = Int(digits), length <= bodyBytesMax else {
      return .refused(.payloadTooLarge)
    }
    let encodings = headers["Content-Encoding"]
    guard encodings.allSatisfy({ $0.lowercased() == "identity" }) else {
      return .refused(.unsupportedMediaType)
    }
    guard headers["Expect"].allSatisfy({ $0.lowercased() == "100-continue" }) else {
      return .refused(.expectationFailed)
    }
    return .fine(bodyBytes: length)
  }
}
