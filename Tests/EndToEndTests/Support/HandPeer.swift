// SPDX-License-Identifier: MIT

import Foundation

/// A machine that the test plays by hand: it is paired with a daemon, holds a token, and says
/// whatever the test wants.
struct HandPeer {
  let token: String
  let name: String

  /// Pairs with a machine whose daemon runs.
  init(with machine: Machine, role: String = "write", name: String = "hand") throws {
    guard let daemon = machine.daemon else { throw Trouble("\(machine.name) has no daemon") }
    let link = try machine.ok("peer", "invite", "--role", role)["invite"].text
    let body = try PairingByHand(link: link).request(
      guest: (0..<32).map { _ in UInt8.random(in: 0...255) },
      token: [UInt8](repeating: 0xCD, count: 32), name: name)
    let answer = try daemon.get(
      "/v1/pair", method: "POST", headers: ["Content-Type": "application/json"],
      body: Array(body.utf8))
    guard answer.status == 200 else { throw Trouble("pairing: \(answer.status) \(answer.text)") }
    token = try JSON(reading: answer.body)["token"].text
    self.name = name
  }

  /// The value of `Authorization`.
  var header: String { "Postil \(token)" }
}

/// One route, as `syncd routes` tells it.
struct ServedRoute: Sendable {
  let method: String
  let path: String
  let policy: String
  let bodyBytesMax: Int

  /// Every route of the built daemon.
  static func all(_ lab: Lab) throws -> [ServedRoute] {
    let result = try lab.run(Programs.syncd, ["routes"], environment: [:]).succeeded()
    let rows = try result.json().elements
    guard !rows.isEmpty else { throw Trouble("there are no routes: \(result)") }
    return rows.map {
      ServedRoute(
        method: $0["method"].text, path: $0["path"].text, policy: $0["policy"].text,
        bodyBytesMax: $0["bodyBytesMax"].int)
    }
  }
}

/// The fields that every answer has.
enum SafeFields {
  static let lines = [
    "cache-control: no-store", "x-content-type-options: nosniff",
    "content-security-policy: default-src 'none'; frame-ancestors 'none'",
    "referrer-policy: no-referrer",
  ]

  /// Which of them an answer lacks, and which it has that none should.
  static func problems(_ answer: HTTPAnswer) -> [String] {
    let head = answer.head.lowercased()
    let have = head.split(separator: "\r\n").map(String.init)
    let wrong = have.filter { $0.hasPrefix("server:") || $0.hasPrefix("access-control-") }
    return lines.filter { line in have.count { $0 == line } != 1 } + wrong
  }
}
