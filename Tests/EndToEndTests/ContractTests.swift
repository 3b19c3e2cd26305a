// SPDX-License-Identifier: MIT

import Testing

@Suite("The --json contract")
struct ContractTests {
  /// A store with one of everything.
  private final class Library {
    let machine: Machine
    let article: String
    let annotation: String
    let reply: String

    init(_ lab: Lab) throws {
      machine = try lab.machine("desk")
      article = try machine.add(
        Seeds.articles[1], "--url", "https://www.example.org/news/1?utm_source=x", "--author",
        "A. Writer",
        "--published", "2021-09-02T07:15:00Z", "--tag", "news/wire", "--tag", "asia")
      annotation = try machine.ok(
        "annotate", article, "--quote", "the river is always stronger", "--note", "A weir.",
        "--tag", "simile", "--color", "green")["id"].text
      reply = try machine.ok("reply", annotation, "Is it?")["id"].text
    }
  }

  private static func run(_ body: (Library) throws -> Void) throws {
    try Lab.run { lab in try body(try Library(lab)) }
  }

  @Test("list: every field of an article, ids in full, times in UTC")
  func list() throws {
    try Self.run { library in
      let rows = try library.machine.ok("list")
      #expect(rows.elements.count == 1)
      let row = rows[0]
      let fields: Set = [
        "id", "url", "title", "site", "author", "published", "tags", "revision", "annotations",
        "created", "modified",
      ]
      #expect(row.keys.isSuperset(of: fields), "missing: \(fields.subtracting(row.keys))")
      #expect(row["id"].text == library.article)
      #expect(Form.isID(row["id"].text))
      #expect(row["tags"].texts == ["asia", "news/wire"])
      #expect(row["published"].text.hasPrefix("2021-09-02T07:15:00"))
      // Replies are counted with what they answer.
      #expect(row["annotations"].int == 1)
      #expect(row["url"].text.hasPrefix("https://www.example.org/news/1"))
      #expect(row["site"].text == "example.org")
      #expect(row["revision"].text.wholeMatch(of: /[0-9a-f]{64}/) != nil)
      for name in ["published", "created", "modified"] { #expect(Form.isTime(row[name].text)) }
    }
  }

  @Test("annotations: every field, the reply with its parent, and empty fields left out")
  func annotations() throws {
    try Self.run { library in
      let rows = try library.machine.ok("annotations").elements
      #expect(rows.count == 2)
      let row = try #require(rows.first { $0["id"].text == library.annotation })
      let fields: Set = [
        "id", "article", "kind", "quote", "note", "tags", "color", "anchor", "created", "modified",
        "device",
      ]
      #expect(row.keys.isSuperset(of: fields), "missing: \(fields.subtracting(row.keys))")
      #expect(row["article"].text == library.article)
      #expect(row["anchor"].keys.isSuperset(of: ["status", "start", "end", "score"]))
      #expect(row["anchor"]["status"].text == "exact")
      #expect(row["device"].text == "desk")
      #expect(!row["parent"].exists && !row["conflicts"].exists)
      let reply = try #require(rows.first { $0["id"].text == library.reply })
      #expect(reply["parent"].text == library.annotation)
      #expect(reply["note"].text == "Is it?")
      #expect(reply.keys.isDisjoint(with: ["quote", "tags", "color", "anchor"]))
      #expect(Form.isTime(row["created"].text) && Form.isTime(reply["modified"].text))
    }
  }

  @Test("search: hits of both types, each with type, score and snippet")
  func search() throws {
    try Self.run { library in
      let hits = try library.machine.ok("search", "river").elements
      #expect(Set(hits.map(\.["type"].text)) == ["article", "annotation"])
      #expect(hits.allSatisfy { $0.keys.isSuperset(of: ["id", "type", "score", "snippet"]) })
      let none = try library.machine.run("search", "unheardof", "--json")
      #expect(none.code == 1)
      #expect(try none.json() == .array([]))
    }
  }

  @Test("show: an article with its text and annotations; an annotation with replies and history")
  func show() throws {
    try Self.run { library in
      let article = try library.machine.ok("show", library.article)
      #expect(article["text"].text.contains("the river is always stronger"))
      #expect(article["annotations"].elements.map(\.["id"].text).contains(library.annotation))
      let annotation = try library.machine.ok("show", library.annotation)
      #expect(annotation["replies"][0]["id"].text == library.reply)
      #expect(!annotation["history"].elements.isEmpty)
      let start = annotation["anchor"]["start"].int
      let end = annotation["anchor"]["end"].int
      // Offsets count code points.
      let scalars = Array(article["text"].text.unicodeScalars)
      try #require(start >= 0 && start < end && end <= scalars.count)
      let passage = String(String.UnicodeScalarView(scalars[start..<end]))
      #expect(passage == annotation["quote"].text)
    }
  }

  @Test("status: every field, of the store and of each peer")
  func status() throws {
    try Pair.run { pair in
      try pair.laptop.ok("tag", "add", pair.article, "laptop")
      try pair.laptop.sync()
      let status = try pair.laptop.ok("status")
      let fields: Set = [
        "library", "store", "writer", "fingerprint", "articles", "annotations", "changes", "peers",
      ]
      #expect(status.keys.isSuperset(of: fields), "missing: \(fields.subtracting(status.keys))")
      #expect(Form.isID(status["library"].text) && Form.isID(status["fingerprint"].text))
      #expect(status["store"].text == pair.laptop.store)
      #expect(status["articles"].int == 1 && status["annotations"].int == 1)
      for peer in [status["peers"][0], try pair.laptop.ok("peer", "list")[0]] {
        let names: Set = ["name", "address", "role", "theyHave", "weHave", "lastExchange"]
        #expect(peer.keys.isSuperset(of: names), "missing: \(names.subtracting(peer.keys))")
        #expect(peer["name"].text == "desk" && peer["role"].text == "write")
        #expect(Form.isTime(peer["lastExchange"].text))
        #expect(peer["theyHave"].int == status["changes"].int)
        #expect(!peer["error"].exists)
      }
      let secrets = try pair.laptop.run("status", "--json").output
      #expect(!secrets.contains("token"))
    }
  }

  @Test("what changes something prints the id of what was made or changed")
  func changes() throws {
    try Self.run { library in
      let machine = library.machine
      let (article, annotation) = (library.article, library.annotation)
      #expect(try machine.ok("note", annotation, "Other words.")["id"].text == annotation)
      #expect(try Form.isID(machine.ok("note", article, "On the whole.")["id"].text))
      let tagged = try machine.ok("tag", "add", article, "new")
      #expect(tagged["id"].text == article)
      #expect(tagged["tags"].texts == ["asia", "new", "news/wire"])
      #expect(try machine.ok("tag", "remove", article, "new")["id"].text == article)
      #expect(try machine.ok("edit", article, "--title", "T")["id"].text == article)
      #expect(try machine.ok("delete", annotation)["id"].text == annotation)
      #expect(try machine.ok("restore", annotation)["id"].text == annotation)
      let undone = try machine.ok("undo")
      #expect(undone["entities"].texts.contains(annotation))
      #expect(try machine.ok("annotations").elements.allSatisfy { $0["id"].text != annotation })
      let again = try machine.ok("add", Seeds.directory + "/articles/" + Seeds.articles[0])
      #expect(again.keys.isSuperset(of: ["id", "outcome", "title", "revision"]))
      #expect(try machine.ok("tag", "rename", "asia", "orient").keys == ["old", "new"])
      let tags = try machine.ok("tag", "list").elements
      #expect(tags.allSatisfy { $0.keys == ["name", "articles", "annotations"] })
    }
  }

  @Test("log, conflicts, doctor and invitations have their fields")
  func rest() throws {
    try Self.run { library in
      let machine = library.machine
      let log = try machine.ok("log").elements
      #expect(log.count == 3)
      #expect(log.allSatisfy { Form.isTime($0["time"].text) && $0["device"].text == "desk" })
      #expect(log.allSatisfy { $0.keys.isSuperset(of: ["time", "device", "action"]) })
      #expect(try machine.ok("conflicts") == .array([]))
      #expect(try machine.ok("doctor")["ok"] == .bool(true))
      let invite = try machine.ok("peer", "invite", "--address", "127.0.0.1:7417")
      #expect(invite.keys == ["invite", "addresses"])
      #expect(invite["invite"].text.hasPrefix("postil://pair?"))
      #expect(try machine.ok("peer", "list") == .array([]))
    }
  }

  @Test("nothing matched is exit code 1; an empty store lists nothing and is no failure for JSON")
  func nothing() throws {
    try Lab.run { lab in
      let machine = try lab.machine("desk")
      #expect(try machine.ok("list") == .array([]))
      #expect(try machine.ok("annotations") == .array([]))
      #expect(try machine.run("list").code == 1)
      #expect(try machine.run("list", "tag:none", "--json").code == 1)
      #expect(try machine.run("conflicts").code == 1)
      #expect(try machine.run("log").code == 1)
      #expect(try machine.run("tag", "list").code == 1)
      #expect(try machine.run("undo").code != 0)
    }
  }

  @Test("into a pipe: one line a row, fields between tabs, no colours, and ids that are accepted")
  func plain() throws {
    try Self.run { library in
      let machine = library.machine
      let lines = try machine.run("list").succeeded().lines
      #expect(lines.count == 1)
      let fields = lines[0].split(separator: "\t", omittingEmptySubsequences: false)
      #expect(fields.count == 6)
      #expect(library.article.hasPrefix(fields[0]))
      #expect(try machine.ok("show", String(fields[0]))["id"].text == library.article)
      let show = ["show", library.annotation]
      #expect(!(try machine.run(show).output.contains("\u{1B}")))
      let forced = try machine.run(show, with: ["CLICOLOR_FORCE": "1"]).output
      #expect(forced.contains("\u{1B}["))
      let both = ["CLICOLOR_FORCE": "1", "NO_COLOR": "1"]
      #expect(!(try machine.run(show, with: both).output.contains("\u{1B}")))
    }
  }
}

/// Forms of texts in JSON.
enum Form {
  /// 36 characters: an id in full.
  static func isID(_ text: String) -> Bool {
    text.wholeMatch(of: /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/) != nil
  }

  /// RFC 3339 in UTC.
  static func isTime(_ text: String) -> Bool {
    text.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/) != nil
  }
}
