// SPDX-License-Identifier: MIT

import ArgumentParser
import Host
import Merge
import Store
import SyncEngine
import Terminal

/// Prints an invitation.
struct PeerInvite: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "invite", abstract: "Print a link with which another machine joins, once.",
    discussion: """
      The link is as good as a key for ten minutes, until it was used. What it
      opens is your whole library: give it to nobody but your own machine.

      EXAMPLES
        clientctl peer invite
        clientctl peer invite --qr --wait
        clientctl peer invite --role read
        clientctl peer invite --address notes.example.org:7417
        clientctl peer invite --address https://notes.example.org
      """)

  @Option(
    name: .customLong("address"), parsing: .singleValue,
    help: "Where this machine is reached, HOST:PORT or a URL; else the running daemon says.")
  var addresses: [String] = []

  @Option(help: "What the other machine may do: write or read.")
  var role: String = "write"

  @Flag(help: "Show the link as a QR code too.")
  var qr = false

  @Flag(help: "Wait until a machine has joined, and say which.")
  var wait = false

  @OptionGroup var options: GlobalOptions

  /// Seconds between two looks at who has joined.
  private static let pause = 0.3

  func run() throws {
    guard Peer.Role(rawValue: role) != nil else {
      throw Failure(.usage, "“\(role)” is not a role; use write or read")
    }
    let session = try options.open()
    let addresses = try addresses.map { try PeerAddress($0).url }
    let before = try session.store.peers()
    var request = JSONObject()
    request.put("command", "invite")
    request.put("role", role)
    request.set("addresses", addresses)
    var answer: JSONValue?
    try DaemonLink(store: session.store.directory).ask(
      request,
      orRun: ["invite", "--role", role] + addresses.flatMap { ["--address", $0] }
    ) { answer = $0 }
    guard let answer, let link = answer["invite"]?.stringValue else {
      throw Failure(.network, "the daemon made no invitation")
    }
    let reached = answer["addresses"]?.elements?.compactMap(\.stringValue) ?? []
    try show(link, reached, session)
    if wait { try awaitPeer(since: before, session) }
  }

  private func show(_ link: String, _ reached: [String], _ session: Session) throws {
    if session.output.isJSON {
      var object = JSONObject()
      object.put("invite", link)
      object.set("addresses", reached)
      try session.output.print(object)
      return
    }
    if qr { try session.output.print(try QRCode(link).text(session.output.facts)) }
    try session.output.print(link + "\n")
    guard session.output.facts.isTerminal else { return }
    session.output.remark("It works once, for ten minutes. On the other machine, run:")
    session.output.remark("  clientctl peer join '\(link)'")
    let isLocal = reached.allSatisfy { url in
      (try? PeerAddress(url)).map { PeerAddress.isLoopback($0.host) } ?? false
    }
    if isLocal {
      session.output.remark(
        "The daemon listens on this machine alone; for others start it with: "
          + "syncd --listen 0.0.0.0:7417")
    }
  }

  /// Waits for a peer that wasn't there, as long as the invitation holds.
  private func awaitPeer(since before: [Peer], _ session: Session) throws {
    let known = Set(before.map(\.id))
    var left = Double(Store.inviteLifetime) / 1000
    while left > 0 {
      if let peer = try session.store.peers().first(where: { !known.contains($0.id) }) {
        var object = JSONObject()
        object.put("id", peer.id.uuidText)
        object.put("name", peer.name)
        object.put("role", peer.role.rawValue)
        object.put("code", peer.code)
        try session.output.report(
          object,
          sentence: "“\(peer.name)” has joined (\(peer.role.rawValue)); "
            + "both machines must show the code \(peer.code)", plain: peer.id.uuidText)
        return
      }
      Process.sleep(seconds: Self.pause)
      left -= Self.pause
    }
    throw Failure(.network, "nobody joined within ten minutes; the invitation is void now")
  }
}
