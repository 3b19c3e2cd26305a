// SPDX-License-Identifier: MIT

public import Merge

/// The link that pairs two machines: where to call, whose key must answer there, which library, and
/// a secret that works once.
///
/// `postil://pair?l=LIBRARY&s=SECRET&k=KEY&n=NAME&a=HOST:PORT`, with one `a` or more. Short, so
/// that it fits a QR code that a camera reads from a terminal: bytes are base64url without padding,
/// and a daemon's own address goes without its scheme.
public struct Invite: Hashable, Sendable {
  /// Which library the link leads to.
  public var library: LibraryID
  /// What people call the machine that invites.
  public var name: String
  /// Sixteen random bytes.
  public var secret: Bytes16
  /// SHA-256 of the inviting device's key: 32 bytes.
  public var key: [UInt8]
  /// Where the inviting daemon listens, the best first.
  public var addresses: [PeerAddress]

  /// Bytes of a link.
  public static let bytesMax = 4096
  /// Addresses of a link.
  public static let addressesMax = 16
  private static let start = "postil://pair?"

  /// An invitation with all its parts.
  public init(
    library: LibraryID, name: String, secret: Bytes16, key: [UInt8], addresses: [PeerAddress]
  ) {
    self.library = library
    self.name = name
    self.secret = secret
    self.key = key
    self.addresses = addresses
  }

  /// The link.
  public var link: String {
    var link = Self.start + "l=\(Base64URL.text(library.raw.bytes))"
    link += "&s=\(Base64URL.text(secret.bytes))&k=\(Base64URL.text(key))"
    link += "&n=\(PercentCoding.escaped(name))"
    for address in addresses {
      let url = address.url
      let own = "postil://"
      let short = url.hasPrefix(own) ? String(url.dropFirst(own.count)) : url
      link += "&a=\(PercentCoding.escaped(short))"
    }
    return link
  }

  /// Reads a link; the error says which part is wrong. Unknown parts are a newer version's.
  public init(link: String) throws(SyncError) {
    func wrong(_ what: String) -> SyncError {
      SyncError(.badInput, "this is not a whole invitation link: \(what); copy it again")
    }
    guard link.utf8.count <= Self.bytesMax else { throw wrong("it is too long") }
    guard link.hasPrefix(Self.start) else { throw wrong("it does not begin with \(Self.start)") }
    var parts: [String: [String]] = [:]
    for pair in link.dropFirst(Self.start.count).split(separator: "&") {
      let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard halves.count == 2, let value = PercentCoding.unescaped(halves[1]) else {
        throw wrong("“\(pair)” can't be read")
      }
      parts[String(halves[0]), default: []].append(value)
    }
    func bytes(_ name: String, _ count: Int) -> [UInt8]? {
      parts[name]?.first.flatMap(Base64URL.bytes).flatMap { $0.count == count ? $0 : nil }
    }
    guard let library = bytes("l", 16).flatMap({ Bytes16($0) }) else {
      throw wrong("it names no library")
    }
    guard let secret = bytes("s", 16).flatMap({ Bytes16($0) }) else {
      throw wrong("it has no secret")
    }
    guard let key = bytes("k", 32) else { throw wrong("it names no key") }
    guard let addresses = parts["a"], addresses.count <= Self.addressesMax else {
      throw wrong("it names no address")
    }
    self.init(
      library: LibraryID(library), name: parts["n"]?.first ?? "", secret: secret, key: key,
      addresses: try addresses.map { address throws(SyncError) in try PeerAddress(address) })
  }
}
