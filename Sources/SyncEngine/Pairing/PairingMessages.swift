// SPDX-License-Identifier: MIT

/// What a machine that was invited sends to `/v1/pair`, as JSON.
public struct PairRequest: Codable, Hashable, Sendable {
  /// The secret of the link, as in the link.
  public var secret: String
  /// What people call the machine that joins.
  public var name: String
  /// Where its daemon listens; empty when it can't be called.
  public var addresses: [String]
  /// The token that the inviting side will show when it calls back: 64 hexadecimal digits.
  public var token: String

  /// A request with all its parts.
  public init(secret: String, name: String, addresses: [String], token: String) {
    self.secret = secret
    self.name = name
    self.addresses = addresses
    self.token = token
  }
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
  /// The token that the joining side shows from now on: 64 hexadecimal digits.
  public var token: String

  /// An answer with all its parts.
  public init(library: String, id: String, name: String, role: String, token: String) {
    self.library = library
    self.id = id
    self.name = name
    self.role = role
    self.token = token
  }
}
