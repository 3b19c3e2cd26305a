// SPDX-License-Identifier: MIT

import Foundation
import Testing

/// A daemon behind a web server with a certificate of its own, as docs/operations.md shows.
@Suite("Behind a web server")
struct WebServerTests {
  enum Kind: String, CaseIterable, Sendable {
    case nginx, caddy

    var program: String? {
      ["/usr/sbin/", "/usr/bin/", "/usr/local/bin/"].map { $0 + rawValue }.first {
        FileManager.default.isExecutableFile(atPath: $0)
      }
    }
  }

  @Test(
    "two machines pair and sync over https, live, by token, and only what is meant is passed on",
    .enabled(if: SecureLine.program != nil, SecureLine.missing), arguments: Kind.allCases)
  func proxied(kind: Kind) throws {
    guard let program = kind.program else {
      print("SKIPPED: \(kind.rawValue) is not installed (apt-get install \(kind.rawValue))")
      return
    }
    try Lab.run { lab in
      let desk = try lab.machine("desk")
      let laptop = try lab.machine("laptop")
      let port = try Self.freePort()
      let certificate = try Self.certificate(lab)
      let local = try Self.freePort()
      _ = try desk.add(Seeds.articles[0])
      try desk.startDaemon(
        "--http", "127.0.0.1:\(local)", "--http-name", "localhost", "--http-name",
        "localhost:\(port)", "--advertise", "https://localhost:\(port)")
      try Self.start(kind, program, lab, port: port, upstream: local, certificate)
      let trust = ["POSTIL_AUTHORITIES": certificate]
      let link = try desk.ok("peer", "invite")["invite"].text
      #expect(link.contains("https://localhost:\(port)"))
      // Without the authority the web server is a stranger.
      let distrustful = try laptop.run("peer", "join", link)
      #expect(distrustful.code == 5, "\(distrustful)")
      _ = try laptop.run(["peer", "join", link], with: trust).succeeded()
      _ = try laptop.run(["sync", "--wait"], with: trust).succeeded()
      try expectEqualExports(desk, laptop)
      #expect(try laptop.ok("peer", "list")[0]["address"].text == "https://localhost:\(port)")
      // A large article, and notices through the proxy.
      let words = String(repeating: "The river rises at night. ", count: 250_000)
      _ = try desk.add(text: words, title: "Long")
      try laptop.startDaemon("--authorities", certificate)
      let hasCome = try Moment.wait(seconds: 20) {
        try laptop.ok("list").elements.count == 2 && laptop.ok("status")["textsWanted"].int == 0
      }
      #expect(hasCome)
      let article = try desk.add(Seeds.articles[1])
      let start = Moment.now
      let isLive = try Moment.wait(seconds: 5) { try laptop.run("show", article).code == 0 }
      #expect(isLive, "no notice came through \(kind.rawValue)")
      print("LIVE through \(kind.rawValue): \(Int((Moment.now - start) * 1000)) ms")
      // Removed: the token is void, over the proxy too.
      try desk.ok("peer", "remove", "laptop")
      #expect(try laptop.run(["sync"], with: trust).code == 6)
    }
  }

  private static func freePort() throws -> Int {
    for _ in 0..<100 {
      let port = Int.random(in: 20_000..<32_000)
      if Wire.isFree(port) { return port }
    }
    throw Trouble("no port is free")
  }

  /// A certificate for localhost that vouches for itself; its key lies beside it.
  private static func certificate(_ lab: Lab) throws -> String {
    let path = lab.newPath("cert.pem")
    _ = try lab.run(
      SecureLine.program ?? "openssl",
      [
        "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", path + ".key", "-out", path,
        "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
      ], environment: ["PATH": "/usr/bin:/bin"]
    ).succeeded()
    return path
  }

  private static func start(
    _ kind: Kind, _ program: String, _ lab: Lab, port: Int, upstream: Int, _ certificate: String
  ) throws {
    let home = lab.newPath(kind.rawValue)
    try FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: false)
    let text: String
    let arguments: [String]
    let path = home + "/config"
    switch kind {
    case .nginx:
      text = """
        daemon off; pid \(home)/pid; error_log \(home)/error.log; worker_processes 1;
        events { worker_connections 64; }
        http {
          access_log off;
          client_body_temp_path \(home)/b; proxy_temp_path \(home)/p;
          fastcgi_temp_path \(home)/f; uwsgi_temp_path \(home)/u; scgi_temp_path \(home)/s;
          server {
            listen 127.0.0.1:\(port) ssl;
            server_name localhost;
            ssl_certificate \(certificate);
            ssl_certificate_key \(certificate).key;
            location /v1/ {
              proxy_pass http://127.0.0.1:\(upstream);
              proxy_http_version 1.1;
              proxy_set_header Host $host;
              proxy_set_header Connection "";
              client_max_body_size 9m;
              proxy_buffering off;
              proxy_read_timeout 120s;
            }
          }
        }
        """
      arguments = ["-e", "stderr", "-c", path]
    case .caddy:
      text = """
        {
          admin off
          auto_https off
        }
        https://localhost:\(port) {
          tls \(certificate) \(certificate).key
          handle /v1/* {
            reverse_proxy 127.0.0.1:\(upstream) {
              flush_interval -1
            }
          }
          respond 404
        }
        """
      arguments = ["run", "--config", path, "--adapter", "caddyfile"]
    }
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    let log = lab.newPath("proxy-log")
    let child = try lab.start(
      program, arguments,
      environment: ["PATH": "/usr/bin:/bin", "HOME": home, "XDG_DATA_HOME": home], output: log,
      error: log)
    let isUp = Moment.wait(seconds: 15) {
      guard child.isRunning, let file = try? Wire.connect(port: port) else { return false }
      close(file)
      return true
    }
    guard isUp else { throw Trouble("\(kind.rawValue) did not start: \(Lab.text(log))") }
  }
}
