// SPDX-License-Identifier: MIT

import Foundation
import GRDB
import Merge
import Synchronization
import Testing

@testable import Store

/// What `doctor` notices, what it leaves alone, and what it leaves behind.
@Suite struct DoctorTests {
  private func filled(_ scratch: Scratch) throws -> Store {
    let store = try scratch.store("a")
    let article = try store.add(
      "The river rose at night.", url: "https://a.example/1", title: "Flood", tags: ["news"])
    try store.highlight(article, "river", note: "hm", tags: ["water"], color: "blue")
    try store.add("Bread is flour, water, salt and time.", title: "Bread")
    try store.set([(.author, .text("Somebody"))], of: article, action: "author")
    return store
  }

  @Test("what is written while the doctor looks is no problem")
  func whileWritten() throws {
    let scratch = try Scratch()
    let store = try filled(scratch)
    let article = try #require(store.allArticles().first).id
    let other = try scratch.store("a")
    let problems = Mutex<[String]>([])
    let isWritten = Atomic(false)
    DispatchQueue.concurrentPerform(iterations: 2) { thread in
      do {
        if thread == 0 {
          defer { isWritten.store(true, ordering: .sequentiallyConsistent) }
          for turn in 0..<150 { try store.setNote(of: article, to: "Note \(turn).") }
        } else {
          while !isWritten.load(ordering: .sequentiallyConsistent) {
            let found = try other.doctor(fast: true).problems
            problems.withLock { $0 += found }
          }
        }
      } catch {
        problems.withLock { $0.append("\(error)") }
      }
    }
    #expect(problems.withLock { $0 } == [])
  }

  @Test(
    "whatever differs from the log is a problem, and rebuild mends it",
    arguments: [
      "UPDATE entity SET color = 'red' WHERE color = 'blue'",
      "UPDATE entity SET visible = 0 WHERE kind = 1",
      "DELETE FROM history", "DELETE FROM tagging", "DELETE FROM revision",
      "INSERT INTO search (rowid, title, quote, note, text, tags) VALUES (99, 'x', '', '', '', '')",
      """
      INSERT INTO search (search, rowid, title, quote, note, text, tags)
      SELECT 'delete', ordinal, '', 'river', 'hm', '', 'water' FROM entity WHERE kind = 2;
      INSERT INTO search (rowid, title, quote, note, text, tags)
      SELECT ordinal, '', 'rover', 'hm', '', 'water' FROM entity WHERE kind = 2
      """,
    ])
  func differs(sql: String) throws {
    let scratch = try Scratch()
    let store = try filled(scratch)
    #expect(try store.doctor().problems == [])
    try store.write { try $0.db.execute(sql: sql) }
    let problems = try store.doctor().problems
    #expect(problems.count >= 1)
    #expect(problems.allSatisfy { $0.contains("doctor --rebuild") }, "\(problems)")
    try store.rebuild()
    #expect(try store.doctor().problems == [])
  }

  @Test("a check counts what it looked at, and changes not a byte")
  func counts() throws {
    let scratch = try Scratch()
    let store = try filled(scratch)
    #expect(try store.foldLog())
    let before = try Data(contentsOf: URL(filePath: store.directory.database))
    let report = try store.doctor()
    #expect(report.changes == 4)
    #expect(report.entities == 4)
    #expect(report.texts == 2)
    #expect(report.words == 18)
    #expect(report.sqliteVersion.hasPrefix("3."))
    let fast = try store.doctor(fast: true)
    #expect(fast.problems == [])
    #expect(fast.changes == 4)
    #expect(try Data(contentsOf: URL(filePath: store.directory.database)) == before)
    let names = try FileManager.default.contentsOfDirectory(atPath: store.directory.path)
    #expect(!names.contains { $0.hasPrefix("doctor-") })
  }

  @Test("what a killed doctor left behind goes, and what another one works in stays")
  func leftovers() throws {
    let scratch = try Scratch()
    let store = try filled(scratch)
    let path = store.directory.path
    let other = try WorkFolder(in: path, prefix: "doctor-", random: 1)
    try FileManager.default.createDirectory(
      atPath: path + "/doctor-dead", withIntermediateDirectories: false)
    for name in ["in-use", "replay.db", "replay.db-wal"] {
      try Data("x".utf8).write(to: URL(filePath: path + "/doctor-dead/" + name))
    }
    try Data("x".utf8).write(to: URL(filePath: path + "/doctor-abc.db"))
    #expect(try store.doctor().problems == [])
    let names = try FileManager.default.contentsOfDirectory(atPath: path)
    #expect(names.filter { $0.hasPrefix("doctor-") } == ["doctor-1"])
    let mode = try FileManager.default.attributesOfItem(atPath: other.path)[.posixPermissions]
    #expect(mode as? Int == 0o700)
  }

  @Test("the replay is private")
  func privateReplay() throws {
    let scratch = try Scratch()
    let store = try filled(scratch)
    var modes: [Int] = []
    umask(0o022)
    _ = try store.doctor(aside: scratch.path) { _, _ in
      for case let name as String
        in FileManager.default.enumerator(atPath: scratch.path) ?? .init()
      where name.contains("doctor-") {
        let attributes = try? FileManager.default.attributesOfItem(
          atPath: scratch.path + "/" + name)
        modes.append(attributes?[.posixPermissions] as? Int ?? 0o777)
      }
    }
    #expect(modes.count >= 3)
    #expect(modes.allSatisfy { $0 & 0o077 == 0 }, "\(modes)")
  }

  @Test("who else may look into the store is told, with the line that ends it")
  func permissions() throws {
    let scratch = try Scratch()
    let store = try filled(scratch)
    #expect(store.directory.permissionProblems() == [])
    chmod(store.directory.path, 0o755)
    chmod(store.directory.identity, 0o644)
    _ = FileManager.default.createFile(
      atPath: store.directory.deviceKey, contents: nil, attributes: [.posixPermissions: 0o640])
    let problems = store.directory.permissionProblems()
    #expect(problems.count == 3)
    #expect(problems[0].contains("chmod 700 \(store.directory.path)"))
    #expect(problems[1].contains("chmod 600 \(store.directory.identity)"))
    #expect(problems[2].contains("chmod 600 \(store.directory.deviceKey)"))
    #expect(StoreDirectory.quoted("/a b's") == "'/a b'\\''s'")
  }

  @Test(
    "the guard is needed before SQLite 3.51.3",
    arguments: [
      ("3.40.1", true), ("3.51.2", true), ("3.51.3", false), ("3.51.10", false), ("4.0.0", false),
      ("3.9", true),
    ])
  func guardNeeded(version: String, isNeeded: Bool) {
    #expect(Store.needsGuard(version) == isNeeded)
  }
}
