// SPDX-License-Identifier: MIT

import Foundation
import Testing

@Suite("The main job: two machines, apart and together")
struct MainJobTests {
  @Test("five articles and their annotations arrive whole on a machine that joins")
  func arrival() throws {
    try Lab.run { lab in
      let desk = try lab.machine("desk")
      let laptop = try lab.machine("laptop")
      var ids: [String: String] = [:]
      for article in Seeds.articles { ids[article] = try desk.add(article, "--tag", "news") }
      #expect(Set(ids.values).count == 5)
      let made = try Seeds.annotate(desk, ids)
      #expect(made.count == 14)

      try desk.startDaemon()
      try laptop.join(desk)
      try laptop.sync()

      #expect(try laptop.fingerprint() == desk.fingerprint())
      #expect(try laptop.ok("list") == desk.ok("list"))
      #expect(try laptop.ok("annotations") == desk.ok("annotations"))
      #expect(try laptop.ok("status")["textsWanted"].int == 0)
      for id in ids.values {
        let here = try desk.ok("show", id)["text"].text
        #expect(here.utf8.count > 1000)
        #expect(try laptop.ok("show", id)["text"].text == here)
      }
      try expectEqualExports(desk, laptop)
      #expect(try desk.problems() == [])
      #expect(try laptop.problems() == [])
    }
  }

  @Test("the same article added on two machines apart is one article")
  func oneArticle() throws {
    try Pair.run { pair in
      try pair.part()
      let id = try pair.desk.add(Seeds.articles[4])
      #expect(try pair.laptop.add(Seeds.articles[4]) == id)
      try pair.meet()
      #expect(try pair.desk.ok("list").elements.filter { $0["id"].text == id }.count == 1)
      try pair.expectAgreement()
    }
  }

  @Test("a title changed on both is shown alike and kept twice; deciding on one decides on both")
  func titleConflict() throws {
    try Pair.run { pair in
      let (desk, laptop) = (pair.desk, pair.laptop)
      try pair.part()
      try desk.ok("edit", pair.article, "--title", "The gates stay shut")
      try laptop.ok("edit", pair.article, "--title", "Ashkara answers")
      try pair.meet()
      let conflicts = try desk.ok("conflicts")
      #expect(conflicts.elements.count == 1)
      #expect(conflicts[0]["id"].text == pair.article)
      #expect(conflicts[0]["field"].text == "title")
      let values = conflicts[0]["values"].elements
      #expect(Set(values.map(\.["value"].text)) == ["The gates stay shut", "Ashkara answers"])
      #expect(Set(values.map(\.["device"].text)) == ["desk", "laptop"])
      #expect(try laptop.ok("conflicts") == conflicts)
      #expect(try desk.ok("show", pair.article)["title"] == values.first?["value"])
      try pair.expectAgreement()

      try pair.part()
      try laptop.ok("resolve", pair.article, "title", "--take", "2")
      let chosen = values.last?["value"].text ?? ""
      #expect(try laptop.ok("conflicts").elements.isEmpty)
      try pair.meet()
      #expect(try desk.ok("conflicts").elements.isEmpty)
      #expect(try desk.ok("show", pair.article)["title"].text == chosen)
      try pair.expectAgreement()
    }
  }

  @Test("a tag removed on one and added again on the other stays; one only removed goes")
  func tags() throws {
    try Pair.run { pair in
      let (desk, laptop) = (pair.desk, pair.laptop)
      try desk.ok("tag", "add", pair.article, "contested", "unwanted")
      try pair.meet()
      try pair.part()
      try desk.ok("tag", "remove", pair.article, "contested", "unwanted")
      try laptop.ok("tag", "remove", pair.article, "contested")
      try laptop.ok("tag", "add", pair.article, "contested")
      try pair.meet()
      let tags = try desk.ok("show", pair.article)["tags"].texts
      #expect(tags.contains("contested"))
      #expect(!tags.contains("unwanted"))
      #expect(try laptop.ok("show", pair.article)["tags"].texts == tags)
      try pair.expectAgreement()
    }
  }

  @Test("a tag renamed on one, and used by its old name on the other, is one tag")
  func tagRename() throws {
    try Pair.run { pair in
      let (desk, laptop) = (pair.desk, pair.laptop)
      try desk.ok("tag", "add", pair.article, "asia/hills")
      try pair.meet()
      try pair.part()
      try desk.ok("tag", "rename", "asia", "highlands")
      try laptop.ok("tag", "add", pair.annotation, "asia/hills")
      try pair.meet()
      for machine in [desk, laptop] {
        #expect(try machine.ok("show", pair.article)["tags"].texts.contains("highlands/hills"))
        #expect(try machine.ok("show", pair.annotation)["tags"].texts.contains("highlands/hills"))
        let names = try machine.ok("tag", "list").elements.map(\.["name"].text)
        #expect(!names.contains { $0.hasPrefix("asia") })
      }
      try pair.expectAgreement()
    }
  }

  @Test("an edit that a deletion had not seen brings the annotation back, on both")
  func deletion() throws {
    try Pair.run { pair in
      let (desk, laptop) = (pair.desk, pair.laptop)
      try pair.part()
      try desk.ok("delete", pair.annotation)
      #expect(try desk.ok("annotations").elements.allSatisfy { $0["id"].text != pair.annotation })
      try laptop.ok("note", pair.annotation, "Still needed.")
      try pair.meet()
      for machine in [desk, laptop] {
        let shown = try machine.ok("show", pair.annotation)
        #expect(shown["note"].text == "Still needed.")
        #expect(shown["quote"].exists)
      }
      try pair.expectAgreement()
    }
  }

  @Test("a deletion that saw everything holds on both, and restoring travels")
  func deletionHolds() throws {
    try Pair.run { pair in
      let (desk, laptop) = (pair.desk, pair.laptop)
      try desk.ok("delete", pair.annotation)
      try pair.meet()
      #expect(try laptop.ok("annotations").elements.allSatisfy { $0["id"].text != pair.annotation })
      try laptop.ok("restore", pair.annotation)
      try pair.meet()
      #expect(try desk.ok("show", pair.annotation)["quote"].exists)
      try pair.expectAgreement()
    }
  }

  @Test("undo takes back only what this machine did")
  func undo() throws {
    try Pair.run { pair in
      let (desk, laptop) = (pair.desk, pair.laptop)
      let old = try desk.ok("show", pair.article)["title"].text
      try pair.part()
      try laptop.ok("note", pair.annotation, "Laptop's own words.")
      try desk.ok("edit", pair.article, "--title", "Desk's title")
      try pair.meet()
      let undone = try desk.ok("undo")
      #expect(undone["entities"].texts == [pair.article])
      try pair.meet()
      for machine in [desk, laptop] {
        #expect(try machine.ok("show", pair.article)["title"].text == old)
        #expect(try machine.ok("show", pair.annotation)["note"].text == "Laptop's own words.")
      }
      try pair.expectAgreement()
    }
  }
}
