// SPDX-License-Identifier: MIT

public import Store
public import Terminal

/// Articles and annotations with the fields of the `--json` contract, in its order: one form for
/// `list`, `annotations` and `export json`.
public enum ContractFields {
  /// `id url title site author published tags revision annotations created modified`.
  public static func article(_ article: Article) -> JSONObject {
    var object = JSONObject()
    object.put("id", article.id.raw.uuidText)
    object.set("url", article.url)
    object.set("title", article.title)
    object.set("site", article.site)
    object.set("author", article.author)
    object.set("published", article.published.map { Timestamp(milliseconds: $0) })
    object.set("tags", article.tags)
    object.set("revision", article.revision.map(Hexadecimal.text))
    object.put("annotations", article.annotationCount)
    object.set("created", Timestamp(milliseconds: article.created))
    object.set("modified", Timestamp(milliseconds: article.modified))
    return object
  }

  /// `id article kind quote note tags color parent anchor created modified device conflicts`.
  public static func annotation(_ annotation: Annotation) -> JSONObject {
    let target = annotation.target
    var object = JSONObject()
    object.put("id", annotation.id.raw.uuidText)
    object.put("article", target.article.raw.uuidText)
    object.put("kind", annotation.kind.rawValue)
    object.set("quote", target.quote)
    object.set("note", annotation.note)
    object.set("tags", annotation.tags)
    object.set("color", annotation.color)
    object.set("parent", target.parent?.raw.uuidText)
    if annotation.isExact {
      var anchor = JSONObject()
      anchor.put("status", "exact")
      anchor.set("start", target.start)
      anchor.set("end", target.end)
      anchor.put("score", 1)
      object.set("anchor", anchor)
    }
    object.set("created", Timestamp(milliseconds: annotation.created))
    object.set("modified", Timestamp(milliseconds: annotation.modified))
    object.set("device", annotation.device)
    object.set("conflicts", annotation.conflicts.map(\.label))
    return object
  }
}
