// SPDX-License-Identifier: MIT

import Testing

@Suite("What comes out is harmless, and a reader may go away")
struct HarmlessOutputTests {
  /// Escapes, a bell, a carriage return, a right-to-left override, C1 controls, a tab.
  static let hostile =
    "Red \u{1B}[31m\u{1B}]0;pwned\u{7} over\u{8}\r\u{202E}gnp\u{202C} \u{9B}2J\tend"

  @Test("control characters and direction overrides in a text don't reach a terminal or a pipe")
  func controls() throws {
    try Lab.run { lab in
      let machine = try lab.machine("desk")
      let text = "A plain headline here\n\n\(Self.hostile)\n\nLast words."
      let article = try machine.ok("add", "-", input: Array(text.utf8))["id"].text
      let annotation = try machine.ok("annotate", article, "--quote", "Last words")["id"].text
      try machine.ok("note", annotation, "-", input: Array(Self.hostile.utf8))
      try machine.ok("reply", annotation, Self.hostile)
      let commands = [
        ["list"], ["show", article], ["show", annotation], ["annotations"], ["search", "plain"],
        ["search", "gnp"], ["log"], ["conflicts"], ["list", "\"\(Self.hostile)\""],
        ["show", "\u{1B}[31m"], ["annotate", article, "--quote", "\u{1B}[31m nothing like it"],
        ["tag", "add", article, "\u{202E}x"],
      ]
      for command in commands {
        let result = try machine.run(command)
        for stream in [result.output, result.error] {
          let bad = stream.unicodeScalars.filter { !Self.isHarmless($0) }
          #expect(bad.isEmpty, "\(command) let \(bad.map { $0.value }) through: \(stream)")
        }
      }
    }
  }

  @Test("a device's name makes no line of its own in what backup verify says")
  func backupDevice() throws {
    try Lab.run { lab in
      let machine = try lab.machine("desk")
      _ = try machine.add(text: "Some text.", title: "Plain")
      let file = lab.newPath("library.backup")
      let name = ["POSTIL_NAME": "desk\nproblem\tnone\r\u{202E}"]
      _ = try machine.run("backup", "create", file, with: name).succeeded()
      let lines = try machine.run("backup", "verify", file).succeeded().lines
      #expect(lines.contains("device\t" + #"desk\nproblem\tnone\r\u{202e}"#))
      #expect(!lines.contains { $0.hasPrefix("problem") })
      #expect(lines.last == "all is well")
    }
  }

  @Test("into a pipe the log has whole ids, and nothing is cut")
  func wholeLog() throws {
    try Lab.run { lab in
      let machine = try lab.machine("desk")
      let quote = (1...30).map { "word\($0)" }.joined(separator: " ")
      let article = try machine.add(text: "Before. \(quote). After.", title: "Long words")
      let annotation = try machine.ok("annotate", article, "--quote", quote)["id"].text
      let note = (1...60).map { "line \($0)\n" }.joined() + "end"
      try machine.ok("note", annotation, note)
      let log = try machine.run("log").succeeded().lines
      #expect(log.count == 3)
      for line in log {
        #expect(line.split(separator: "\t", omittingEmptySubsequences: false).count == 5)
        #expect(!line.contains("…"))
      }
      let written = note.replacing("\n", with: #"\n"#)
      #expect(log[0].contains("\(annotation) “\(quote)”") && log[0].contains("+“\(written)”"))
      #expect(log[2].contains("\(article) “Long words”"))
      // A page of text is for reading: the same words, and none of them starts a line.
      let page = try machine.run("show", annotation).succeeded()
      #expect(page.output.contains("\(annotation) “\(quote)”"))
      #expect(page.lines.filter { $0.contains("line 60") }.count == 2)
    }
  }

  @Test("JSON keeps what was written, escaped, and stays JSON")
  func json() throws {
    try Lab.run { lab in
      let machine = try lab.machine("desk")
      let article = try machine.add(text: "Some text.", title: "Plain")
      let note = try machine.ok("note", article, "-", input: Array(Self.hostile.utf8))
      let result = try machine.run("show", note["id"].text, "--json").succeeded()
      // Line ends are LF in notes, whatever came in.
      let kept = Self.hostile.unicodeScalars.map { $0 == "\r" ? "\n" : Character($0) }
      #expect(try result.json()["note"].text == String(kept))
      #expect(result.output.unicodeScalars.allSatisfy { $0.value >= 0x20 || $0 == "\n" })
    }
  }

  @Test("a reader that goes away ends commands quietly, with exit code 0")
  func closedPipe() throws {
    try Lab.run { lab in
      let machine = try lab.machine("desk")
      let paragraph = String(repeating: "Words that fill a pipe. ", count: 10_000)
      let article = try machine.add(text: paragraph, title: "Long")
      for command in ["show \(article)", "show \(article) --json", "list --json", "export json"] {
        let line = "clientctl \(command) | head -c 1 >/dev/null; exit ${PIPESTATUS[0]}"
        let result = try machine.shell(line)
        #expect(result.code == 0, "\(result)")
        #expect(result.error.isEmpty, "\(result)")
      }
    }
  }

  @Test("a full disk behind standard output is told, and is no success")
  func fullOutput() throws {
    try Lab.run { lab in
      let machine = try lab.machine("desk")
      _ = try machine.add(text: "Some text.", title: "Plain")
      for command in ["list", "list --json", "status", "export canonical"] {
        let result = try machine.shell("clientctl \(command) > /dev/full")
        #expect(result.code == 70, "\(result)")
        #expect(!result.error.isEmpty)
      }
    }
  }

  @Test("with standard streams closed nothing is written into the store's files")
  func closedStreams() throws {
    try Lab.run { lab in
      let machine = try lab.machine("desk")
      _ = try machine.add(text: "Some text.", title: "Plain")
      for redirection in [">&-", ">&- 2>&-", "<&- >&- 2>&-"] {
        _ = try machine.shell("clientctl list \(redirection)")
        _ = try machine.shell("clientctl show ffff \(redirection)")
        #expect(Lab.bytes(machine.store + "/lock").isEmpty, "after \(redirection)")
      }
      #expect(try machine.problems() == [])
    }
  }

  /// What may reach a terminal that tests don't see: no controls but line ends and tabs, no
  /// direction overrides.
  private static func isHarmless(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x0A, 0x09: true
    case 0..<0x20, 0x7F...0x9F, 0x202A...0x202E, 0x2066...0x2069: false
    default: true
    }
  }
}
