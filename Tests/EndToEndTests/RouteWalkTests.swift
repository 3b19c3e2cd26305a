// SPDX-License-Identifier: MIT

import Foundation
import Testing

/// Every route that the built daemon has, with every kind of credential, and from every kind of web
/// page. The routes come from the daemon itself, which has none beside that list.
@Suite("All routes, whoever asks")
struct RouteWalkTests {
  private func ask(
    _ daemon: Daemon, _ route: ServedRoute, _ headers: [String: String], host: String? = nil,
    body: [UInt8] = [1, 2, 3]
  ) throws -> HTTPAnswer {
    // An event stream doesn't end; only its beginning is of interest.
    let file = try Wire.connect(port: daemon.httpPort)
    defer { close(file) }
    var head = "\(route.method) \(route.path) HTTP/1.1\r\nConnection: close\r\n"
    head += "Host: \(host ?? "127.0.0.1:\(daemon.httpPort)")\r\n"
    var headers = headers
    if route.method == "POST" {
      head += "Content-Length: \(body.count)\r\n"
      headers["Content-Type"] = headers["Content-Type"] ?? "application/octet-stream"
    }
    for (name, value) in headers where !value.isEmpty { head += "\(name): \(value)\r\n" }
    Wire.send(file, Array((head + "\r\n").utf8) + (route.method == "POST" ? body : []))
    var bytes: [UInt8] = []
    while let more = Wire.read(file) {
      bytes += more
      let answer = Wire.answer(bytes)
      if answer.head.contains("event-stream") && !answer.body.isEmpty { break }
    }
    return Wire.answer(bytes)
  }

  @Test("docs/protocol.md names every route")
  func documented() throws {
    try Lab.run { lab in
      let page = Lab.text(Programs.root + "/docs/protocol.md")
      for route in try ServedRoute.all(lab) {
        #expect(page.contains("`\(route.method) \(route.path)`"), "\(route)")
      }
    }
  }

  @Test("what is answered depends on the declared policy, and tells strangers nothing")
  func credentials() throws {
    try Lab.run { lab in
      let desk = try lab.machine("desk")
      let daemon = try desk.startDaemon()
      let writer = try HandPeer(with: desk, name: "writer")
      let reader = try HandPeer(with: desk, role: "read", name: "reader")
      let revoked = try HandPeer(with: desk, name: "revoked")
      try desk.ok("peer", "remove", "revoked")
      let elsewhere = try lab.machine("elsewhere")
      try elsewhere.startDaemon()
      let other = try HandPeer(with: elsewhere)
      let strangers = [
        "nothing": "", "no word of ours": "Bearer abc", "garbage": "Postil \u{FF}x",
        "a short token": "Postil abcd",
        "a wrong token": "Postil " + String(repeating: "ab", count: 32),
        "another library's": other.header, "a removed machine's": revoked.header,
      ]
      var refusals: Set<String> = []
      for route in try ServedRoute.all(lab) {
        for (who, header) in strangers {
          let answer = try ask(daemon, route, ["Authorization": header])
          let told: Comment = "\(route) with \(who): \(answer.status) \(answer.text)"
          #expect(SafeFields.problems(answer) == [], told)
          switch route.policy {
          case "peer":
            #expect(answer.status == 401, told)
            refusals.insert(answer.text)
          case "invited": #expect([400, 429].contains(answer.status), told)
          case "open": #expect(answer.status == 200, told)
          default: Issue.record("\(route) has a policy that this test doesn't know")
          }
          if answer.status != 200 { #expect(answer.body.count < 100, told) }
        }
        let full = try ask(daemon, route, ["Authorization": writer.header])
        let part = try ask(daemon, route, ["Authorization": reader.header])
        guard route.policy == "peer" else { continue }
        // [1, 2, 3] is no message: who is let in hears so.
        let expected = route.method == "GET" ? 200 : 400
        #expect(full.status == expected, "\(route): \(full.head)")
        #expect(part.status == (route.path.hasSuffix("/put") ? 403 : expected), "\(route)")
        #expect(SafeFields.problems(full) == [])
      }
      #expect(refusals == ["not paired"], "\(refusals)")
    }
  }

  @Test("what is no route answers 404 in the same words to everybody")
  func unknown() throws {
    try Lab.run { lab in
      let desk = try lab.machine("desk")
      let daemon = try desk.startDaemon()
      let hand = try HandPeer(with: desk)
      let routes = try ServedRoute.all(lab)
      var answers: Set<String> = []
      for method in ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"] {
        for path in Set(routes.map(\.path)).union(["/", "/v1", "/v1/pair/x", "/.git/config"])
        where !routes.contains(where: { $0.method == method && $0.path == path }) {
          for header in ["", hand.header] {
            let answer = try daemon.get(
              path, method: method,
              headers: ["Authorization": header, "Content-Type": "application/json"])
            #expect(answer.status == 404, "\(method) \(path): \(answer.head)")
            #expect(SafeFields.problems(answer) == [])
            answers.insert(answer.text)
          }
        }
      }
      #expect(answers.count == 1, "\(answers)")
    }
  }

