// SPDX-License-Identifier: MIT

/// Where a peer listens, and by what it is known there.
///
/// - `postil://HOST:PORT`: its daemon itself, over TLS with the keys of both devices pinned.
/// - `https://HOST[:PORT][/PATH]`: a web server in front of it, with a certificate that this
///   machine's authorities vouch for; the device is known by a token there.
/// - `http://HOST:PORT`, where the host is this machine: the end of a tunnel, or a daemon that
///   leaves TLS to somebody in front of it. Beyond this machine it is refused, on both sides.
public struct PeerAddress: Hashable, Sendable {
  /// How what is sent is protected.
  public enum Scheme: String, Hashable, Sendable {
    /// TLS 1.3 between two devices' keys.
    case postil
    /// TLS as on the web, up to a web server.
    case https
    /// Nothing: only within this machine.
    case http
  }

  /// How what is sent is protected.
  public var scheme: Scheme
  /// The host: a name or an address, without brackets.
  public var host: String
  /// The port.
  public var port: Int
  /// What the routes' paths are put behind; empty, or beginning with a slash.
  public var path: String

  /// Reads an address; without scheme it is a daemon's own.
  public init(_ text: String) throws(SyncError) {
    var rest = Substring(text)
    scheme = .postil
    if let end = rest.range(of: "://") {
      guard let named = Scheme(rawValue: rest[..<end.lowerBound].lowercased()) else {
        throw Self.wrong(text, "it must begin with postil://, https:// or, here, http://")
      }
      scheme = named
      rest = rest[end.upperBound...]
    }
    while rest.hasSuffix("/") { rest = rest.dropLast() }
    path = ""
    if let slash = rest.firstIndex(of: "/") {
      path = String(rest[slash...])
      rest = rest[..<slash]
    }
    guard path.isEmpty || scheme == .https && Self.isPlainPath(path) else {
      throw Self.wrong(text, "the path is odd")
    }
    (host, port) = try Self.hostAndPort(
      rest, of: text, usualPort: scheme == .https ? 443 : nil, leastPort: 1)
    guard scheme != .http || Self.isLoopback(host) else {
      throw SyncError(
        .notAllowed,
        "\(host) is another machine, and http:// does not encrypt; use \(host):\(port)")
    }
  }

  /// The address of a daemon of this device.
  public init(host: String, port: Int, scheme: Scheme = .postil) {
    self.scheme = scheme
    self.host = host
    self.port = port
    path = ""
  }

  /// The address in full, always in the same form.
  public var url: String { "\(scheme.rawValue)://\(authority)\(path)" }

  /// What the routes' paths are put behind to call them over HTTP.
  public var base: String {
    "\(scheme == .http ? "http" : "https")://\(authority)\(path)"
  }

  private var authority: String {
    let shown = host.contains(":") ? "[\(host)]" : host
    return scheme == .https && port == 443 ? shown : "\(shown):\(port)"
  }

  static func hostAndPort(
    _ rest: Substring, of text: String, usualPort: Int?, leastPort: Int
  ) throws(SyncError) -> (host: String, port: Int) {
    var host = rest
    var port = usualPort
    // The last colon divides, unless it stands inside the brackets of an address.
    if let colon = rest.lastIndex(of: ":"), rest[colon...].contains("]") == false {
      port = Int(rest[rest.index(after: colon)...])
      host = rest[..<colon]
    }
    guard let port, (leastPort...65535).contains(port) else {
      throw wrong(text, "it must end in :PORT")
    }
    let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
    if isBracketed { host = host.dropFirst().dropLast() }
    let isPlain = host.utf8.allSatisfy { byte in
      (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
        || byte == 0x2D || byte == 0x2E || byte == 0x3A && isBracketed
    }
    guard !host.isEmpty, host.utf8.count <= 253, isPlain else {
      throw wrong(text, "the host is odd")
    }
    return (host.lowercased(), port)
  }

  static func wrong(_ text: String, _ why: String) -> SyncError {
    SyncError(.badInput, "“\(text.prefix(100))” is not an address of a peer: \(why)")
  }

  private static func isPlainPath(_ path: String) -> Bool {
    path.utf8.count <= 200 && !path.contains("..") && !path.contains("//")
      && path.utf8.allSatisfy { byte in
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
          || (0x61...0x7A).contains(byte) || [0x2D, 0x2E, 0x2F, 0x5F, 0x7E].contains(byte)
      }
  }

  /// Whether a host is this machine, whatever a name server says.
  public static func isLoopback(_ host: String) -> Bool {
    if host == "localhost" || host == "::1" { return true }
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
  }
}

/// Where a daemon listens: `HOST:PORT`; a port of 0 lets the system choose a free one.
public struct ListenAddress: Hashable, Sendable {
  /// The host: a name or an address of this machine, without brackets.
  public var host: String
  /// The port.
  public var port: Int

  /// Reads `HOST:PORT`.
  public init(_ text: String) throws(SyncError) {
    guard !text.contains("/") else {
      throw SyncError(.badInput, "“\(text.prefix(100))” must be HOST:PORT, to listen there")
    }
    (host, port) = try PeerAddress.hostAndPort(
      Substring(text), of: text, usualPort: nil, leastPort: 0)
  }

  /// Whether only this machine can connect.
  public var isLoopback: Bool { PeerAddress.isLoopback(host) }
  /// Whether every address of this machine is meant.
  public var isWildcard: Bool { host == "0.0.0.0" || host == "::" }
}
