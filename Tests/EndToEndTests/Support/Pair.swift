// SPDX-License-Identifier: MIT

import Testing

/// Two machines that are paired, with one article and one annotation on both.
final class Pair {
  let desk: Machine
  let laptop: Machine
  /// An article that both hold.
  let article: String
  /// An annotation of it, with a note, that both hold.
  let annotation: String

  /// Runs a test on two paired machines whose daemons run.
  static func run(_ body: (Pair) throws -> Void) throws {
    try Lab.run { lab in try body(try Pair(lab)) }
  }

  private init(_ lab: Lab) throws {
    desk = try lab.machine("desk")
    laptop = try lab.machine("laptop")
    try desk.choosePort()
    try laptop.choosePort()
    article = try desk.add(Seeds.articles[1], "--tag", "news")
    annotation = try desk.ok(
      "annotate", article, "--quote", "the river is always stronger", "--note", "A weir?")["id"]
      .text
    try desk.startDaemon()
    try laptop.startDaemon()
    try laptop.join(desk)
    try laptop.sync()
  }

  /// Stops both daemons.
  func part() throws {
    #expect(try desk.stopDaemon() == 0)
    #expect(try laptop.stopDaemon() == 0)
  }

  /// Starts the daemons that don't run, and brings both in step.
  func meet() throws {
    try desk.startDaemon()
    try laptop.startDaemon()
    try laptop.sync()
    try desk.sync()
  }

  /// That both hold the same.
  func expectAgreement() throws {
    #expect(try desk.fingerprint() == laptop.fingerprint())
    #expect(try desk.ok("list") == laptop.ok("list"))
    #expect(try desk.ok("annotations") == laptop.ok("annotations"))
    try expectEqualExports(desk, laptop)
  }
}

/// That machines hold the same library, byte for byte, if this `clientctl` can say it.
func expectEqualExports(_ machines: Machine...) throws {
  guard let first = machines.first, try first.knows("export") else {
    print("NOT CHECKED: this clientctl has no `export canonical` yet")
    return
  }
  let export = try first.canonical()
  #expect(!export.isEmpty)
  for machine in machines.dropFirst() {
    #expect(try machine.canonical() == export, "\(machine.name) exports something else")
  }
}