  @Test("a web page elsewhere gets 403 on every path, whatever it holds")
  func webPages() throws {
    try Lab.run { lab in
      let desk = try lab.machine("desk")
      let daemon = try desk.startDaemon()
      let hand = try HandPeer(with: desk)
      let port = daemon.httpPort
      let unknown = ["GET", "POST", "DELETE"].map {
        ServedRoute(method: $0, path: "/nothing", policy: "", bodyBytesMax: 0)
      }
      for route in try ServedRoute.all(lab) + unknown {
        for token in ["", hand.header] {
          func expect403(_ headers: [String: String], _ host: String? = nil) throws {
            let headers = headers.merging(["Authorization": token]) { $1 }
            let answer = try ask(daemon, route, headers, host: host)
            #expect(answer.status == 403, "\(route) \(headers) \(host ?? ""): \(answer.head)")
            #expect(SafeFields.problems(answer) == [])
          }
          // A name that its owner points at this machine (DNS rebinding).
          for host in [
            "evil.example:\(port)", "127.0.0.1.evil.example:\(port)", "localhost.:\(port)",
            "127.0.0.1:\(port + 1)", "127.0.0.1", "localhost", "[::1]", "0.0.0.0:\(port)",
            "127.1:\(port)", "2130706433:\(port)", "127.0.0.1:\(port)@evil.example",
          ] {
            try expect403([:], host)
          }
          for origin in [
            "https://evil.example", "null", "http://localhost", "http://127.0.0.1",
            "http://localhost:\(port)", "https://127.0.0.1:\(port)",
            "http://127.0.0.1:\(port).evil.example", "http://127.0.0.1:\(port)/", "file://",
          ] {
            try expect403(["Origin": origin])
          }
          for site in ["cross-site", "same-site", "SAME-ORIGIN", "nonsense"] {
            try expect403(["Sec-Fetch-Site": site])
          }
        }
      }
    }
  }

  @Test("a body is taken only under a content type that no page can send unasked")
  func contentTypes() throws {
    try Lab.run { lab in
      let desk = try lab.machine("desk")
      let daemon = try desk.startDaemon()
      for route in try ServedRoute.all(lab) where route.method == "POST" {
        for type in [
          "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=a",
          "text/plain;application/json", "application/jsonx", "*/*",
        ] {
          let answer = try ask(daemon, route, ["Content-Type": type])
          #expect(answer.status == 415, "\(route) \(type): \(answer.head)")
        }
        let host = "127.0.0.1:\(daemon.httpPort)"
        let none = try Wire.raw(
          port: daemon.httpPort,
          Array("POST \(route.path) HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n\r\n".utf8))
        #expect(none.answer.status == 415, "\(route)")
      }
      // Its own page, were there one, and a person who types the address.
      for headers in [
        ["Origin": "http://127.0.0.1:\(daemon.httpPort)", "Sec-Fetch-Site": "same-origin"],
        ["Sec-Fetch-Site": "none"],
      ] {
        #expect(try daemon.get("/healthz", headers: headers).status == 200)
      }
      // No leave is ever given to ask across origins.
      let asked = try daemon.get(
        "/v1/exchange", method: "OPTIONS",
        headers: [
          "Origin": "https://evil.example", "Access-Control-Request-Method": "POST",
        ])
      #expect(asked.status == 403)
      #expect(SafeFields.problems(asked) == [])
    }
  }

  @Test("a reverse proxy's name is served when it is configured, and no other")
  func proxy() throws {
    try Lab.run { lab in
      let desk = try lab.machine("desk")
      let file = try lab.file(#"{"http":{"names":["notes.example"]}}"#)
      let daemon = try desk.startDaemon("--config", file)
      #expect(try daemon.get("/healthz", host: "Notes.Example").status == 200)
      let own = ["Origin": "https://notes.example"]
      #expect(try daemon.get("/healthz", host: "notes.example", headers: own).status == 200)
      #expect(try daemon.get("/healthz", headers: own).status == 403)
      #expect(try daemon.get("/healthz", host: "other.example").status == 403)
      #expect(try daemon.get("/healthz", host: "notes.example:81").status == 403)
    }
  }

  @Test("five wrong tries to pair in a minute are heard, and no more")
  func tries() throws {
    try Lab.run { lab in
      let desk = try lab.machine("desk")
      let daemon = try desk.startDaemon()
      // What succeeds is no try.
      for number in 0..<6 { _ = try HandPeer(with: desk, name: "hand\(number)") }
      let statuses = try (0..<7).map { _ in
        try daemon.get(
          "/v1/pair", method: "POST", headers: ["Content-Type": "application/json"],
          body: Array("{}".utf8)
        ).status
      }
      #expect(statuses == [400, 400, 400, 400, 400, 429, 429])
      // From another address tries are heard still.
      let other = try #require(Wire.connect(port: daemon.httpPort, from: "127.0.0.9"))
      defer { close(other) }
      Wire.send(
        other,
        Array(
          ("POST /v1/pair HTTP/1.1\r\nHost: 127.0.0.1:\(daemon.httpPort)\r\nConnection: close\r\n"
            + "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}").utf8))
      #expect(Wire.answer(Wire.readAll(other)).status == 400)
    }
  }
}
