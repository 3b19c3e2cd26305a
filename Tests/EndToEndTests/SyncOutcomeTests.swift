// SPDX-License-Identifier: MIT

import Foundation
import Testing

@Suite("What sync says, and how it ends")
struct SyncOutcomeTests {
  @Test("sync --wait ends with 0 only when what was written here is there")
  func waitMeansDelivered() throws {
    try Pair.run { pair in
      try pair.desk.stopDaemon()
      try pair.laptop.stopDaemon()
      try pair.laptop.ok("edit", pair.article, "--title", "Written while alone")
      let start = Moment.now
      let result = try pair.laptop.run("sync", "--wait", "--timeout", "1", "--json")
      #expect(result.code == 5, "\(result)")
      #expect(Moment.now - start < 8)
      let row = try result.json()[0]
      #expect(row["delivered"] == .bool(false))
      #expect(row["missing"].int == 1)
      #expect(!row["error"].text.isEmpty)

      try pair.desk.startDaemon()
      let done = try pair.laptop.ok("sync", "--wait")
      #expect(done[0]["delivered"] == .bool(true))
      #expect(try pair.desk.ok("show", pair.article)["title"].text == "Written while alone")
    }
  }

  @Test("sync --wait ends on a machine that is only called, once the other has told its receipt")
  func waitWhereOnlyCalled() throws {
    try Lab.run { lab in
      let desk = try lab.machine("desk")
      let laptop = try lab.machine("laptop")
      let article = try desk.add(text: "One calls, one is called.", title: "Calls")
      try desk.startDaemon()
      // Joined without a daemon: the desk never learns an address of the laptop.
      try laptop.join(desk)
      try laptop.startDaemon()
      try desk.ok("edit", article, "--title", "Written where nobody is called")
      let done = try desk.ok("sync", "--wait", "--timeout", "20")
      #expect(done[0]["delivered"] == .bool(true))
      #expect(try laptop.ok("show", article)["title"].text == "Written where nobody is called")
    }
  }

  @Test("sync --wait waits for a peer that comes back in time")
  func waitsForPeer() throws {
    try Pair.run { pair in
      try pair.desk.stopDaemon()
      try pair.laptop.ok("edit", pair.article, "--title", "Patience")
      let waiting = try pair.laptop.lab.start(
        Programs.clientctl, ["sync", "--wait", "--timeout", "30"],
        environment: pair.laptop.environment, output: "/dev/null", error: "/dev/null")
      usleep(500_000)
      #expect(waiting.isRunning)
      try pair.desk.startDaemon()
      #expect(waiting.wait(seconds: 30) == 0)
      #expect(try pair.desk.ok("show", pair.article)["title"].text == "Patience")
    }
  }

  @Test("a removed machine is let in no more: 401, and exit code 6")
  func removed() throws {
    try Pair.run { pair in
      let peer = try pair.desk.ok("peer", "list")[0]
      #expect(peer["name"].text == "laptop")
      #expect(try pair.desk.ok("peer", "remove", "laptop")["id"] == peer["id"])
      #expect(try pair.desk.ok("peer", "list").elements.isEmpty)
      try pair.laptop.stopDaemon()
      try pair.desk.ok("edit", pair.article, "--title", "Not for the laptop")
      let result = try pair.laptop.run("sync", "--json")
      #expect(result.code == 6, "\(result)")
      #expect(try result.json()[0]["error"].text.contains("pair"))
      #expect(try pair.laptop.ok("show", pair.article)["title"].text != "Not for the laptop")
      let counted = try pair.desk.daemon?.metric("postil_requests_refused_total") ?? -1
      #expect(counted != 0)
    }
  }

  @Test("sync without peers says how to get one, with exit code 3")
  func noPeers() throws {
    try Lab.run { lab in
      let result = try lab.machine("alone").run("sync")
      #expect(result.code == 3)
      #expect(result.error.contains("peer invite"))
    }
  }

  @Test("a sync that fails before its answer, without daemon, ends with the failure's exit code")
  func badKey() throws {
    try Pair.run { pair in
      try pair.laptop.stopDaemon()
      #expect(chmod(pair.laptop.store + "/device.pem", 0o644) == 0)
      for options in [[], ["--wait", "--timeout", "5"], ["--json"]] {
        let result = try pair.laptop.run(["sync"] + options)
        #expect(result.code == 6, "\(result)")
        #expect(result.error.contains("chmod 600"), "\(result)")
        #expect(result.output.isEmpty, "\(result)")
      }
    }
  }

