// SPDX-License-Identifier: MIT

import Foundation
import Testing

/// A TLS connection to a daemon, by the system's `openssl`: a client that is none of ours.
final class SecureLine {
  private let child: Child
  private let output: String

  /// Where the program is; nil when it isn't installed.
  static let program = ["/usr/bin/openssl", "/usr/local/bin/openssl"].first {
    FileManager.default.isExecutableFile(atPath: $0)
  }
  /// What a skipped test says.
  static let missing: Comment = "SKIPPED: openssl is not installed (apt-get install openssl)"

  /// Connects and sends `request`; stays open until the daemon closes.
  ///
  /// - Parameter key: the PEM file of the device to be; none shows no certificate.
  init(
    lab: Lab, port: Int, key: String? = nil, options: [String] = [], request: [UInt8]
  ) throws {
    output = lab.newPath("tls")
    var arguments = ["s_client", "-connect", "127.0.0.1:\(port)", "-ign_eof", "-quiet"] + options
    if let key { arguments += ["-cert", key, "-key", key] }
    child = try lab.start(
      Self.program ?? "/usr/bin/openssl", arguments, environment: ["PATH": "/usr/bin:/bin"],
      input: try lab.file(request, name: "request"), output: output, error: lab.newPath("tls-err"))
  }

  /// What has come so far.
  var received: [UInt8] { Lab.bytes(output) }

  /// Waits for the daemon to close; nil when it doesn't.
  func answer(seconds: Double = 20) -> HTTPAnswer? {
    guard child.wait(seconds: seconds) != nil else {
      child.end()
      return nil
    }
    return Wire.answer(received)
  }

  /// Whether the connection is open still.
  var isOpen: Bool { child.isRunning }

  /// Stops reading, as a machine that fell asleep does.
  func pause() { child.signal(SIGSTOP) }
  /// Reads on.
  func resume() { child.signal(SIGCONT) }

  /// One request on a connection of its own.
  static func ask(
    lab: Lab, port: Int, key: String?, _ method: String, _ path: String, headers: String = "",
    body: [UInt8] = []
  ) throws -> HTTPAnswer {
    var head = "\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nConnection: close\r\n"
    head += headers
    if method == "POST" {
      head += "Content-Type: application/octet-stream\r\nContent-Length: \(body.count)\r\n"
    }
    let line = try SecureLine(
      lab: lab, port: port, key: key, request: Array((head + "\r\n").utf8) + body)
    guard let answer = line.answer() else { throw Trouble("\(method) \(path) was not answered") }
    return answer
  }
}
