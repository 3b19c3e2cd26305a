// SPDX-License-Identifier: MIT

import Foundation

/// A running `syncd`.
final class Daemon {
  let child: Child
  /// Where its log lines go.
  let log: String
  private let machine: Machine
  /// The port it serves on; 0 until it does.
  private(set) var port: Int
  /// The port of its plain HTTP; 0 until it serves.
  private(set) var httpPort = 0

  /// Starts it; with port 0 the system chooses.
  init(machine: Machine, port: Int, _ arguments: [String] = []) throws {
    self.machine = machine
    self.port = port
    log = machine.home + "/syncd.log"
    child = try machine.lab.start(
      Programs.syncd,
      ["--listen", "127.0.0.1:\(port)"]
        + (arguments.contains("--http") ? [] : ["--http", "127.0.0.1:0"]) + arguments,
      environment: machine.environment, directory: machine.home, output: log, error: log)
  }

  /// Waits until it answers on its control socket, which also tells its port.
  func waitUntilServing(seconds: Double = 20) throws {
    let isServing = try Moment.wait(seconds: seconds) {
      guard child.isRunning else {
        throw Trouble("the daemon of \(machine.name) ended: \(Lab.text(log))")
      }
      guard let reached = try? reached(), let number = Self.port(reached["addresses"][0].text),
        let http = Self.port(reached["http"].text)
      else { return false }
      port = number
      httpPort = http
      return true
    }
    guard isServing else {
      throw Trouble("the daemon of \(machine.name) does not serve: \(Lab.text(log))")
    }
  }

  /// What it says its addresses are.
  func addresses() throws -> [String] { try reached()["addresses"].texts }

  private func reached() throws -> JSON {
    try JSON(
      reading: try Wire.ask(
        unix: machine.store + "/syncd.sock", line: #"{"command":"addresses"}"#))
  }

  private static func port(_ address: String) -> Int? {
    address.split(separator: ":").last.flatMap { Int($0) }
  }

  /// Tells it to stop; returns its exit code.
  func stop(seconds: Double = 10) throws -> Int32 {
    child.signal(SIGTERM)
    guard let code = child.wait(seconds: seconds) else {
      child.end()
      throw Trouble("the daemon of \(machine.name) did not stop: \(Lab.text(log))")
    }
    return code
  }

  /// Asks it over plain HTTP.
  func get(
    _ path: String, method: String = "GET", host: String? = nil, headers: [String: String] = [:],
    body: [UInt8] = []
  ) throws -> HTTPAnswer {
    try Wire.http(
      port: httpPort, method: method, path: path, host: host ?? "127.0.0.1:\(httpPort)",
      headers: headers, body: body)
  }

  /// One number of its metrics; -1 when it isn't there.
  func metric(_ name: String) throws -> Int {
    for line in try get("/metrics").text.split(separator: "\n") where line.hasPrefix(name + " ") {
      return Int(Double(line.split(separator: " ")[1]) ?? -1)
    }
    return -1
  }
}
