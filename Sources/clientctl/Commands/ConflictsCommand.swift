// SPDX-License-Identifier: MIT

import ArgumentParser
import Host
import Merge
import Store
import Terminal

/// Lists conflicts.
struct ConflictsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "conflicts",
    abstract: "List fields that were changed apart, with every value that is kept.",
    discussion: """
      The first value is the one that is shown. Decide with: clientctl resolve.

      EXAMPLES
        clientctl conflicts
        clientctl resolve 3f2a title --take 2
      """)

  @Argument(help: "Only those of this article, annotation or renamed tag.")
  var id: String?

  @OptionGroup var options: GlobalOptions

  func run() throws {
    let session = try options.open()
    let conflicts = try session.store.conflicts(
      of: try id.map { try session.resolve($0, Session.contested) })
    if options.json {
      try session.output.print(JSONValue.array(conflicts.map(\.json.value)))
      return
    }
    let ids = try ShortIDs(
      session.store, conflicts.map(\.entity), whole: !session.output.facts.isTerminal)
    let now = Timestamp.now()
    var table = Table([
      .init("ID", keepsWhole: true, style: .bold), .init("FIELD", keepsWhole: true),
      .init("TAKE", keepsWhole: true), .init("VALUE"), .init("BY"),
      .init("WHEN", keepsWhole: true, style: .dim),
    ])
    for conflict in conflicts {
      for (place, version) in conflict.versions.enumerated() {
        table.add([
          ids[conflict.entity], conflict.field.label, String(place + 1),
          version.shown + (place == 0 ? "  (shown)" : ""), version.device,
          Tables.shownTime(version.time, now, session),
        ])
      }
    }
    try session.output.page(table.rendered(for: session.output.facts))
    if conflicts.isEmpty { throw Failure(.nothing, "nothing is in conflict") }
  }
}

extension ConflictView {
  /// The fields of `conflicts --json`.
  var json: JSONObject {
    var object = JSONObject()
    object.put("id", entity.raw.uuidText)
    object.put("field", field.label)
    object.put(
      "values",
      .array(
        versions.map { version in
          var each = JSONObject()
          each.put("value", version.shown)
          each.put("device", version.device)
          each.set("time", Timestamp(milliseconds: version.time))
          return each.value
        }))
    return object
  }
}

extension ConflictView.Version {
  /// The value as text.
  var shown: String {
    switch value {
    case .text(let text)?: text
    case .integer(let number)?: String(number)
    case nil: "(none)"
    default: "(a value of a newer version)"
    }
  }
}