  @Test("an unknown peer, and a timeout that is none, are refused")
  func badOptions() throws {
    try Pair.run { pair in
      let unknown = try pair.laptop.run("sync", "--peer", "nobody")
      #expect(unknown.code == 3, "\(unknown)")
      for timeout in ["0", "-1", "x", "nan", "1e9"] {
        #expect(try pair.laptop.run("sync", "--wait", "--timeout=\(timeout)").code == 2)
      }
    }
  }
}

@Suite("Pairing that must not work")
struct PairingRefusalTests {
  @Test("an invitation works once")
  func once() throws {
    try Lab.run { lab in
      let desk = try lab.machine("desk")
      try desk.startDaemon()
      let link = try desk.ok("peer", "invite")["invite"].text
      try lab.machine("first").ok("peer", "join", link)
      let second = try lab.machine("second")
      let result = try second.run("peer", "join", link)
      #expect(result.code == 6, "\(result)")
      #expect(result.error.contains("invitation"))
      #expect(try second.ok("peer", "list").elements.isEmpty)
      #expect(try desk.ok("peer", "list").elements.map(\.["name"].text) == ["first"])
    }
  }

  @Test("an invitation with another secret is refused, and leaves the right one good")
  func wrongSecret() throws {
    try Lab.run { lab in
      let desk = try lab.machine("desk")
      let laptop = try lab.machine("laptop")
      try desk.startDaemon()
      let link = try desk.ok("peer", "invite")["invite"].text
      guard let secret = link.firstRange(of: "&s=") else { throw Trouble("no secret: \(link)") }
      var letters = Array(link)
      let place = link.distance(from: link.startIndex, to: secret.upperBound)
      letters[place] = letters[place] == "A" ? "B" : "A"
      let result = try laptop.run("peer", "join", String(letters))
      #expect(result.code == 6, "\(result)")
      try laptop.ok("peer", "join", link)
    }
  }

  @Test(
    "what is not a whole link is refused as bad input",
    arguments: [
      "", "x", "https://example.org/", "postil://pair", "postil://pair?", "postil://pair?l=1",
      "postil://pair?l=tL_5n4qLq13mYO17IsidpA&a=127.0.0.1:1", "postil://pair?l=%zz&s=%00&a=x",
    ])
  func notALink(link: String) throws {
    try Lab.run { lab in
      let machine = try lab.machine("laptop")
      let before = try machine.ok("status")
      let result = try machine.run("peer", "join", "--", link)
      #expect(result.code == 2, "\(result)")
      #expect(!result.error.isEmpty)
      #expect(try machine.ok("status") == before)
    }
  }

  @Test("a link to another machine over plain HTTP is refused, with exit code 6")
  func otherMachine() throws {
    try Lab.run { lab in
      let machine = try lab.machine("laptop")
      let result = try machine.run("peer", "join", OddPeer.link(address: "http://192.0.2.1:7417"))
      #expect(result.code == 6, "\(result)")
      let invite = ["peer", "invite", "--address", "http://192.0.2.1:7417"]
      #expect(try machine.run(invite).code == 6)
    }
  }

  @Test("nobody at the link's address: exit code 5, and the store stays empty")
  func nobodyThere() throws {
    try Lab.run { lab in
      let machine = try lab.machine("laptop")
      let before = try machine.ok("status")
      let (file, port) = try Wire.listen()
      close(file)
      let result = try machine.run("peer", "join", OddPeer.link(address: "127.0.0.1:\(port)"))
      #expect(result.code == 5, "\(result)")
      #expect(try machine.ok("status") == before)
    }
  }

  @Test("a store with a library of its own joins another only with --merge, and then keeps both")
  func merging() throws {
    try Lab.run { lab in
      let desk = try lab.machine("desk")
      let laptop = try lab.machine("laptop")
      let mine = try laptop.add(text: "The laptop's own article.", title: "Mine")
      let theirs = try desk.add(text: "The desk's own article.", title: "Theirs")
      try desk.startDaemon()
      let link = try desk.ok("peer", "invite")["invite"].text
      let refused = try laptop.run("peer", "join", link)
      #expect(refused.code == 4, "\(refused)")
      #expect(refused.error.contains("--merge"))
      try laptop.ok("peer", "join", link, "--merge")
      try laptop.sync()
      for machine in [desk, laptop] {
        #expect(try Set(machine.ok("list").elements.map(\.["id"].text)) == [mine, theirs])
      }
      try expectEqualExports(desk, laptop)
    }
  }

  @Test("an invitation without a daemon says to start one, with exit code 5")
  func noDaemon() throws {
    try Lab.run { lab in
      let result = try lab.machine("desk").run("peer", "invite")
      #expect(result.code == 5)
      #expect(result.error.contains("syncd"))
    }
  }
}
