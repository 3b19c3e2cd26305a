// SPDX-License-Identifier: MIT

import HTTPTypes
import Hummingbird
import Logging
import Merge
import NIOCore
import Store
import SyncEngine

/// Who may ask for a route. Every route declares one: there is no route without.
enum RoutePolicy: Sendable {
  /// A paired device, by its token.
  case peer
  /// Anybody on this machine; what it needs is in the request, and tries are counted.
  case invited
  /// Anybody on this machine: nothing private is answered.
  case open
}

/// One route: where, who, how large a body, and what to do.
struct Route: Sendable {
  let method: HTTPRequest.Method
  let path: String
  let policy: RoutePolicy
  /// Bytes of the body.
  let bodyBytesMax: Int
  let handle: @Sendable (RouteRequest) async throws -> Response
}

/// A request that was let in.
struct RouteRequest: Sendable {
  /// Who asks; nil unless the policy is `.peer`.
  let peer: Peer?
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
  let logger: Logger
  /// Whether a name, as requests call us, is ours.
  let isServed: @Sendable (String) -> Bool

  /// How long a whole request may take to arrive: a slow sender doesn't hold a connection longer.
  static let arrivalSeconds = 60

  /// Adds a route to a router.
  func add(_ route: Route, to router: Router<BasicRequestContext>) {
    router.on(RouterPath(route.path), method: route.method) { request, _ in
      do {
        return try await answer(route, request)
      } catch {
        return refusal(error)
      }
    }
  }

  private func answer(_ route: Route, _ request: Request) async throws -> Response {
    // A page elsewhere that had its name pointed at us would still say its own name here.
    guard let host = request.head.authority, isServed(host.lowercased()) else {
      throw RouteError(status: .forbidden, message: "this host is not served here")
    }
    var peer: Peer?
    if route.policy == .peer {
      guard let header = request.headers[.authorization],
        let token = DeviceToken(header: header)
      else { throw RouteError(status: .unauthorized, message: "not paired") }
      let hash = token.hash
      guard let known = try await worker.run({ try $0.peer(tokenHash: hash) }) else {
        throw RouteError(status: .unauthorized, message: "not paired")
      }
      peer = known
    } else if request.headers[.origin] != nil {
      throw RouteError(status: .forbidden, message: "not for web pages")
    }
    let body = try await collect(request, route.bodyBytesMax)
    return try await route.handle(RouteRequest(peer: peer, body: body))
  }

  private func collect(_ request: Request, _ limit: Int) async throws -> [UInt8] {
    try await withThrowingTaskGroup(of: [UInt8].self) { group in
      group.addTask {
        let buffer = try await request.body.collect(upTo: limit)
        return Array(buffer.readableBytesView)
      }
      group.addTask {
        try await Task.sleep(for: .seconds(Self.arrivalSeconds))
        throw RouteError(status: .requestTimeout, message: "the request took too long to arrive")
      }
      defer { group.cancelAll() }
      guard let body = try await group.next() else { return [] }
      return body
    }
  }

  private func refusal(_ error: any Error) -> Response {
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
