// SPDX-License-Identifier: MIT

import ArgumentParser
import Host
import Terminal

/// Brings peers in step now.
struct SyncCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sync", abstract: "Exchange with peers now, and tell what came of it.",
    discussion: """
      With --wait it ends when every edit made so far is on every peer, or tells
      which aren't.

      EXAMPLES
        clientctl sync
        clientctl sync --wait --timeout 60
        clientctl sync --peer laptop --json
      """)

  @Option(help: "Only this peer: its name, or the beginning of its id.")
  var peer: String?

  @Flag(help: "Wait until what this store holds now is there.")
  var wait = false

  @Option(help: ArgumentHelp("How long to wait with --wait.", valueName: "seconds"))
  var timeout: Double = 30

  @OptionGroup var options: GlobalOptions

  func validate() throws {
    guard timeout > 0, timeout <= 86_400 else {
      throw ValidationError("--timeout must be more than 0 and at most 86400 seconds")
    }
  }

  func run() throws {
    let session = try options.open()
    guard try !session.store.peers().isEmpty else {
      throw Failure(.notFound, "there are no peers yet; pair one with: clientctl peer invite")
    }
    var request = JSONObject()
    request.put("command", "sync")
    request.set("peer", peer)
    if wait { request.set("waitSeconds", timeout) }
    var arguments = ["once"]
    if let peer { arguments += ["--peer", peer] }
    if wait { arguments += ["--wait", String(timeout)] }
    var results: [JSONValue]?
    let facts = TerminalFacts.detect(environment: Process.environment, descriptor: 2)
    var progress = ProgressReporter(label: "syncing", mode: .init(facts))
    var steps = SyncSteps(held: Int64(clamping: try session.store.holdings().version.total))
    try DaemonLink(store: session.store.directory).ask(request, orRun: arguments) { answer in
      if let step = answer["progress"] {
        steps.take(step)
        progress.update(done: steps.done, total: steps.total)
      }
      if let told = answer["results"]?.elements { results = told }
    }
    progress.finish()
    guard let results else {
      throw Failure(
        .network,
        "the daemon ended, or took on no more commands, before it said how it went; "
          + "look at: clientctl status, and run it again")
    }
    try report(results, session)
  }

  private func report(_ results: [JSONValue], _ session: Session) throws {
    if session.output.isJSON {
      try session.output.print(JSONValue.array(results))
    } else {
      for result in results { try session.output.print(line(result, session)) }
    }
    let code = results.compactMap { $0["exitCode"]?.integerValue }.max() ?? 0
    if code != 0 { throw Failure(Failure.Code(rawValue: Int32(clamping: code)) ?? .internal, "") }
    if wait, results.contains(where: { $0["delivered"]?.boolValue != true }) {
      throw Failure(.network, "not everything arrived within \(timeout) s")
    }
  }

  private func line(_ result: JSONValue, _ session: Session) -> String {
    func number(_ key: String) -> Int64 { result[key]?.integerValue ?? 0 }
    let name = result["peer"]?.stringValue ?? "?"
    var words: [String] = []
    if let error = result["error"]?.stringValue {
      words.append(error)
    } else if result["inStep"]?.boolValue == true {
      words.append("in step")
    } else {
      words.append("not in step yet")
    }
    if number("received") > 0 { words.append("received \(number("received"))") }
    if number("sent") > 0 { words.append("sent \(number("sent"))") }
    let (texts, missing) = (number("texts"), number("missing"))
    if texts > 0 { words.append(texts == 1 ? "1 text" : "\(texts) texts") }
    if missing > 0 {
      words.append(
        missing == 1 ? "1 change is not there yet" : "\(missing) changes are not there yet")
    }
    for refusal in result["refused"]?.elements ?? [] {
      words.append("refused: \(refusal.stringValue ?? "?")")
    }
    for writer in result["forked"]?.elements ?? [] {
      words.append(
        "writer \((writer.stringValue ?? "?").prefix(8)) was written twice, as by a store that was "
          + "set back: both histories are kept")
    }
    guard session.output.facts.isTerminal else {
      return [name, words.joined(separator: "; ")].map(DisplayText.tsvField)
        .joined(separator: "\t") + "\n"
    }
    let head = session.output.style.bold(DisplayText.escaped(name))
    return "\(head)  \(DisplayText.escaped(words.joined(separator: ", ")))\n"
  }
}

/// How far the exchanges with all peers are, in changes.
private struct SyncSteps {
  /// What was held here at the beginning.
  let held: Int64
  private var peers: [String: (done: Int64, total: Int64)] = [:]

  init(held: Int64) { self.held = held }

  mutating func take(_ step: JSONValue) {
    func number(_ key: String) -> Int64 { step[key]?.integerValue ?? 0 }
    let (received, sent) = (number("received"), number("sent"))
    // What the peer holds beyond what was here comes; more than that, if it lacks some of ours.
    let coming = max(received, number("peerHolds") - held)
    peers[step["peer"]?.stringValue ?? ""] = (received + sent, coming + sent)
  }

  var done: Int { Int(clamping: peers.values.reduce(0) { $0 + $1.done }) }
  var total: Int { Int(clamping: peers.values.reduce(0) { $0 + $1.total }) }
}
