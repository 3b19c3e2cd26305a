// SPDX-License-Identifier: MIT

/// One HTTP/1.1 request, with the limits that its answer has to keep.
///
/// Its parts are checked when it is sent, not here: ``CurlClient/perform(_:)`` throws
/// ``CurlError/Code/invalidRequest`` for a URL that isn't `http` or `https`, a header that would
/// break the message, or a pinned key that isn't one.
public struct HTTPRequest: Sendable {
  /// What may be asked of a peer.
  public enum Method: Sendable, Hashable {
    /// Reads. Has no body.
    case get
    /// Sends ``HTTPRequest/body``, be it empty.
    ///
    /// A kept connection that turns out dead is replaced by a new one and the request sent again
    /// (RFC 9110, 9.2.2, lets a client do so when it knows the request may be repeated): a peer can
    /// see a POST twice.
    case post
  }

  /// GET or POST.
  public var method: Method
  /// An absolute `http://` or `https://` URL in ASCII, without a user name.
  public var url: String
  /// Headers beside those that describe the message itself (length, `Expect`, `Connection`),
  /// which the transport writes.
  public var headers: [(String, String)]
  /// What a POST sends; empty for a GET.
  public var body: [UInt8]
  /// How large the answer may be, and how long it may take.
  public var limits: HTTPLimits
  /// Which keys this connection is between; `nil` checks the peer's certificate against the
  /// machine's authorities.
  public var tls: TLSIdentity?

  /// A request; all but the URL have defaults.
  public init(
    _ method: Method = .get, url: String, headers: [(String, String)] = [], body: [UInt8] = [],
    limits: HTTPLimits = HTTPLimits(), tls: TLSIdentity? = nil
  ) {
    self.method = method
    self.url = url
    self.headers = headers
    self.body = body
    self.limits = limits
    self.tls = tls
  }
}

/// The keys of both ends of a connection between paired devices.
///
/// With a pinned key the peer is its key: TLS 1.3 only, names and authorities aren't looked at, and
/// a key that differs ends the connection before a byte of the request is sent.
public struct TLSIdentity: Sendable, Hashable {
  /// `sha256//` and the base64 form of the SHA-256 of the peer's public key (DER,
  /// SubjectPublicKeyInfo); `nil` checks the peer's certificate in the usual way.
  public var pinnedPublicKey: String?
  /// The PEM file with the authorities that may vouch for the peer's certificate, instead of the
  /// machine's; of no use with a pinned key.
  public var authoritiesPath: String?
  /// The PEM file with the certificate that we show.
  public var clientCertificatePath: String?
  /// The PEM file with its private key.
  public var clientKeyPath: String?

  /// An identity of the parts given.
  public init(
    pinnedPublicKey: String? = nil, authoritiesPath: String? = nil,
    clientCertificatePath: String? = nil, clientKeyPath: String? = nil
  ) {
    self.pinnedPublicKey = pinnedPublicKey
    self.authoritiesPath = authoritiesPath
    self.clientCertificatePath = clientCertificatePath
    self.clientKeyPath = clientKeyPath
  }
}
