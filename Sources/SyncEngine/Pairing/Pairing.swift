// SPDX-License-Identifier: MIT

import Merge
public import Store

/// Both sides of pairing, apart from how the messages travel.
public enum Pairing {
  /// Addresses and bytes of a name that a message may hold.
  static let nameBytesMax = 200

  /// Makes an invitation that holds for ten minutes, once. Blocks.
  public static func invite(
    _ store: Store, addresses: [String], role: Peer.Role
  ) throws -> Invite {
    let environment = store.environment
    let secret = environment.random16()
    try store.addInvite(secretHash: Chain.sha256(secret.bytes), role: role)
    let library = try store.holdings().library
    return Invite(
      library: library, name: environment.deviceName, secret: secret, addresses: addresses)
  }

  /// The inviting side: takes the invited machine in if its secret is right. Blocks.
  public static func accept(_ request: PairRequest, _ store: Store) throws -> PairAnswer {
    let environment = store.environment
    guard let secret = Bytes16(uuidText: request.secret),
      let theirs = DeviceToken(hex: request.token)
    else { throw SyncError(.garbage, "the pairing request can't be read") }
    guard request.addresses.count <= Invite.addressesMax else {
      throw SyncError(.garbage, "the pairing request names too many addresses")
    }
    let ours = DeviceToken(random: environment)
    let peer = Peer(
      id: environment.random16(), name: name(request.name),
      addresses: try request.addresses.map { try PeerAddress($0).url }, role: .write,
      token: theirs.bytes, tokenHash: ours.hash)
    let library = try store.holdings().library
    guard
      let added = try store.redeemInvite(secretHash: Chain.sha256(secret.bytes), adding: peer)
    else {
      throw SyncError(
        .notAllowed,
        "the invitation is unknown, used or older than ten minutes; make a new one")
    }
    return PairAnswer(
      library: library.raw.uuidText, id: added.id.uuidText, name: environment.deviceName,
      role: added.role.rawValue, token: ours.hex)
  }

  /// The invited side, before it calls: whether this store may join that library. Blocks.
  public static func checkMayJoin(_ invite: Invite, _ store: Store, merging: Bool) throws {
    let own = try store.holdings()
    guard own.library == invite.library || own.version.isEmpty || merging else {
      throw SyncError(
        .failed,
        "this store holds a library of its own (\(own.version.total) changes); to fold it into "
          + "the library of “\(invite.name)”, add --merge")
    }
  }

  /// The invited side, after it was taken in: adopts the library and remembers the peer. Blocks.
  public static func join(
    _ invite: Invite, _ answer: PairAnswer, own: DeviceToken, address: String, _ store: Store,
    merging: Bool
  ) throws -> Peer {
    guard let id = Bytes16(uuidText: answer.id), let token = DeviceToken(hex: answer.token),
      answer.library == invite.library.raw.uuidText
    else { throw SyncError(.garbage, "the peer's answer to the pairing can't be read") }
    try store.adopt(invite.library, merging: merging)
    let others = invite.addresses.filter { $0 != address }
    let peer = Peer(
      id: id, name: name(answer.name), addresses: [address] + others, role: .write,
      token: token.bytes, tokenHash: own.hash)
    try store.addPeer(peer)
    return peer
  }

  private static func name(_ text: String) -> String {
    let plain = String(text.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F })
    return plain.isEmpty ? "unnamed" : String(plain.prefix(nameBytesMax / 4))
  }
}
