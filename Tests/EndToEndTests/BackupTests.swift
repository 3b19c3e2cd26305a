// SPDX-License-Identifier: MIT

import Foundation
import Testing

@Suite("Backups")
struct BackupTests {
  @Test("backed up under a running daemon, verified, restored, and paired anew")
  func whole() throws {
    try Pair.run { pair in
      let (desk, lab) = (pair.desk, pair.desk.lab)
      let file = lab.newPath("library.backup")
      let made = try desk.ok("backup", "create", file)
      #expect(made["file"].text == file)
      #expect(made["changes"].int >= 2)
      #expect(made["texts"].int == 1)
      let again = try desk.run("backup", "create", file)
      #expect(again.code == 4, "\(again)")
      #expect(again.error.contains("--force"))
      try desk.ok("backup", "create", file, "--force")
      let checked = try desk.ok("backup", "verify", file)
      #expect(checked["ok"].isTrue)
      #expect(checked["articles"].int == 1)
      #expect(checked["annotations"].int == 1)
      #expect(try checked["fingerprint"].text == desk.fingerprint())
      let other = try lab.machine("other")
      let restored = try other.ok("backup", "restore", file)
      #expect(restored["merged"].int == made["changes"].int)
      #expect(try other.canonical() == desk.canonical())
      #expect(try other.problems() == [])
      #expect(try other.ok("status")["peers"].elements.isEmpty)
      #expect(try other.run("backup", "restore", file).succeeded().word == "0")
      // Written on both sides since; a new pairing brings them together.
      try other.ok("tag", "add", pair.article, "restored")
      try desk.ok("tag", "add", pair.article, "meanwhile")
      try other.join(desk)
      try other.sync()
      #expect(
        Set(try desk.ok("show", pair.article)["tags"].texts)
          .isSuperset(of: ["restored", "meanwhile"]))
      #expect(try other.fingerprint() == desk.fingerprint())
    }
  }

  @Test("what isn't a backup, isn't there, or is of another library, is refused with its exit code")
  func refused() throws {
    try Lab.run { lab in
      let (desk, other) = (try lab.machine("desk"), try lab.machine("other"))
      _ = try desk.add(Seeds.articles[0])
      _ = try other.add(Seeds.articles[1])
      let file = lab.newPath("desk.backup")
      try desk.ok("backup", "create", file)
      let before = try other.canonical()
      let result = try other.run("backup", "restore", file)
      #expect(result.code == 4, "\(result)")
      #expect(result.error.contains("another library"))
      #expect(try other.canonical() == before)
      let letter = try lab.file("a letter, and no backup")
      let empty = try lab.machine("empty")
      #expect(try empty.run("backup", "restore", letter).code == 2)
      #expect(try empty.run("backup", "restore", lab.newPath("none")).code == 3)
      #expect(try empty.run("backup", "verify", letter).code == 2)
      #expect(try empty.run("backup", "create", lab.newPath("x")).code == 3)
      #expect(!FileManager.default.fileExists(atPath: empty.store), "a refusal made a store")
      #expect(try desk.run("backup", "create", file, "--keep", "2", "--force").code == 2)
      #expect(try desk.run("backup", "create", desk.store + "/x").code == 2)
      // One byte less than whole.
      var bytes = Lab.bytes(file)
      let words = Array(" the ".utf8)
      let place = try #require(
        bytes.indices.last { bytes[$0...].starts(with: words) }, "no text in the backup")
      bytes[place + 1] ^= 1
      try Data(bytes).write(to: URL(fileURLWithPath: file))
      let damaged = try empty.run("backup", "verify", file)
      #expect(damaged.code == 70, "\(damaged)")
      #expect(damaged.output.contains("not what its"))
    }
  }

  @Test("in a directory, the newest are kept, and a killed one's leftovers go")
  func rotation() throws {
    try Lab.run { lab in
      let desk = try lab.machine("desk")
      _ = try desk.add(Seeds.articles[0])
      let folder = lab.newPath("backups")
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: false)
      var files: [String] = []
      for _ in 0..<4 {
        files.append(try desk.ok("backup", "create", folder, "--keep", "2")["file"].text)
      }
      let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
      #expect(names.map { folder + "/" + $0 } == Array(files.suffix(2)))
      #expect(files == files.sorted())
      let stale = files[0] + ".part"
      try Data("cut off".utf8).write(to: URL(fileURLWithPath: stale))
      try desk.ok("backup", "create", folder)
      #expect(!FileManager.default.fileExists(atPath: stale))
    }
  }

  @Test("made while others write, it is one moment of the library")
  func online() throws {
    try Lab.run { lab in
      let desk = try lab.machine("desk")
      try Larger.fill(desk)
      let output = lab.newPath("writer")
      let loop = "for i in $(seq 40); do clientctl add - --title T$i <<< \"Text $i.\"; done"
      var environment = desk.environment
      environment["PATH"] = Programs.directory + ":/usr/bin:/bin"
      let writer = try lab.start(
        "/bin/bash", ["-c", loop], environment: environment, output: output, error: output)
      var counts: [Int] = []
      var number = 0
      while writer.isRunning || counts.isEmpty {
        number += 1
        let file = "\(lab.directory)/online-\(number).backup"
        try desk.ok("backup", "create", file)
        let checked = try desk.ok("backup", "verify", file)
        #expect(checked["ok"].isTrue)
        counts.append(checked["articles"].int)
        unlink(file)
      }
      _ = writer.wait(seconds: 60)
      #expect(counts == counts.sorted())
      #expect(try desk.ok("list").elements.count == Larger.articles + 40)
      #expect(try desk.problems() == [])
    }
  }

  @Test("on a full disk nothing is left behind", .enabled(if: BadStoreTests.isRoot, needsRoot))
  func fullDisk() throws {
    try Lab.run { lab in
      let desk = try lab.machine("desk")
      try Larger.fill(desk)
      let disk = lab.newPath("disk")
      try lab.mountMemory(disk, options: "size=200k")
      let result = try desk.run("backup", "create", disk + "/b")
      #expect(result.code == 70, "\(result)")
      #expect(result.error.contains("full") && result.error.contains(disk), "\(result)")
      #expect(try FileManager.default.contentsOfDirectory(atPath: disk) == [])
    }
  }
}
