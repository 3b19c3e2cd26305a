// SPDX-License-Identifier: MIT

import ArgumentParser
import Host
import Store
import Terminal

/// Everything about peers.
struct PeerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "peer", abstract: "Pair machines, list them, remove them.",
    discussion: """
      On the one machine:    clientctl peer invite
      On the other:          clientctl peer join 'postil://pair?…'
      The link works once, for ten minutes. Both sides then know the other by its
      key; what goes between them is encrypted.
      """,
    subcommands: [PeerInvite.self, PeerJoin.self, PeerList.self, PeerRemove.self])
}

/// Lists peers.
struct PeerList: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "List the machines that were paired with this one.",
    discussion: """
      EXAMPLES
        clientctl peer list --json
      """)

  @OptionGroup var options: GlobalOptions

  func run() throws {
    let session = try options.open()
    let peers = try session.store.peers()
    let version = try session.store.holdings().version
    if options.json {
      try session.output.print(
        JSONValue.array(peers.map { PeerLag($0, version).json($0).value }))
      return
    }
    guard !peers.isEmpty else {
      throw Failure(.nothing, "no peers yet; pair one with: clientctl peer invite")
    }
    let now = Timestamp.now()
    var table = Table([
      .init("ID", keepsWhole: true), .init("PEER", style: .bold), .init("THEY MAY"),
      .init("WE MAY"), .init("CODE", keepsWhole: true, style: .dim), .init("ADDRESSES"),
      .init("LAST", keepsWhole: true, style: .dim), .init("TROUBLE"),
    ])
    for peer in peers {
      table.add([
        String(peer.id.uuidText.prefix(8)), peer.name, peer.role.rawValue,
        peer.ownRole.rawValue, peer.code,
        peer.addresses.joined(separator: " "),
        peer.exchanged.map { Tables.shownTime($0, now, session) } ?? "never", peer.error ?? "",
      ])
    }
    try session.output.page(table.rendered(for: session.output.facts))
  }
}

/// Removes a peer.
struct PeerRemove: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "remove", abstract: "Revoke a machine: no machine of this library lets it in.",
    discussion: """
      At once here, open connections included; elsewhere as soon as the word has
      come there. What the machine has already it keeps, and changes that it
      wrote before stay: that can't be undone. It can be paired anew.

      EXAMPLES
        clientctl peer remove laptop
        clientctl peer remove laptop --here      only this machine forgets it
      """)

  @Argument(help: "The peer: its name, or the beginning of its id.")
  var peer: String

  @Flag(help: "Only forget it on this machine; others go on with it.")
  var here = false

  @OptionGroup var options: GlobalOptions

  func run() throws {
    let session = try options.open()
    let found = try session.store.peer(named: peer)
    if here {
      try session.store.removePeer(found.id)
    } else {
      try session.store.revokePeer(found)
    }
    session.notice()
    var object = JSONObject()
    object.put("id", found.id.uuidText)
    object.put("name", found.name)
    object.put("revoked", !here)
    let elsewhere =
      here
      ? "other machines still know it"
      : "other machines of this library let it go as they hear of it"
    try session.output.report(
      object,
      sentence: "removed “\(found.name)”: it gets nothing more from here; \(elsewhere); "
        + "what it already has, it keeps",
      plain: found.id.uuidText)
  }
}
