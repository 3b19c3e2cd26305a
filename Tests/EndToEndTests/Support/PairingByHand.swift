// SPDX-License-Identifier: MIT

import Crypto
import Foundation

/// Pairing as docs/protocol.md describes it, written a second time: from the page, not from the
/// program.
struct PairingByHand {
  let library: [UInt8]
  let secret: [UInt8]
  /// The inviting device's key.
  let host: [UInt8]

  init(library: [UInt8], secret: [UInt8], host: [UInt8]) {
    self.library = library
    self.secret = secret
    self.host = host
  }

  /// Reads a link.
  init(link: String) throws {
    var parts: [String: String] = [:]
    for pair in link.split(separator: "?").last?.split(separator: "&") ?? [] {
      let halves = pair.split(separator: "=", maxSplits: 1)
      if halves.count == 2 { parts[String(halves[0])] = String(halves[1]) }
    }
    func bytes(_ name: String) throws -> [UInt8] {
      guard let text = parts[name], let bytes = Self.decoded(text) else {
        throw Trouble("no \(name) in \(link)")
      }
      return bytes
    }
    self.init(library: try bytes("l"), secret: try bytes("s"), host: try bytes("k"))
  }

  /// The link that leads to `address`.
  func link(name: String, address: String) -> String {
    let parts = [
      "l=\(Self.coded(library))", "s=\(Self.coded(secret))", "k=\(Self.coded(host))", "n=\(name)",
      "a=\(address)",
    ]
    return "postil://pair?" + parts.joined(separator: "&")
  }

  /// The request of a device with the key `guest`.
  func request(guest: [UInt8], token: [UInt8], name: String) -> String {
    let id = Array(SHA256.hash(data: Array("postil invite id\0".utf8) + secret).prefix(16))
    let proof = proof("join", guest: guest, token: token)
    return """
      {"invite":"\(Self.uuid(id))","key":"\(Self.hex(guest))","name":"\(name)","addresses":[],\
      "token":"\(Self.hex(token))","proof":"\(Self.hex(proof))"}
      """
  }

  /// The answer to a request.
  func answer(guest: [UInt8], token: [UInt8], name: String) -> String {
    let fields = [
      ("library", Self.uuid(library)), ("id", UUID().uuidString.lowercased()), ("name", name),
      ("role", "write"), ("token", String(repeating: "ab", count: 32)),
    ]
    let rest = fields.reduce(into: [UInt8]()) { $0 += Array($1.1.utf8) + [0] }
    let proof = proof("joined", guest: guest, token: token, rest)
    let all = fields + [("proof", Self.hex(proof))]
    return "{" + all.map { "\"\($0.0)\":\"\($0.1)\"" }.joined(separator: ",") + "}"
  }

  private func proof(
    _ word: String, guest: [UInt8], token: [UInt8], _ rest: [UInt8] = []
  ) -> [UInt8] {
    let key = SHA256.hash(data: Array("postil invite proof\0".utf8) + secret)
    let message = Array("postil \(word)\0".utf8) + library + host + guest + token + rest
    return Array(
      HMAC<SHA256>.authenticationCode(for: message, using: SymmetricKey(data: Data(key))))
  }

  static func hex(_ bytes: [UInt8]) -> String {
    bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
  }

  static func bytes(hex: String) -> [UInt8] {
    var digits = hex[...]
    var bytes: [UInt8] = []
    while !digits.isEmpty {
      bytes.append(UInt8(digits.prefix(2), radix: 16) ?? 0)
      digits = digits.dropFirst(2)
    }
    return bytes
  }

  static func bytes(uuid: String) -> [UInt8] { bytes(hex: uuid.replacing("-", with: "")) }

  private static func uuid(_ bytes: [UInt8]) -> String {
    var text = hex(bytes)
    for place in [20, 16, 12, 8] {
      text.insert("-", at: text.index(text.startIndex, offsetBy: place))
    }
    return text
  }

  private static func coded(_ bytes: [UInt8]) -> String {
    Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
      .replacing("=", with: "")
  }

  private static func decoded(_ text: String) -> [UInt8]? {
    let plain = text.replacing("-", with: "+").replacing("_", with: "/")
    let padded = plain + String(repeating: "=", count: (4 - plain.count % 4) % 4)
    return Data(base64Encoded: padded).map { [UInt8]($0) }
  }
}
