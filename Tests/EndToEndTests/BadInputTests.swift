// SPDX-License-Identifier: MIT

import Testing

@Suite("Bad input: a clear message, the right exit code, the store as it was")
struct BadInputTests {
  /// A file that can't be an article.
  struct BadFile: Sendable, CustomTestStringConvertible {
    let what: String
    let bytes: [UInt8]
    /// Words of the message.
    let says: String

    var testDescription: String { what }
  }

  static let files = [
    BadFile(what: "not UTF-8", bytes: Array("caf".utf8) + [0xE9, 0x21], says: "UTF-8 at byte 3"),
    BadFile(what: "cut in a character", bytes: [0x61, 0xF0, 0x9F, 0x98], says: "UTF-8"),
    BadFile(what: "UTF-16", bytes: [0xFF, 0xFE, 0x61, 0x00], says: "UTF-8"),
    BadFile(what: "empty", bytes: [], says: "blank"),
    BadFile(what: "blank", bytes: Array(" \n\t\r\n\u{A0}\n".utf8), says: "blank"),
    BadFile(what: "only a byte order mark", bytes: [0xEF, 0xBB, 0xBF], says: "blank"),
    BadFile(what: "a NUL byte", bytes: Array("a\0b".utf8), says: "NUL"),
  ]

  @Test("an article that is no text is refused with exit code 2", arguments: files)
  func badFile(file: BadFile) throws {
    try Lab.run { lab in
      let machine = try lab.machine("desk")
      let before = try machine.ok("status")
      let path = try lab.file(file.bytes)
      for source in [path, "-"] {
        let result = try machine.run("add", source, input: source == "-" ? file.bytes : [])
        #expect(result.code == 2, "\(result)")
        #expect(result.error.contains(file.says), "\(result)")
        #expect(result.error.hasPrefix("clientctl: "))
        #expect(result.bytes.isEmpty)
      }
      #expect(try machine.ok("status") == before)
    }
  }

  @Test("a directory, a device without end and a file that isn't there are refused")
  func noFile() throws {
    try Lab.run { lab in
      let machine = try lab.machine("desk")
      let directory = try machine.run("add", lab.directory)
      #expect(directory.code == 2)
      #expect(directory.error.contains("is a directory"))
      let missing = try machine.run("add", "no-such-file.txt")
      #expect(missing.code == 3)
      #expect(missing.error.contains("no-such-file.txt"))
      let endless = try machine.run("add", "/dev/zero")
      #expect(endless.code == 2)
      #expect(endless.error.contains("too large"))
      #expect(try machine.ok("list").elements.isEmpty)
    }
  }

  @Test("a file of 100 MB is refused at once, from a path and from a pipe")
  func hugeFile() throws {
    try Lab.run { lab in
      let machine = try lab.machine("desk")
      let start = Moment.now
      let file = try machine.shell(
        "truncate -s 100M huge; clientctl add huge; rc=$?; rm huge; exit $rc")
      #expect(file.code == 2)
      #expect(file.error.contains("too large"))
      let pipe = try machine.shell("head -c 100000000 /dev/zero | tr '\\0' a | clientctl add -")
      #expect(pipe.code == 2)
      #expect(pipe.error.contains("too large"))
      #expect(Moment.now - start < 10)
      #expect(try machine.ok("list").elements.isEmpty)
    }
  }

  @Test("a page's address is not fetched, and the message says what to do instead")
  func address() throws {
    try Lab.run { lab in
      let result = try lab.machine("desk").run("add", "https://example.org/story")
      #expect(result.code == 2)
      #expect(result.error.contains("--url https://example.org/story"))
    }
  }

  @Test("a quote that isn't there: exit code 3, and the nearest passage is suggested")
  func quoteMissing() throws {
    try Lab.run { lab in
      let machine = try lab.machine("desk")
      let article = try machine.add(Seeds.articles[1])
      let result = try machine.run("annotate", article, "--quote", "the river is always strongest")
      #expect(result.code == 3)
      #expect(result.error.contains("the river is always stronger"))
      let none = try machine.run("annotate", article, "--quote", "zzz qqq xxx")
      #expect(none.code == 3)
      #expect(try machine.run("annotate", article, "--quote", "").code == 2)
      #expect(try machine.run("annotate", article, "--quote", "  \n ").code == 2)
      #expect(try machine.ok("annotations").elements.isEmpty)
    }
  }

