// SPDX-License-Identifier: MIT

import Anchoring
import Foundation
import Merge
import SyncEngine
import TestSupport
import Testing

@testable import Store

/// Stores that are set back in place again and again, and write on: every branch is kept, on every
/// store, whatever way it came.
@Suite struct ForkSimulationTests {
  /// `POSTIL_SEEDS=50` tries as many, `POSTIL_SEED=7` that one.
  private static let seeds: [UInt64] = {
    let environment = ProcessInfo.processInfo.environment
    if let one = environment["POSTIL_SEED"].flatMap(UInt64.init) { return [one] }
    return Array(1...(environment["POSTIL_SEEDS"].flatMap(UInt64.init) ?? 6))
  }()

  @Test("stores that are set back in place come together, and nothing is lost", arguments: seeds)
  func setBack(seed: UInt64) async throws {
    var world = try ForkedWorld(seed: seed)
    for turn in 0..<70 { try await world.act(turn) }
    try await world.comeTogether()
    try await world.expectWhole()
    // Whoever was set back or forked writes under another name from now on.
    let forks = try world.store(0).status().forks
    for index in world.machines.indices { try world.edit(index, 1_000_000) }
    try await world.comeTogether()
    try await world.expectWhole()
    #expect(try world.store(0).status().forks == forks, "seed \(seed)")
    print("seed \(seed): \(world.setBacks) set back, \(forks) forks, \(world.words.count) edits")
  }
}

/// Some machines, what each was heard to have written, and a dice.
private struct ForkedWorld {
  struct Machine {
    let name: String
    var store: Store?
    /// The words of all edits that it holds.
    var words: Set<String> = []
    /// Its files as they were, with the words.
    var saved: [(SavedFiles, Set<String>)] = []
  }

  let seed: UInt64
  /// An undo takes words out of notes: every other history does without, and must keep each word.
  var allowsUndo: Bool { seed % 2 == 0 }
  let scratch: Scratch
  var generator: SeededGenerator
  var machines: [Machine] = []
  var links: [(Int, Int, Bytes16)] = []
  var setBacks = 0
  private var opened: UInt64 = 0

  init(seed: UInt64) throws {
    self.seed = seed
    scratch = try Scratch()
    generator = SeededGenerator(seed: seed)
    for index in 0..<Int.random(in: 3...5, using: &generator) {
      machines.append(Machine(name: "s\(index)"))
      try open(index)
    }
    for right in machines.indices {
      for left in 0..<right { links.append((left, right, try pair(store(left), store(right)))) }
    }
  }

  /// What no store may have lost.
  var words: Set<String> { machines.reduce(into: []) { $0.formUnion($1.words) } }

