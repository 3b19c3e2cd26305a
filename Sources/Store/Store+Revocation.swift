// SPDX-License-Identifier: MIT

import GRDB
public import Merge

/// Revocation is data: a machine that was removed is removed everywhere, as the word spreads.
///
/// The record hangs on the device's key, not on a name or an address, and every store that merges
/// it forgets the peer with that key. It is trusted as all else that a peer with the role `write`
/// says: such a peer could also delete the whole library.
extension Store {
  /// Forgets a peer, and tells all machines of this library to do so.
  public func revokePeer(_ peer: Peer) throws {
    try write { transaction in
      guard let device = EntityID(deviceKey: peer.key) else { return }
      let edit = try Edit(transaction, writer: try writer(transaction), action: "revoke")
      try edit.set(.name, of: device, to: .text(peer.name))
      try edit.set(.revoked, of: device, to: .integer(environment.now()))
      try edit.commit()
      try transaction.db.run("DELETE FROM peer WHERE id = ?", [peer.id.bytes.blob])
    }
  }

  /// Adds a peer that was paired; one that had been revoked is let in again, everywhere.
  func admit(_ peer: Peer, _ transaction: WriteTransaction) throws {
    if let device = EntityID(deviceKey: peer.key), try isRevoked(device, transaction) {
      let edit = try Edit(transaction, writer: try writer(transaction), action: "pair")
      try edit.set(.name, of: device, to: .text(peer.name))
      try edit.set(.revoked, of: device, to: nil)
      try edit.commit()
    }
    try transaction.save(peer)
  }

  /// Whether the device with this key is paired here, or was revoked.
  func isKnown(key: [UInt8], _ transaction: WriteTransaction) throws -> Bool {
    if try transaction.db.first("SELECT 1 FROM peer WHERE key = ?", [key.blob]) != nil {
      return true
    }
    guard let device = EntityID(deviceKey: key) else { return false }
    return try isRevoked(device, transaction)
  }

  private func isRevoked(_ device: EntityID, _ transaction: WriteTransaction) throws -> Bool {
    try !transaction.state(of: device).entries(of: .revoked).isEmpty
  }

  /// The devices that were revoked, by name.
  public func revokedDevices() throws -> [RevokedDevice] {
    try read { transaction in
      var devices: [RevokedDevice] = []
      try transaction.db.each(
        "SELECT id, state FROM entity WHERE kind = ?",
        [Int64(bitPattern: EntityKind.device.code).databaseValue]
      ) { row in
        let state = try EntityStateCodec.stored(row.bytes(1), writers: transaction.writers.table)
        guard let id = Bytes16(row.bytes(0)),
          case .integer(let time)? = state.entries(of: .revoked).first?.value
        else { return }
        var name = "unnamed"
        if case .text(let text)? = state.entries(of: .name).first?.value { name = text }
        devices.append(RevokedDevice(id: id, name: name, time: time))
      }
      return devices.sorted { ($0.name, $0.id) < ($1.name, $1.id) }
    }
  }
}

/// A device that may no longer be let in by any machine of the library.
public struct RevokedDevice: Hashable, Sendable {
  /// How its key's SHA-256 begins.
  public var id: Bytes16
  /// What people called it.
  public var name: String
  /// When it was revoked, as the machine that did it claims; milliseconds since 1970.
  public var time: Int64
}

extension EntityID {
  /// The record of the device whose key has this SHA-256; nil when that isn't one.
  init?(deviceKey key: [UInt8]) {
    guard let raw = Bytes16(key) else { return nil }
    self.init(kind: .device, raw: raw)
  }
}

extension WriteTransaction {
  /// Forgets the peers whose keys were revoked.
  func obeyRevocations() throws {
    for device in devices {
      guard try !state(of: device).entries(of: .revoked).isEmpty else { continue }
      try db.run("DELETE FROM peer WHERE substr(key, 1, 16) = ?", [device.raw.bytes.blob])
    }
  }
}
