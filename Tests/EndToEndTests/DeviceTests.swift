// SPDX-License-Identifier: MIT

import Foundation
import Testing

@Suite("Devices are keys")
struct DeviceTests {
  @Test(
    "nothing older than TLS 1.3 is spoken",
    .enabled(if: SecureLine.program != nil, SecureLine.missing),
    arguments: ["-tls1", "-tls1_1", "-tls1_2", "-tls1_3"])
  func versions(option: String) throws {
    try Lab.run { lab in
      let daemon = try lab.machine("desk").startDaemon()
      let line = try SecureLine(
        lab: lab, port: daemon.port, options: [option],
        request: Array("GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".utf8))
      let answer = try #require(line.answer())
      #expect(answer.status == (option == "-tls1_3" ? 401 : 0), "\(option): \(answer)")
    }
  }

  @Test(
    "without a paired key every route answers 401, in the same words, whoever asks",
    .enabled(if: SecureLine.program != nil, SecureLine.missing))
  func strangers() throws {
    try Pair.run { pair in
      let lab = pair.desk.lab
      let port = try #require(pair.desk.daemon).port
      // Another library's device, which is nobody here.
      let stranger = try lab.machine("stranger")
      try stranger.startDaemon()
      let token = "Authorization: Postil " + String(repeating: "ab", count: 32) + "\r\n"
      var bodies: Set<String> = []
      for key in [nil, stranger.store + "/device.pem"] {
        for route in DaemonTests.guarded + [("GET", "/healthz"), ("GET", "/metrics")] {
          let answer = try SecureLine.ask(
            lab: lab, port: port, key: key, route.method, route.path, headers: token,
            body: [1, 2, 3])
          #expect(answer.status == 401, "\(route) as \(key ?? "nobody")")
          bodies.insert(answer.text)
        }
      }
      #expect(bodies == ["not paired"])
      // The same words, from the device that is paired, are understood.
      let known = try SecureLine.ask(
        lab: lab, port: port, key: pair.laptop.store + "/device.pem", "POST", "/v1/exchange",
        body: [1, 2, 3])
      #expect(known.status == 400)
      // A token is no key: it opens nothing here.
      let events = try SecureLine.ask(
        lab: lab, port: port, key: nil, "GET", "/v1/events", headers: token)
      #expect(events.status == 401)
    }
  }

  @Test("who takes a peer's port, and isn't that device, is told nothing")
  func stolenPort() throws {
    try Pair.run { pair in
      let port = try #require(pair.desk.daemon).port
      try pair.laptop.stopDaemon()
      try pair.desk.stopDaemon()
      let thief = try pair.desk.lab.machine("thief")
      try thief.startDaemon(port: port)
      _ = try pair.laptop.add(Seeds.articles[0])
      let result = try pair.laptop.run("sync")
      #expect(result.code == 5, "\(result)")
      #expect(result.output.contains("pinned"), "\(result)")
      #expect(try thief.daemon?.metric("postil_requests_refused_total") == 0)
      try thief.stopDaemon()
      try pair.desk.startDaemon()
      try pair.laptop.sync()
      try pair.expectAgreement()
    }
  }

  @Test("a link with another key joins nobody")
  func wrongKey() throws {
    try Lab.run { lab in
      let desk = try lab.machine("desk")
      let other = try lab.machine("other")
      let laptop = try lab.machine("laptop")
      try desk.startDaemon()
      try other.startDaemon()
      let link = try desk.ok("peer", "invite")["invite"].text
      let port = try #require(desk.daemon).port
      let elsewhere = try #require(other.daemon).port
      let result = try laptop.run(
        "peer", "join", link.replacing(":\(port)", with: ":\(elsewhere)"))
      #expect(result.code == 5, "\(result)")
      #expect(result.error.contains("pinned"))
      #expect(try laptop.run("peer", "list").code == 1)
      #expect(try other.run("peer", "list").code == 1)
      // The invitation was not used up by that.
      try laptop.ok("peer", "join", link)
    }
  }