  func store(_ index: Int) throws -> Store { try #require(machines[index].store) }

  private mutating func open(_ index: Int) throws {
    // Another run of the program never draws the same numbers.
    opened += 1
    machines[index].store = try scratch.store(
      machines[index].name, seed: seed &* 10_000 &+ opened)
  }

  /// Closes the store; it must be gone before its files are touched.
  private mutating func close(_ index: Int) {
    weak let gone = machines[index].store
    machines[index].store = nil
    while gone != nil { usleep(200) }
  }

  mutating func act(_ turn: Int) async throws {
    let index = Int.random(in: machines.indices, using: &generator)
    switch Int.random(in: 0..<20, using: &generator) {
    case 0..<10: try edit(index, turn)
    case 10..<14:
      guard let link = links.randomElement(using: &generator) else { return }
      try await sync(link)
    case 14, 15, 16: try save(index)
    case 17, 18: try setBack(index, turn)
    default:
      // The worst: what was written is heard of elsewhere, and built on, before it is set back.
      try save(index)
      for more in 0...Int.random(in: 0...2, using: &generator) {
        try edit(index, 1000 * turn + more)
      }
      guard
        let link = links.filter({ $0.0 == index || $0.1 == index })
          .randomElement(using: &generator)
      else { return }
      try await sync(link)
      try edit(link.0 == index ? link.1 : link.0, 1000 * turn + 10)
      try setBack(index, turn)
    }
  }

  private mutating func save(_ index: Int) throws {
    close(index)
    let files = try SavedFiles(scratch.path + "/" + machines[index].name)
    machines[index].saved.append((files, machines[index].words))
    try open(index)
  }

  private mutating func setBack(_ index: Int, _ turn: Int) throws {
    let last = Bool.random(using: &generator) ? machines[index].saved.last : nil
    guard let (files, words) = last ?? machines[index].saved.randomElement(using: &generator) else {
      return
    }
    close(index)
    // Nearly always everything, so that nothing on the machine tells.
    let all = Int.random(in: 0..<5, using: &generator) > 0
    try files.restore(all ? nil : ["postil.db", "postil.db-wal"])
    machines[index].words = words
    setBacks += 1
    try open(index)
    // Mostly it writes before it syncs.
    for more in 0..<Int.random(in: 0...3, using: &generator) {
      try edit(index, 1000 * turn + 100 + more)
    }
  }

  /// One exchange in a direction that chance chooses; nothing may be refused.
  mutating func sync(_ link: (Int, Int, Bytes16)) async throws {
    let turned = Bool.random(using: &generator)
    let (caller, server) = turned ? (link.1, link.0) : (link.0, link.1)
    let report = try await exchange(store(caller), with: store(server), as: link.2)
    #expect(report.inStep, "seed \(seed)")
    #expect(report.refusedByUs == [], "seed \(seed)")
    #expect(report.refusedByPeer == [], "seed \(seed)")
    #expect(report.rounds <= 6, "seed \(seed)")
    let both = machines[caller].words.union(machines[server].words)
    machines[caller].words = both
    machines[server].words = both
  }

  mutating func comeTogether() async throws {
    for _ in 0..<2 { for link in links { try await sync(link) } }
  }

  /// All hold the same, and every edit that was not set back before anybody heard of it.
  func expectWhole() async throws {
    let stores = try machines.indices.map { try store($0) }
    try expectInStep(stores)
    let merged = try stores[0].merged()
    let notes = merged.values.compactMap(\.text).joined(separator: " ")
    let log = String(describing: try stores[0].log(limit: .max).map(\.operations))
    for word in words {
      #expect(log.contains(word), "seed \(seed): \(word) is not in the log")
      if word.hasPrefix("note"), !allowsUndo {
        #expect(notes.contains(word), "seed \(seed): \(word) is in no note")
      }
    }
    for store in stores {
      try store.rebuild()
      #expect(try store.merged() == merged, "seed \(seed), rebuilt")
    }
  }

  /// Does one thing on a machine, with a word of its own in it.
  mutating func edit(_ index: Int, _ turn: Int) throws {
    let store = try store(index)
    scratch.advance(milliseconds: .random(in: -500...5000, using: &generator))
    let mark = "\(index)t\(turn)n\(Int.random(in: 0..<1_000_000, using: &generator))x"
    do {
      if let word = try edit(store, mark) { machines[index].words.insert(word) }
    } catch let error as StoreError {
      // Wishes that can't be met are part of life.
      guard [.notFound, .ambiguous, .badInput].contains(error.code) else { throw error }
    }
  }

  private mutating func edit(_ store: Store, _ mark: String) throws -> String? {
    let articles = try store.articles(matching: Query()).map(\.id).sorted()
    let annotations = try store.annotations(matching: Query()).map(\.id).sorted()
    guard let article = articles.randomElement(using: &generator) else {
      try store.set(
        [(.title, .text("title\(mark)"))], of: store.add("Text \(mark). The river rose."),
        action: "title")
      return "title\(mark)"
    }
    switch Int.random(in: 0..<14, using: &generator) {
    case 0: try store.add("Another text \(mark).")
    case 1, 2:
      try store.note(article, "note\(mark) filler\n")
      return "note\(mark)"
    case 3, 4:
      try store.set([(.title, .text("title\(mark)"))], of: article, action: "title")
      return "title\(mark)"
    case 5:
      _ = try store.tag(article, add: [TagName("tag\(mark)")], remove: [])
      return "tag\(mark)"
    case 6:
      guard let tag = try store.tags().randomElement(using: &generator) else { return nil }
      _ = try store.tag(article, add: [], remove: [TagName(tag.name)])
    case 7: _ = try store.delete(article)
    case 8:
      if allowsUndo { _ = try store.undo() }
    case 9:
      guard let conflict = try store.conflicts().randomElement(using: &generator),
        let version = conflict.versions.randomElement(using: &generator)
      else { return nil }
      try store.resolve(conflict.entity, conflict.field, to: version.value)
    default:
      guard let note = annotations.randomElement(using: &generator) else { return nil }
      let draft = try store.draft(of: note)
      var lines = draft.text.split(separator: "\n").map(String.init)
      let place = Int.random(in: 0...lines.count, using: &generator)
      if place < lines.count, Bool.random(using: &generator) {
        lines[place] = lines[place].replacing(" filler", with: "")
      }
      lines.insert("note\(mark) filler", at: place)
      try store.setNote(of: note, to: lines.joined(separator: "\n") + "\n", base: draft)
      return "note\(mark)"
    }
    return nil
  }
}
