// SPDX-License-Identifier: MIT

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The Unix socket on which a store's daemon listens for commands on the same machine.
///
/// One request a connection: a line of JSON with `command`; the answers are lines of JSON, and the
/// end of the stream ends them. `docs/protocol.md` lists the commands.
public struct ControlSocket: Sendable {
  /// Where the socket is.
  public let path: String
  private let descriptor: Int32

  /// The longest path that a socket's address holds, with its closing zero.
  public static let pathBytesMax = 108

  /// Connects to the daemon; throws `noDaemon` when nobody listens.
  public init(connectingTo path: String) throws(ControlError) {
    self.path = path
    let file = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard file >= 0 else { throw Self.failure("make a socket") }
    let result = Self.withAddress(path) { connect(file, $0, $1) }
    guard result == 0 else {
      let number = errno
      close(file)
      errno = number
      if number == ENOENT || number == ECONNREFUSED || number == ENOTDIR { throw .noDaemon }
      throw Self.failure("reach the daemon at \(path)")
    }
    descriptor = file
  }

  /// Sends one request.
  public func send(_ line: [UInt8]) throws(ControlError) {
    var sent = 0
    let bytes = line + [0x0A]
    while sent < bytes.count {
      let count = bytes[sent...].withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw Self.failure("talk to the daemon") }
      sent += count
    }
  }

  /// Hands out each line of the answer; ends when the daemon closes.
  public func eachLine(_ body: ([UInt8]) throws -> Void) throws {
    try LineReader.each(from: descriptor, body)
  }

  /// Hangs up.
  public func hangUp() { close(descriptor) }

  static func failure(_ doing: String) -> ControlError {
    .system(doing: doing, reason: String(cString: strerror(errno)))
  }

  /// Calls `body` with the socket's address. A path that is too long for one is reached through the
  /// open directory it lies in, whose path under /proc is short.
  private static func withAddress(
    _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
  ) -> Int32 {
    guard path.utf8.count >= pathBytesMax, let slash = path.lastIndex(of: "/") else {
      return withShortAddress(path, body)
    }
    let directory = open(String(path[..<slash]), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard directory >= 0 else { return -1 }
    defer { close(directory) }
    return withShortAddress("/proc/self/fd/\(directory)\(path[slash...])", body)
  }

  private static func withShortAddress(
    _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
  ) -> Int32 {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { target in
      for (place, byte) in path.utf8.prefix(pathBytesMax - 1).enumerated() { target[place] = byte }
    }
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
  }
}

/// Lines of bytes from a descriptor.
enum LineReader {
  /// Bytes of one line; a longer one ends the reading.
  private static let lineBytesMax = 1 << 20

  static func each(from descriptor: Int32, _ body: ([UInt8]) throws -> Void) throws {
    var line: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 8192)
    while true {
      let count = buffer.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw ControlSocket.failure("hear the daemon") }
      if count == 0 { break }
      for byte in buffer[..<count] {
        if byte == 0x0A {
          try body(line)
          line = []
        } else if line.count < lineBytesMax {
          line.append(byte)
        }
      }
    }
    if !line.isEmpty { try body(line) }
  }
}
