// SPDX-License-Identifier: MIT

import Merge
import Store
import Terminal

extension Annotation {
  /// The fields of the `--json` contract.
  var json: JSONObject {
    var object = JSONObject()
    object.put("id", id.raw.uuidText)
    object.put("article", target.article.raw.uuidText)
    object.put("kind", kind.rawValue)
    object.set("quote", target.quote)
    object.set("note", note)
    object.set("tags", tags)
    object.set("color", color)
    object.set("parent", target.parent?.raw.uuidText)
    object.set("anchor", anchor)
    object.set("created", Timestamp(milliseconds: created))
    object.set("modified", Timestamp(milliseconds: modified))
    object.set("device", device)
    object.set("conflicts", conflicts.map(\.label))
    return object
  }

  /// Where the passage stands in the article's shown text; nil when it was made in another revision.
  private var anchor: JSONObject? {
    guard isExact, let start = target.start, let end = target.end else { return nil }
    var object = JSONObject()
    object.put("status", "exact")
    object.put("start", start)
    object.put("end", end)
    object.put("score", 1)
    return object
  }
}
