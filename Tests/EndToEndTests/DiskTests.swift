// SPDX-License-Identifier: MIT

import Foundation
import Testing

@Suite("Full, nearly full and read-only disks")
struct DiskTests {
  /// A disk of its own: in memory, or ext4 in a file where that can be made. Says what it skips.
  private static func mount(_ kind: String, _ lab: Lab, megabytes: Int) throws -> String? {
    let place = lab.newPath("disk")
    if kind == "tmpfs" {
      try lab.mountMemory(place, options: "size=\(megabytes)m")
      return place
    }
    let image = lab.newPath("image")
    _ = FileManager.default.createFile(atPath: image, contents: nil)
    try #require(truncate(image, off_t(megabytes << 20)) == 0)
    let path = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"]
    let made = try? lab.run("/bin/bash", ["-c", "mkfs.ext4 -q -F \(image)"], environment: path)
    guard made?.code == 0 else {
      print("SKIPPED: ext4, since mkfs.ext4 can't be run here")
      return nil
    }
    do {
      try lab.mountImage(image, at: place)
      return place
    } catch {
      print("SKIPPED: ext4, since no image can be mounted here: \(error)")
      return nil
    }
  }

  @Test(
    "on a read-only disk everything that only reads works",
    .enabled(if: BadStoreTests.isRoot, needsRoot), arguments: ["tmpfs", "ext4"])
  func readOnly(kind: String) throws {
    try Lab.run { lab in
      guard let disk = try Self.mount(kind, lab, megabytes: 24) else { return }
      let machine = try lab.machine("desk")
      machine.store = disk + "/store"
      let article = try machine.add(Seeds.articles[1])
      try machine.ok("annotate", article, "--quote", "the river is always stronger")
      let export = try machine.canonical()
      try lab.makeReadOnly(disk)
      #expect(try machine.canonical() == export)
      #expect(try machine.ok("list").elements.count == 1)
      #expect(try machine.ok("search", "river").elements.isEmpty == false)
      #expect(try machine.ok("status")["articles"].int == 1)
      #expect(try machine.problems() == [])
      let file = lab.newPath("b.backup")
      try machine.ok("backup", "create", file)
      #expect(try machine.ok("backup", "verify", file)["ok"].isTrue)
      for edit in [["tag", "add", article, "x"], ["doctor", "--rebuild"], ["delete", article]] {
        let result = try machine.run(edit)
        #expect(result.code == 6, "\(result)")
        #expect(result.error.contains("Read-only file system"), "\(result)")
        #expect(result.error.contains("nothing was changed"), "\(result)")
      }
      #expect(try lab.run(Programs.syncd, ["once"], environment: machine.environment).code != 0)
    }
  }

  @Test(
    "edits that wait in the log are shown on a read-only disk, or the store is refused",
    .enabled(if: BadStoreTests.isRoot, needsRoot))
  func readOnlyWithLog() throws {
    try Lab.run { lab in
      guard let disk = try Self.mount("tmpfs", lab, megabytes: 24) else { return }
      let machine = try lab.machine("desk")
      machine.store = disk + "/store"
      _ = try machine.add(Seeds.articles[0])
      try machine.startDaemon()
      _ = try machine.add(Seeds.articles[1])
      machine.killDaemon()
      #expect(!Lab.bytes(machine.store + "/postil.db-wal").isEmpty)
      let copy = disk + "/copy"
      try machine.copyStore(to: copy)
      unlink(copy + "/postil.db-shm")
      try lab.makeReadOnly(disk)
      #expect(try machine.ok("list").elements.count == 2)
      machine.store = copy
      let result = try machine.run("list")
      #expect(result.code == 6, "\(result)")
      #expect(result.error.contains("postil.db-shm"), "\(result)")
    }
  }

  @Test(
    "the last room is kept for local edits, and peers' come by themselves when there is more",
    .enabled(if: BadStoreTests.isRoot, needsRoot))
  func reserve() throws {
    try Lab.run { lab in
      guard let disk = try Self.mount("tmpfs", lab, megabytes: 64) else { return }
      let (desk, laptop) = (try lab.machine("desk"), try lab.machine("laptop"))
      laptop.store = disk + "/store"
      try desk.choosePort()
      try laptop.choosePort()
      let article = try desk.add(Seeds.articles[0])
      try desk.startDaemon()
      try laptop.startDaemon()
      try laptop.join(desk)
      try laptop.sync()
      // 64 MiB keep 4.
      let filler = disk + "/filler"
      _ = try lab.run(
        "/bin/bash",
        [
          "-c",
          "free=$(df --output=avail -k \(disk) | tail -1); "
            + "head -c $(( (free - 2048) * 1024 )) /dev/zero > \(filler)",
        ],
        environment: ["PATH": "/usr/bin:/bin"]
      ).succeeded()
      _ = try desk.add(Seeds.articles[1])
      let waiting = try desk.run("sync", "--wait", "--timeout", "4")
      #expect(waiting.code == 5, "\(waiting)")
      #expect(try laptop.ok("list").elements.count == 1)
      // Meanwhile this machine's own edits go on, and travel.
      try laptop.ok("tag", "add", article, "written-here")
      _ = try laptop.add(text: "Written on a nearly full disk.", title: "Still")
      unlink(filler)
      try desk.sync(seconds: 40)
      try laptop.sync(seconds: 40)
      #expect(try laptop.ok("list").elements.count == 3)
      #expect(try desk.fingerprint() == laptop.fingerprint())
      #expect(try laptop.problems() == [])
    }
  }

