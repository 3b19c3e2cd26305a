// SPDX-License-Identifier: MIT

import Foundation
import Testing

@Suite("The daemon")
struct DaemonTests {
  /// Every route that only a paired machine may use.
  static let guarded: [(method: String, path: String)] = [
    ("POST", "/v1/exchange"), ("POST", "/v1/texts/get"), ("POST", "/v1/texts/put"),
    ("GET", "/v1/events"),
  ]

  @Test(
    "refuses to serve plain HTTP where other machines could connect, with exit code 6",
    arguments: [
      "0.0.0.0:0", "192.0.2.1:7417", "[::]:0", "example.org:7417", "0:0",
    ])
  func loopbackOnly(address: String) throws {
    try Lab.run { lab in
      let machine = try lab.machine("desk")
      let result = try lab.run(
        Programs.syncd, ["--listen", "127.0.0.1:0", "--http", address],
        environment: machine.environment, seconds: 10)
      #expect(result.code == 6, "\(result)")
      #expect(result.error.hasPrefix("syncd: "))
    }
  }

  @Test(
    "settings that can't be understood end it with exit code 2",
    arguments: [
      ["--listen", "127.0.0.1"], ["--listen", "127.0.0.1:70000"], ["--log-level", "loud"],
      ["--log-format", "xml"], ["--config", "/nonexistent/syncd.json"], ["--nope"],
    ])
  func badSettings(arguments: [String]) throws {
    try Lab.run { lab in
      let machine = try lab.machine("desk")
      let result = try lab.run(
        Programs.syncd, arguments, environment: machine.environment, seconds: 10)
      #expect(result.code == 2 || result.code == 64, "\(result)")
      #expect(!result.error.isEmpty)
    }
  }

