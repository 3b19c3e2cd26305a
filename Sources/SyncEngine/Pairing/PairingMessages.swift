// SPDX-License-Identifier: MIT

/// What a machine that was invited sends to `/v1/pair`, as JSON.
public struct PairRequest: Codable, Hashable, Sendable {
  /// Which invitation: 16 bytes as a UUID.
  public var invite: String
  /// SHA-256 of the key of the device that joins: 64 hexadecimal digits.
  public var key: String
  /// What people call the machine that joins.
  public var name: String
  /// Where its daemon listens; empty when it can't be called.
  public var addresses: [String]
  /// The token that the inviting side will show where a proxy ends TLS: 64 hexadecimal digits.
  public var token: String
  /// That the sender has the link: 64 hexadecimal digits.
  public var proof: String
}

/// What the inviting machine answers.
public struct PairAnswer: Codable, Hashable, Sendable {
  /// The library, as in the link.
  public var library: String
  /// The name under which both sides know this pairing: 16 bytes as a UUID.
  public var id: String
  /// What people call the inviting machine.
  public var name: String
  /// What the machine that joins may do there: `write` or `read`.
  public var role: String
  /// The token that the joining side shows where a proxy ends TLS: 64 hexadecimal digits.
  public var token: String
  /// That the sender knows the link's secret, and sent this: 64 hexadecimal digits.
  public var proof: String
}
