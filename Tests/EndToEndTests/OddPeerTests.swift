// SPDX-License-Identifier: MIT

import Foundation
import Testing

@Suite("Peers that answer garbage, or nothing")
struct OddPeerTests {
  @Test(
    "sync ends with exit code 5 and leaves the store as it was", arguments: OddPeer.Manner.allCases)
  func sync(manner: OddPeer.Manner) throws {
    try Lab.run { lab in
      let machine = try lab.machine("desk")
      _ = try machine.add(Seeds.articles[0])
      let peer = try OddPeer(manner, library: try machine.ok("status")["library"].text)
      defer { peer.stop() }
      try machine.ok("peer", "join", peer.link)
      let before = try machine.fingerprint()
      let articles = try machine.ok("list")

      let start = Moment.now
      let result = try machine.run("sync", "--wait", "--timeout", "1", "--json", seconds: 60)
      let took = Moment.now - start
      #expect(result.code == 5, "\(manner): \(result)")
      #expect(took < 10, "\(manner) held sync up for \(took) s")
      let row = try result.json()[0]
      #expect(row["delivered"] == .bool(false))
      #expect(!row["error"].text.isEmpty)

      #expect(try machine.fingerprint() == before)
      #expect(try machine.ok("list") == articles)
      #expect(try machine.problems() == [])
      #expect(try machine.ok("status")["peers"][0]["error"].exists)
      for command in [["status"], ["peer", "list"]] {
        let shown = try machine.run(command).output.unicodeScalars
        #expect(shown.allSatisfy { $0.value >= 0x20 || $0 == "\n" || $0 == "\t" })
      }
    }
  }

  @Test("a peer whose stream of notices opens and ends at once is called ever more seldom")
  func shortStreams() throws {
    try Lab.run { lab in
      let machine = try lab.machine("desk")
      let peer = try OddPeer(.garbage, library: try machine.ok("status")["library"].text)
      defer { peer.stop() }
      try machine.startDaemon()
      try machine.ok("peer", "join", peer.link)
      #expect(Moment.wait(seconds: 10) { peer.streams > 0 })
      // At 100 to 200 ms each there would be twenty at least; the pauses double instead.
      usleep(4_000_000)
      #expect(peer.streams <= 10, "\(peer.streams)")
    }
  }

  @Test(
    "a daemon lives through peers that answer garbage, and serves on",
    arguments: [
      OddPeer.Manner.garbage, .notHTTP, .neverEnds, .fails,
    ])
  func daemonLivesOn(manner: OddPeer.Manner) throws {
    try Lab.run { lab in
      let machine = try lab.machine("desk")
      let article = try machine.add(Seeds.articles[0])
      let peer = try OddPeer(manner, library: try machine.ok("status")["library"].text)
      defer { peer.stop() }
      try machine.startDaemon()
      try machine.ok("peer", "join", peer.link)
      try machine.ok("tag", "add", article, "during")
      let friend = try lab.machine("friend")
      try friend.join(machine)
      try friend.sync()
      #expect(try friend.fingerprint() == machine.fingerprint())
      let log = try #require(machine.daemon?.log)
      #expect(try machine.stopDaemon() == 0)
      let said = try String(contentsOfFile: log, encoding: .utf8)
      #expect(said.unicodeScalars.allSatisfy { $0.value >= 0x20 || $0 == "\n" }, "\(said)")
      // What it answered is told, and commands no terminal.
      if manner == .fails { #expect(said.contains("[31mno"), "\(said)") }
    }
  }
}
