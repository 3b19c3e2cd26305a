// SPDX-License-Identifier: MIT

import Glibc
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1

/// Any HTTP/1.1 channel, plain or TLS, with our guards in its pipeline.
struct GuardedChannel<Base: ServerChildChannel>: ServerChildChannel {
  typealias Value = Base.Value

  let base: Base
  let ledger: ConnectionLedger
  let deadlines: ConnectionScreen.Deadlines

  func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
    // Counted before TLS, whose handshake may take as long as the other side likes.
    let entry = ledger.admit(channel)
    let deadlines = deadlines
    return base.setup(channel: channel, logger: logger).flatMapThrowing { value in
      let pipeline = channel.pipeline.syncOperations
      let screen = ConnectionScreen(entry: entry, deadlines: deadlines)
      let encoder = try pipeline.handler(type: HTTPResponseEncoder.self)
      let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
      try pipeline.addHandler(ConnectionExit(), position: .first)
      try pipeline.addHandler(screen, position: .before(encoder))
      try pipeline.addHandler(RequestGuard(screen: screen), position: .after(decoder))
      return value
    }
  }

  func handle(value: Value, logger: Logger) async {
    await base.handle(value: value, logger: logger)
  }
}

/// Closes the connection that hears it at once, whatever stands in its pipeline.
struct CutConnection: Sendable {
  /// Whether what the system holds for the other side is dropped too: it would go on offering it,
  /// for a quarter of an hour to one that doesn't read.
  var forgetsUnsent = false
}

/// Stands next to the socket, before TLS: a close that begins behind TLS waits for the other side's
/// farewell, for seconds, and who is to be thrown out doesn't say it.
private final class ConnectionExit: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = ByteBuffer

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    guard let cut = event as? CutConnection else {
      context.fireUserInboundEventTriggered(event)
      return
    }
    if cut.forgetsUnsent {
      let provider = context.channel as? any SocketOptionProvider
      _ = provider?.setSoLinger(linger(l_onoff: 1, l_linger: 0))
    }
    context.close(promise: nil)
  }
}

extension HTTPServerBuilder {
  /// HTTP/1.1 with our guards.
  ///
  /// - Parameter wrap: puts a layer around it: `{ try TLSChannel($0, configuration: …) }`.
  static func guarded(
    _ ledger: ConnectionLedger, deadlines: ConnectionScreen.Deadlines = .init(),
    in wrap: @escaping @Sendable (HTTP1Channel) throws -> any ServerChildChannel = { $0 }
  ) -> HTTPServerBuilder {
    HTTPServerBuilder { responder in
      func guarded(_ base: some ServerChildChannel) -> any ServerChildChannel {
        GuardedChannel(base: base, ledger: ledger, deadlines: deadlines)
      }
      // Deadlines are ours; the parser's limits stand behind the scanner's.
      let limits = HTTP1Channel.Configuration.DecoderConfiguration(
        maxHeaderFieldSize: HeadScanner.bytesMax, maxHeaderListSize: HeadScanner.bytesMax,
        maxHeaderFieldCount: HeadScanner.fieldsMax)
      let http = HTTP1Channel(
        responder: responder, configuration: .init(httpDecoderConfiguration: limits))
      return guarded(try wrap(http))
    }
  }
}