  @Test(
    "a daemon whose disk is full goes on when there is room again",
    .enabled(if: BadStoreTests.isRoot, needsRoot))
  func full() throws {
    try Lab.run { lab in
      guard let disk = try Self.mount("tmpfs", lab, megabytes: 16) else { return }
      let (desk, laptop) = (try lab.machine("desk"), try lab.machine("laptop"))
      laptop.store = disk + "/store"
      try desk.choosePort()
      try laptop.choosePort()
      _ = try desk.add(Seeds.articles[0])
      try desk.startDaemon()
      try laptop.startDaemon()
      try laptop.join(desk)
      try laptop.sync()
      let filler = disk + "/filler"
      _ = try lab.run(
        "/bin/bash", ["-c", "cat /dev/zero > \(filler); true"],
        environment: ["PATH": "/usr/bin:/bin"])
      let result = try laptop.run("add", "-", "--title", "Never", input: Array("No room.".utf8))
      #expect(result.code == 70, "\(result)")
      #expect(result.error.contains("full"), "\(result)")
      #expect(try laptop.ok("list").elements.count == 1)
      _ = try desk.add(Seeds.articles[1])
      unlink(filler)
      try desk.sync(seconds: 40)
      #expect(try laptop.ok("list").elements.count == 2)
      #expect(try laptop.problems() == [])
    }
  }

  @Test(
    "a peer is answered though it can't be noted what it holds",
    .enabled(if: BadStoreTests.isRoot, needsRoot))
  func fullAndAsked() throws {
    try Lab.run { lab in
      guard let disk = try Self.mount("tmpfs", lab, megabytes: 16) else { return }
      let (desk, laptop) = (try lab.machine("desk"), try lab.machine("laptop"))
      laptop.store = disk + "/store"
      _ = try laptop.add(Seeds.articles[0])
      let daemon = try laptop.startDaemon()
      try desk.join(laptop)
      try desk.sync()
      _ = try laptop.add(Seeds.articles[1])
      _ = try lab.run(
        "/bin/bash", ["-c", "cat /dev/zero > \(disk)/filler; true"],
        environment: ["PATH": "/usr/bin:/bin"])
      try desk.ok("sync")
      #expect(try desk.ok("list").elements.count == 2)
      #expect(Lab.text(daemon.log).contains("can't note what a peer holds"))
    }
  }

  @Test(
    "on a full disk everything that only reads works, and edits are refused as what they are",
    .enabled(if: BadStoreTests.isRoot, needsRoot), arguments: ["tmpfs", "ext4"])
  func fullAndAlone(kind: String) throws {
    try Lab.run { lab in
      guard let disk = try Self.mount(kind, lab, megabytes: 16) else { return }
      let machine = try lab.machine("desk")
      machine.store = disk + "/store"
      let article = try machine.add(Seeds.articles[0])
      // What a killed daemon leaves: edits that are in the log alone.
      try machine.startDaemon()
      try machine.ok("tag", "add", article, "kept")
      machine.killDaemon()
      let export = try machine.canonical()
      let filler = disk + "/filler"
      _ = try lab.run(
        "/bin/bash", ["-c", "cat /dev/zero > \(filler); true"],
        environment: ["PATH": "/usr/bin:/bin"])
      #expect(try machine.canonical() == export)
      #expect(try machine.ok("list")[0]["tags"].elements.count == 1)
      #expect(try machine.problems() == [])
      for edit in [["tag", "add", article, "never"], ["delete", article]] {
        let result = try machine.run(edit)
        #expect(result.code == 70, "\(result)")
        #expect(result.error.contains("full"), "\(result)")
      }
      unlink(filler)
      #expect(try machine.canonical() == export)
      try machine.ok("tag", "add", article, "again")
    }
  }

  @Test("a daemon that is stopped leaves the whole store in the database file")
  func folded() throws {
    try Lab.run { lab in
      let desk = try lab.machine("desk")
      try desk.startDaemon()
      for article in Seeds.articles { _ = try desk.add(article) }
      let export = try desk.canonical()
      #expect(!Lab.bytes(desk.store + "/postil.db-wal").isEmpty)
      #expect(try desk.stopDaemon() == 0)
      #expect(Lab.bytes(desk.store + "/postil.db-wal").isEmpty)
      let alone = try lab.machine("alone")
      try FileManager.default.createDirectory(
        atPath: alone.store, withIntermediateDirectories: false,
        attributes: [.posixPermissions: 0o700])
      try FileManager.default.copyItem(
        atPath: desk.store + "/postil.db", toPath: alone.store + "/postil.db")
      #expect(try alone.canonical() == export)
    }
  }

  @Test("a command that reads does not wait for one that writes")
  func heldLock() throws {
    try Lab.run { lab in
      let desk = try lab.machine("desk")
      _ = try desk.add(Seeds.articles[0])
      let file = open(desk.store + "/lock", O_RDWR | O_CLOEXEC)
      defer { close(file) }
      try #require(flock(file, LOCK_EX | LOCK_NB) == 0)
      // A minute is what it waited once; it is ended, and fails, far before that.
      #expect(try desk.run(["list", "--json"], seconds: 40).succeeded().json().elements.count == 1)
    }
  }
}
