// SPDX-License-Identifier: MIT

import ArgumentParser
import Host

/// Prints a completion script.
struct CompletionCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "completion", abstract: "Print a completion script for bash, zsh or fish.",
    discussion: """
      EXAMPLES
        clientctl completion bash > ~/.local/share/bash-completion/completions/clientctl
        clientctl completion zsh > ~/.zfunc/_clientctl
        clientctl completion fish > ~/.config/fish/completions/clientctl.fish
      """)

  @Argument(help: "bash, zsh or fish.")
  var shell: String

  func run() throws {
    guard let shell = CompletionShell(rawValue: shell) else {
      throw Failure(.usage, "“\(shell)” is not a shell that is known; use bash, zsh or fish")
    }
    print(Clientctl.completionScript(for: shell))
  }
}
