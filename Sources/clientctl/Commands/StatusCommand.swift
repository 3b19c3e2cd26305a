// SPDX-License-Identifier: MIT

import ArgumentParser
import Host
import Merge
import Store
import Terminal

/// Shows what the store holds and how its peers are.
struct StatusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Show what the store holds, and how far each peer is.",
    discussion: """
      Two machines with equal fingerprints hold the same, and no others do.

      EXAMPLES
        clientctl status
        clientctl status --json
      """)

  @OptionGroup var options: GlobalOptions

  func run() throws {
    let session = try options.open()
    let status = try session.store.status()
    let peers = try session.store.peers()
    if options.json {
      try session.output.print(json(status, peers, session))
    } else {
      try session.output.print(try text(status, peers, session))
    }
  }

  private func json(_ status: StoreStatus, _ peers: [Peer], _ session: Session) -> JSONObject {
    var object = JSONObject()
    object.put("library", status.holdings.library.raw.uuidText)
    object.put("store", session.store.directory.path)
    object.set("writer", status.writer?.raw.uuidText)
    object.put("fingerprint", status.holdings.fingerprint.uuidText)
    object.put("articles", status.articles)
    object.put("annotations", status.annotations)
    object.put("changes", Int(clamping: status.holdings.version.total))
    object.put("conflicts", status.conflicts)
    object.put("textsWanted", status.wantedTexts)
    if status.forks > 0 { object.put("forks", status.forks) }
    object.put("sqlite", status.sqliteVersion)
    object.put(
      "peers",
      .array(peers.map { PeerLag($0, status.holdings.version).json($0).value }))
    return object
  }

  private func text(_ status: StoreStatus, _ peers: [Peer], _ session: Session) throws -> String {
    let style = session.output.style
    let now = Timestamp.now()
    var rows: [(String, String)] = [
      ("store", session.store.directory.path),
      ("library", status.holdings.library.raw.uuidText),
      ("fingerprint", status.holdings.fingerprint.uuidText),
      ("articles", ProgressLine.grouped(status.articles)),
      ("annotations", ProgressLine.grouped(status.annotations)),
      ("changes", ProgressLine.grouped(Int(clamping: status.holdings.version.total))),
    ]
    if status.conflicts > 0 {
      rows.append(("conflicts", "\(status.conflicts); see: clientctl conflicts"))
    }
    if status.wantedTexts > 0 { rows.append(("texts", "\(status.wantedTexts) are still to come")) }
    if status.forks > 0 {
      rows.append(("forks", "\(status.forks): a store was set back and wrote on; all is kept"))
    }
    if let writer = status.writer { rows.append(("writer", writer.raw.uuidText)) }
    guard session.output.facts.isTerminal else {
      var lines = rows.map { "\($0.0)\t\(DisplayText.tsvField($0.1))\n" }
      for peer in peers {
        let lag = PeerLag(peer, status.holdings.version)
        let fields = [
          "peer", peer.name, peer.addresses.first ?? "", peer.role.rawValue, String(lag.theyLack),
          String(lag.weLack), peer.error ?? "", peer.ownRole.rawValue,
        ]
        lines.append(fields.map(DisplayText.tsvField).joined(separator: "\t") + "\n")
      }
      return lines.joined()
    }
    var out = rows.map {
      "\(style.dim(TextLayout.padded($0.0, to: 12))) \(DisplayText.escaped($0.1))\n"
    }
    .joined()
    if peers.isEmpty { return out + style.dim("no peers yet; see: clientctl peer invite --help\n") }
    var table = Table([
      .init("PEER", style: .bold), .init("ADDRESS"), .init("THEY MAY"), .init("WE MAY"),
      .init("THEY LACK", alignment: .right), .init("LAST", keepsWhole: true, style: .dim),
      .init("TROUBLE"),
    ])
    for peer in peers {
      let lag = PeerLag(peer, status.holdings.version)
      table.add([
        peer.name, peer.addresses.first ?? "(calls us)", peer.role.rawValue,
        peer.ownRole.rawValue, lag.theyLack == 0 ? "nothing" : String(lag.theyLack),
        peer.exchanged.map { Tables.shownTime($0, now, session) } ?? "never", peer.error ?? "",
      ])
    }
    out += "\n" + table.rendered(for: session.output.facts)
    return out
  }
}

/// How far a peer is, as far as we know.
struct PeerLag {
  /// Our changes that the peer holds.
  let theyHave: Int
  /// Our changes that it lacks.
  let theyLack: Int
  /// Its changes that we hold.
  let weHave: Int
  /// Its changes that we lack.
  let weLack: Int

  init(_ peer: Peer, _ own: VersionVector) {
    func shared(_ version: VersionVector, _ other: VersionVector) -> UInt64 {
      version.entries.reduce(0) { $0 + min($1.count, other[$1.writer]) }
    }
    let common = shared(own, peer.version)
    theyHave = Int(clamping: common)
    theyLack = Int(clamping: own.total - common)
    weHave = Int(clamping: common)
    weLack = Int(clamping: peer.version.total - common)
  }

  /// The fields of a peer in the `--json` contract.
  func json(_ peer: Peer) -> JSONObject {
    var object = JSONObject()
    object.put("id", peer.id.uuidText)
    object.put("name", peer.name)
    object.set("address", peer.addresses.first)
    object.set("addresses", peer.addresses)
    object.put("role", peer.role.rawValue)
    object.put("ownRole", peer.ownRole.rawValue)
    object.put("code", peer.code)
    object.put("theyHave", theyHave)
    object.put("theyLack", theyLack)
    object.put("weHave", weHave)
    object.put("weLack", weLack)
    object.set("lastExchange", peer.exchanged.map(Timestamp.init(milliseconds:)))
    object.set("error", peer.error)
    return object
  }
}
