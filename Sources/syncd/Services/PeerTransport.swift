// SPDX-License-Identifier: MIT

import CurlTransport
import Store
import SyncEngine
import Synchronization

/// The way to one peer, over HTTP. Tries its addresses in turn, the one that last worked first.
final class PeerTransport: Transport {
  private let client: CurlClient
  private let peer: Peer
  private let working = Mutex(0)

  init(client: CurlClient, peer: Peer) {
    self.client = client
    self.peer = peer
  }

  func call(_ route: SyncRoute, _ body: [UInt8]) async throws -> [UInt8] {
    let response = try await attempt { address in
      try await self.client.perform(
        try self.request(address + route.rawValue, body: body, limits: HTTPLimits()))
    }
    guard response.status == 200 else {
      throw Self.refusal(response.status, response.body, peer.name)
    }
    return response.body
  }

  /// Opens the peer's stream of notices.
  func events() async throws -> HTTPStream {
    let stream = try await attempt { address in
      try await self.client.stream(
        try self.request(address + "/v1/events", body: nil, limits: .eventStream))
    }
    guard stream.status == 200 else { throw Self.refusal(stream.status, [], peer.name) }
    return stream
  }

  private func request(
    _ url: String, body: [UInt8]?, limits: HTTPLimits
  ) throws -> HTTPRequest {
    guard let token = peer.token.flatMap(DeviceToken.init(bytes:)) else {
      throw SyncError(.notAllowed, "“\(peer.name)” can't be called: it only calls us")
    }
    // What was stored by another version is held to today's rule too.
    _ = try PeerAddress(
      String(
        url.prefix { $0 != "?" }.split(
          separator: "/", maxSplits: 3,
          omittingEmptySubsequences: false
        ).prefix(3).joined(separator: "/")))
    return HTTPRequest(
      body == nil ? .get : .post, url: url,
      headers: [
        ("Authorization", token.header), ("Content-Type", "application/octet-stream"),
      ], body: body ?? [], limits: limits)
  }

  private func attempt<Answer>(
    _ body: (String) async throws -> Answer
  ) async throws -> Answer {
    let start = working.withLock { $0 }
    var last = SyncError(.unreachable, "“\(peer.name)” has no address; pair it again")
    for step in peer.addresses.indices {
      let place = (start + step) % peer.addresses.count
      do {
        let answer = try await body(peer.addresses[place])
        working.withLock { $0 = place }
        return answer
      } catch let error as CurlError {
        if error.code == .cancelled { throw CancellationError() }
        last = SyncError(.unreachable, error.message)
      }
    }
    throw last
  }

  static func refusal(_ status: Int, _ body: [UInt8], _ name: String) -> SyncError {
    let reason = String(decoding: body.prefix(300), as: UTF8.self)
    switch status {
    case 401:
      return SyncError(
        .notAllowed, "“\(name)” doesn't know this machine (any more); pair them again")
    case 403: return SyncError(.notAllowed, "“\(name)” refused: \(reason)")
    case 409: return SyncError(.otherLibrary, "“\(name)” refused: \(reason)")
    case 400, 413, 426: return SyncError(.garbage, "“\(name)” could not read us: \(reason)")
    default: return SyncError(.unreachable, "“\(name)” answered \(status): \(reason)")
    }
  }
}
