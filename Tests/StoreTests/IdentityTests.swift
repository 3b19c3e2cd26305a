// SPDX-License-Identifier: MIT

import Dispatch
import Foundation
import Merge
import Store
import Synchronization
import Testing

/// Under which name a store writes: never two stores under one.
@Suite struct IdentityTests {
  private static let text = "The river rose at night. Two villages were cut off."

  @Test("a copied store writes under a new name, and nothing of either is lost")
  func copied() throws {
    let scratch = try Scratch()
    let original: Store
    let writer: WriterID
    do {
      let store = try scratch.store("a", seed: 1)
      try store.add(Self.text, title: "one")
      writer = try #require(try store.status().writer)
      try scratch.copy("a", to: "b")
      original = store
    }
    let copy = try scratch.store("b", seed: 2, device: "copy")
    #expect(try copy.status().writer == nil)
    #expect(try copy.holdings().fingerprint == original.holdings().fingerprint)
    try copy.add("Bread is flour, water, salt and time.")
    let minted = try #require(try copy.status().writer)
    #expect(minted != writer)
    try original.highlight(try original.allArticles()[0].id, "river")
    try original.swap(with: copy)
    try expectSame(original, copy)
    #expect(try copy.allArticles().count == 2)
    #expect(try copy.allAnnotations().count == 1)
    #expect(try original.holdings().version.entries.count == 2)
    try expectSound(copy)
  }

  @Test("a copy on another machine with the same inode writes under a new name")
  func clonedMachine() throws {
    let scratch = try Scratch()
    var writers: Set<WriterID> = []
    for machine in ["one", "clone"] {
      let store = try scratch.store("a", seed: UInt64(machine.count), machine: machine)
      try store.add("\(machine) was here.")
      writers.insert(try #require(try store.status().writer))
    }
    #expect(writers.count == 2)
  }

  @Test("a store that is opened again writes on under its name")
  func reopened() throws {
    let scratch = try Scratch()
    var writers: Set<WriterID> = []
    for run in 0..<3 {
      let store = try scratch.store("a", seed: UInt64(run))
      try store.add("Text number \(run).")
      writers.insert(try #require(try store.status().writer))
      #expect(try store.holdings().version.total == UInt64(run + 1))
    }
    #expect(writers.count == 1)
  }

  @Test(
    "a lost, empty, cut or foreign identity file costs the name, and nothing else",
    arguments: [nil, "", "postil-writer 1\n", "postil-writer 2\nx\ny\n", "\u{0}\u{1}"])
  func damagedIdentity(content: String?) throws {
    let scratch = try Scratch()
    let path = scratch.directory("a").identity
    let before: WriterID?
    do {
      let store = try scratch.store("a")
      try store.add(Self.text)
      before = try store.status().writer
    }
    try FileManager.default.removeItem(atPath: path)
    if let content { try content.write(toFile: path, atomically: false, encoding: .utf8) }
    let store = try scratch.store("a", seed: 9)
    #expect(try store.status().writer == nil)
    try store.add("Another text.")
    #expect(try store.status().writer != before)
    #expect(try store.holdings().version.entries.map(\.count) == [1, 1])
    #expect(try store.doctor().problems == [])
  }

  @Test("stores on one directory write from many threads without losing or doubling a number")
  func threads() throws {
    let scratch = try Scratch()
    let perThread = 12
    let article = try scratch.store("a").add(Self.text)
    let errors = Mutex<[String]>([])
    DispatchQueue.concurrentPerform(iterations: 4) { thread in
      do {
        // Each has a store of its own: as many processes would.
        let store = try scratch.store("a", seed: UInt64(thread) + 10, device: "a")
        for turn in 0..<perThread {
          try store.highlight(article, "river", note: "\(thread) \(turn)")
        }
      } catch { errors.withLock { $0.append("\(error)") } }
    }
    #expect(errors.withLock { $0 } == [])
    let store = try scratch.store("a", seed: 99)
    #expect(try store.holdings().version.entries.map(\.count) == [UInt64(4 * perThread + 1)])
    let notes = try store.allAnnotations().compactMap(\.note)
    #expect(Set(notes).count == 4 * perThread)
    try expectSound(store)
  }

  @Test("one store object may be used from many threads at once")
  func sharedObject() throws {
    let scratch = try Scratch()
    let store = try scratch.store("a", reader: true)
    let article = try store.add(Self.text)
    let errors = Mutex<[String]>([])
    DispatchQueue.concurrentPerform(iterations: 6) { thread in
      do {
        for turn in 0..<6 {
          if thread % 2 == 0 {
            try store.highlight(article, "villages", note: "\(thread) \(turn)")
          } else {
            _ = try store.allAnnotations()
          }
        }
      } catch { errors.withLock { $0.append("\(error)") } }
    }
    #expect(errors.withLock { $0 } == [])
    #expect(try store.allAnnotations().count == 18)
  }
}
