// SPDX-License-Identifier: MIT

import Testing

@Suite("Notes and replies written apart")
struct NotesTests {
  @Test("notes and replies made on both sides are all on both sides")
  func notesAndReplies() throws {
    try Pair.run { pair in
      let (desk, laptop) = (pair.desk, pair.laptop)
      try pair.part()
      try desk.ok("note", pair.article, "Desk: on the whole article.")
      try laptop.ok("note", pair.article, "Laptop: on the whole article.")
      try desk.ok("reply", pair.annotation, "Desk answers.")
      let reply = try laptop.ok("reply", pair.annotation, "Laptop answers.")["id"].text
      try laptop.ok("reply", reply, "And answers itself.")
      try pair.meet()
      for machine in [desk, laptop] {
        let notes = Set(try machine.ok("annotations").elements.map(\.["note"].text))
        let expected: Set = [
          "Desk: on the whole article.", "Laptop: on the whole article.", "Desk answers.",
          "Laptop answers.", "And answers itself.",
        ]
        #expect(notes.isSuperset(of: expected))
        let replies = try machine.ok("show", pair.annotation)["replies"].elements
        #expect(
          Set(replies.map(\.["note"].text)).isSuperset(of: ["Desk answers.", "Laptop answers."]))
      }
      try pair.expectAgreement()
    }
  }

  @Test("a note changed on both keeps every word of both, unbroken")
  func oneNote() throws {
    try Pair.run { pair in
      let (desk, laptop) = (pair.desk, pair.laptop)
      try desk.ok("note", pair.annotation, "The first draft stands here.")
      try pair.meet()
      try pair.part()
      try desk.ok(
        "note", pair.annotation, "Carefully: the first draft stands here, checked by desk.")
      try laptop.ok(
        "note", pair.annotation, "The first draft stands here. Laptop doubts the number.")
      try pair.meet()
      let note = try desk.ok("show", pair.annotation)["note"].text
      for words in ["Carefully:", ", checked by desk", "Laptop doubts the number.", "first draft"] {
        #expect(note.contains(words), "“\(words)” is not whole in “\(note)”")
      }
      #expect(try laptop.ok("show", pair.annotation)["note"].text == note)
      try pair.expectAgreement()
    }
  }

  @Test("paragraphs added at one place by both stand one after the other")
  func noInterleaving() throws {
    try Pair.run { pair in
      let (desk, laptop) = (pair.desk, pair.laptop)
      try pair.part()
      // One edit a line, the way people write: each builds on the one before it.
      let ours = ["Desk one.", "Desk two.", "Desk three."]
      let theirs = ["Laptop eins.", "Laptop zwei.", "Laptop drei."]
      for line in ours { try desk.ok("note", pair.annotation, line, "--append") }
      for line in theirs { try laptop.ok("note", pair.annotation, line, "--append") }
      try pair.meet()
      let note = try desk.ok("show", pair.annotation)["note"].text
      #expect(note.hasPrefix("A weir?\n"))
      #expect(note.contains(ours.joined(separator: "\n")), "mixed: \(note)")
      #expect(note.contains(theirs.joined(separator: "\n")), "mixed: \(note)")
      try pair.expectAgreement()
    }
  }

  @Test("undo of a note's change takes one's own words and leaves the other's")
  func undoOwnWords() throws {
    try Pair.run { pair in
      let (desk, laptop) = (pair.desk, pair.laptop)
      try pair.part()
      try desk.ok("note", pair.annotation, "A weir? Says the desk.")
      try laptop.ok("note", pair.annotation, "Laptop asks: A weir?")
      try pair.meet()
      try desk.ok("undo")
      try pair.meet()
      for machine in [desk, laptop] {
        #expect(try machine.ok("show", pair.annotation)["note"].text == "Laptop asks: A weir?")
      }
      try pair.expectAgreement()
    }
  }
}
