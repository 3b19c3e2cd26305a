// SPDX-License-Identifier: MIT

import Foundation

extension Wire {
  /// A connection to a port of this machine that comes from another of its addresses (127.x.x.x);
  /// nil when it can't be made.
  static func connect(port: Int, from source: String) -> Int32? {
    let file = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard file >= 0 else { return nil }
    var own = sockaddr_in()
    own.sin_family = sa_family_t(AF_INET)
    own.sin_addr.s_addr = inet_addr(source)
    var other = own
    other.sin_addr.s_addr = inet_addr("127.0.0.1")
    other.sin_port = in_port_t(port).bigEndian
    let length = socklen_t(MemoryLayout<sockaddr_in>.size)
    func with(_ address: inout sockaddr_in, _ body: (UnsafePointer<sockaddr>) -> Int32) -> Int32 {
      withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0) }
      }
    }
    guard with(&own, { bind(file, $0, length) }) == 0,
      with(&other, { Glibc.connect(file, $0, length) }) == 0
    else {
      close(file)
      return nil
    }
    return file
  }

  /// Sends bytes on a connection of its own; returns all that comes back until it is closed, and
  /// whether it was.
  static func raw(
    port: Int, _ bytes: [UInt8], seconds: Double = 8
  ) throws -> (answer: HTTPAnswer, isClosed: Bool) {
    let file = try connect(port: port)
    defer { close(file) }
    send(file, bytes)
    let (all, isClosed) = readAll(file, until: Moment.now + seconds)
    return (answer(all), isClosed)
  }

  /// Reads until the other side closes, or a time comes.
  static func readAll(_ file: Int32, until end: Double) -> (bytes: [UInt8], isClosed: Bool) {
    var bytes: [UInt8] = []
    while true {
      let left = end - Moment.now
      guard left > 0 else { return (bytes, false) }
      var poll = pollfd(fd: file, events: Int16(POLLIN), revents: 0)
      guard Glibc.poll(&poll, 1, Int32(left * 1000) + 1) > 0 else { continue }
      guard let more = read(file) else { return (bytes, true) }
      bytes += more
    }
  }

  /// Whether the other side has closed a connection.
  static func isClosed(_ file: Int32) -> Bool {
    var byte: UInt8 = 0
    let count = recv(file, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT))
    return count == 0 || (count < 0 && errno != EAGAIN)
  }
}
