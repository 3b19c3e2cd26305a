// SPDX-License-Identifier: MIT

/// Where a peer listens: `http://HOST:PORT`, and for now only on this machine.
///
/// What is sent is private, and nothing encrypts it yet; so an address beyond loopback is refused
/// here, on both sides, rather than used unsafely.
public struct PeerAddress: Hashable, Sendable {
  /// The address in full.
  public var url: String
  /// The host: a name or an address, without brackets.
  public var host: String
  /// The port.
  public var port: Int

  /// Reads `http://HOST:PORT` or `HOST:PORT`.
  ///
  /// - Parameter listening: true takes port 0 too, for which the system chooses a free one.
  public init(_ text: String, listening: Bool = false) throws(SyncError) {
    func wrong(_ why: String) -> SyncError {
      SyncError(.badInput, "“\(text.prefix(100))” is not an address of a peer: \(why)")
    }
    var rest = Substring(text)
    if rest.hasPrefix("http://") {
      rest = rest.dropFirst(7)
    } else if rest.contains("://") {
      throw wrong("it must be http://HOST:PORT")
    }
    if rest.hasSuffix("/") { rest = rest.dropLast() }
    guard let colon = rest.lastIndex(of: ":"), let port = Int(rest[rest.index(after: colon)...]),
      ((listening ? 0 : 1)...65535).contains(port)
    else { throw wrong("it must end in :PORT") }
    var host = rest[..<colon]
    if host.hasPrefix("[") && host.hasSuffix("]") { host = host.dropFirst().dropLast() }
    let isPlain = host.utf8.allSatisfy { byte in
      (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
        || byte == 0x2D || byte == 0x2E || byte == 0x3A
    }
    guard !host.isEmpty, host.utf8.count <= 253, isPlain else { throw wrong("the host is odd") }
    guard Self.isLoopback(String(host)) else {
      throw SyncError(
        .notAllowed,
        "\(host) is another machine, and this version can't encrypt what it sends yet; "
          + "use a loopback address, for instance the end of an SSH tunnel")
    }
    self.host = String(host)
    self.port = port
    url = host.contains(":") ? "http://[\(host)]:\(port)" : "http://\(host):\(port)"
  }

  /// The host as it stands in a URL.
  public var hostInURL: String { host.contains(":") ? "[\(host)]" : host }

  /// Whether a host is this machine, whatever a name server says.
  public static func isLoopback(_ host: String) -> Bool {
    if host == "localhost" || host == "::1" { return true }
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
  }
}
