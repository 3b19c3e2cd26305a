// SPDX-License-Identifier: MIT

import CurlTransport
import DeviceKeys
import Store
import SyncEngine
import Synchronization

/// How this device calls others: as itself, and nobody else.
struct PeerLine: Sendable {
  let client: CurlClient
  let device: DeviceKey
  /// The authorities that web servers in front of peers are vouched for by, if not the machine's.
  let authorities: String?

  /// A request to `address`.
  ///
  /// - Parameters:
  ///   - key: SHA-256 of the key that must answer.
  ///   - token: what is shown where a proxy ends TLS, if anything is.
  func request(
    _ route: String, at address: PeerAddress, key: [UInt8], token: DeviceToken?,
    body: [UInt8]?, type: String = "application/octet-stream", limits: HTTPLimits
  ) -> HTTPRequest {
    var headers = [("Content-Type", type)]
    var tls: TLSIdentity?
    switch address.scheme {
    case .postil:
      // Both are in the one file.
      tls = TLSIdentity(
        pinnedPublicKey: DeviceKey.pin(key), clientCertificatePath: device.path,
        clientKeyPath: device.path)
    case .https, .http:
      if let token { headers.append(("Authorization", token.header)) }
      if address.scheme == .https, let authorities {
        tls = TLSIdentity(authoritiesPath: authorities)
      }
    }
    return HTTPRequest(
      body == nil ? .get : .post, url: address.base + route, headers: headers, body: body ?? [],
      limits: limits, tls: tls)
  }
}

/// The way to one peer, over HTTP. Tries its addresses in turn, the one that last worked first.
final class PeerTransport: Transport {
  private let line: PeerLine
  private let peer: Peer
  private let working = Mutex(0)

  init(line: PeerLine, peer: Peer) {
    self.line = line
    self.peer = peer
  }

  func call(_ route: SyncRoute, _ body: [UInt8]) async throws -> [UInt8] {
    let response = try await attempt { address in
      try await self.line.client.perform(
        self.request(route.rawValue, at: address, body: body, limits: HTTPLimits()))
    }
    guard response.status == 200 else {
      throw Self.refusal(response.status, response.body, peer.name)
    }
    return response.body
  }

  /// Opens the peer's stream of notices.
  func events() async throws -> HTTPStream {
    let stream = try await attempt { address in
      try await self.line.client.stream(
        self.request("/v1/events", at: address, body: nil, limits: .eventStream))
    }
    guard stream.status == 200 else { throw Self.refusal(stream.status, [], peer.name) }
    return stream
  }

  private func request(
    _ route: String, at address: PeerAddress, body: [UInt8]?, limits: HTTPLimits
  ) -> HTTPRequest {
    line.request(
      route, at: address, key: peer.key, token: DeviceToken(bytes: peer.token), body: body,
      limits: limits)
  }

  private func attempt<Answer>(
    _ body: (PeerAddress) async throws -> Answer
  ) async throws -> Answer {
    let start = working.withLock { $0 }
    var last = SyncError(.unreachable, "“\(peer.name)” has no address; pair it again")
    for step in peer.addresses.indices {
      let place = (start + step) % peer.addresses.count
      do {
        // What was stored by another version is held to today's rule too.
        let answer = try await body(try PeerAddress(peer.addresses[place]))
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
