// SPDX-License-Identifier: MIT

import Testing

@Suite("Help")
struct HelpTests {
  /// Every command, found by asking each for its subcommands, so that a new one is not forgotten.
  static func commands(of machine: Machine) throws -> (groups: [[String]], leaves: [[String]]) {
    var groups: [[String]] = []
    var leaves: [[String]] = []
    var waiting: [[String]] = [[]]
    while let command = waiting.popLast() {
      let help = try machine.run(command + ["--help"]).succeeded().lines
      let below = subcommands(help)
      if below.isEmpty {
        leaves.append(command)
      } else {
        groups.append(command)
        waiting += below.map { command + [$0] }
      }
    }
    return (groups, leaves)
  }

  /// The names under the headings that end in SUBCOMMANDS.
  private static func subcommands(_ help: [String]) -> [String] {
    var names: [String] = []
    var isListing = false
    for line in help {
      if !line.hasPrefix(" ") {
        isListing = line.hasSuffix("SUBCOMMANDS:")
      } else if isListing, line.hasPrefix("  "), !line.hasPrefix("   "),
        let name = line.split(separator: " ").first, name != "See"
      {
        names.append(String(name))
      }
    }
    return names
  }

  @Test("every command has help with a sentence and examples, and describes every option")
  func everyCommand() throws {
    try Lab.run { lab in
      let machine = try lab.machine("desk")
      let (groups, leaves) = try Self.commands(of: machine)
      #expect(leaves.count >= 30, "found only \(leaves)")
      #expect(groups.contains(["peer"]) && groups.contains(["tag"]) && groups.contains([]))
      for command in leaves {
        Self.check(try machine.run(command + ["--help"]), command.joined(separator: " "))
      }
    }
  }

  private static func check(_ help: CommandResult, _ name: String) {
    #expect(help.error.isEmpty, "\(name)")
    #expect(help.output.hasPrefix("OVERVIEW: "), "\(name) says nothing of itself")
    #expect(help.output.contains("EXAMPLES\n"), "\(name) has no examples")
    #expect(help.output.contains("clientctl \(name)"), "\(name)'s examples are of another command")
    let lines = help.lines
    for (place, line) in lines.enumerated() where line.hasPrefix("  -") || line.hasPrefix("  <") {
      let next = lines.indices.contains(place + 1) ? lines[place + 1] : ""
      let isDescribed = line.dropFirst(2).contains("   ") || next.hasPrefix("          ")
      #expect(isDescribed || line.count > 26, "\(name): “\(line)” has no words")
    }
  }

  @Test("help makes no store")
  func noStore() throws {
    try Lab.run { lab in
      let machine = try lab.machine("desk")
      _ = try machine.run("--help").succeeded()
      _ = try machine.run("add", "--help").succeeded()
      _ = try machine.run("--version").succeeded()
      #expect(try machine.shell("test -e \(machine.store)").code == 1)
    }
  }

  @Test("both programs tell their version")
  func version() throws {
    try Lab.run { lab in
      let machine = try lab.machine("desk")
      let client = try machine.run("--version").succeeded().word
      let daemon = try machine.shell("syncd --version").succeeded().word
      #expect(client.wholeMatch(of: /clientctl \d+\.\d+\.\d+/) != nil)
      #expect(daemon.wholeMatch(of: /syncd \d+\.\d+\.\d+/) != nil)
      #expect(client.split(separator: " ").last == daemon.split(separator: " ").last)
    }
  }

  @Test("completion scripts are scripts that their shell can read")
  func completion() throws {
    try Lab.run { lab in
      let machine = try lab.machine("desk")
      for shell in ["bash", "zsh", "fish"] {
        #expect(try machine.run("completion", shell).succeeded().output.contains("clientctl"))
      }
      _ = try machine.shell("bash -n <(clientctl completion bash)").succeeded()
    }
  }
}
