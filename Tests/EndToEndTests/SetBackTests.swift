// SPDX-License-Identifier: MIT

import Foundation
import Testing

@Suite("Stores that were copied or set back")
struct SetBackTests {
  /// Whom the machine that was set back meets first.
  enum First: String, CaseIterable, Sendable {
    /// The machine that has what it had written and lost.
    case theOneThatKnows
    /// One that has not heard of it yet, and takes what is written anew.
    case theOneThatDoesNot
  }

  @Test(
    "a store set back in place, and written before it syncs: both histories stay, everywhere",
    arguments: First.allCases)
  func setBackInPlace(first: First) throws {
    try Lab.run { lab in
      let desk = try lab.machine("desk")
      let laptop = try lab.machine("laptop")
      let phone = try lab.machine("phone")
      let article = try desk.add(Seeds.articles[0])
      try desk.startDaemon()
      try laptop.join(desk)
      try laptop.sync()
      try phone.join(desk)
      try phone.sync()
      try desk.stopDaemon()
      // The laptop serves from here on, and so does the phone; the desk has no daemon.
      try laptop.startDaemon()
      try phone.startDaemon()
      try desk.join(laptop)
      try desk.join(phone)
      let backup = lab.newPath("backup")
      try Self.copy(desk.store, to: backup, lab)
      // What the backup doesn't know, and the laptop does.
      try desk.ok("annotate", article, "--quote", "The", "--occurrence", "1", "--note", "lost one")
      try desk.ok("tag", "add", article, "before")
      _ = try desk.run("sync", "--peer", "laptop").succeeded()
      let inode = try Self.inode(desk.store + "/postil.db")
      try Self.copy(backup + "/.", to: desk.store, lab)
      #expect(try Self.inode(desk.store + "/postil.db") == inode, "not set back in place")
      #expect(try desk.run("annotations").code == 1)
      // It writes under the same numbers before it hears of the others.
      try desk.ok("annotate", article, "--quote", "The", "--occurrence", "2", "--note", "new one")
      try desk.ok("tag", "add", article, "after")
      let order = first == .theOneThatKnows ? [laptop, phone] : [phone, laptop]
      for machine in order { _ = try desk.run("sync", "--peer", machine.name).succeeded() }
      // The phone annotates on top of what it holds, and meets the desk again.
      try phone.ok("tag", "add", article, "phone")
      for machine in [phone, laptop, phone, laptop] {
        _ = try desk.run("sync", "--peer", machine.name).succeeded()
      }
      let machines = [desk, laptop, phone]
      #expect(try Set(machines.map { try $0.fingerprint() }).count == 1)
      try expectEqualExports(desk, laptop, phone)
      for machine in machines {
        let notes = try Set(machine.ok("annotations").elements.map { $0["note"].text })
        #expect(notes == ["lost one", "new one"], "\(machine.name)")
        #expect(
          try Set(machine.ok("list")[0]["tags"].texts) == ["before", "after", "phone"],
          "\(machine.name)")
        #expect(try machine.problems() == [])
        #expect(try machine.ok("status")["forks"].int == 1, "\(machine.name)")
      }
      // And life goes on, under a new name.
      try desk.ok("tag", "add", article, "later")
      _ = try desk.run("sync", "--wait").succeeded()
      #expect(try laptop.ok("list", "tag:later").elements.count == 1)
    }
  }

  @Test("a copied store and its original both write, and all of it ends on both")
  func copied() throws {
    try Lab.run { lab in
      let desk = try lab.machine("desk")
      let twin = try lab.machine("twin")
      let laptop = try lab.machine("laptop")
      let article = try desk.add(Seeds.articles[0])
      try laptop.choosePort()
      try laptop.startDaemon()
      try desk.startDaemon()
      try desk.stopDaemon()
      try desk.join(laptop, merging: true)
      _ = try desk.run("sync").succeeded()
      try Self.copy(desk.store, to: twin.store, lab)
      try desk.ok("tag", "add", article, "original")
      try twin.ok("tag", "add", article, "copy")
      #expect(try desk.ok("status")["writer"].text != twin.ok("status")["writer"].text)
      for machine in [twin, desk, twin] { _ = try machine.run("sync").succeeded() }
      #expect(try Set([desk, twin, laptop].map { try $0.fingerprint() }).count == 1)
      #expect(try Set(laptop.ok("list")[0]["tags"].texts) == ["original", "copy"])
      #expect(try !laptop.ok("status")["forks"].exists)
    }
  }

  /// Copies as a person would, over what is there.
  private static func copy(_ source: String, to target: String, _ lab: Lab) throws {
    _ = try lab.run(
      "/bin/cp", ["-a", source, target], environment: ["PATH": "/usr/bin:/bin"]
    ).succeeded()
  }

  private static func inode(_ path: String) throws -> UInt64 {
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    return (attributes[.systemFileNumber] as? NSNumber)?.uint64Value ?? 0
  }
}
