// SPDX-License-Identifier: MIT

import Foundation
import TestSupport

/// What a server answered over HTTP.
struct HTTPAnswer: Sendable {
  /// 0 when the answer was none.
  let status: Int
  let head: String
  let body: [UInt8]

  var text: String { String(decoding: body, as: UTF8.self) }
}

/// Sockets, as plainly as can be: tests must be able to say what no client library would.
enum Wire {
  /// Seconds that nothing may come before reading gives up.
  private static let silenceSeconds = Int(20 * Sanitizer.patience)

  /// A connection to a port of this machine.
  static func connect(port: Int) throws -> Int32 {
    let file = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard file >= 0 else { throw Trouble("no socket") }
    var address = loopback(port)
    let result = withSocketAddress(&address) { Glibc.connect(file, $0, $1) }
    guard result == 0 else {
      close(file)
      throw Trouble("can't connect to port \(port)")
    }
    limitSilence(file)
    return file
  }

  /// Whether nobody listens on a port.
  static func isFree(_ port: Int) -> Bool {
    let file = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard file >= 0 else { return false }
    defer { close(file) }
    var address = loopback(port)
    return withSocketAddress(&address) { bind(file, $0, $1) } == 0
  }

  /// A socket that listens on a port that the system chose.
  static func listen() throws -> (file: Int32, port: Int) {
    let file = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var address = loopback(0)
    guard file >= 0, withSocketAddress(&address, { bind(file, $0, $1) }) == 0,
      Glibc.listen(file, 16) == 0
    else { throw Trouble("can't listen") }
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    _ = withSocketAddress(&address) { pointer, _ in
      getsockname(file, UnsafeMutablePointer(mutating: pointer), &length)
    }
    return (file, Int(UInt16(bigEndian: address.sin_port)))
  }

  /// Sends a line to a Unix socket and returns all that comes back.
  static func ask(unix path: String, line: String) throws -> [UInt8] {
    let file = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard file >= 0 else { throw Trouble("no socket") }
    defer { close(file) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
      throw Trouble("the path is too long for a socket: \(path)")
    }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    let result = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        Glibc.connect(file, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard result == 0 else { throw Trouble("nobody listens on \(path)") }
    limitSilence(file)
    send(file, Array(line.utf8) + [0x0A])
    return readAll(file)
  }

  /// One request over HTTP, on a connection of its own.
  static func http(
    port: Int, method: String, path: String, host: String, headers: [String: String],
    body: [UInt8]
  ) throws -> HTTPAnswer {
    let file = try connect(port: port)
    defer { close(file) }
    var head = "\(method) \(path) HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n"
    for (name, value) in headers { head += "\(name): \(value)\r\n" }
    if method == "POST" {
      head += "Content-Length: \(body.count)\r\n"
      if headers["Content-Type"] == nil { head += "Content-Type: application/octet-stream\r\n" }
    }
    send(file, Array((head + "\r\n").utf8) + body)
    return answer(readAll(file))
  }

  /// Takes an answer apart.
  static func answer(_ bytes: [UInt8]) -> HTTPAnswer {
    let whole = Data(bytes)
    guard let end = whole.range(of: Data("\r\n\r\n".utf8)) else {
      return HTTPAnswer(status: 0, head: String(decoding: bytes, as: UTF8.self), body: [])
    }
    let head = String(decoding: whole[..<end.lowerBound], as: UTF8.self)
    let words = head.split(separator: " ", maxSplits: 2)
    let status = words.count > 1 ? Int(words[1]) ?? 0 : 0
    return HTTPAnswer(status: status, head: head, body: [UInt8](whole[end.upperBound...]))
  }

  /// Sends all of `bytes`; that the other side is gone is for the reader to find.
  static func send(_ file: Int32, _ bytes: [UInt8]) {
    var sent = 0
    while sent < bytes.count {
      let count = bytes[sent...].withUnsafeBytes {
        Glibc.send(file, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { return }
      sent += count
    }
  }

  /// Reads until the other side closes, or says nothing for long.
  static func readAll(_ file: Int32) -> [UInt8] {
    var bytes: [UInt8] = []
    while let more = read(file) { bytes += more }
    return bytes
  }

  /// Reads what is there; nil at the end.
  static func read(_ file: Int32) -> [UInt8]? {
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    let count = buffer.withUnsafeMutableBytes { recv(file, $0.baseAddress, $0.count, 0) }
    return count > 0 ? Array(buffer[..<count]) : nil
  }

  private static func limitSilence(_ file: Int32) {
    var time = timeval(tv_sec: silenceSeconds, tv_usec: 0)
    setsockopt(file, SOL_SOCKET, SO_RCVTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
  }

  private static func loopback(_ port: Int) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return address
  }

  private static func withSocketAddress<Result>(
    _ address: inout sockaddr_in, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
  ) -> Result {
    withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
  }
}
