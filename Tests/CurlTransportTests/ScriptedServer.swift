// SPDX-License-Identifier: MIT

import Foundation
import Glibc
import Synchronization

/// A server on a loopback port that plays a script to each connection, on a thread of its own:
/// raw bytes, so that it can answer what no HTTP server would.
final class ScriptedServer: Sendable {
  typealias Script = @Sendable (ScriptedConnection) -> Void

  let port: UInt16
  private let listener: Int32
  private let accepted = Atomic(0)

  /// How many connections came so far.
  var connectionsCount: Int { accepted.load(ordering: .sequentiallyConsistent) }

  init(_ script: @escaping Script) throws {
    let (listener, port) = try Self.listen()
    self.listener = listener
    self.port = port
    Thread.detachNewThread { [weak self] in
      while true {
        let descriptor = accept(listener, nil, nil)
        guard descriptor >= 0, let self else { break }
        let number = self.accepted.add(1, ordering: .sequentiallyConsistent).newValue
        Thread.detachNewThread {
          let connection = ScriptedConnection(descriptor: descriptor, number: number)
          script(connection)
          connection.close()
        }
      }
      close(listener)
    }
  }

  deinit {
    // Makes accept() return, whose thread closes the socket.
    shutdown(listener, Int32(SHUT_RDWR))
  }

  func url(_ path: String = "/") -> String { "http://127.0.0.1:\(port)\(path)" }

  /// A server that answers each request of a connection with what the closure makes of it.
  static func answering(
    _ answer: @escaping @Sendable (ScriptedConnection.Request) -> String
  ) throws -> ScriptedServer {
    try ScriptedServer { connection in
      while let request = connection.readRequest() {
        connection.send(answer(request))
      }
    }
  }

  /// A server that reads one request and answers with these bytes, then does what is said.
  static func answeringOnce(
    _ text: String, then next: @escaping Script = { _ in }
  ) throws -> ScriptedServer {
    try ScriptedServer { connection in
      guard connection.readRequest() != nil else { return }
      connection.send(text)
      next(connection)
    }
  }

  /// A whole answer of status 200.
  static func ok(_ body: String, headers: String = "") -> String {
    "HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\(headers)\r\n\(body)"
  }

  /// A port of the loopback interface where nobody listens.
  static func unusedPort() throws -> UInt16 {
    let (listener, port) = try listen()
    close(listener)
    return port
  }

  private struct SocketError: Error {
    let number = errno
  }

  private static func listen() throws -> (descriptor: Int32, port: UInt16) {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard listener >= 0 else { throw SocketError() }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isReady = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        bind(listener, address, length) == 0 && Glibc.listen(listener, 512) == 0
          && getsockname(listener, address, &length) == 0
      }
    }
    guard isReady else { throw SocketError() }
    return (listener, UInt16(bigEndian: address.sin_port))
  }
}

/// One accepted connection, used by its script's thread only.
final class ScriptedConnection {
  struct Request {
    /// `GET /path HTTP/1.1`
    let line: String
    /// The header lines in their order.
    let headers: [String]
    let body: [UInt8]

    func header(_ name: String) -> String? {
      headers.first { $0.lowercased().hasPrefix(name.lowercased() + ":") }?
        .dropFirst(name.count + 1).trimmingCharacters(in: .whitespaces)
    }
  }

  /// 1 for the server's first connection.
  let number: Int
  private var descriptor: Int32
  private var buffer: [UInt8] = []

  init(descriptor: Int32, number: Int) {
    self.descriptor = descriptor
    self.number = number
    var noDelay: Int32 = 1
    setsockopt(
      descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &noDelay, socklen_t(MemoryLayout<Int32>.size))
    // Long, since the client may sit in a program that runs hundreds of tests at once.
    var patience = timeval(tv_sec: 60, tv_usec: 0)
    let size = socklen_t(MemoryLayout<timeval>.size)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, size)
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, size)
  }

  /// The next request; `nil` when the peer has closed or is silent for a minute.
  func readRequest() -> Request? {
    let end = Array("\r\n\r\n".utf8)
    while buffer.firstRange(of: end) == nil {
      guard readMore() else { return nil }
    }
    guard let boundary = buffer.firstRange(of: end) else { return nil }
    let lines = String(decoding: buffer[..<boundary.lowerBound], as: UTF8.self)
      .components(separatedBy: "\r\n")
    let head = Request(line: lines[0], headers: Array(lines.dropFirst()), body: [])
    let length = head.header("Content-Length").flatMap { Int($0) } ?? 0
    while buffer.count < boundary.upperBound + length {
      guard readMore() else { return nil }
    }
    let bodyEnd = boundary.upperBound + length
    let body = Array(buffer[boundary.upperBound..<bodyEnd])
    buffer.removeFirst(bodyEnd)
    return Request(line: head.line, headers: head.headers, body: body)
  }

  /// Sends all of it; `false` when the peer is gone.
  @discardableResult
  func send(_ bytes: [UInt8]) -> Bool {
    var sent = 0
    while sent < bytes.count {
      let count = bytes.withUnsafeBytes { all in
        Glibc.send(
          descriptor, all.baseAddress?.advanced(by: sent), all.count - sent,
          Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { return false }
      sent += count
    }
    return true
  }

  /// Sends the text as UTF-8; `false` when the peer is gone.
  @discardableResult
  func send(_ text: String) -> Bool { send(Array(text.utf8)) }

  /// Sends one chunk of a chunked body.
  @discardableResult
  func sendChunk(_ text: String) -> Bool {
    send(String(text.utf8.count, radix: 16) + "\r\n" + text + "\r\n")
  }

  /// Waits until the peer closes; `false` when it doesn't within a minute.
  @discardableResult
  func waitForClose() -> Bool {
    var byte: UInt8 = 0
    while true {
      let count = recv(descriptor, &byte, 1, 0)
      if count == 0 { return true }
      if count < 0 { return errno != EAGAIN }
    }
  }

  /// Ends the connection with RST instead of FIN.
  func reset() {
    var abrupt = linger(l_onoff: 1, l_linger: 0)
    setsockopt(
      descriptor, SOL_SOCKET, SO_LINGER, &abrupt, socklen_t(MemoryLayout<linger>.size))
    close()
  }

  func close() {
    guard descriptor >= 0 else { return }
    Glibc.close(descriptor)
    descriptor = -1
  }

  private func readMore() -> Bool {
    var part = [UInt8](repeating: 0, count: 64 << 10)
    let count = recv(descriptor, &part, part.count, 0)
    guard count > 0 else { return false }
    buffer.append(contentsOf: part[..<count])
    return true
  }
}

/// Something that one thread does once and a test waits for.
final class Signal: Sendable {
  private let flag = Atomic(false)

  func send() { flag.store(true, ordering: .sequentiallyConsistent) }

  var isSent: Bool { flag.load(ordering: .sequentiallyConsistent) }

  /// Blocks the thread (a script's) until it is sent, for ten seconds at most.
  func block() {
    for _ in 0..<5000 where !isSent { usleep(2000) }
  }

  /// Waits until it is sent; `false` after the time given.
  func wait(for limit: Duration = .seconds(30)) async -> Bool {
    let end = ContinuousClock.now + limit
    while !isSent {
      if ContinuousClock.now > end { return false }
      try? await Task.sleep(for: .milliseconds(2))
    }
    return true
  }
}
