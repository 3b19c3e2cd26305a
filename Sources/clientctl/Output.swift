// SPDX-License-Identifier: MIT

import Host
import Terminal

/// Standard output, in the form that was asked for.
struct Output {
  let facts: TerminalFacts
  let isJSON: Bool

  /// Colours and weights, where they are wanted.
  var style: TerminalStyle { TerminalStyle(facts) }

  /// Text as it is. A reader who went away ends the program quietly; a full disk doesn't.
  func print(_ text: String) throws { try check(OutputFile.standardOutput.write(text)) }

  /// Bytes as they are.
  func print(_ bytes: [UInt8]) throws { try check(OutputFile.standardOutput.write(bytes)) }

  /// Text that may be longer than the screen.
  func page(_ text: String) throws {
    try check(Pager.show(text, facts: facts, environment: Process.environment))
  }

  /// One JSON value and a line end.
  func print(_ value: JSONValue) throws {
    try print(value.serialized(pretty: facts.isTerminal) + [0x0A])
  }

  /// One JSON object and a line end.
  func print(_ object: JSONObject) throws { try print(object.value) }

  /// What a command did: JSON, a sentence on a terminal, or the bare id in a pipe.
  func report(_ object: JSONObject, sentence: String, plain: String) throws {
    if isJSON {
      try print(object)
    } else if facts.isTerminal {
      try print(DisplayText.escaped(sentence) + "\n")
    } else {
      try print(plain + "\n")
    }
  }

  /// A remark for people, on standard error.
  func remark(_ text: String) {
    _ = OutputFile.standardError.write(DisplayText.escaped(text, breaks: .keep) + "\n")
  }

  private func check(_ result: OutputResult) throws {
    switch result {
    case .written: break
    case .brokenPipe: Process.end(0)
    case .failed: throw Failure(.internal, "the output can't be written; is the disk full?")
    }
  }
}
