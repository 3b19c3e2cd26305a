// SPDX-License-Identifier: MIT

import HTTPTypes
import Hummingbird

/// Keeps web pages out of a plain HTTP listener.
///
/// A page in the owner's browser can send requests to this machine, and a name server under its
/// control can make this machine look like the page's own. It can lie about neither `Host`, nor
/// `Origin`, nor `Sec-Fetch-Site`, and without our leave it can send a body only as one of three
/// content types. So these four decide, before anything else, on every path.
struct BrowserGuard: Sendable {
  /// Names under which a reverse proxy serves us: `NAME` or `NAME:PORT`, in lower case.
  let names: Set<String>

  /// Content types of bodies; a page can't send these without asking first, which we don't answer.
  private static let contentTypes: Set = ["application/json", "application/octet-stream"]

  /// Why a request is refused; nil when it isn't.
  ///
  /// - Parameters:
  ///   - host: the address that the connection came in on.
  ///   - port: the port that it came in on.
  func refusal(of request: HTTPRequest, host: String?, port: Int?) -> RouteError? {
    guard let named = request.authority?.lowercased(), let port else { return Self.wrongHost }
    var own: Set = ["127.0.0.1:\(port)", "[::1]:\(port)", "localhost:\(port)"]
    if let host { own.insert("\(host):\(port)") }
    // The port that clients leave out.
    if port == 80 { own.formUnion(["127.0.0.1", "[::1]", "localhost"]) }
    guard own.contains(named) || names.contains(named) else { return Self.wrongHost }

    let fields = request.headerFields
    if let origin = fields[.origin] {
      // A proxy may speak TLS for us; whether it does, it would have to tell us, and needn't.
      let isOwn =
        origin == "http://\(named)" || (names.contains(named) && origin == "https://\(named)")
      guard isOwn else { return Self.webPage }
    }
    if let site = fields[.secFetchSite], site != "same-origin", site != "none" {
      return Self.webPage
    }
    guard [.post, .put, .patch].contains(request.method) else { return nil }
    let type = fields[.contentType]?.prefix { $0 != ";" }.lowercased() ?? ""
    guard Self.contentTypes.contains(type) else {
      return RouteError(
        status: .unsupportedMediaType,
        message: "a body must be application/json or application/octet-stream")
    }
    return nil
  }

  private static let wrongHost = RouteError(
    status: .forbidden, message: "this host is not served here")
  static let webPage = RouteError(status: .forbidden, message: "not for web pages")
}

extension HTTPField.Name {
  fileprivate static var secFetchSite: Self {
    // A name of ours that is made of plain letters; were it none, nothing would match it.
    HTTPField.Name("Sec-Fetch-Site") ?? .origin
  }
}
