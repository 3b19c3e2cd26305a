// SPDX-License-Identifier: MIT

import CurlTransport
import Foundation
import Store
import SyncEngine

/// Joins a library by an invitation link, for `clientctl peer join`.
struct JoinNow: Sendable {
  let line: PeerLine
  let worker: StoreWorker
  /// Where this store's daemon is reached, so that the other side can call back; empty without
  /// daemon.
  let addresses: [PeerAddress]

  /// Pairs with the inviting machine, and adopts its library. Returns the peer.
  func run(link: String, merging: Bool) async throws -> Peer {
    let invite = try Invite(link: link)
    let key = line.device.hash
    guard key != invite.key else {
      throw SyncError(
        .badInput, "this link invites to this very store; use it on the other machine")
    }
    try await worker.run { try Pairing.checkMayJoin(invite, $0, merging: merging) }
    let environment = worker.store.environment
    let token = DeviceToken(random: environment)
    let request = Pairing.request(
      invite, key: key, token: token, addresses: addresses, name: environment.deviceName)
    let body = Array(try JSONEncoder().encode(request))
    var last = SyncError(.unreachable, "the invitation names no address")
    for address in invite.addresses {
      do {
        let response = try await line.client.perform(
          line.request(
            "/v1/pair", at: address, key: invite.key, token: nil, body: body,
            type: "application/json",
            limits: HTTPLimits(responseBytesMax: 64 << 10, totalTimeout: .seconds(30))))
        guard response.status == 200 else {
          throw PeerTransport.refusal(response.status, response.body, invite.name)
        }
        guard let answer = try? JSONDecoder().decode(PairAnswer.self, from: Data(response.body))
        else { throw SyncError(.garbage, "“\(invite.name)” sent an answer that can't be read") }
        return try await worker.run {
          try Pairing.join(
            invite, answer, key: key, own: token, address: address, $0, merging: merging)
        }
      } catch let error as CurlError {
        last = SyncError(.unreachable, error.message)
      }
    }
    throw last
  }
}
