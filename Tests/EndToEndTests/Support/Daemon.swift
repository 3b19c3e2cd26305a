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

  /// Starts it; with port 0 the system chooses.
  init(machine: Machine, port: Int, _ arguments: [String] = []) throws {
    self.machine = machine
    self.port = port
    log = machine.home + "/syncd.log"
    child = try machine.lab.start(
      Programs.syncd, ["--listen", "127.0.0.1:\(port)"] + arguments,
      environment: machine.environment, directory: machine.home, output: log, error: log)
  }

  /// Waits until it answers on its control socket, which also tells its port.
  func waitUntilServing(seconds: Double = 20) throws {
    let isServing = try Moment.wait(seconds: seconds) {
      guard child.isRunning else {
        throw Trouble("the daemon of \(machine.name) ended: \(Lab.text(log))")
      }
      guard let address = try? addresses().first, let text = address.split(separator: ":").last,
        let number = Int(text)
      else { return false }
      port = number
      return true
    }
    guard isServing else {
      throw Trouble("the daemon of \(machine.name) does not serve: \(Lab.text(log))")
    }
  }

  /// What it says its addresses are.
  func addresses() throws -> [String] {
    let answer = try Wire.ask(
      unix: machine.store + "/syncd.sock", line: #"{"command":"addresses"}"#)
    return try JSON(reading: answer)["addresses"].texts
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

  /// Asks it over HTTP.
  func get(
    _ path: String, method: String = "GET", host: String? = nil, headers: [String: String] = [:],
    body: [UInt8] = []
  ) throws -> HTTPAnswer {
    try Wire.http(
      port: port, method: method, path: path, host: host ?? "127.0.0.1:\(port)",
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
