// SPDX-License-Identifier: MIT

import DeviceKeys
import HTTPTypes
import Hummingbird
import NIOCore
import NIOSSL

/// Finds the route of a request. A path is taken as it stands: not decoded, no doubled slashes, no
/// dots, no query. What is not a route's path byte for byte is no route.
struct RouteTable: HTTPResponder {
  typealias Context = RequestOrigin

  let gate: RouteGate
  private let routes: [String: Route]

  init(_ routes: [Route], gate: RouteGate) {
    self.gate = gate
    self.routes = Dictionary(routes.map { (Self.key($0.name.method, $0.name.path), $0) }) { $1 }
  }

  func respond(to request: Request, context: RequestOrigin) async -> Response {
    do {
      if let refusal = browserRefusal(request, context) { throw refusal }
      // The same to everybody: which routes there are is no secret, and finding that out costs us
      // no look into the store.
      guard let route = routes[Self.key(request.method, request.head.path ?? "")] else {
        throw RouteError(status: .notFound, message: "there is no such route")
      }
      return try await gate.answer(route, request, context)
    } catch {
      var response = gate.refusal(error)
      // No route is for HEAD, and an answer to it must not have a body.
      if request.method == .head { response.body = ResponseBody() }
      return response
    }
  }

  /// Why a request may come from a web page, and is refused; nil when it can't.
  private func browserRefusal(_ request: Request, _ context: RequestOrigin) -> RouteError? {
    switch gate.listener {
    case .devices:
      // A page can't show a device's key, but its browser might be lent one.
      return request.headers[.origin] == nil ? nil : BrowserGuard.webPage
    case .local(let names):
      return BrowserGuard(names: names).refusal(
        of: request.head, host: context.localHost, port: context.channel.localAddress?.port)
    }
  }

  private static func key(_ method: HTTPRequest.Method, _ path: String) -> String {
    "\(method.rawValue) \(path)"
  }
}

/// Where a request came from.
struct RequestOrigin: RequestContext {
  var coreContext: CoreRequestContextStorage
  /// The connection.
  let channel: any Channel

  init(source: ApplicationRequestContextSource) {
    coreContext = CoreRequestContextStorage(source: source)
    channel = source.channel
  }

  /// SHA-256 of the key that the other side proved to hold in the TLS handshake; nil when it showed
  /// none.
  func deviceKey() async throws -> [UInt8]? {
    guard let certificate = try await channel.nioSSL_peerCertificate().get() else { return nil }
    return DeviceKey.hash(ofPublicKey: try certificate.extractPublicKey().toSPKIBytes())
  }

  /// The address that it came in on, as in a URL.
  var localHost: String? {
    guard let address = channel.localAddress, let text = address.ipAddress else { return nil }
    if case .v6 = address { return "[\(text)]" }
    return text
  }
}
