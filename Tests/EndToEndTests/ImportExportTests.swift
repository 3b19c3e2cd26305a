// SPDX-License-Identifier: MIT

import Foundation
import Testing

@Suite("Export and import")
struct ImportExportTests {
  /// The permission bits of a mode.
  private static let permissions: mode_t = 0o777

  private static func withLibrary(_ body: (Lab, Machine) throws -> Void) throws {
    try Lab.run { lab in
      let desk = try lab.machine("desk")
      var ids: [String: String] = [:]
      for article in Seeds.articles.prefix(2) {
        ids[article] = try desk.add(article, "--tag", "news")
      }
      try Seeds.annotate(desk, ids)
      try desk.ok("tag", "rename", "news", "press")
      try body(lab, desk)
    }
  }

  @Test("a library exported and imported elsewhere is all there, and importing twice is once")
  func roundTrip() throws {
    try Self.withLibrary { lab, desk in
      let file = try lab.file(try desk.run("export", "json").succeeded().bytes)
      let other = try lab.machine("other")
      let dry = try other.ok("import", "json", file, "--dry-run")
      #expect(dry["addedArticles"].int == 2)
      #expect(try other.ok("list").elements.isEmpty)
      let first = try other.ok("import", "json", file)
      #expect(first["addedArticles"].int == 2 && first["skipped"].int == 0)
      let print = try other.fingerprint()
      let second = try other.ok("import", "json", file)
      #expect(second["addedArticles"].int == 0 && second["addedAnnotations"].int == 0)
      #expect(try other.fingerprint() == print)
      for command in ["list", "annotations"] {
        let fields = [
          "id", "title", "quote", "note", "tags", "color", "parent", "anchor", "revision",
        ]
        let here = try desk.ok(command).elements.map { row in fields.map { row[$0] } }
        let there = try other.ok(command).elements.map { row in fields.map { row[$0] } }
        #expect(Set(here) == Set(there))
      }
      #expect(try other.problems() == [])
    }
  }

  @Test("two machines that import one file apart hold one library when they meet")
  func importedApart() throws {
    try Self.withLibrary { lab, desk in
      let file = try lab.file(try desk.run("export", "json").succeeded().bytes)
      let one = try lab.machine("one")
      let two = try lab.machine("two")
      for machine in [one, two] { try machine.ok("import", "json", file) }
      let count = try one.ok("annotations").elements.count
      try one.startDaemon()
      let link = try one.ok("peer", "invite")["invite"].text
      try two.ok("peer", "join", link, "--merge")
      try two.sync()
      #expect(try two.ok("annotations").elements.count == count)
      #expect(try two.ok("list").elements.count == 2)
      #expect(try one.fingerprint() == two.fingerprint())
      try expectEqualExports(one, two)
    }
  }

  @Test(
    "a file that is no export is refused whole; a broken line alone is left out, with exit code 7")
  func broken() throws {
    try Self.withLibrary { lab, desk in
      let other = try lab.machine("other")
      let export = try desk.run("export", "json").succeeded()
      let before = try other.ok("status")
      let bad: [[UInt8]] = [
        [], Array("hello\n".utf8), [0xFF, 0xFE, 0x00], Array("[1,2]\n".utf8),
        Array(#"{"postil":"export","version":99}"#.utf8), try desk.canonical(),
      ]
      for bytes in bad {
        let result = try other.run("import", "json", try lab.file(bytes))
        #expect([2, 6].contains(result.code), "\(result)")
        #expect(result.error.hasPrefix("clientctl: "), "\(result)")
      }
      #expect(try other.run("import", "json", "/nonexistent").code == 3)
      #expect(try other.run("import", "json", lab.directory).code == 2)
      #expect(try other.ok("status") == before)

      var lines = export.output.split(separator: "\n", omittingEmptySubsequences: false)
      lines.insert("{\"type\":\"annotation\",\"id\":\"zz\"}", at: 2)
      let text = lines.joined(separator: "\n")
      let result = try other.run("import", "json", try lab.file(text), "--json")
      #expect(result.code == 7, "\(result)")
      #expect(try result.json()["problems"][0]["line"].int == 3)
      #expect(try other.ok("list").elements.count == 2)
    }
  }

  @Test("the store is for its owner's eyes: directory 0700, files 0600")
  func modes() throws {
    try Lab.run { lab in
      let machine = try lab.machine("desk")
      _ = try machine.shell("umask 0; clientctl add \(Seeds.directory)/articles/1-neel-setu.txt")
        .succeeded()
      try machine.startDaemon()
      try expectMode(machine.store, 0o700)
      let names = try FileManager.default.contentsOfDirectory(atPath: machine.store)
      #expect(names.contains("postil.db") && names.contains("syncd.sock"))
      for name in names { try expectMode(machine.store + "/" + name, 0o600) }
    }
  }

  private func expectMode(_ path: String, _ mode: mode_t) throws {
    var status = stat()
    guard lstat(path, &status) == 0 else { throw Trouble("\(path) is not there") }
    #expect(status.st_mode & Self.permissions == mode, "\(path)")
  }
}
