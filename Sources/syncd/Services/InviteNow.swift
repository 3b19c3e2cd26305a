// SPDX-License-Identifier: MIT

import DeviceKeys
import Store
import SyncEngine

/// Makes an invitation link, for `clientctl peer invite`.
struct InviteNow: Sendable {
  let device: DeviceKey
  let worker: StoreWorker
  /// Where the daemon is reached; empty without daemon.
  let addresses: [PeerAddress]

  /// The link.
  ///
  /// - Parameter given: addresses to invite to instead of the daemon's.
  func run(role: String?, addresses given: [String]) async throws -> Invite {
    guard let role = Peer.Role(rawValue: role ?? Peer.Role.write.rawValue) else {
      throw SyncError(.badInput, "“\(role ?? "")” is not a role; use write or read")
    }
    let named = try given.isEmpty ? addresses : given.map { try PeerAddress($0) }
    guard !named.isEmpty else {
      throw SyncError(
        .unreachable,
        "no daemon serves this store, so there is no address to invite to; "
          + "start one with: syncd, or give --address HOST:PORT")
    }
    guard named.count <= Invite.addressesMax else {
      throw SyncError(.badInput, "an invitation names at most \(Invite.addressesMax) addresses")
    }
    let key = device.hash
    return try await worker.run { try Pairing.invite($0, key: key, addresses: named, role: role) }
  }
}
