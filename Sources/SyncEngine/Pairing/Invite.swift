// SPDX-License-Identifier: MIT

public import Merge

/// The link that pairs two machines: where to call, which library, and a secret that works once.
///
/// `postil://pair?library=…&secret=…&name=…&address=http://HOST:PORT`, with one `address` or more.
public struct Invite: Hashable, Sendable {
  /// Which library the link leads to.
  public var library: LibraryID
  /// What people call the machine that invites.
  public var name: String
  /// Sixteen random bytes.
  public var secret: Bytes16
  /// Where the inviting daemon listens, the best first.
  public var addresses: [String]

  /// Bytes of a link.
  public static let bytesMax = 4096
  /// Addresses of a link.
  public static let addressesMax = 16

  /// An invitation with all its parts.
  public init(library: LibraryID, name: String, secret: Bytes16, addresses: [String]) {
    self.library = library
    self.name = name
    self.secret = secret
    self.addresses = addresses
  }

  /// The link.
  public var link: String {
    var link = "postil://pair?library=\(library.raw.uuidText)&secret=\(secret.uuidText)"
    link += "&name=\(Self.escaped(name))"
    for address in addresses { link += "&address=\(Self.escaped(address))" }
    return link
  }

  /// Reads a link; the error says which part is wrong.
  public init(link: String) throws(SyncError) {
    func wrong(_ what: String) -> SyncError {
      SyncError(.badInput, "this is not a whole invitation link: \(what); copy it again")
    }
    guard link.utf8.count <= Self.bytesMax else { throw wrong("it is too long") }
    let start = "postil://pair?"
    guard link.hasPrefix(start) else { throw wrong("it does not begin with \(start)") }
    var parts: [String: [String]] = [:]
    for pair in link.dropFirst(start.count).split(separator: "&") {
      let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard halves.count == 2, let value = Self.unescaped(halves[1]) else {
        throw wrong("“\(pair)” can't be read")
      }
      parts[String(halves[0]), default: []].append(value)
    }
    guard let library = parts["library"]?.first.flatMap(Bytes16.init(uuidText:)) else {
      throw wrong("it names no library")
    }
    guard let secret = parts["secret"]?.first.flatMap(Bytes16.init(uuidText:)) else {
      throw wrong("it has no secret")
    }
    guard let addresses = parts["address"], addresses.count <= Self.addressesMax else {
      throw wrong("it names no address")
    }
    self.init(
      library: LibraryID(library), name: parts["name"]?.first ?? "", secret: secret,
      addresses: try addresses.map { address throws(SyncError) in try PeerAddress(address).url })
  }

  private static func escaped(_ text: String) -> String {
    var out: [UInt8] = []
    let digits = Array("0123456789ABCDEF".utf8)
    for byte in text.utf8 {
      let isPlain =
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
        || (0x61...0x7A).contains(byte) || [0x2D, 0x2E, 0x5F, 0x7E, 0x3A, 0x2F].contains(byte)
      if isPlain {
        out.append(byte)
      } else {
        out += [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: out, as: UTF8.self)
  }

  private static func unescaped(_ text: Substring) -> String? {
    var out: [UInt8] = []
    var bytes = Array(text.utf8)[...]
    while let byte = bytes.popFirst() {
      guard byte == 0x25 else {
        out.append(byte)
        continue
      }
      let hex = String(decoding: bytes.prefix(2), as: UTF8.self)
      guard hex.utf8.count == 2, let value = UInt8(hex, radix: 16) else { return nil }
      bytes = bytes.dropFirst(2)
      out.append(value)
    }
    return String(validating: out, as: UTF8.self)
  }
}
