// SPDX-License-Identifier: MIT

import CurlTransport
import Foundation
import Store
import SyncEngine

/// Joins a library by an invitation link, for `clientctl peer join`.
struct JoinNow: Sendable {
  let client: CurlClient
  let worker: StoreWorker
  /// Where this store's daemon listens, so that the other side can call back; empty without daemon.
  let addresses: [String]

  /// Pairs with the inviting machine, and adopts its library. Returns the peer.
  func run(link: String, merging: Bool) async throws -> Peer {
    let invite = try Invite(link: link)
    guard Set(addresses).isDisjoint(with: invite.addresses) else {
      throw SyncError(
        .badInput, "this link invites to this very store; use it on the other machine")
    }
    try await worker.run { try Pairing.checkMayJoin(invite, $0, merging: merging) }
    let environment = worker.store.environment
    let token = DeviceToken(random: environment)
    let request = PairRequest(
      secret: invite.secret.uuidText, name: environment.deviceName, addresses: addresses,
      token: token.hex)
    let body = Array(try JSONEncoder().encode(request))
    var last = SyncError(.unreachable, "the invitation names no address")
    for address in invite.addresses {
      do {
        let response = try await client.perform(
          HTTPRequest(
            .post, url: address + "/v1/pair",
            headers: [("Content-Type", "application/json")], body: body,
            limits: HTTPLimits(responseBytesMax: 64 << 10, totalTimeout: .seconds(30))))
        guard response.status == 200 else {
          throw PeerTransport.refusal(response.status, response.body, invite.name)
        }
        guard let answer = try? JSONDecoder().decode(PairAnswer.self, from: Data(response.body))
        else { throw SyncError(.garbage, "“\(invite.name)” sent an answer that can't be read") }
        return try await worker.run {
          try Pairing.join(invite, answer, own: token, address: address, $0, merging: merging)
        }
      } catch let error as CurlError {
        last = SyncError(.unreachable, error.message)
      }
    }
    throw last
  }
}
