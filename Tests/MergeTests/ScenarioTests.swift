// SPDX-License-Identifier: MIT

import Merge
import Testing

/// The scenarios of `docs/merge.md`, by their numbers there.
@Suite("Merge scenarios")
struct ScenarioTests {
  var machines: TwoMachines

  init() throws { machines = try TwoMachines() }

  @Test("1: of two titles written apart one is shown and the other kept")
  mutating func titlesApart() throws {
    try machines.laptop.set(.title, to: "Rain", time: 100)
    try machines.desktop.set(.title, to: "Flood", time: 200)
    try machines.meet()
    #expect(machines.laptop.title == "Flood")
    #expect(machines.laptop.keptTitles == ["Rain"])
  }

  @Test("2: who has seen a title and replaces it wins, whatever the clocks say")
  mutating func clockOff() throws {
    try machines.laptop.set(.title, to: "Rain", time: 315_360_000_000)
    try machines.meet()
    try machines.desktop.set(.title, to: "Flood", time: -5)
    try machines.meet()
    #expect(machines.laptop.title == "Flood")
    #expect(machines.laptop.keptTitles.isEmpty)
  }

  @Test("3: a resolved conflict is over, and a write that had not heard of it opens another")
  mutating func resolved() throws {
    try machines.laptop.set(.title, to: "Rain", time: 100)
    try machines.desktop.set(.title, to: "Flood", time: 200)
    var phone = Replica(.numbered(3))
    try phone.pull(machines.laptop)
    try machines.meet()
    try machines.laptop.set(.title, to: "Rain", time: 300)
    try machines.meet()
    #expect(machines.desktop.title == "Rain")
    #expect(machines.desktop.keptTitles.isEmpty)
    try phone.set(.title, to: "Storm", time: 150)
    try machines.laptop.pull(phone)
    #expect(machines.laptop.title == "Rain")
    #expect(machines.laptop.keptTitles == ["Storm"])
  }

  @Test("4: the same title written apart is no conflict")
  mutating func sameTitle() throws {
    try machines.laptop.set(.title, to: "Rain", time: 100)
    try machines.desktop.set(.title, to: "Rain", time: 200)
    try machines.meet()
    #expect(machines.laptop.state(of: .article).entries(of: .title).count == 2)
    #expect(machines.laptop.keptTitles.isEmpty)
  }

  @Test("5: a tag added apart by both is there once, and goes as one")
  mutating func tagTwice() throws {
    try machines.laptop.tag("river")
    try machines.desktop.tag("river")
    try machines.meet()
    #expect(machines.laptop.tags == ["news", "river"])
    try machines.laptop.untag("river")
    try machines.meet()
    #expect(machines.desktop.tags == ["news"])
  }

  @Test("6: a tag that was added again stays, whoever removed it unaware")
  mutating func addWins() throws {
    try machines.laptop.untag("news")
    try machines.desktop.tag("news")
    try machines.meet()
    #expect(machines.laptop.tags == ["news"])
  }

  @Test("7: a removed tag goes where it was only left alone")
  mutating func removalArrives() throws {
    try machines.laptop.untag("news")
    try machines.desktop.tag("river")
    try machines.meet()
    #expect(machines.desktop.tags == ["river"])
  }

  @Test("8: an edit that the deletion had not seen brings the article back whole")
  mutating func deletionLoses() throws {
    try machines.laptop.delete()
    try machines.desktop.set(.author, to: "A. Rao")
    #expect(machines.laptop.isDeleted)
    try machines.meet()
    #expect(!machines.laptop.isDeleted)
    #expect(machines.laptop.title == "Monsoon")
    #expect(machines.laptop.tags == ["news"])
  }

  @Test("9: a deletion that has seen the edit holds")
  mutating func deletionHolds() throws {
    try machines.desktop.set(.author, to: "A. Rao")
    try machines.meet()
    try machines.laptop.delete()
    try machines.meet()
    #expect(machines.desktop.isDeleted)
  }

  @Test("10: an unseen removal alone brings nothing back")
  mutating func removalRevivesNothing() throws {
    try machines.laptop.delete()
    try machines.desktop.untag("news")
    try machines.meet()
    #expect(machines.desktop.isDeleted)
    try machines.desktop.restore()
    #expect(machines.desktop.tags.isEmpty)
  }

