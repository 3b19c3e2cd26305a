// SPDX-License-Identifier: MIT

import Crypto
public import Merge
import Store

/// What both sides of a pairing derive from the link's secret, so that the secret itself never
/// travels, and nobody between them can put in a key of their own.
///
/// All are HMAC-SHA-256 under a key that only the link gives. They cover the keys of both devices:
/// a proxy that ends TLS reads along, as it does anyway, but can't make itself a device.
public struct PairingProof: Sendable {
  /// Names the invitation, without telling the secret.
  public let inviteID: Bytes16
  /// The key of the proofs; what the inviting side keeps.
  let key: [UInt8]

  /// What follows from a link's secret.
  public init(secret: Bytes16) {
    inviteID = Chain.derive16("postil invite id", secret.bytes)
    key = Chain.sha256(Array("postil invite proof\0".utf8) + secret.bytes)
  }

  init(_ record: InviteRecord) {
    inviteID = record.id
    key = record.proof
  }

  /// The facts that both sides must agree on.
  struct Transcript {
    var library: LibraryID
    /// The inviting device's key.
    var host: [UInt8]
    /// The invited device's key.
    var guest: [UInt8]
    /// The token that the inviting side shows.
    var hostToken: [UInt8]

    func bytes(_ label: String) -> [UInt8] {
      Array(label.utf8) + [0] + library.raw.bytes + host + guest + hostToken
    }
  }

  /// What the invited side shows: that it has the link, and these keys.
  func request(_ transcript: Transcript) -> [UInt8] { code("join", transcript, []) }

  /// What the inviting side answers with: that it knows the secret too, and this is what it said.
  func answer(_ transcript: Transcript, _ rest: [UInt8]) -> [UInt8] {
    code("joined", transcript, rest)
  }

  /// Six digits for people to compare.
  func confirmation(_ transcript: Transcript) -> String {
    let number = code("compare", transcript, []).prefix(8)
      .reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    let digits = String(number % 1_000_000)
    let six = String(repeating: "0", count: 6 - digits.count) + digits
    return "\(six.prefix(3)) \(six.suffix(3))"
  }

  private func code(_ label: String, _ transcript: Transcript, _ rest: [UInt8]) -> [UInt8] {
    Array(
      HMAC<SHA256>.authenticationCode(
        for: transcript.bytes("postil \(label)") + rest, using: SymmetricKey(data: key)))
  }
}