  @Test("a quote that occurs several times: exit code 4 with the choices, as text and as JSON")
  func quoteAmbiguous() throws {
    try Lab.run { lab in
      let machine = try lab.machine("desk")
      let article = try machine.add(Seeds.articles[3])
      let quote = "we will not come down"
      let result = try machine.run("annotate", article, "--quote", quote)
      #expect(result.code == 4)
      #expect(result.error.contains("4 times"))
      #expect(result.error.contains("--occurrence"))
      let json = try machine.run("annotate", article, "--quote", quote, "--json")
      #expect(json.code == 4)
      let choices = try json.json()["occurrences"].elements
      #expect(choices.map(\.["occurrence"].int) == [1, 2, 3, 4])
      #expect(choices.allSatisfy { $0["context"].text.lowercased().contains(quote) })
      #expect(choices.allSatisfy { $0["end"].int - $0["start"].int == quote.count })
      #expect(try machine.run("annotate", article, "--quote", quote, "--occurrence", "5").code == 3)
      #expect(try machine.ok("annotations").elements.isEmpty)
      let made = try machine.ok("annotate", article, "--quote", quote, "--occurrence", "3")
      #expect(made["start"] == choices[2]["start"])
    }
  }

  @Test("unknown, ambiguous and odd ids have exit codes 3, 4 and 2")
  func ids() throws {
    try Lab.run { lab in
      let machine = try lab.machine("desk")
      var ids: [String] = []
      // Seventeen ids: two begin with the same digit.
      for number in 1...17 {
        ids.append(try machine.add(text: "Text \(number)", title: "T\(number)"))
      }
      let counts = Dictionary(grouping: ids) { $0.prefix(1) }
      let shared = try #require(counts.first { $0.value.count > 1 })
      let ambiguous = try machine.run("show", String(shared.key))
      #expect(ambiguous.code == 4)
      for id in shared.value { #expect(ambiguous.error.contains(id)) }
      let unused = ids[0].replacing("-", with: "").map { $0 == "0" ? "1" : "0" }.joined()
      for arguments in [["show", unused], ["delete", unused], ["tag", "add", unused, "x"]] {
        #expect(try machine.run(arguments).code == 3)
      }
      for odd in ["", "xyz", "../..", "%", String(repeating: "a", count: 33)] {
        let code = try machine.run("show", odd).code
        #expect(code == 2 || code == 3, "“\(odd)” ended with \(code)")
      }
      #expect(try machine.run("reply", ids[0], "to an article").code == 3)
      #expect(try machine.ok("show", ids[0].uppercased())["id"].text == ids[0])
    }
  }

  @Test(
    "a query that can't be read: exit code 2, with a caret under the place",
    arguments: [
      "created:notadate", "tag:(x", "title:", "(a", "a)", "\"open", "limit:x", "sort:nothing",
      "is:nothing", "created:2026-13-40", "modified:<7q", "nosuchfield:x", "or", "not",
    ])
  func query(query: String) throws {
    try Lab.run { lab in
      let machine = try lab.machine("desk")
      for command in ["list", "annotations", "search"] {
        let result = try machine.run(command, query)
        #expect(result.code == 2, "\(result)")
        let lines = result.error.split(separator: "\n")
        #expect(lines.contains(Substring(query)), "\(result)")
        #expect(lines.last?.drop { $0 == " " }.hasPrefix("^") == true, "\(result)")
      }
    }
  }

  @Test("invalid flags and commands end with 2 and say what is right")
  func flags() throws {
    try Lab.run { lab in
      let machine = try lab.machine("desk")
      let wrong: [[String]] = [
        ["list", "--nope"], ["nope"], ["add"], ["annotate", "a"], ["log", "--limit", "0"],
        ["log", "--limit", "x"], ["note", "a"], ["note", "a", "b", "--edit"], ["edit", "a"],
        ["resolve", "a", "title"], ["peer"], ["tag", "add"], ["completion", "tcsh"],
        ["annotate", "a", "--quote", "b", "--occurrence", "x"], ["export", "pdf"],
      ]
      for arguments in wrong {
        let result = try machine.run(arguments)
        #expect(result.code == (arguments == ["peer"] ? 0 : 2), "\(result)")
        #expect(!result.error.isEmpty || !result.output.isEmpty)
      }
      let article = try machine.add(Seeds.articles[0])
      let odd: [[String]] = [
        ["annotate", article, "--quote", "the", "--occurrence", "1", "--color", "mauve"],
        ["tag", "add", article, ""], ["tag", "add", article, "a//b"],
        ["tag", "add", article, "a\u{7}"],
        ["edit", article, "--title", ""], ["edit", article, "--title", "a\u{1B}[31mb"],
        ["edit", article, "--published", "yesterday"], ["note", article, ""], ["undo", "17"],
        ["peer", "invite", "--address", "127.0.0.1"],
        [
          "peer", "invite", "--role", "god",
          "--address", "127.0.0.1:1",
        ],
      ]
      for arguments in odd {
        let result = try machine.run(arguments)
        #expect(result.code == 2, "\(result)")
        #expect(result.error.hasPrefix("clientctl: "), "\(result)")
      }
      #expect(try machine.ok("annotations").elements.isEmpty)
    }
  }
}
