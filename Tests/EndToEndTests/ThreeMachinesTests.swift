// SPDX-License-Identifier: MIT

import Testing

@Suite("Three machines")
struct ThreeMachinesTests {
  /// Every order in which three machines can meet in pairs.
  static let orders: [[String]] = [
    ["ann-bob", "bob-cyd", "ann-cyd"], ["ann-bob", "ann-cyd", "bob-cyd"],
    ["bob-cyd", "ann-bob", "ann-cyd"],
    ["bob-cyd", "ann-cyd", "ann-bob"], ["ann-cyd", "ann-bob", "bob-cyd"],
    ["ann-cyd", "bob-cyd", "ann-bob"],
  ]

  @Test(
    "synced in pairs, in any order, three machines end with the same library", arguments: orders)
  func everyOrder(order: [String]) throws {
    try Lab.run { lab in
      let three = try Three(lab)
      try three.editApart()
      for meeting in order { try three.meet(meeting) }
      let prints = try three.machines.map { try $0.fingerprint() }
      #expect(Set(prints).count == 1, "after \(order): \(prints)")
      try expectEqualExports(three.a, three.b, three.c)
      let conflicts = try three.a.ok("conflicts")
      #expect(conflicts[0]["values"].elements.count == 3)
      for machine in three.machines {
        #expect(try machine.ok("conflicts") == conflicts)
        #expect(try machine.ok("annotations") == three.a.ok("annotations"))
        #expect(try machine.problems() == [])
      }
    }
  }
}

/// Three machines of one library, of which only two are ever connected: no daemon runs but the one
/// that is called.
private final class Three {
  let a: Machine
  let b: Machine
  let c: Machine
  let article: String
  let annotation: String

  var machines: [Machine] { [a, b, c] }

  /// Makes one library on all three. Nobody can call whoever joined: b calls a, c calls a and b.
  init(_ lab: Lab) throws {
    a = try lab.machine("ann")
    b = try lab.machine("bob")
    c = try lab.machine("cyd")
    for machine in [a, b, c] { try machine.choosePort() }
    article = try a.add(text: "A short story of three machines.\n\nThe end.", title: "Three")
    annotation = try a.ok("annotate", article, "--quote", "three machines", "--note", "Which?")[
      "id"
    ].text
    try a.startDaemon()
    try b.join(a)
    try b.sync()
    try c.join(a)
    try c.sync()
    try a.stopDaemon()
    try b.startDaemon()
    try c.join(b)
    try c.ok("sync", "--wait", "--peer", "bob")
    try b.stopDaemon()
  }

  /// Each machine does something of its own to the same things.
  func editApart() throws {
    for machine in machines {
      try machine.ok("edit", article, "--title", "Title by \(machine.name)")
      try machine.ok("note", annotation, "Words of \(machine.name).", "--append")
      try machine.ok("tag", "add", article, "shared", "only-\(machine.name)")
    }
    try a.ok("delete", annotation)
    try b.ok("tag", "remove", article, "shared")
    try c.ok("tag", "rename", "only-cyd", "only-of-cyd")
  }

  /// Brings two machines in step; the third hears nothing.
  func meet(_ meeting: String) throws {
    let (served, caller) =
      switch meeting {
      case "ann-bob": (a, b)
      case "ann-cyd": (a, c)
      default: (b, c)
      }
    try served.startDaemon()
    try caller.ok("sync", "--peer", served.name)
    try served.stopDaemon()
  }
}
