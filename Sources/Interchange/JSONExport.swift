// SPDX-License-Identifier: MIT

public import Merge
public import Store
import Terminal

/// `export json`: what can be seen of a library, for people, for scripts and for `import json`.
///
/// JSON Lines, UTF-8. First a header, then articles by id, then annotations by id, each followed by
/// its replies, then the renames of tags:
///
///     {"postil":"export","version":1,"library":ID,"fingerprint":ID}
///     {"type":"article", …the fields of `list`…, "state":"read",
///      "revisions":[{"sha256":HEX,"added":TIME,"codePoints":N,"bytes":N,"text":"…"}]}
///     {"type":"annotation", …the fields of `annotations`…,
///      "revision":HEX,"prefix":"…","suffix":"…","start":N,"end":N}
///     {"type":"tag","name":"old","renamedTo":"new"}
///
/// An article with more than 8 MiB of text goes on in further lines of the same id, each with some
/// of its revisions. A text that has not arrived here, or is damaged, is
/// `"missing":true`.
public enum JSONExport {
  /// The version of the form.
  public static let version = 1

  /// How much was written.
  public struct Report: Hashable, Sendable {
    /// Articles.
    public var articles = 0
    /// Annotations, replies among them.
    public var annotations = 0

    /// Texts that were left out, since they have not arrived on this machine.
    public var missingTexts = 0
    /// Texts that were left out, since they are not what their hash says.
    public var damagedTexts = 0

    /// So many articles and annotations, and every text.
    public init(articles: Int = 0, annotations: Int = 0) {
      self.articles = articles
      self.annotations = annotations
    }
  }

  /// Writes the library to `output`, in chunks; `output` must not call the store.
  ///
  /// - Parameter ids: only these articles and annotations, and what they hang on; an article alone
  ///   brings no annotations along. Nil means everything, tag renames among it.
  @discardableResult
  public static func write(
    _ store: Store, only ids: Set<EntityID>? = nil,
    to output: (_ chunk: [UInt8]) throws -> Void
  ) throws -> Report {
    try withoutActuallyEscaping(output) { output in
      var report = Report()
      var lines = LineOutput(output)
      var last: EntityID?
      try store.exportItems(only: ids) { item in
        if case .annotation = item { report.annotations += 1 }
        if case .article(let exported) = item {
          if exported.article.id != last { report.articles += 1 }
          last = exported.article.id
          for text in exported.texts where text.content == nil {
            if text.isDamaged { report.damagedTexts += 1 } else { report.missingTexts += 1 }
          }
        }
        try lines.write(line(item))
      }
      try lines.flush()
      return report
    }
  }

  private static func line(_ item: ExportItem) -> JSONObject {
    var object = JSONObject()
    switch item {
    case .header(let header):
      object.put("postil", "export")
      object.put("version", version)
      object.put("library", header.library.raw.uuidText)
      object.put("fingerprint", header.fingerprint.uuidText)
    case .article(let exported):
      object.put("type", "article")
      object.append(ContractFields.article(exported.article))
      object.set("state", exported.readState)
      object.set("revisions", exported.texts.map(revision))
    case .annotation(let annotation):
      let target = annotation.target
      object.put("type", "annotation")
      object.append(ContractFields.annotation(annotation))
      object.set("revision", target.revision.map(Hexadecimal.text))
      // Nothing before the first words is another value than nothing said of what is before them.
      if let prefix = target.prefix { object.put("prefix", prefix) }
      if let suffix = target.suffix { object.put("suffix", suffix) }
      object.set("start", target.start)
      object.set("end", target.end)
    case .rename(let old, let new):
      object.put("type", "tag")
      object.put("name", old)
      object.put("renamedTo", new)
    }
    return object
  }

  private static func revision(_ text: ExportedArticle.Text) -> JSONObject {
    var object = JSONObject()
    object.put("sha256", Hexadecimal.text(text.revision.hash))
    object.set("added", Timestamp(milliseconds: text.revision.added))
    object.put("codePoints", text.revision.codePoints)
    object.put("bytes", text.revision.byteCount)
    if let content = text.content {
      object.put("text", String(decoding: content, as: UTF8.self))
    } else {
      object.put("missing", true)
    }
    return object
  }
}

extension JSONObject {
  /// Puts in every member of another object.
  fileprivate mutating func append(_ other: JSONObject) {
    for member in other.value.members ?? [] { put(member.key, member.value) }
  }
}
