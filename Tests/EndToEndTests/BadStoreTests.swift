// SPDX-License-Identifier: MIT

import Foundation
import TestSupport
import Testing

@Suite("Stores that can't be used")
struct BadStoreTests {
  /// Where SQLite's header keeps `user_version`, big-endian.
  private static let versionOffset = 60

  /// Who no tests run as.
  private static let nobody: UInt32 = 65_534

  @Test("a store of a newer version is refused with exit code 6, and not touched")
  func newer() throws {
    try Lab.run { lab in
      let machine = try lab.machine("desk")
      _ = try machine.add(Seeds.articles[0])
      let path = machine.store + "/postil.db"
      var bytes = Lab.bytes(path)
      #expect(Lab.bytes(path + "-wal").isEmpty, "the last command left its log behind")
      bytes.replaceSubrange(Self.versionOffset..<Self.versionOffset + 4, with: [0, 0, 0x27, 0x10])
      try Data(bytes).write(to: URL(fileURLWithPath: path))
      for arguments in [["list"], ["add", Seeds.directory + "/articles/2-lowland-herald.txt"]] {
        let result = try machine.run(arguments)
        #expect(result.code == 6, "\(result)")
        #expect(result.error.contains("newer"))
      }
      let daemon = try lab.run(
        Programs.syncd, ["--listen", "127.0.0.1:0"], environment: machine.environment)
      #expect(daemon.code == 6, "\(daemon)")
      #expect(Lab.bytes(path) == bytes)
    }
  }

  @Test("a file that is no database is refused, and not touched")
  func noDatabase() throws {
    try Lab.run { lab in
      let machine = try lab.machine("desk")
      try FileManager.default.createDirectory(
        atPath: machine.store, withIntermediateDirectories: true)
      let path = machine.store + "/postil.db"
      let bytes = Array(String(repeating: "This is a letter, and no database.\n", count: 400).utf8)
      try Data(bytes).write(to: URL(fileURLWithPath: path))
      let result = try machine.run("list")
      #expect(result.code == 70, "\(result)")
      #expect(result.error.contains("database"))
      #expect(Lab.bytes(path) == bytes)
    }
  }

  @Test("a database cut short is noticed, and not made worse")
  func cutShort() throws {
    try Lab.run { lab in
      let machine = try lab.machine("desk")
      for article in Seeds.articles { _ = try machine.add(article) }
      let path = machine.store + "/postil.db"
      let bytes = Array(Lab.bytes(path).prefix(40_000))
      try Data(bytes).write(to: URL(fileURLWithPath: path))
      let result = try machine.run("doctor")
      #expect(result.code == 70, "\(result)")
      #expect(!result.error.isEmpty)
      #expect(Lab.bytes(path) == bytes)
    }
  }

  @Test("a store that is a file, or a link to a directory, is refused")
  func notADirectory() throws {
    try Lab.run { lab in
      let machine = try lab.machine("desk")
      let file = try lab.file("not a directory")
      let result = try machine.run("list", "--store", file)
      #expect(result.code == 2, "\(result)")
      #expect(Lab.text(file) == "not a directory")
      let link = lab.newPath("link")
      symlink(lab.directory, link)
      #expect(try machine.run("list", "--store", link).code == 6)
    }
  }

  @Test(
    "a store that another user owns is refused with exit code 6", .enabled(if: isRoot, needsRoot))
  func otherOwner() throws {
    try Lab.run { lab in
      let machine = try lab.machine("desk")
      _ = try machine.add(Seeds.articles[0])
      chown(machine.store, Self.nobody, Self.nobody)
      let result = try machine.run("list")
      #expect(result.code == 6, "\(result)")
      #expect(result.error.contains("belongs to"))
      chown(machine.store, 0, 0)
      #expect(try machine.ok("list").elements.count == 1)
    }
  }

  @Test(
    "on a read-only disk nothing is written, and the message says why",
    .enabled(if: isRoot, needsRoot))
  func readOnlyDisk() throws {
    try Lab.run { lab in
      let machine = try lab.machine("desk")
      let disk = lab.newPath("disk")
      try lab.mountMemory(disk, options: "size=8m")
      machine.store = disk + "/store"
      _ = try machine.add(Seeds.articles[0])
      try lab.makeReadOnly(disk)
      let before = Lab.bytes(machine.store + "/postil.db")
      let article = Seeds.directory + "/articles/" + Seeds.articles[1]
      for arguments in [["add", article], ["list", "--store", disk + "/new"]] {
        let result = try machine.run(arguments)
        #expect([6, 70].contains(result.code), "\(result)")
        #expect(result.error.contains("Read-only file system"), "\(result)")
      }
      #expect(Lab.bytes(machine.store + "/postil.db") == before)
    }
  }

  @Test("a full disk acknowledges nothing that it didn't keep", .enabled(if: isRoot, needsRoot))
  func fullDisk() throws {
    try Lab.run { lab in
      let machine = try lab.machine("desk")
      let disk = lab.newPath("disk")
      try lab.mountMemory(disk, options: "size=1m")
      machine.store = disk + "/store"
      var random = SeededGenerator(seed: 7)
      var acknowledged: Set<String> = []
      var failure: CommandResult?
      for number in 1...60 where failure == nil {
        let words = (0..<2_000).map { _ in String(random.next(), radix: 36) }
        let text = Array(words.joined(separator: " ").utf8)
        let result = try machine.run(
          "add", "-", "--title", "Filler \(number)", "--json", input: text)
        if result.code == 0 {
          acknowledged.insert(try result.json()["id"].text)
        } else {
          failure = result
        }
      }
      let refused = try #require(failure, "the disk never filled")
      #expect(refused.code == 70, "\(refused)")
      #expect(refused.error.contains("full"), "\(refused)")
      // Made room, everything acknowledged is there, and nothing else.
      _ = try lab.run(
        "/bin/mount", ["-o", "remount,size=16m", disk], environment: [:]
      ).succeeded()
      #expect(try Set(machine.ok("list").elements.map(\.["id"].text)) == acknowledged)
      #expect(try machine.problems() == [])
      _ = try machine.add(Seeds.articles[0])
    }
  }

  @Test("a copied store writes under a name of its own, and both histories are kept")
  func copied() throws {
    try Pair.run { pair in
      try pair.part()
      let copy = try pair.laptop.lab.machine("copy")
      try FileManager.default.copyItem(atPath: pair.laptop.store, toPath: copy.store)
      try pair.laptop.ok("tag", "add", pair.article, "by-the-original")
      try copy.ok("tag", "add", pair.article, "by-the-copy")
      #expect(try copy.ok("status")["writer"] != pair.laptop.ok("status")["writer"])
      try pair.desk.startDaemon()
      try pair.laptop.ok("sync", "--wait")
      try copy.ok("sync", "--wait")
      try pair.laptop.ok("sync", "--wait")
      let tags = try pair.desk.ok("show", pair.article)["tags"].texts
      #expect(Set(tags).isSuperset(of: ["by-the-original", "by-the-copy"]))
      #expect(try copy.fingerprint() == pair.laptop.fingerprint())
      #expect(try pair.desk.fingerprint() == copy.fingerprint())
    }
  }

  /// Whether mounting and giving files away is allowed.
  static var isRoot: Bool { geteuid() == 0 }
}

/// What a skipped test says.
let needsRoot: Comment = "SKIPPED: needs root, to mount or to give a file away"
