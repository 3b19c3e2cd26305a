// SPDX-License-Identifier: MIT

import Foundation

/// A directory of its own for one test, and every process that the test starts. When the test is
/// over nothing of either is left, however it went.
final class Lab {
  /// The directory.
  let directory: String
  private var children: [Child] = []
  private var mounts: [String] = []
  private var files = 0

  private init() throws {
    var template = Array(
      (FileManager.default.temporaryDirectory.path + "/postil-e2e-XXXXXX").utf8CString)
    guard mkdtemp(&template) != nil else { throw Trouble("can't make a temporary directory") }
    directory = String(
      decoding: template.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Runs a test.
  static func run(_ body: (Lab) throws -> Void) throws {
    let lab = try Lab()
    defer { lab.tearDown() }
    try body(lab)
  }

  /// A machine with an empty store.
  func machine(_ name: String) throws -> Machine {
    let home = directory + "/" + name
    try FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: false)
    return Machine(name: name, home: home, lab: self)
  }

  /// Writes a file for a test to use; returns its path.
  func file(_ bytes: [UInt8], name: String? = nil) throws -> String {
    let path = newPath(name ?? "input")
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    return path
  }

  /// Writes a file of text.
  func file(_ text: String) throws -> String { try file(Array(text.utf8)) }

  /// A path in the directory that nothing has yet.
  func newPath(_ name: String) -> String {
    files += 1
    return "\(directory)/\(files)-\(name)"
  }

  /// Runs a program to its end.
  func run(
    _ program: String, _ arguments: [String], environment: [String: String],
    directory: String? = nil,
    input: [UInt8] = [], seconds: Double = 30
  ) throws -> CommandResult {
    let output = newPath("out")
    let error = newPath("err")
    var source = "/dev/null"
    if !input.isEmpty { source = try file(input, name: "in") }
    defer { for path in [output, error, source] where path != "/dev/null" { unlink(path) } }
    let child = try start(
      program, arguments, environment: environment, directory: directory, input: source,
      output: output, error: error)
    guard let code = child.wait(seconds: seconds) else {
      child.end()
      throw Trouble("\(child.command)\ndid not end within \(seconds) s; \(Self.text(error))")
    }
    children.removeAll { $0 === child }
    return CommandResult(
      command: child.command, code: code, bytes: Self.bytes(output), error: Self.text(error))
  }

  /// Starts a program that runs until the test ends it, or is over.
  func start(
    _ program: String, _ arguments: [String], environment: [String: String],
    directory: String? = nil,
    input: String = "/dev/null", output: String, error: String
  ) throws -> Child {
    guard access(program, X_OK) == 0 else {
      throw Trouble("\(program) is not built; run: swift build")
    }
    let child = try Child(
      program, arguments, environment: environment, directory: directory ?? self.directory,
      input: input, output: output, error: error)
    children.append(child)
    return child
  }

  /// Mounts a memory file system; the test must run as root.
  func mountMemory(_ path: String, options: String) throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    let result = try run(
      "/bin/mount", ["-t", "tmpfs", "-o", options, "postil-e2e", path], environment: [:])
    guard result.code == 0 else { throw Trouble("\(result)") }
    mounts.append(path)
  }

  /// Mounts a file system that lies in a file; the test must run as root.
  func mountImage(_ image: String, at path: String) throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    _ = try run("/bin/mount", ["-o", "loop", image, path], environment: [:]).succeeded()
    mounts.append(path)
  }

  /// Makes a mounted file system read-only.
  func makeReadOnly(_ path: String) throws {
    _ = try run("/bin/mount", ["-o", "remount,ro", path], environment: [:]).succeeded()
  }

  /// The bytes of a file; none when there is no file.
  static func bytes(_ path: String) -> [UInt8] {
    (try? Data(contentsOf: URL(fileURLWithPath: path))).map { [UInt8]($0) } ?? []
  }

  /// A file as text.
  static func text(_ path: String) -> String { String(decoding: bytes(path), as: UTF8.self) }

  private func tearDown() {
    for child in children { child.end() }
    for path in mounts.reversed() {
      _ = try? run("/bin/umount", ["-l", path], environment: [:])
    }
    for child in children { child.end() }
    try? FileManager.default.removeItem(atPath: directory)
  }
}
