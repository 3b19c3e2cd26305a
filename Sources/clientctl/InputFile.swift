// SPDX-License-Identifier: MIT

import Glibc
import Host

/// Files that a command reads whole.
enum InputFile {
  /// The bytes of a file, or of standard input for `-`; refuses directories and what is too large,
  /// before reading it.
  static func read(_ path: String, bytesMax: Int) throws -> [UInt8] {
    let isInput = path == "-"
    let file = isInput ? 0 : open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else {
      let reason = String(cString: strerror(errno))
      throw Failure(
        errno == ENOENT ? .notFound : errno == EACCES ? .notAllowed : .usage,
        "can't read \(path): \(reason)")
    }
    defer { if !isInput { close(file) } }
    var status = stat()
    if fstat(file, &status) == 0 {
      if status.st_mode & S_IFMT == S_IFDIR {
        throw Failure(.usage, "\(name(path)) is a directory; give a file")
      }
      if status.st_mode & S_IFMT == S_IFREG, status.st_size > bytesMax {
        throw tooLarge(path, Int(status.st_size), bytesMax)
      }
    }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = buffer.withUnsafeMutableBytes { Glibc.read(file, $0.baseAddress, $0.count) }
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else {
        throw Failure(.usage, "can't read \(name(path)): \(String(cString: strerror(errno)))")
      }
      if count == 0 { return bytes }
      bytes += buffer[..<count]
      if bytes.count > bytesMax { throw tooLarge(path, bytes.count, bytesMax) }
    }
  }

  /// What to call the file in a message.
  static func name(_ path: String) -> String { path == "-" ? "standard input" : path }

  private static func tooLarge(_ path: String, _ size: Int, _ bytesMax: Int) -> Failure {
    Failure(
      .usage,
      "\(name(path)) is too large: \(size) bytes or more, and at most \(bytesMax) are taken")
  }
}
