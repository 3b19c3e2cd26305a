// SPDX-License-Identifier: MIT

import GRDB
public import Merge

/// What is kept of an invitation: nothing that its link could be made from again.
public struct InviteRecord: Hashable, Sendable {
  /// Derived from the link's secret: names the invitation.
  public var id: Bytes16
  /// Derived from the link's secret: what the invited side proves to know. 32 bytes.
  public var proof: [UInt8]
  /// What the invited machine may do here.
  public var role: Peer.Role

  /// A record with all its parts.
  public init(id: Bytes16, proof: [UInt8], role: Peer.Role) {
    self.id = id
    self.proof = proof
    self.role = role
  }
}

extension Store {
  /// How long an invitation holds, milliseconds.
  public static let inviteLifetime: Int64 = 10 * 60 * 1000
  /// How many wrong proofs an invitation survives.
  public static let inviteTries = 5

  /// Remembers an invitation.
  public func addInvite(_ invite: InviteRecord) throws {
    try write { transaction in
      let now = environment.now()
      try transaction.db.run("DELETE FROM invite WHERE expires <= ?", [now.databaseValue])
      try transaction.db.run(
        "INSERT INTO invite (id, proof, role, expires, tries) VALUES (?,?,?,?,?)",
        [
          invite.id.bytes.blob, invite.proof.blob, invite.role.rawValue.databaseValue,
          (now + Self.inviteLifetime).databaseValue, Self.inviteTries.databaseValue,
        ])
    }
  }

  /// Uses an invitation up and adds the peer that it invited; nil when there is no such
  /// invitation, or when `body` does: that takes one of its tries.
  ///
  /// - Parameters:
  ///   - body: makes the peer, if the invited side proved that it knows the secret.
  ///   - replacing: called when that device is paired already, or was revoked: when it throws,
  ///     nothing is changed, and the invitation not used up.
  public func redeemInvite(
    _ id: Bytes16, _ body: (InviteRecord) throws -> Peer?,
    replacing: (InviteRecord) throws -> Void = { _ in }
  ) throws -> Peer? {
    try write { transaction in
      let db = try transaction.db
      let now = environment.now().databaseValue
      try db.run("DELETE FROM invite WHERE expires <= ? OR tries <= 0", [now])
      guard
        let row = try db.first("SELECT proof, role FROM invite WHERE id = ?", [id.bytes.blob])
      else { return nil }
      let invite = InviteRecord(
        id: id, proof: row.bytes(0), role: Peer.Role(rawValue: row.text(1)) ?? .read)
      guard let peer = try body(invite) else {
        try db.run("UPDATE invite SET tries = tries - 1 WHERE id = ?", [id.bytes.blob])
        return nil
      }
      if try isKnown(key: peer.key, transaction) { try replacing(invite) }
      try db.run("DELETE FROM invite WHERE id = ?", [id.bytes.blob])
      try admit(peer, transaction)
      return peer
    }
  }
}
