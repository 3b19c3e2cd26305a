// SPDX-License-Identifier: MIT

import Foundation
import Merge

/// Changes whose bytes are frozen: `Golden/NAME.hex` holds the body of each.
///
/// A body may be added, never altered, once a version that writes it was released. To write the
/// files anew: `POSTIL_GOLDEN=write swift test --filter GoldenVectorTests`.
struct GoldenVector: Sendable {
  var name: String
  /// What it is there to show.
  var comment: String
  var change: Change

  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Golden")

  private var file: URL { Self.folder.appending(path: "\(name).hex") }

  /// The bytes in the file.
  func committed() throws -> [UInt8] {
    let text = try String(contentsOf: file, encoding: .utf8)
    guard let bytes = Hex.bytes(text) else {
      throw LawBroken(description: "\(file.path) holds more than hexadecimal bytes and comments")
    }
    return bytes
  }

  /// Writes the file anew, as this version encodes.
  func write() throws {
    let head = "# \(comment)\n# Writer \(change.writer.raw.uuidText), change \(change.sequence).\n"
    let text = head + Hex.text(ChangeCodec.encode(change)) + "\n"
    try Data(text.utf8).write(to: file)
  }

  /// The names of the files that there are.
  static func files() throws -> Set<String> {
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    return Set(names.filter { $0.hasSuffix(".hex") }.map { String($0.dropLast(4)) })
  }
}

extension GoldenVector: CustomStringConvertible {
  var description: String { name }
}

extension GoldenVector {
  private static let laptop = WriterID(
    Bytes16(high: 0x0011_2233_4455_6677, low: 0x8899_AABB_CCDD_EEFF))
  private static let desktop = WriterID(
    Bytes16(high: 0x1111_1111_1111_1111, low: 0x1111_1111_1111_1111))
  private static let phone = WriterID(
    Bytes16(high: 0x2222_2222_2222_2222, low: 0x2222_2222_2222_2222))
  private static let article = EntityID(
    kind: .article, raw: Bytes16(high: 0x8A0B_0C0D_0E0F_8011, low: 0x9213_1415_1617_1819))
  private static let annotation = EntityID(
    kind: .annotation, raw: .uuidV7(milliseconds: 1_795_219_200_000, random: (0xABC, 0x1234)))
  private static let tag = EntityID(
    kind: .tag, raw: Bytes16(high: 0xEEEE_EEEE_EEEE_8EEE, low: 0x8EEE_EEEE_EEEE_EEEE))
  private static let time: Int64 = 1_795_219_200_000
  private static let hash = (0..<32).map { UInt8($0) }

  private static func dot(_ writer: WriterID, _ sequence: UInt64, _ index: UInt32 = 0) -> Dot {
    Dot(writer: writer, sequence: sequence, index: index)
  }

  private static func action(_ word: String) -> [Value.Member] {
    [.init(key: ChangeNote.action, value: .text(word))]
  }

  static let all: [GoldenVector] = [
    minimal, annotate, operations, dependencies, unknown, edit, values, unicode,
  ]

  static let minimal = GoldenVector(
    name: "minimal", comment: "The least a change can say: one register, at the time 0.",
    change: Change(
      writer: laptop, sequence: 1, lamport: 1, time: 0,
      operations: [Operation(article, .title, value: .text("Hi"))]))

  static let annotate = GoldenVector(
    name: "annotate",
    comment: "A highlight with a colour, a note and a tag, as `annotate` makes it.",
    change: Change(
      writer: laptop, sequence: 4, lamport: 9, time: time, notes: action("annotate"),
      operations: [
        Operation(
          annotation, .target,
          value: .record([
            .init(key: 1, value: .entity(article)),
            .init(key: 3, value: .bytes(hash)),
            .init(key: 4, value: .text("the river rose")),
            .init(key: 5, value: .text("By nightfall ")),
            .init(key: 6, value: .text(" by two metres.")),
            .init(key: 7, value: .integer(13)),
            .init(key: 8, value: .integer(27)),
          ])),
        Operation(annotation, .color, value: .text("yellow")),
        Operation(
          annotation, .text,
          value: .edit([TextPatch(position: 0, deleted: 0, inserted: "Check this.")])),
        Operation(annotation, .tag, value: .text("news/asia")),
      ]))

