// SPDX-License-Identifier: MIT

import Testing

@Suite("Deciding conflicts")
struct ResolveTests {
  @Test("a tag renamed to two names apart is listed, and deciding on one machine decides on both")
  func tagRenamedApart() throws {
    try Pair.run { pair in
      let (desk, laptop) = (pair.desk, pair.laptop)
      try desk.ok("tag", "add", pair.article, "hills")
      try pair.meet()
      try pair.part()
      try desk.ok("tag", "rename", "hills", "highlands")
      try laptop.ok("tag", "rename", "hills", "uplands")
      try pair.meet()
      let conflicts = try desk.ok("conflicts")
      #expect(conflicts.elements.count == 1)
      #expect(conflicts[0]["field"].text == "alias")
      let id = conflicts[0]["id"].text
      let values = conflicts[0]["values"].elements.map(\.["value"].text)
      #expect(Set(values) == ["highlands", "uplands"])
      #expect(try laptop.ok("conflicts", id) == conflicts)
      let shown = try #require(values.first)
      let kept = try #require(values.last)
      #expect(try desk.ok("show", pair.article)["tags"].texts.contains(shown))

      #expect(try laptop.run("resolve", id, "alias", "--value", "a//b").code == 2)
      try laptop.ok("resolve", id, "alias", "--take", "2")
      #expect(try laptop.ok("conflicts").elements.isEmpty)
      try pair.meet()
      for machine in [desk, laptop] {
        #expect(try machine.ok("conflicts").elements.isEmpty)
        let tags = try machine.ok("show", pair.article)["tags"].texts
        #expect(tags.contains(kept) && !tags.contains(shown) && !tags.contains("hills"))
      }
      try pair.expectAgreement()
    }
  }

  @Test("a value that is typed must be what the field takes")
  func typed() throws {
    try Pair.run { pair in
      let (desk, laptop) = (pair.desk, pair.laptop)
      try pair.part()
      let text = try desk.lab.file("The tide came in twice that day.")
      let addresses = ["https://example.org/tide", "https://www.example.org/tide?utm_source=x"]
      let article = try desk.ok("add", text, "--url", addresses[0])["id"].text
      #expect(try laptop.ok("add", text, "--url", addresses[1])["id"].text == article)
      try desk.ok("edit", pair.annotation, "--color", "green")
      try laptop.ok("edit", pair.annotation, "--color", "blue")
      let placed = "019a0000-0000-7000-8000-000000000001"
      for (machine, quote) in [(desk, "The tide"), (laptop, "twice")] {
        let lines = """
          {"postil":"export","version":1}
          {"type":"annotation","id":"\(placed)","article":"\(article)","quote":"\(quote)"}

          """
        try machine.ok("import", "json", "-", input: Array(lines.utf8))
      }
      try pair.meet()
      func refused(_ id: String, _ field: String, _ value: String) throws -> String {
        let result = try desk.run("resolve", id, field, "--value", value)
        #expect(result.code == 2, "\(result)")
        return result.error
      }
      for value in ["nonsense", "", "ftp://example.org/tide", "https://"] {
        #expect(try !refused(article, "url", value).isEmpty)
      }
      #expect(try refused(pair.annotation, "color", "mauve").contains("yellow"))
      #expect(try refused(placed, "target", "twice").contains("--take"))
      #expect(try desk.ok("conflicts").elements.count == 3)

      try desk.ok("resolve", article, "url", "--value", " https://example.org/tide?utm_source=y")
      try desk.ok("resolve", pair.annotation, "color", "--value", "red")
      try desk.ok("resolve", placed, "target", "--take", "2")
      try pair.meet()
      #expect(try laptop.ok("conflicts").elements.isEmpty)
      let shown = try laptop.ok("show", article)
      #expect(shown["url"].text == "https://example.org/tide?utm_source=y")
      #expect(try laptop.ok("show", pair.annotation)["color"].text == "red")
      try pair.expectAgreement()
    }
  }
}
