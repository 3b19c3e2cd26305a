// SPDX-License-Identifier: MIT

/// How a program ended, and what it said.
struct CommandResult: Sendable, CustomStringConvertible {
  /// What was run, for messages.
  let command: String
  /// The exit code; 128 and the signal when one ended it.
  let code: Int32
  /// Standard output, byte for byte.
  let bytes: [UInt8]
  /// Standard error.
  let error: String

  /// Standard output as text.
  var output: String { String(decoding: bytes, as: UTF8.self) }

  /// Standard output without the line end.
  var word: String { output.hasSuffix("\n") ? String(output.dropLast()) : output }

  /// The lines of standard output.
  var lines: [String] { output.split(separator: "\n").map(String.init) }

  /// Standard output as one JSON value and nothing else.
  func json() throws -> JSON {
    do {
      return try JSON(reading: bytes)
    } catch {
      throw Trouble("not JSON: \(self)")
    }
  }

  /// The result, if the program succeeded.
  func succeeded() throws -> CommandResult {
    guard code == 0 else { throw Trouble("\(self)") }
    return self
  }

  var description: String {
    "\(command)\nended with \(code); output: \(output.prefix(2000)); error: \(error.prefix(2000))"
  }
}

/// Why a test can't go on.
struct Trouble: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}
