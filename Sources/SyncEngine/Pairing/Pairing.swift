// SPDX-License-Identifier: MIT

import Merge
public import Store

/// Both sides of pairing, apart from how the messages travel.
public enum Pairing {
  /// Letters of a name that is kept.
  static let nameLettersMax = 50

  /// Makes an invitation that holds for ten minutes, once. Blocks.
  ///
  /// - Parameter key: SHA-256 of this device's key.
  public static func invite(
    _ store: Store, key: [UInt8], addresses: [PeerAddress], role: Peer.Role
  ) throws -> Invite {
    let environment = store.environment
    let secret = environment.random16()
    let proof = PairingProof(secret: secret)
    try store.addInvite(InviteRecord(id: proof.inviteID, proof: proof.key, role: role))
    let library = try store.holdings().library
    return Invite(
      library: library, name: environment.deviceName, secret: secret, key: key,
      addresses: addresses)
  }

  /// The inviting side: takes the invited machine in if it has the link. Blocks.
  ///
  /// - Parameters:
  ///   - key: SHA-256 of this device's key.
  ///   - shown: SHA-256 of the key that the connection proved; nil where a proxy ends TLS.
  public static func accept(
    _ request: PairRequest, key: [UInt8], shown: [UInt8]?, _ store: Store
  ) throws -> PairAnswer {
    let environment = store.environment
    guard let invite = Bytes16(uuidText: request.invite),
      let theirs = DeviceToken(hex: request.token),
      let guest = DeviceToken(hex: request.key)?.bytes,
      let proof = DeviceToken(hex: request.proof)?.bytes
    else { throw SyncError(.garbage, "the pairing request can't be read") }
    guard request.addresses.count <= Invite.addressesMax else {
      throw SyncError(.garbage, "the pairing request names too many addresses")
    }
    let addresses = try request.addresses.map { text in
      let address = try PeerAddress(text)
      // Or a guest could have this machine call whatever listens on it.
      guard address.scheme != .http else {
        throw SyncError(.notAllowed, "a machine that joins can't be called over plain HTTP")
      }
      return address.url
    }
    guard shown == nil || shown == guest else {
      throw SyncError(.notAllowed, "the pairing request names another key than it shows")
    }
    guard guest != key else {
      throw SyncError(
        .notAllowed, "this is the same device, or a copy of it: delete the copy's device.pem first")
    }
    let library = try store.holdings().library
    let ours = DeviceToken(random: environment)
    var made: (proof: PairingProof, transcript: PairingProof.Transcript)?
    let added = try store.redeemInvite(invite) { record in
      let secret = PairingProof(record)
      let transcript = PairingProof.Transcript(
        library: library, host: key, guest: guest, hostToken: theirs.bytes)
      guard Chain.areEqual(proof, secret.request(transcript)) else { return nil }
      made = (secret, transcript)
      return Peer(
        id: environment.random16(), name: name(request.name), addresses: addresses,
        role: record.role, ownRole: .write, key: guest, token: theirs.bytes, tokenHash: ours.hash,
        code: secret.confirmation(transcript))
    } replacing: { record in
      // The guest only names that key then: a link that lets somebody read must not turn a machine
      // that writes out of its place, nor let one in again that was revoked.
      guard shown != nil || record.role != .read else {
        throw SyncError(
          .notAllowed,
          "this machine's key is paired already, or was revoked, and can't be seen where a proxy "
            + "ends TLS: join over postil://, or remove it first where it was invited "
            + "(clientctl peer remove --here NAME)")
      }
    }
    guard let added, let made else {
      throw SyncError(
        .notAllowed,
        "the invitation is unknown, used or older than ten minutes; make a new one")
    }
    var answer = PairAnswer(
      library: library.raw.uuidText, id: added.id.uuidText, name: environment.deviceName,
      role: added.role.rawValue, token: ours.hex, proof: "")
    answer.proof = DeviceToken.hex(made.proof.answer(made.transcript, answer.proven))
    return answer
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

  /// The invited side's request.
  ///
  /// - Parameters:
  ///   - key: SHA-256 of this device's key.
  ///   - token: what the other side will show.
  public static func request(
    _ invite: Invite, key: [UInt8], token: DeviceToken, addresses: [PeerAddress], name: String
  ) -> PairRequest {
    let proof = PairingProof(secret: invite.secret)
    let transcript = PairingProof.Transcript(
      library: invite.library, host: invite.key, guest: key, hostToken: token.bytes)
    return PairRequest(
      invite: proof.inviteID.uuidText, key: DeviceToken.hex(key), name: name,
      addresses: addresses.map(\.url), token: token.hex,
      proof: DeviceToken.hex(proof.request(transcript)))
  }

  /// The invited side, after it was taken in: adopts the library and remembers the peer. Blocks.
  ///
  /// - Parameters:
  ///   - key: SHA-256 of this device's key.
  ///   - own: the token of the request.
  ///   - address: the one that answered.
  public static func join(
    _ invite: Invite, _ answer: PairAnswer, key: [UInt8], own: DeviceToken, address: PeerAddress,
    _ store: Store, merging: Bool
  ) throws -> Peer {
    guard let id = Bytes16(uuidText: answer.id), let token = DeviceToken(hex: answer.token),
      let role = Peer.Role(rawValue: answer.role), let shown = DeviceToken(hex: answer.proof),
      answer.library == invite.library.raw.uuidText
    else { throw SyncError(.garbage, "the peer's answer to the pairing can't be read") }
    let proof = PairingProof(secret: invite.secret)
    let transcript = PairingProof.Transcript(
      library: invite.library, host: invite.key, guest: key, hostToken: own.bytes)
    guard Chain.areEqual(shown.bytes, proof.answer(transcript, answer.proven)) else {
      throw SyncError(
        .notAllowed,
        "who answered does not know the invitation's secret; somebody may be in between")
    }
    try store.adopt(invite.library, merging: merging)
    let others = invite.addresses.filter { $0 != address }
    let peer = Peer(
      id: id, name: name(answer.name), addresses: ([address] + others).map(\.url), role: .write,
      ownRole: role, key: invite.key, token: token.bytes, tokenHash: own.hash,
      code: proof.confirmation(transcript))
    try store.addPeer(peer)
    return peer
  }

  private static func name(_ text: String) -> String {
    // No control characters, and nothing that turns the direction of what stands beside it.
    let plain = String(
      String.UnicodeScalarView(
        text.unicodeScalars.filter { scalar in
          switch scalar.properties.generalCategory {
          case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .surrogate:
            false
          default: true
          }
        }))
    return plain.isEmpty ? "unnamed" : String(plain.prefix(nameLettersMax))
  }
}

extension PairAnswer {
  /// What its proof covers beside the keys.
  fileprivate var proven: [UInt8] {
    [library, id, name, role, token].flatMap { Array($0.utf8) + [0] }
  }
}
