// SPDX-License-Identifier: MIT

import Foundation
import Merge
import TestSupport
import Testing

@testable import Store

/// A store whose files were set back in place: same inodes, older bytes.
@Suite struct SetBackTests {
  private static let text = "The river rose at night. Two villages were cut off."

  @Test("a database that was set back writes under a new name, and loses nothing it had sent")
  func databaseAlone() throws {
    let scratch = try Scratch()
    let other = try scratch.store("b", seed: 7)
    let (old, saved) = try written(scratch)
    do {
      let store = try scratch.store("a", seed: 2)
      try store.add("Bread is flour, water, salt and time.")
      try other.pull(from: store)
    }
    try saved.restore(["postil.db", "postil.db-wal"])
    let store = try scratch.store("a", seed: 3)
    #expect(try store.status().writer == nil)
    try store.add("Written after the database was set back.")
    let new = try #require(try store.status().writer)
    #expect(new != old)
    #expect(try store.holdings().version[old] == 1)
    try store.swap(with: other)
    try expectSame(store, other)
    #expect(try store.allArticles().count == 3)
    #expect(try store.status().writer == new)
    try expectSound(store)
  }

  @Test("a store that gets its own later changes back from a peer writes under a new name")
  func ownChangesReturn() throws {
    let scratch = try Scratch()
    let other = try scratch.store("b", seed: 7)
    let (old, saved) = try written(scratch)
    do {
      let store = try scratch.store("a", seed: 2)
      try store.add("Bread is flour, water, salt and time.")
      try other.pull(from: store)
    }
    // The identity is set back as well: nothing tells, until its own change comes from elsewhere.
    try saved.restore()
    let store = try scratch.store("a", seed: 3)
    #expect(try store.status().writer == old)
    try store.pull(from: other)
    #expect(try store.status().writer == nil)
    try store.add("Written afterwards.")
    #expect(try store.holdings().version[old] == 2)
    #expect(try store.status().writer != old)
    try expectSound(store)
    // An old identity file doesn't bring the name back.
    try saved.restore(["identity"])
    #expect(try store.status().writer == nil)
  }

  @Test("changes that come again, or of others, cost no name")
  func keepsName() throws {
    let scratch = try Scratch()
    let (store, other) = (try scratch.store("a", seed: 1), try scratch.store("b", seed: 2))
    try store.add(Self.text)
    let writer = try #require(try store.status().writer)
    try other.swap(with: store)
    try other.add("Another text.")
    let all = try other.changes(missingFrom: VersionVector(), bytesMax: .max).changes
    #expect(try store.merge(all).duplicates == 1)
    try store.add("And one more.")
    #expect(try store.status().writer == writer)
    #expect(try store.holdings().version[writer] == 2)
  }

  @Test("a mark that lags, as after a crash between commit and mark, costs no name")
  func laggingMark() throws {
    let scratch = try Scratch()
    let (writer, saved) = try written(scratch)
    let store = try scratch.store("a", seed: 2)
    try store.add("Bread is flour, water, salt and time.")
    try saved.restore(["identity"])
    try store.add("A third.")
    #expect(try store.status().writer == writer)
    #expect(try store.holdings().version[writer] == 3)
    let path = scratch.directory("a").identity
    #expect(try WriterIdentity.read(path)?.mark.sequence == 3)
  }

  @Test(
    "a mark that can't be read, or names another change, costs the name",
    arguments: ["x", "00000000000000000001 " + String(repeating: "0f", count: 32)])
  func wrongMark(line: String) throws {
    let scratch = try Scratch()
    let (writer, _) = try written(scratch)
    let path = scratch.directory("a").identity
    var lines = try String(contentsOfFile: path, encoding: .utf8).components(separatedBy: "\n")
    lines[2] = line
    try lines.joined(separator: "\n").write(toFile: path, atomically: false, encoding: .utf8)
    let store = try scratch.store("a", seed: 2)
    #expect(try store.status().writer == nil)
    try store.add("Another text.")
    #expect(try store.status().writer != writer)
    #expect(try store.doctor().problems == [])
  }

  /// A store `a` that wrote one change, closed, with its files as they were then.
  private func written(_ scratch: Scratch) throws -> (WriterID, SavedFiles) {
    let writer: WriterID
    do {
      let store = try scratch.store("a", seed: 1)
      try store.add(Self.text)
      writer = try #require(try store.status().writer)
    }
    return (writer, try SavedFiles(scratch.directory("a").path))
  }
}