  @Test("11: two deletions together cover what each alone had not seen")
  mutating func union() throws {
    try machines.laptop.set(.author, to: "A. Rao")
    try machines.laptop.delete()
    try machines.desktop.tag("river")
    try machines.desktop.delete()
    try machines.meet()
    #expect(machines.laptop.isDeleted)
    #expect(machines.laptop.state(of: .article).dots(of: .deletion).count == 2)
    try machines.desktop.restore()
    try machines.meet()
    #expect(!machines.laptop.isDeleted)
    #expect(machines.laptop.tags == ["news", "river"])
  }

  @Test("12: a restore takes back the deletions that it had seen, and no others")
  mutating func restoreSeesOne() throws {
    try machines.laptop.delete()
    try machines.desktop.delete()
    try machines.laptop.restore()
    #expect(!machines.laptop.isDeleted)
    try machines.meet()
    #expect(machines.laptop.isDeleted)
    try machines.laptop.restore()
    try machines.meet()
    #expect(!machines.desktop.isDeleted)
    #expect(machines.desktop.title == "Monsoon")
  }

  @Test("13: a new word about a deleted article brings it back; deleting again takes it")
  mutating func editAfterDeletion() throws {
    try machines.laptop.delete()
    try machines.meet()
    try machines.desktop.set(.title, to: "Flood")
    try machines.meet()
    #expect(!machines.laptop.isDeleted)
    try machines.laptop.delete()
    try machines.meet()
    #expect(machines.desktop.isDeleted)
    #expect(machines.desktop.state(of: .article).dots(of: .deletion).count == 1)
  }

  @Test("14: a tag renamed here, and used under its old name there, is one tag")
  mutating func renameMeetsUse() throws {
    try machines.laptop.set(.name, of: .tag, to: "news")
    try machines.laptop.set(.alias, of: .tag, to: "press")
    try machines.desktop.tag("news/asia")
    try machines.meet()
    let shown = machines.desktop.tags.map { aliases(machines.desktop).resolve($0) }
    #expect(Set(shown) == ["press", "press/asia"])
  }

  @Test("15: a tag renamed to two names apart goes by one, and the other name is kept")
  mutating func renamedTwice() throws {
    try machines.laptop.set(.name, of: .tag, to: "news")
    try machines.meet()
    try machines.laptop.set(.alias, of: .tag, to: "press", time: 1)
    try machines.desktop.set(.alias, of: .tag, to: "papers", time: 2)
    try machines.meet()
    #expect(aliases(machines.laptop).resolve("news") == "papers")
    #expect(machines.laptop.state(of: .tag).conflicts.map(\.field) == [.alias])
  }

  @Test("16: an undo puts back what was there, and what others wrote meanwhile is kept beside it")
  mutating func undo() throws {
    let former = machines.laptop.state(of: .article).dots(of: .title)
    let change = try machines.laptop.set(.title, to: "Rain", time: 1)
    #expect(former.count == 1)
    try machines.desktop.pull(machines.laptop)
    try machines.desktop.set(.title, to: "Flood", time: 2)
    // The laptop has not heard of the flood.
    try machines.laptop.write(
      [Operation(.article, .title, removes: [change.dot(0)], value: .text("Monsoon"))], time: 3)
    #expect(machines.laptop.title == "Monsoon")
    try machines.meet()
    #expect(machines.laptop.title == "Monsoon")
    #expect(machines.laptop.keptTitles == ["Flood"])
  }

  @Test("17: what this version does not know is merged like the rest and listed nowhere")
  mutating func unknown() throws {
    let field = Field(code: 900)
    try machines.laptop.set(field, to: "one", time: 1)
    try machines.desktop.set(field, to: "two", time: 2)
    try machines.desktop.write([
      Operation(entity: .future, action: .unknown(code: 5, bytes: [1]))
    ])
    try machines.meet()
    let state = machines.laptop.state(of: .article)
    #expect(state.entries(of: field).count == 2)
    #expect(state.conflicts.isEmpty)
    #expect(machines.laptop.log[.numbered(2)]?.count == 2)
  }

  private func aliases(_ replica: Replica) -> TagAliases {
    let state = replica.state(of: .tag)
    guard let old = state.winner(of: .name)?.value?.text,
      let new = state.winner(of: .alias)?.value?.text
    else { return TagAliases([:]) }
    return TagAliases([old: new])
  }
}
