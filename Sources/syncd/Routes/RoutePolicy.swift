// SPDX-License-Identifier: MIT

import HTTPTypes
import Hummingbird
import Logging
import Merge
import NIOCore
import Store
import SyncEngine
import Synchronization

/// One route, and what to do.
struct Route: Sendable {
  let name: RouteName
  let handle: @Sendable (RouteRequest) async throws -> Response
}

/// A request that was let in.
struct RouteRequest: Sendable {
  /// Who asks; nil unless the policy is `.peer`.
  let peer: Peer?
  /// SHA-256 of the device key that the connection proved; nil over plain HTTP.
  let key: [UInt8]?
  let body: [UInt8]
}

/// A request that is answered with an error.
struct RouteError: Error {
  let status: HTTPResponse.Status
  let message: String
}

/// Lets in who may, within bounds, and turns every error into an answer.
struct RouteGate: Sendable {
  let worker: StoreWorker
  let counters: Counters
  let ledger: ConnectionLedger
  let logger: Logger
  let listener: Listener
  let tries: PairingTries

  /// What a listener is for, and how it tells who asks.
  enum Listener: Sendable {
    /// TLS, for devices: the key that the connection proved is who asks.
    case devices
    /// Plain HTTP on this machine: a token is who asks, and only these names are ours beside the
    /// machine's own.
    case local(names: Set<String>)
  }

  /// What everybody hears who is not let in: never paired, removed, wrong key, wrong token.
  static let stranger = RouteError(status: .unauthorized, message: "not paired")

  /// Answers a request that belongs to a route; what it throws is for `refusal`.
  func answer(
    _ route: Route, _ request: Request, _ origin: RequestOrigin
  ) async throws -> Response {
    var key: [UInt8]?
    if case .devices = listener {
      key = try await origin.deviceKey()
      guard key != nil, route.name.policy != .open else { throw Self.stranger }
    }
    var peer: Peer?
    if route.name.policy == .peer {
      let known = try await self.peer(request, key)
      // A proxy may carry several peers over one connection, one after another: it is whose it was
      // last.
      ledger.authenticated(origin.channel, as: known.id)
      peer = known
    }
    guard route.name.policy == .invited else {
      let body = try await collect(request, route.name.bodyBytesMax, origin)
      return try await route.handle(RouteRequest(peer: peer, key: key, body: body))
    }
    // Counted before the answer is known, or many at once would all be the first.
    let place = AddressKey(origin.channel.remoteAddress).description
    guard tries.take(place) else {
      throw RouteError(status: .tooManyRequests, message: "too many tries; wait a minute")
    }
    let body = try await collect(request, route.name.bodyBytesMax, origin)
    let answer = try await route.handle(RouteRequest(peer: peer, key: key, body: body))
    tries.giveBack(place)
    return answer
  }

  /// The paired device that asks. Looked up for every request: one that was removed meanwhile is a
  /// stranger, on connections that are open already too.
  private func peer(_ request: Request, _ key: [UInt8]?) async throws -> Peer {
    let found: Peer?
    switch listener {
    case .devices:
      guard let key else { throw Self.stranger }
      found = try await worker.run { try $0.peer(key: key) }
    case .local:
      guard let header = request.headers[.authorization], let token = DeviceToken(header: header)
      else { throw Self.stranger }
      let hash = token.hash
      found = try await worker.run { try $0.peer(tokenHash: hash) }
    }
    guard let found else { throw Self.stranger }
    return found
  }

  private func collect(
    _ request: Request, _ limit: Int, _ origin: RequestOrigin
  ) async throws -> [UInt8] {
    let length = request.headers[.contentLength].flatMap { Int($0) } ?? 0
    // The length was promised; nothing is read of what is too long.
    guard length <= limit else {
      throw RouteError(status: .contentTooLarge, message: "the body is too large")
    }
    guard length > 0 else { return [] }
    if request.headers[.expect] != nil {
      try await origin.channel.triggerUserOutboundEvent(ContinueReading()).get()
    }
    let buffer = try await request.body.collect(upTo: limit)
    return Array(buffer.readableBytesView)
  }

  /// The answer that an error means.
  func refusal(_ error: any Error) -> Response {
    switch error {
    case let error as RouteError:
      if error.status == .unauthorized || error.status == .forbidden {
        counters.add(.requestsRefused)
      }
      return Response.text(error.message, status: error.status)
    case let error as SyncError:
      if error.code == .notAllowed {
        counters.add(.requestsRefused)
        logger.warning("a request was refused", metadata: ["reason": "\(error.message)"])
      }
      let status: HTTPResponse.Status =
        switch error.code {
        case .notAllowed: .forbidden
        case .otherLibrary: .conflict
        case .version: .upgradeRequired
        case .garbage, .badInput: .badRequest
        case .unreachable, .failed: .internalServerError
        }
      return Response.text(error.message, status: status)
    case let error as any HTTPResponseError:
      return Response.text("the request can't be answered", status: error.status)
    default:
      logger.error("a request failed", metadata: ["error": "\(error)"])
      let isFull = (error as? StoreError)?.code == .disk
      return Response.text(
        isFull ? "the store can't be written" : "this went wrong here; see the log",
        status: isFull ? .init(code: 507) : .internalServerError)
    }
  }
}

/// Tries to pair, all listeners together.
final class PairingTries: Sendable {
  private let limiter = Mutex(TryLimiter())

  func take(_ place: String) -> Bool {
    let now = Double(NIODeadline.now().uptimeNanoseconds) / 1e9
    return limiter.withLock { $0.take(place, at: now) }
  }

  func giveBack(_ place: String) { limiter.withLock { $0.giveBack(place) } }
}

extension Response {
  /// An answer of plain text.
  static func text(_ text: String, status: HTTPResponse.Status = .ok) -> Response {
    Response(
      status: status,
      headers: [.contentType: "text/plain; charset=utf-8", .cacheControl: "no-store"],
      body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
  }

  /// An answer of bytes.
  static func bytes(_ bytes: [UInt8], type: String) -> Response {
    Response(
      status: .ok, headers: [.contentType: type, .cacheControl: "no-store"],
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
  }
}
