// SPDX-License-Identifier: MIT

import ArgumentParser
import Host
import Store
import SyncEngine
import Terminal

/// Joins by an invitation.
struct PeerJoin: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "join", abstract: "Join the library that a link leads to.",
    discussion: """
      An empty store adopts the library. A store that holds something is folded
      into it with --merge. Both machines show the same six digits: compare
      them if the link may have passed through strange hands.

      EXAMPLES
        clientctl peer join 'postil://pair?l=…'
        clientctl peer join - < link.txt
      """)

  @Argument(help: "The link, or - for standard input.")
  var link: String

  @Flag(help: "Fold this store's library into the other.")
  var merge = false

  @OptionGroup var options: GlobalOptions

  func run() throws {
    let session = try options.open()
    var link = link
    if link == "-" {
      let bytes = try InputFile.read("-", bytesMax: 8192)
      link = String(decoding: bytes, as: UTF8.self).filter { !$0.isWhitespace }
    }
    var request = JSONObject()
    request.put("command", "join")
    request.put("link", link)
    request.put("merge", merge)
    var joined: JSONValue?
    try DaemonLink(store: session.store.directory).ask(
      request, orRun: ["join"] + (merge ? ["--merge"] : []), input: link
    ) { answer in
      if let peer = answer["peer"] { joined = peer }
    }
    guard let joined, let name = joined["name"]?.stringValue, let id = joined["id"]?.stringValue
    else { throw Failure(.network, "the daemon did not say how joining went") }
    if session.output.isJSON {
      try session.output.print(joined)
    } else {
      let code = joined["code"]?.stringValue ?? "?"
      let may = joined["role"]?.stringValue == "read" ? ", to read it" : ""
      try session.output.report(
        JSONObject(),
        sentence: "joined the library of “\(name)”\(may) (both machines show the code \(code)); "
          + "bring it here with: clientctl sync",
        plain: id)
    }
  }
}
