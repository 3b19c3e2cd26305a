// SPDX-License-Identifier: MIT

import Host
import Store
import Terminal

/// `doctor --salvage`: makes a sound store of a damaged one.
struct Salvaging {
  let options: GlobalOptions
  /// Where the new store goes; in the damaged one's place when nil.
  let into: String?

  func run() throws {
    let damaged = options.directory
    let place = SalvagePlace(damaged: damaged, into: into.map(Process.absolute))
    try place.check()
    let salvage = try Reporting.progress("reading") { try Salvage(of: damaged, progress: $0) }
    let folder = try place.begin(random: options.environment.random())
    let report = try Reporting.progress("merging") { progress in
      try salvage.build(in: folder.directory, environment: options.environment, progress: progress)
    }
    let kept = try place.finish(folder, at: options.environment.now())
    try print(report, store: place.result, damaged: kept)
    if !report.losses.isEmpty { throw Failure(.partly, "") }
  }

  private func print(_ report: SalvageReport, store: String, damaged: String) throws {
    let output = options.output()
    if output.isJSON {
      var object = JSONObject()
      object.put("store", store)
      object.put("damaged", damaged)
      object.put("changes", report.changes)
      object.put("lost", report.lost)
      object.put("rewritten", report.rewritten)
      object.put("texts", report.texts)
      object.put("textsMissing", report.textsMissing)
      object.put("peers", report.peers)
      object.put("libraryKnown", report.isLibraryKnown)
      object.put("losses", .array(report.losses.map { .string($0) }))
      return try output.print(object)
    }
    var lines = [
      "\(report.changes) changes and \(report.texts) texts are in \(store)",
      "the damaged store is kept in \(damaged)",
    ]
    if report.lost > 0 {
      lines.append(
        "\(report.lost) changes were lost; what they said of \(report.rewritten) things was read "
          + "from the state and written anew")
    }
    if report.textsMissing > 0 { lines.append("\(report.textsMissing) texts are missing") }
    lines += report.losses.map { "lost: \($0)" }
    lines.append(
      report.peers > 0
        ? "fetch the rest from the peers with: clientctl sync --wait"
        : "no peer is known; what is lost may be in a backup: clientctl backup restore FILE")
    try output.print(lines.map { DisplayText.escaped($0) + "\n" }.joined())
  }
}