  @Test("both sides show the same code, and each knows what it may do")
  func codes() throws {
    try Lab.run { lab in
      let desk = try lab.machine("desk")
      let laptop = try lab.machine("laptop")
      try desk.startDaemon()
      let link = try desk.ok("peer", "invite", "--role", "read")["invite"].text
      let joined = try laptop.ok("peer", "join", link)
      #expect(joined["role"].text == "read")
      let there = try desk.ok("peer", "list")[0]
      let here = try laptop.ok("peer", "list")[0]
      #expect(there["code"].text == joined["code"].text)
      #expect(here["code"].text == joined["code"].text)
      #expect(joined["code"].text.wholeMatch(of: /\d{3} \d{3}/) != nil)
      #expect(there["role"].text == "read" && here["ownRole"].text == "read")
      // What it writes all the same stays with it, and it is told so; what is new it still gets.
      _ = try laptop.add(Seeds.articles[0])
      _ = try desk.add(Seeds.articles[1])
      let result = try laptop.run("sync")
      #expect(result.code == 7, "\(result)")
      #expect(result.output.contains("stays here"), "\(result)")
      let start = Moment.now
      let waiting = try laptop.run("sync", "--wait", "--timeout", "20")
      #expect(waiting.code == 7 && Moment.now - start < 15, "\(waiting)")
      #expect(try laptop.ok("list").elements.count == 2)
      #expect(try desk.ok("list").elements.count == 1)
    }
  }

  @Test("a key that others may read is refused, and so is one that is none")
  func badKeyFile() throws {
    try Lab.run { lab in
      let machine = try lab.machine("desk")
      try machine.startDaemon()
      try machine.stopDaemon()
      let path = machine.store + "/device.pem"
      #expect(chmod(path, 0o640) == 0)
      func start() throws -> CommandResult {
        try lab.run(
          Programs.syncd, ["--listen", "127.0.0.1:0"], environment: machine.environment,
          seconds: 10)
      }
      var result = try start()
      #expect(result.code == 6, "\(result)")
      #expect(result.error.contains("chmod 600"))
      try Data("-----BEGIN NONSENSE-----\n".utf8).write(to: URL(fileURLWithPath: path))
      #expect(chmod(path, 0o600) == 0)
      result = try start()
      #expect(result.code == 6, "\(result)")
      #expect(result.error.contains("device.pem"))
    }
  }

  @Test("an invitation that waits tells who joined, and with which code")
  func waits() throws {
    try Lab.run { lab in
      let desk = try lab.machine("desk")
      let laptop = try lab.machine("laptop")
      try desk.startDaemon()
      let output = lab.newPath("out")
      let child = try lab.start(
        Programs.clientctl, ["peer", "invite", "--wait", "--json"],
        environment: desk.environment, output: output, error: lab.newPath("err"))
      _ = Moment.wait(seconds: 10) { Lab.text(output).hasSuffix("\n") }
      let link = try JSON(reading: Lab.bytes(output))["invite"].text
      let joined = try laptop.ok("peer", "join", link)
      #expect(child.wait(seconds: 10) == 0)
      let told = try JSON(
        reading: Array(try #require(Lab.text(output).split(separator: "\n").last).utf8))
      #expect(told["name"].text == "laptop")
      #expect(told["code"].text == joined["code"].text)
    }
  }

  @Test("an invitation as a QR code is a square that fits a terminal of 80 columns")
  func qrCode() throws {
    try Lab.run { lab in
      let result = try lab.machine("desk").run(
        "peer", "invite", "--qr", "--address", "192.168.178.123:7417"
      ).succeeded()
      let code = result.lines.dropLast()
      let width = try #require(code.first).count
      #expect(width <= 80)
      #expect(code.allSatisfy { $0.count == width })
      // Two rows of modules a line.
      #expect(code.count == (width + 1) / 2)
      #expect(result.lines.last?.hasPrefix("postil://pair?") == true)
    }
  }
}
