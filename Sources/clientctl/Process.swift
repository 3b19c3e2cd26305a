// SPDX-License-Identifier: MIT

import Glibc

/// This process, as the system knows it.
enum Process {
  /// The environment's variables.
  static let environment: [String: String] = {
    var variables: [String: String] = [:]
    var entry = environ
    while let text = entry.pointee {
      let pair = String(cString: text).split(
        separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      if pair.count == 2 { variables[String(pair[0])] = String(pair[1]) }
      entry += 1
    }
    return variables
  }()

  /// Where this program lies.
  static var path: String {
    var bytes = [CChar](repeating: 0, count: 4096)
    let count = readlink("/proc/self/exe", &bytes, bytes.count - 1)
    guard count > 0 else { return CommandLine.arguments.first ?? "clientctl" }
    return String(decoding: bytes[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// The directory that relative paths begin at.
  static var directory: String {
    var bytes = [CChar](repeating: 0, count: 4096)
    guard getcwd(&bytes, bytes.count) != nil else { return "/" }
    return String(decoding: bytes.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// A path as it is without the directory that relative ones begin at.
  static func absolute(_ path: String) -> String {
    path.hasPrefix("/") ? path : directory + "/" + path
  }

  /// Waits.
  static func sleep(seconds: Double) { usleep(UInt32(seconds * 1_000_000)) }

  /// Ends the program without closing the store: the last close would fold the log into the
  /// database, which the next write does as well.
  static func end(_ code: Int32) -> Never { exit(code) }
}
