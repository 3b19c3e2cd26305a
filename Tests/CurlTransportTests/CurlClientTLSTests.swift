// SPDX-License-Identifier: MIT

import Foundation
import Glibc
import Testing

@testable import CurlTransport

/// Keys of two devices, made by the `openssl` program, and its test server for one of them.
private final class OpenSSL {
  static let path = "/usr/bin/openssl"
  static var isThere: Bool { FileManager.default.isExecutableFile(atPath: path) }

  let folder: URL
  private var server: pid_t?

  init() throws {
    folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("postil-tls-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for name in ["server", "client"] {
      try run(
        "req -x509 -newkey ed25519 -nodes -days 2 -subj /CN=\(name) -addext subjectAltName=IP:127.0.0.1"
          + " -keyout \(file(name, "key")) -out \(file(name, "pem"))")
    }
  }

  deinit {
    if let server {
      kill(server, SIGKILL)
      waitpid(server, nil, 0)
    }
    try? FileManager.default.removeItem(at: folder)
  }

  func file(_ name: String, _ type: String) -> String {
    folder.appendingPathComponent("\(name).\(type)").path
  }

  /// The pin as curl writes it.
  func pin(of name: String) throws -> String {
    try run("x509 -in \(file(name, "pem")) -pubkey -noout -out \(file(name, "pub"))")
    try run("pkey -pubin -in \(file(name, "pub")) -outform der -out \(file(name, "der"))")
    try run("dgst -sha256 -binary -out \(file(name, "sum")) \(file(name, "der"))")
    let sum = try Data(contentsOf: URL(fileURLWithPath: file(name, "sum")))
    return "sha256//\(sum.base64EncodedString())"
  }

  /// Starts a server that answers each GET with a page of its own, and returns its URL.
  func serve(_ options: String) throws -> String {
    let log = file("server", "log")
    server = try spawn(
      "s_server -accept 127.0.0.1:0 -naccept 20 -www -key \(file("server", "key"))"
        + " -cert \(file("server", "pem")) \(options)",
      output: log)
    // "ACCEPT 127.0.0.1:45123"
    for _ in 0..<1000 {
      let text = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
      let words = text.split(whereSeparator: \.isWhitespace)
      if text.hasSuffix("\n"), let word = words.first(where: { $0.hasPrefix("127.0.0.1:") }) {
        return "https://\(word)/"
      }
      usleep(5000)
    }
    throw CocoaError(.fileReadUnknown)
  }

  private func run(_ arguments: String) throws {
    let child = try spawn(arguments, output: "/dev/null")
    var status: Int32 = -1
    waitpid(child, &status, 0)
    #expect(status == 0, "openssl \(arguments)")
  }

  /// Starts the program. It inherits the signal mask of a thread of the pool, which blocks SIGTERM.
  private func spawn(_ arguments: String, output: String) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT, 0o600)
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    let words = [Self.path] + arguments.split(separator: " ").map(String.init)
    var pointers = words.map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    var child: pid_t = 0
    guard posix_spawn(&child, Self.path, &actions, nil, &pointers, environ) == 0 else {
      throw CocoaError(.executableLoad)
    }
    return child
  }
}

@Suite(
  "A connection between keys", .serialized, .timeLimit(.minutes(1)),
  .enabled(if: OpenSSL.isThere, "needs /usr/bin/openssl"))
struct CurlClientTLSTests {
  @Test("comes about with the pinned key, and with no other")
  func pinned() async throws {
    let keys = try OpenSSL()
    let url = try keys.serve("-tls1_3")
    let right = try TLSIdentity(pinnedPublicKey: keys.pin(of: "server"))
    let wrong = try TLSIdentity(pinnedPublicKey: keys.pin(of: "client"))
    let client = try makeClient()
    #expect(try await client.perform(HTTPRequest(url: url, tls: right)).status == 200)
    let other = try await failure(of: HTTPRequest(url: url, tls: wrong), client: client)
    #expect(other.code == .pinMismatch, "\(other)")
    // Without a pin it's a certificate that nobody vouches for.
    let unpinned = try await failure(of: HTTPRequest(url: url), client: client)
    #expect(unpinned.code == .tlsFailed, "\(unpinned)")
    let empty = try await failure(of: HTTPRequest(url: url, tls: TLSIdentity()), client: client)
    #expect(empty.code == .tlsFailed, "\(empty)")
  }

  @Test("is TLS 1.3 when a key is pinned")
  func version() async throws {
    let keys = try OpenSSL()
    let url = try keys.serve("-tls1_2")
    let identity = try TLSIdentity(pinnedPublicKey: keys.pin(of: "server"))
    let error = try await failure(of: HTTPRequest(url: url, tls: identity))
    #expect(error.code == .tlsFailed, "\(error)")
  }

  @Test("shows our certificate to a peer that asks for it")
  func clientCertificate() async throws {
    let keys = try OpenSSL()
    let url = try keys.serve("-tls1_3 -Verify 1")
    var identity = try TLSIdentity(pinnedPublicKey: keys.pin(of: "server"))
    let client = try makeClient()
    let without = try await failure(of: HTTPRequest(url: url, tls: identity), client: client)
    #expect(without.code == .tlsFailed || without.code == .connectionLost, "\(without)")
    identity.clientCertificatePath = keys.file("client", "pem")
    identity.clientKeyPath = keys.file("client", "key")
    #expect(try await client.perform(HTTPRequest(url: url, tls: identity)).status == 200)
    identity.clientKeyPath = keys.file("server", "key")
    let foreign = try await failure(of: HTTPRequest(url: url, tls: identity))
    #expect(foreign.code == .tlsFailed, "\(foreign)")
    identity.clientKeyPath = keys.file("missing", "key")
    let missing = try await failure(of: HTTPRequest(url: url, tls: identity))
    #expect(missing.code == .tlsFailed, "\(missing)")
  }

  @Test("isn't asked for in vain: keys with http, or a pin that is none, are refused")
  func misuse() async throws {
    let pin = "sha256//" + String(repeating: "A", count: 43) + "="
    let server = try ScriptedServer.answering { _ in ScriptedServer.ok("") }
    let requests = [
      HTTPRequest(url: server.url(), tls: TLSIdentity(pinnedPublicKey: pin)),
      HTTPRequest(url: server.url(), tls: TLSIdentity(clientCertificatePath: "/x")),
      HTTPRequest(url: "https://127.0.0.1:1/", tls: TLSIdentity(pinnedPublicKey: "/etc/passwd")),
    ]
    for request in requests {
      let error = try await failure(of: request)
      #expect(error.code == .invalidRequest, "\(error)")
    }
    #expect(server.connectionsCount == 0)
  }

  @Test("fails when the peer doesn't speak TLS")
  func plainPeer() async throws {
    let server = try ScriptedServer { connection in
      connection.send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
      connection.waitForClose()
    }
    let url = "https://127.0.0.1:\(server.port)/"
    let error = try await failure(of: HTTPRequest(url: url))
    #expect(error.code == .tlsFailed, "\(error)")
  }
}
