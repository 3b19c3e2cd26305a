// SPDX-License-Identifier: MIT

import Foundation
import TestSupport

/// One machine of a test: a name, a store, the command line, and perhaps a daemon.
final class Machine {
  let name: String
  /// Its home directory.
  let home: String
  /// Its store, which the first command makes.
  var store: String
  let lab: Lab
  private(set) var daemon: Daemon?
  private var port = 0

  init(name: String, home: String, lab: Lab) {
    self.name = name
    self.home = home
    self.lab = lab
    store = home + "/store"
  }

  /// The variables that its programs see.
  var environment: [String: String] {
    var variables = [
      "PATH": "/usr/bin:/bin", "HOME": home, "POSTIL_STORE": store, "POSTIL_NAME": name,
      "TZ": "UTC", "LANG": "C.UTF-8",
    ]
    for key in ["LD_LIBRARY_PATH", "TMPDIR"] {
      variables[key] = ProcessInfo.processInfo.environment[key]
    }
    return variables
  }

  /// Runs `clientctl`.
  func run(
    _ arguments: String..., input: [UInt8] = [], with extra: [String: String] = [:],
    seconds: Double = 30
  ) throws -> CommandResult {
    try run(arguments, input: input, with: extra, seconds: seconds)
  }

  /// Runs `clientctl`.
  func run(
    _ arguments: [String], input: [UInt8] = [], with extra: [String: String] = [:],
    seconds: Double = 30
  ) throws -> CommandResult {
    try lab.run(
      Programs.clientctl, arguments, environment: environment.merging(extra) { $1 },
      directory: home, input: input, seconds: seconds)
  }

  /// Runs a command that must succeed, with `--json`.
  @discardableResult
  func ok(_ arguments: String..., input: [UInt8] = [], seconds: Double = 30) throws -> JSON {
    try run(arguments + ["--json"], input: input, seconds: seconds).succeeded().json()
  }

  /// Runs a shell command line in which `clientctl` is on the path.
  func shell(_ line: String, seconds: Double = 30) throws -> CommandResult {
    var variables = environment
    variables["PATH"] = Programs.directory + ":/usr/bin:/bin"
    return try lab.run(
      "/bin/bash", ["-c", line], environment: variables, directory: home, seconds: seconds)
  }

  /// Starts the daemon, on the port it had before if it had one, and waits until it answers.
  @discardableResult
  func startDaemon(port: Int? = nil, _ arguments: String...) throws -> Daemon {
    if let port { self.port = port }
    if let daemon, daemon.child.isRunning { return daemon }
    let daemon = try Daemon(machine: self, port: self.port, arguments)
    self.daemon = daemon
    try daemon.waitUntilServing()
    self.port = daemon.port
    return daemon
  }

  /// Chooses a port that restarts keep, from the range that the system doesn't hand out.
  func choosePort() throws {
    for _ in 0..<100 {
      let tried = Int.random(in: 20_000..<32_000)
      if Wire.isFree(tried) {
        port = tried
        return
      }
    }
    throw Trouble("no port is free")
  }

  /// Stops the daemon as a service manager would; returns its exit code.
  @discardableResult
  func stopDaemon() throws -> Int32 {
    guard let daemon else { throw Trouble("\(name) has no daemon") }
    self.daemon = nil
    return try daemon.stop()
  }

  /// Ends the daemon as a power cut would.
  func killDaemon() {
    daemon?.child.end()
    daemon = nil
  }
}

// MARK: - What tests ask of a machine

extension Machine {
  /// The hash of everything it holds.
  func fingerprint() throws -> String { try ok("status")["fingerprint"].text }

  /// Adds one of the five sample articles; returns its id.
  func add(_ article: String, _ options: String...) throws -> String {
    let path = Seeds.directory + "/articles/" + article
    return try run(["add", path, "--json"] + options).succeeded().json()["id"].text
  }

  /// Adds an article of this text; returns its id.
  func add(text: String, title: String) throws -> String {
    try ok("add", "-", "--title", title, input: Array(text.utf8))["id"].text
  }

  /// Pairs with a machine whose daemon runs, by its invitation.
  func join(_ other: Machine, merging: Bool = false) throws {
    let link = try other.ok("peer", "invite")["invite"].text
    _ = try run(["peer", "join", link, "--json"] + (merging ? ["--merge"] : [])).succeeded()
  }

  /// Sends and fetches until all that it holds is with its peers.
  func sync(seconds: Double = 30) throws {
    let timeout = String(seconds * Sanitizer.patience)
    try ok("sync", "--wait", "--timeout", timeout, seconds: seconds + 10)
  }

  /// The whole library in one order and form.
  func canonical() throws -> [UInt8] {
    try run("export", "canonical").succeeded().bytes
  }

  /// What `doctor` finds wrong.
  func problems() throws -> [String] {
    try run("doctor", "--json", seconds: 120).json()["problems"].texts
  }

  /// Copies the store's files, but for sockets, to a directory of its own.
  func copyStore(to path: String) throws {
    let files = FileManager.default
    try files.createDirectory(
      atPath: path, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
    for name in try files.contentsOfDirectory(atPath: store) where name != "syncd.sock" {
      try files.copyItem(atPath: store + "/" + name, toPath: path + "/" + name)
    }
  }

  /// Whether `clientctl` knows a command.
  func knows(_ command: String) throws -> Bool {
    try run(command, "--help").output.contains("USAGE: clientctl \(command)")
  }
}