  static let operations = GoldenVector(
    name: "operations",
    comment: "Every form of op: put in, replace, take out, delete, restore, rename.",
    change: Change(
      writer: laptop, sequence: 300, lamport: 1_000, time: -1,
      notes: action("all") + [.init(key: ChangeNote.undoes, value: .integer(299))],
      operations: [
        Operation(article, .title, removes: [dot(laptop, 1)], value: .text("Ho")),
        Operation(article, .readState, removes: [dot(laptop, 2, 200)], value: nil),
        Operation(article, .tag, value: .text("a")),
        Operation(annotation, .deletion, value: .dots([dot(laptop, 4), dot(laptop, 4, 1)])),
        Operation(annotation, .deletion, removes: [dot(laptop, 300, 3)], value: nil),
        Operation(tag, .name, value: .text("news")),
        Operation(tag, .alias, value: .text("press")),
        Operation(
          article, .revision,
          value: .record([
            .init(key: 1, value: .bytes(hash)), .init(key: 2, value: .integer(1_234)),
            .init(key: 3, value: .integer(1_300)), .init(key: 4, value: .integer(1)),
          ])),
      ]))

  static let dependencies = GoldenVector(
    name: "dependencies",
    comment: "Written on changes of others, of whom one is named in ops alone.",
    change: Change(
      writer: desktop, sequence: 2, lamport: 18,
      dependencies: [.init(writer: laptop, count: 300, hash: 0xA1A2_A3A4_A5A6_A7A8)], time: time,
      notes: action("title"),
      operations: [
        Operation(
          article, .title, removes: [dot(laptop, 300), dot(phone, 7, 1)], value: .text("Hm")),
        Operation(
          annotation, .deletion, removes: [dot(desktop, 1)],
          value: .dots([dot(phone, 129), dot(laptop, 4, 2)])),
      ]))

  static let unknown = GoldenVector(
    name: "unknown", comment: "What a newer version may say: kinds, fields, ops, values, notes.",
    change: Change(
      writer: laptop, sequence: 1, lamport: 1, time: 0,
      notes: [.init(key: 99, value: .opaque(tag: 16, bytes: []))],
      operations: [
        Operation(
          EntityID(kind: EntityKind(code: 1_000), raw: article.raw), Field(code: 30),
          value: .opaque(tag: 300, bytes: [1, 2, 3])),
        Operation(article, Field(code: 31), value: .integer(1)),
        Operation(article, Field(code: ChangeLimits.fieldMax), value: .record([])),
        Operation(entity: article, action: .unknown(code: 0, bytes: [])),
        Operation(entity: tag, action: .unknown(code: .max, bytes: [0xFF])),
      ]))

  static let edit = GoldenVector(
    name: "edit", comment: "Edits of a note: typing, a deletion before it, on two heads.",
    change: Change(
      writer: laptop, sequence: 5, lamport: 12,
      dependencies: [.init(writer: desktop, count: 3, hash: 0xB1B2_B3B4_B5B6_B7B8)], time: time,
      notes: action("note"),
      operations: [
        Operation(
          annotation, .text, removes: [dot(laptop, 4, 2), dot(desktop, 3)],
          value: .edit([
            TextPatch(position: 11, deleted: 0, inserted: " Twice"),
            TextPatch(position: 17, deleted: 0, inserted: "."),
            TextPatch(position: 0, deleted: 5, inserted: ""),
            TextPatch(position: 2, deleted: 1, inserted: "😀"),
          ]))
      ]))

  static let values = GoldenVector(
    name: "values", comment: "Every type of value at its ends.",
    change: Change(
      writer: laptop, sequence: .max, lamport: .max, time: .min,
      operations: [
        Operation(article, .title, value: .text("")),
        Operation(article, .created, value: .integer(.min)),
        Operation(article, .published, value: .integer(.max)),
        Operation(article, .site, value: .bytes([])),
        Operation(article, .author, value: .bytes([0, 0x7F, 0x80, 0xFF])),
        Operation(article, .url, value: .entity(article)),
        Operation(article, .target, value: nested(ChangeLimits.depthMax)),
        Operation(article, .deletion, value: .dots([])),
        Operation(
          article, .text,
          value: .edit([TextPatch(position: Int(Int32.max), deleted: Int(Int32.max), inserted: "")])
        ),
        Operation(
          article, .tag, removes: [dot(laptop, .max, .max)], value: .opaque(tag: .max, bytes: [0])),
      ]))

  static let unicode = GoldenVector(
    name: "unicode",
    comment: "Text is kept byte for byte: composed and not, every length of UTF-8.",
    change: Change(
      writer: laptop, sequence: 1, lamport: 1, time: time,
      operations: [
        Operation(article, .title, value: .text("é e\u{301} हिन्दी 👩‍👩‍👧 \u{10FFFF}\u{0}\u{202E}")),
        Operation(article, .author, value: .text("\u{FEFF}“ß”")),
      ]))

  /// A record in a record, `depth` deep, with a number in the innermost.
  static func nested(_ depth: Int) -> Value {
    (0..<depth).reduce(Value.integer(0)) { value, _ in .record([.init(key: 1, value: value)]) }
  }
}
