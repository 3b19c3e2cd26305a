// SPDX-License-Identifier: MIT

import Foundation
import Host
import Store
import SyncEngine

/// Answers of the control socket and of one-shot runs: one line of JSON each.
///
/// `{"progress": …}` while work goes on; then `{"results": […]}`, `{"peer": …}` or
/// `{"error": {"message", "exitCode"}}`.
struct LineWriter: Sendable {
  private let put: @Sendable ([UInt8]) -> Void

  init(_ put: @escaping @Sendable ([UInt8]) -> Void) { self.put = put }

  struct Problem: Codable {
    var message: String
    var exitCode: Int32
  }

  struct Joined: Codable {
    var id: String
    var name: String
    /// What this machine may do there.
    var role: String
    var library: String
    var addresses: [String]
    var code: String
  }

  struct Invited: Codable {
    var invite: String
    var addresses: [String]
  }

  /// Writes any answer.
  func write(_ value: some Encodable) {
    if let data = try? JSONEncoder().encode(value) { put(Array(data)) }
  }

  /// Writes an error.
  func fail(_ error: Failure) {
    write(["error": Problem(message: error.message, exitCode: error.code.rawValue)])
  }

  /// Syncs, and writes how it goes. Returns the exit code.
  @discardableResult
  func sync(_ now: SyncNow, peer: String?, waitSeconds: Double?) async -> Int32 {
    do {
      let results = try await now.run(peer: peer, waitSeconds: waitSeconds) { progress in
        write(["progress": progress])
      }
      write(["results": results])
      return results.map(\.exitCode).max() ?? 0
    } catch {
      let error = Failure(any: error)
      fail(error)
      return error.code.rawValue
    }
  }

  /// Invites, and writes the link. Returns the exit code.
  @discardableResult
  func invite(_ now: InviteNow, role: String?, addresses: [String]) async -> Int32 {
    do {
      let invite = try await now.run(role: role, addresses: addresses)
      write(Invited(invite: invite.link, addresses: invite.addresses.map(\.url)))
      return 0
    } catch {
      let error = Failure(any: error)
      fail(error)
      return error.code.rawValue
    }
  }

  /// Joins, and writes how it went. Returns the exit code.
  @discardableResult
  func join(_ now: JoinNow, link: String, merging: Bool) async -> Int32 {
    do {
      let peer = try await now.run(link: link, merging: merging)
      let library = try await now.worker.run { try $0.holdings().library }
      write([
        "peer": Joined(
          id: peer.id.uuidText, name: peer.name, role: peer.ownRole.rawValue,
          library: library.raw.uuidText, addresses: peer.addresses, code: peer.code)
      ])
      return 0
    } catch {
      let error = Failure(any: error)
      fail(error)
      return error.code.rawValue
    }
  }
}
