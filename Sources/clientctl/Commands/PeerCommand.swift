// SPDX-License-Identifier: MIT

import ArgumentParser
import Host
import Merge
import Store
import SyncEngine
import Terminal

/// Everything about peers.
struct PeerCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "peer", abstract: "Pair machines, list them, remove them.",
    discussion: """
      On the one machine:    clientctl peer invite
      On the other:          clientctl peer join 'postil://pair?…'
      The link works once, for ten minutes.
      """,
    subcommands: [PeerInvite.self, PeerJoin.self, PeerList.self, PeerRemove.self])
}

/// Prints an invitation.
struct PeerInvite: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "invite", abstract: "Print a link with which another machine joins, once.",
    discussion: """
      EXAMPLES
        clientctl peer invite
        clientctl peer invite --address 127.0.0.1:7417 --role read
      """)

  @Option(
    name: .customLong("address"), parsing: .singleValue,
    help: "Where the daemon is reached, HOST:PORT; else the running daemon says.")
  var addresses: [String] = []

  @Option(help: "What the other machine may do: write or read.")
  var role: String = "write"

  @OptionGroup var options: GlobalOptions

  func run() throws {
    guard let role = Peer.Role(rawValue: role) else {
      throw Failure(.usage, "“\(role)” is not a role; use write or read")
    }
    let session = try options.open()
    var addresses = addresses
    if addresses.isEmpty {
      do {
        addresses = try DaemonLink(store: session.store.directory).addresses()
      } catch {
        throw Failure(
          .network,
          "no daemon serves this store, so there is no address to invite to; "
            + "start one with: syncd, or give --address HOST:PORT")
      }
    }
    addresses = try addresses.map { try PeerAddress($0).url }
    let link = try Pairing.invite(session.store, addresses: addresses, role: role).link
    var object = JSONObject()
    object.put("invite", link)
    if session.output.isJSON {
      try session.output.print(object)
    } else {
      try session.output.print(link + "\n")
    }
    if session.output.facts.isTerminal && !session.output.isJSON {
      session.output.remark("It works once, for ten minutes. On the other machine, run:")
      session.output.remark("  clientctl peer join '\(link)'")
    }
  }
}

/// Joins by an invitation.
struct PeerJoin: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "join", abstract: "Join the library that a link leads to.",
    discussion: """
      An empty store adopts the library. A store that holds something is folded
      into it with --merge.

      EXAMPLES
        clientctl peer join 'postil://pair?library=…'
        clientctl peer join - < link.txt
      """)

  @Argument(help: "The link, or - for standard input.")
  var link: String

  @Flag(help: "Fold this store's library into the other.")
  var merge = false

  @OptionGroup var options: GlobalOptions

  func run() throws {
    let session = try options.open()
    var link = link
    if link == "-" {
      let bytes = try InputFile.read("-", bytesMax: 8192)
      link = String(decoding: bytes, as: UTF8.self).filter { !$0.isWhitespace }
    }
    var request = JSONObject()
    request.put("command", "join")
    request.put("link", link)
    request.put("merge", merge)
    var joined: JSONValue?
    try DaemonLink(store: session.store.directory).ask(
      request, orRun: ["join"] + (merge ? ["--merge"] : []), input: link
    ) { answer in
      if let peer = answer["peer"] { joined = peer }
    }
    guard let joined, let name = joined["name"]?.stringValue, let id = joined["id"]?.stringValue
    else { throw Failure(.network, "the daemon did not say how joining went") }
    if session.output.isJSON {
      try session.output.print(joined)
    } else {
      try session.output.report(
        JSONObject(),
        sentence: "joined the library of “\(name)”; bring it here with: clientctl sync",
        plain: id)
    }
  }
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
      .init("ID", keepsWhole: true), .init("PEER", style: .bold), .init("ROLE"),
      .init("ADDRESSES"), .init("LAST", keepsWhole: true, style: .dim), .init("TROUBLE"),
    ])
    for peer in peers {
      table.add([
        String(peer.id.uuidText.prefix(8)), peer.name, peer.role.rawValue,
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
    commandName: "remove", abstract: "Forget a machine: it gets nothing more from here.",
    discussion: """
      What it has already it keeps; that can't be undone.

      EXAMPLES
        clientctl peer remove laptop
      """)

  @Argument(help: "The peer: its name, or the beginning of its id.")
  var peer: String

  @OptionGroup var options: GlobalOptions

  func run() throws {
    let session = try options.open()
    let found = try session.store.peer(named: peer)
    try session.store.removePeer(found.id)
    session.notice()
    var object = JSONObject()
    object.put("id", found.id.uuidText)
    object.put("name", found.name)
    try session.output.report(
      object,
      sentence: "removed “\(found.name)”; what it already has, it keeps",
      plain: found.id.uuidText)
  }
}