  @Test(
    "a configuration file that says something else than settings is refused, with what and where",
    arguments: [
      (#"{"lisen":"127.0.0.1:0"}"#, "“lisen” is no setting; there are store, listen, http"),
      (#"{"http":{"listen":7501}}"#, "“http.listen” must be text in quotes"),
      (#"{"http":{"name":"notes.example"}}"#, "“http.name” is no setting; in “http” there are"),
      (#"{"http":"127.0.0.1:7501"}"#, "“http” must be an object"),
      (#"{"advertise":"127.0.0.1:7501"}"#, "“advertise” must be a list of texts"),
      (#"{"advertise":["127.0.0.1:7501",1]}"#, "“advertise” must be a list of texts"),
      (#"{"name":null}"#, "“name” must be text in quotes"),
      (#"["listen"]"#, "it must be an object"),
      ("{\n  \"listen\": \"127.0.0.1:0\",\n}", "line 3, column 1:"),
      (#"{"name":"a","name":"b"}"#, "\"name\" occurs twice"), ("", "ends too early"),
    ])
  func badFile(text: String, message: String) throws {
    try Lab.run { lab in
      let machine = try lab.machine("desk")
      let file = try lab.file(text)
      let result = try lab.run(
        Programs.syncd, ["--config", file], environment: machine.environment, seconds: 10)
      #expect(result.code == 2, "\(result)")
      #expect(result.error.contains(file) && result.error.contains(message), "\(result.error)")
    }
  }

  @Test(
    "serves on when nobody takes its log",
    arguments: ["2> /dev/full", "2> >(exec true)"], ["text", "json"])
  func deafLog(redirection: String, format: String) throws {
    try Lab.run { lab in
      let machine = try lab.machine("desk")
      let child = try lab.start(
        "/bin/bash",
        [
          "-c", "exec \"$0\" \"$@\" \(redirection)", Programs.syncd, "--listen", "127.0.0.1:0",
          "--log-format", format, "--log-level", "debug",
        ],
        environment: machine.environment, output: "/dev/null", error: "/dev/null")
      func isServing() -> Bool {
        Moment.wait(seconds: 15) {
          (try? Wire.ask(
            unix: machine.store + "/syncd.sock", line: #"{"command":"addresses"}"#))?.isEmpty
            == false
        }
      }
      #expect(isServing())
      _ = try machine.add(text: "Words.", title: "Words")
      #expect(isServing())
      child.signal(SIGTERM)
      #expect(child.wait(seconds: 15) == 0)
    }
  }

  @Test("an answer that can't be written ends a run without daemon, with exit code 70")
  func fullAnswer() throws {
    try Lab.run { lab in
      let machine = try lab.machine("desk")
      let log = lab.newPath("log")
      let child = try lab.start(
        Programs.syncd, ["once"], environment: machine.environment, output: "/dev/full",
        error: log)
      #expect(child.wait(seconds: 15) == 70)
      #expect(Lab.text(log).contains("can't write the answer"), "\(Lab.text(log))")
    }
  }

  @Test("a second daemon on one store is refused, and the first serves on")
  func second() throws {
    try Lab.run { lab in
      let machine = try lab.machine("desk")
      let daemon = try machine.startDaemon()
      let result = try lab.run(
        Programs.syncd, ["--listen", "127.0.0.1:0"], environment: machine.environment, seconds: 10)
      #expect(result.code == 4, "\(result)")
      #expect(result.error.contains("already"))
      #expect(try daemon.get("/healthz").status == 200)
      #expect(try daemon.addresses() == ["postil://127.0.0.1:\(daemon.port)"])
    }
  }

  @Test("a port that is taken ends it with a message and an exit code that is not 0")
  func portTaken() throws {
    try Lab.run { lab in
      let machine = try lab.machine("desk")
      let (file, port) = try Wire.listen()
      defer { close(file) }
      let result = try lab.run(
        Programs.syncd, ["--listen", "127.0.0.1:\(port)"], environment: machine.environment,
        seconds: 15)
      #expect(result.code == 5, "\(result)")
      #expect(result.error.contains("127.0.0.1:\(port)"), "\(result)")
      #expect(result.error.contains("in use"), "\(result)")
    }
  }

  @Test("stops within ten seconds of SIGTERM, with exit code 0, while event streams are open")
  func stops() throws {
    try Pair.run { pair in
      // Each daemon listens to the other's events; and one more connection just sits there.
      let port = try #require(pair.desk.daemon).port
      let idle = try Wire.connect(port: port)
      defer { close(idle) }
      let hasListener = try Moment.wait(seconds: 10) {
        try pair.desk.daemon?.metric("postil_listeners") ?? 0 > 0
      }
      #expect(hasListener)
      let start = Moment.now
      #expect(try pair.desk.stopDaemon() == 0)
      let took = Moment.now - start
      print("STOP \(Int(took * 1000)) ms with an open event stream")
      #expect(took < 5, "it waited for the stream to end by itself")
      #expect(!FileManager.default.fileExists(atPath: pair.desk.store + "/syncd.sock"))
      #expect(Wire.isFree(port) || (try? Wire.connect(port: port)) == nil)
    }
  }

  @Test("/healthz and /metrics answer without a token, and tell nothing private")
  func health() throws {
    try Pair.run { pair in
      let daemon = try #require(pair.desk.daemon)
      let health = try daemon.get("/healthz")
      #expect(health.status == 200)
      #expect(try JSON(reading: health.body)["status"].text == "ok")
      let metrics = try daemon.get("/metrics")
      #expect(metrics.status == 200)
      #expect(metrics.head.contains("text/plain"))
      #expect(try daemon.metric("postil_articles") == 1)
      #expect(try daemon.metric("postil_peers") == 1)
      for line in metrics.text.split(separator: "\n") where !line.hasPrefix("#") {
        #expect(line.wholeMatch(of: /[a-z_]+(\{[^}]*\})? [0-9.e+]+/) != nil, "\(line)")
      }
      #expect(!metrics.text.contains("laptop") && !metrics.text.contains("127.0.0.1"))
      #expect(try daemon.get("/").status == 404)
      #expect(try daemon.get("/healthz", method: "DELETE").status == 404)
    }
  }

  @Test("a request under a foreign host name is refused with 403, whatever it asks")
  func foreignHost() throws {
    try Lab.run { lab in
      let daemon = try lab.machine("desk").startDaemon()
      for host in ["evil.example", "127.0.0.1.evil.example", "evil.example:\(daemon.httpPort)", ""]
      {
        for path in ["/healthz", "/metrics", "/v1/events"] {
          let status = try daemon.get(path, host: host).status
          #expect(status == 403 || (host.isEmpty && status == 400), "\(host) \(path): \(status)")
        }
      }
      let port = daemon.httpPort
      for host in ["localhost", "127.0.0.1", "127.0.0.1:1", "127.0.0.2:\(port)"] {
        #expect(try daemon.get("/healthz", host: host).status == 403, "\(host)")
      }
      for host in ["localhost", "127.0.0.1", "[::1]", "LocalHost"].map({ "\($0):\(port)" }) {
        #expect(try daemon.get("/healthz", host: host).status == 200, "\(host)")
      }
    }
  }

  @Test("without the right token every route for peers answers 401, in the same words")
  func noToken() throws {
    try Lab.run { lab in
      let daemon = try lab.machine("desk").startDaemon()
      let unknown = "Postil " + String(repeating: "ab", count: 32)
      var bodies: Set<String> = []
      for header in [nil, "", "Postil x", "Bearer abc", unknown] {
        for route in Self.guarded {
          let answer = try daemon.get(
            route.path, method: route.method, headers: header.map { ["Authorization": $0] } ?? [:],
            body: [1, 2, 3])
          #expect(answer.status == 401, "\(route) with \(header ?? "nothing")")
          bodies.insert(answer.text)
        }
      }
      #expect(bodies.count == 1, "\(bodies)")
      let pair = try daemon.get("/v1/pair", method: "POST", body: Array("{}".utf8))
      #expect(pair.status == 400)
      let web = try daemon.get(
        "/v1/pair", method: "POST", headers: ["Origin": "https://evil.example"],
        body: Array("{}".utf8))
      #expect(web.status == 403)
    }
  }

  @Test("logs in JSON are one object a line, with time, level and message")
  func jsonLogs() throws {
    try Lab.run { lab in
      let machine = try lab.machine("desk")
      let daemon = try machine.startDaemon("--log-format", "json", "--log-level", "debug")
      try lab.machine("laptop").join(machine)
      try machine.stopDaemon()
      let lines = Lab.text(daemon.log).split(separator: "\n")
      #expect(lines.count >= 2)
      for line in lines {
        let entry = try JSON(reading: Array(line.utf8))
        #expect(entry.keys.isSuperset(of: ["time", "level", "message"]), "\(line)")
        #expect(Form.isTime(entry["time"].text), "\(line)")
      }
      #expect(!Lab.text(daemon.log).contains("&s="))
    }
  }

  @Test("flags come before the environment, and the environment before the file")
  func precedence() throws {
    try Lab.run { lab in
      let machine = try lab.machine("desk")
      let file = try lab.file(
        #"{"listen":"192.0.2.1:1","name":"of-file","log":{"level":"error","format":"json"}}"#)
      var friends = 0
      func names(_ arguments: [String], _ extra: [String: String]) throws -> String {
        var environment = machine.environment.merging(extra) { $1 }
        if extra["POSTIL_NAME"] == nil { environment["POSTIL_NAME"] = nil }
        let log = lab.newPath("log")
        let child = try lab.start(
          Programs.syncd, ["--config", file, "--listen", "127.0.0.1:0"] + arguments,
          environment: environment, output: log, error: log)
        defer { child.end() }
        let socket = machine.store + "/syncd.sock"
        var link = ""
        _ = try Moment.wait(seconds: 15) {
          guard child.isRunning else { throw Trouble(Lab.text(log)) }
          guard (try? Wire.ask(unix: socket, line: #"{"command":"addresses"}"#)) != nil else {
            return false
          }
          link = try machine.ok("peer", "invite")["invite"].text
          return true
        }
        // The name is told to whoever pairs.
        friends += 1
        let friend = try lab.machine("friend\(friends)")
        return try friend.ok("peer", "join", link)["name"].text
      }
      #expect(try names([], [:]) == "of-file")
      #expect(try names([], ["POSTIL_NAME": "of-environment"]) == "of-environment")
      #expect(try names(["--name", "of-flag"], ["POSTIL_NAME": "of-environment"]) == "of-flag")
      // Without the flag the file's address counts, which isn't this machine's.
      let alone = try lab.run(
        Programs.syncd, ["--config", file], environment: machine.environment, seconds: 10)
      #expect(alone.code == 5, "\(alone)")
      #expect(alone.error.contains("192.0.2.1"))
    }
  }

  @Test("the configuration may come through a pipe")
  func pipedFile() throws {
    try Lab.run { lab in
      let machine = try lab.machine("desk")
      // That address isn't this machine's, and nobody but the file names it.
      let line = #"exec "$0" --config <(echo '{"listen":"192.0.2.1:1"}')"#
      let result = try lab.run(
        "/bin/bash", ["-c", line, Programs.syncd], environment: machine.environment, seconds: 10)
      #expect(result.code == 5, "\(result)")
      #expect(result.error.contains("192.0.2.1"), "\(result)")
    }
  }

  @Test("a stale control socket and lock of a killed daemon are no obstacle")
  func afterKill() throws {
    try Lab.run { lab in
      let machine = try lab.machine("desk")
      try machine.startDaemon()
      machine.killDaemon()
      #expect(FileManager.default.fileExists(atPath: machine.store + "/syncd.sock"))
      _ = try machine.add(Seeds.articles[0])
      try machine.startDaemon()
      #expect(try machine.stopDaemon() == 0)
    }
  }
}
