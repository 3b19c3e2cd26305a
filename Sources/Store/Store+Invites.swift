// SPDX-License-Identifier: MIT

import GRDB
import Merge

extension Store {
  /// How long an invitation holds, milliseconds.
  public static let inviteLifetime: Int64 = 10 * 60 * 1000
  /// How many wrong guesses an invitation survives.
  public static let inviteTries = 5

  /// Remembers an invitation by the hash of its secret.
  public func addInvite(secretHash: [UInt8], role: Peer.Role) throws {
    try write { transaction in
      let now = environment.now()
      try transaction.db.run("DELETE FROM invite WHERE expires <= ?", [now.databaseValue])
      try transaction.db.run(
        "INSERT INTO invite (secret_hash, role, expires, tries) VALUES (?,?,?,?)",
        [
          secretHash.blob, role.rawValue.databaseValue,
          (now + Self.inviteLifetime).databaseValue, Self.inviteTries.databaseValue,
        ])
    }
  }

  /// Uses an invitation up and adds the peer that it invited, with the invitation's role; nil, with
  /// one try less for every open invitation, when there is none with this secret.
  public func redeemInvite(secretHash: [UInt8], adding peer: Peer) throws -> Peer? {
    try write { transaction in
      let db = transaction.db
      let now = environment.now().databaseValue
      try db.run("DELETE FROM invite WHERE expires <= ? OR tries <= 0", [now])
      guard
        let row = try db.first("SELECT role FROM invite WHERE secret_hash = ?", [secretHash.blob])
      else {
        try db.run("UPDATE invite SET tries = tries - 1")
        return nil
      }
      var peer = peer
      peer.role = Peer.Role(rawValue: row[0]) ?? .read
      try db.run("DELETE FROM invite WHERE secret_hash = ?", [secretHash.blob])
      try transaction.save(peer)
      return peer
    }
  }
}
