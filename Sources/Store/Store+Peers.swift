// SPDX-License-Identifier: MIT

import GRDB
public import Merge

/// Another store of this library that was paired with this one.
public struct Peer: Hashable, Sendable {
  /// What a peer may do.
  public enum Role: String, Hashable, Sendable, CaseIterable {
    /// Its changes are taken.
    case write
    /// It gets everything, and its changes are refused.
    case read
  }

  /// Minted at pairing; both sides know the other by it.
  public var id: Bytes16
  /// What people call it.
  public var name: String
  /// Where it listens, as URLs, the best first; empty for a peer that only calls us.
  public var addresses: [String]
  /// What it may do here.
  public var role: Role
  /// What this store may do there, as it was told at pairing.
  public var ownRole: Role
  /// SHA-256 of its device key: who holds that key is this peer. 32 bytes.
  public var key: [UInt8]
  /// What we show it where a proxy ends TLS, and no key can be shown.
  public var token: [UInt8]
  /// SHA-256 of what it shows us there.
  public var tokenHash: [UInt8]
  /// Six digits that both sides show, for people to compare: equal when nobody came between.
  public var code: String
  /// What it held when we last heard.
  public var version: VersionVector
  /// When we last heard, milliseconds since 1970.
  public var exchanged: Int64?
  /// Why the last try failed; nil when it didn't.
  public var error: String?

  /// A peer that was just paired.
  public init(
    id: Bytes16, name: String, addresses: [String], role: Role, ownRole: Role, key: [UInt8],
    token: [UInt8], tokenHash: [UInt8], code: String
  ) {
    self.id = id
    self.name = name
    self.addresses = addresses
    self.role = role
    self.ownRole = ownRole
    self.key = key
    self.token = token
    self.tokenHash = tokenHash
    self.code = code
    version = VersionVector()
  }
}

extension Store {
  /// The peers, by name.
  public func peers() throws -> [Peer] {
    try view { db in
      var peers: [Peer] = []
      try db.each("SELECT \(Peer.columns) FROM peer ORDER BY name, id") {
        peers.append(try Peer($0))
      }
      return peers
    }
  }

  /// The peer that shows a token with this SHA-256.
  ///
  /// Every peer's hash is compared to its end, so that the time tells nothing.
  public func peer(tokenHash: [UInt8]) throws -> Peer? {
    try peers().reduce(nil) { found, peer in
      Chain.areEqual(peer.tokenHash, tokenHash) ? peer : found
    }
  }

  /// The peer whose device key has this SHA-256.
  public func peer(key: [UInt8]) throws -> Peer? {
    try view { db in
      try db.first("SELECT \(Peer.columns) FROM peer WHERE key = ?", [key.blob])
        .map { try Peer($0) }
    }
  }

  /// The one peer with this name, or whose id begins so.
  public func peer(named name: String) throws -> Peer {
    let all = try peers()
    // A name in full goes before the beginning of an id.
    let named = all.filter { $0.name == name }
    let found = named.isEmpty ? all.filter { $0.id.uuidText.hasPrefix(name) } : named
    guard let first = found.first else {
      throw StoreError(.notFound, "there is no peer “\(name)”; see: clientctl peer list")
    }
    guard found.count == 1 else {
      throw StoreError(
        .ambiguous, "\(found.count) peers go by “\(name)”; give the beginning of the id")
    }
    return first
  }

  /// Adds a peer, or replaces the one with its id or its key.
  ///
  /// A device that had been revoked is let in again, everywhere: who joins it wants it back.
  public func addPeer(_ peer: Peer) throws {
    try write { try admit(peer, $0) }
  }

  /// Forgets a peer on this machine alone: it can't call us from now on, and isn't called.
  public func removePeer(_ id: Bytes16) throws {
    try write { try $0.db.run("DELETE FROM peer WHERE id = ?", [id.bytes.blob]) }
  }

  /// Notes what a peer holds, as it said in an exchange. Never trusted: it only saves asking twice.
  public func noteExchange(with id: Bytes16, version: VersionVector) throws {
    try noteExchanges([id: version])
  }

  /// Notes what several peers hold, in one transaction.
  public func noteExchanges(_ versions: [Bytes16: VersionVector]) throws {
    try write { transaction in
      for (id, version) in versions {
        var bytes = ByteWriter()
        bytes.version(version)
        try transaction.db.run(
          "UPDATE peer SET version = ?, exchanged = ?, error = NULL WHERE id = ?",
          [bytes.bytes.blob, environment.now().databaseValue, id.bytes.blob])
      }
    }
  }

  /// Notes why a peer could not be reached. The same once more costs no commit.
  public func noteFailure(with id: Bytes16, _ error: String) throws {
    if try peers().first(where: { $0.id == id })?.error == error { return }
    try write {
      try $0.db.run(
        "UPDATE peer SET error = ? WHERE id = ?", [error.databaseValue, id.bytes.blob])
    }
  }
}

extension Peer {
  fileprivate static let columns =
    """
    id, name, addresses, role, own_role, key, token, token_hash, code, version, exchanged, error
    """

  fileprivate init(_ row: Row) throws {
    guard let id = Bytes16(row.bytes(0)) else {
      throw StoreError(.damaged, "the table of peers is damaged")
    }
    self.init(
      id: id, name: row.text(1), addresses: row.text(2).split(separator: "\n").map(String.init),
      role: Role(rawValue: row.text(3)) ?? .read,
      ownRole: Role(rawValue: row.text(4)) ?? .read,
      key: row.bytes(5), token: row.bytes(6), tokenHash: row.bytes(7), code: row.text(8))
    var version = ByteReader(row.bytes(9))
    self.version = try version.version()
    exchanged = row[10]
    error = row[11]
  }
}

extension WriteTransaction {
  /// Writes a peer's row.
  func save(_ peer: Peer) throws {
    var version = ByteWriter()
    version.version(peer.version)
    try db.run(
      """
      INSERT OR REPLACE INTO peer
        (id, name, addresses, role, own_role, key, token, token_hash, code, version, exchanged,
          error)
      VALUES (?,?,?,?,?,?,?,?,?,?,?,?)
      """,
      [
        peer.id.bytes.blob, peer.name.databaseValue,
        peer.addresses.joined(separator: "\n").databaseValue, peer.role.rawValue.databaseValue,
        peer.ownRole.rawValue.databaseValue, peer.key.blob, peer.token.blob, peer.tokenHash.blob,
        peer.code.databaseValue, version.bytes.blob, peer.exchanged?.databaseValue ?? .null,
        peer.error?.databaseValue ?? .null,
      ])
  }
}
