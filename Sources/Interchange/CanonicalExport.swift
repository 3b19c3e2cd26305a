// SPDX-License-Identifier: MIT

import Merge
public import Store
import Terminal

/// `export canonical`: the whole library in one order and one form. Two stores give equal bytes if
/// and only if they hold the same; so it is what `diff` and tests compare.
///
/// JSON Lines, UTF-8. First a header:
///
///     {"postil":"canonical","version":1,"library":ID,"fingerprint":ID,
///      "writers":[{"id":ID,"sequence":N,"hash":HEX}, …by id]}
///
/// then everything that is merged, one entity a line, by kind and id, deleted and unknown ones too:
///
///     {"kind":"annotation","id":ID,"deleted":false,
///      "entries":[{"field":"color","dot":"WRITER:SEQUENCE:INDEX","time":MS,"value":VALUE}, …],
///      "text":"the words of its note"}
///
/// with every live value by field and dot, the heads of a text having none; a value says its type:
/// `{"text":…}`, `{"integer":…}`, `{"bytes":HEX}`, `{"entity":"KIND:ID"}`,
/// `{"record":{"KEY":VALUE}}`,
/// `{"dots":[…]}`, and `{"opaque-TAG":HEX}` for one that this version does not know. Last come the
/// texts that revisions name, by hash:
///
///     {"sha256":HEX,"bytes":N,"content":"…"}      {"sha256":HEX,"missing":true}
///
/// Times are milliseconds since 1970, since they are compared, not read.
public enum CanonicalExport {
  /// The version of the form.
  public static let version = 1

  /// Writes the library to `output`, in chunks; `output` must not call the store.
  public static func write(
    _ store: Store, to output: (_ chunk: [UInt8]) throws -> Void
  ) throws {
    try withoutActuallyEscaping(output) { output in
      var lines = LineOutput(output)
      try store.canonicalItems { item in try lines.write(line(item)) }
      try lines.flush()
    }
  }

  private static func line(_ item: CanonicalItem) -> JSONObject {
    var object = JSONObject()
    switch item {
    case .header(let header):
      object.put("postil", "canonical")
      object.put("version", version)
      object.put("library", header.library.raw.uuidText)
      object.put("fingerprint", header.fingerprint.uuidText)
      object.put("writers", .array(header.writers.map(value)))
    case .entity(let id, let state):
      object.put("kind", id.kind.label)
      object.put("id", id.raw.uuidText)
      object.put("deleted", state.isDeleted)
      object.put("entries", .array(state.entries.map(value)))
      if let text = state.text { object.put("text", text) }
    case .text(let hash, let content):
      object.put("sha256", Hexadecimal.text(hash))
      if let content {
        object.put("bytes", content.count)
        object.put("content", String(decoding: content, as: UTF8.self))
      } else {
        object.put("missing", true)
      }
    }
    return object
  }

  private static func value(_ writer: ExportHeader.Writer) -> JSONValue {
    var object = JSONObject()
    object.put("id", writer.id.raw.uuidText)
    object.put("sequence", Int(clamping: writer.sequence))
    object.put("hash", Hexadecimal.text(writer.hash))
    return object.value
  }

  private static func value(_ entry: EntityState.Entry) -> JSONValue {
    var object = JSONObject()
    object.put("field", entry.field.label)
    object.put("dot", text(entry.dot))
    object.put("time", .integer(entry.time))
    if let value = entry.value { object.put("value", json(value)) }
    return object.value
  }

  private static func text(_ dot: Dot) -> String {
    "\(dot.writer.raw.uuidText):\(dot.sequence):\(dot.index)"
  }

  /// A value with its type, so that different values never look alike.
  static func json(_ value: Value) -> JSONValue {
    switch value {
    case .text(let text): ["text": .string(text)]
    case .integer(let integer): ["integer": .integer(integer)]
    case .bytes(let bytes): ["bytes": .string(Hexadecimal.text(bytes))]
    case .entity(let id): ["entity": .string("\(id.kind.label):\(id.raw.uuidText)")]
    case .record(let members):
      ["record": .object(members.map { (key: String($0.key), value: json($0.value)) })]
    case .dots(let dots): ["dots": .array(dots.map { .string(text($0)) })]
    case .edit(let patches): ["edit": .array(patches.map(json))]
    case .opaque(let tag, let bytes): .object([("opaque-\(tag)", .string(Hexadecimal.text(bytes)))])
    }
  }

  private static func json(_ patch: TextPatch) -> JSONValue {
    [
      "position": .integer(Int64(patch.position)), "deleted": .integer(Int64(patch.deleted)),
      "inserted": .string(patch.inserted),
    ]
  }
}

extension EntityKind {
  /// The name in exports; `kind-N` for one that this version does not know.
  var label: String {
    switch self {
    case .article: "article"
    case .annotation: "annotation"
    case .tag: "tag"
    case .writer: "writer"
    case .device: "device"
    default: "kind-\(code)"
    }
  }
}
