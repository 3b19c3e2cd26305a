// SPDX-License-Identifier: MIT
import TestSupport
import Testing

@testable import Terminal

private func text(_ value: JSONValue, pretty: Bool = false) -> String {
  String(decoding: value.serialized(pretty: pretty), as: UTF8.self)
}

@Suite("Writing JSON")
struct JSONWriterTests {
  @Test("compact text has no white space and keeps the order of members")
  func compact() {
    let value: JSONValue = ["b": 1, "a": [true, .null, "x"], "o": [:], "e": []]
    #expect(text(value) == #"{"b":1,"a":[true,null,"x"],"o":{},"e":[]}"#)
  }

  @Test("pretty text has one member a line")
  func pretty() {
    let value: JSONValue = ["b": 1, "a": [true, ["c": "d"]], "o": [:], "e": []]
    let expected = """
      {
        "b": 1,
        "a": [
          true,
          {
            "c": "d"
          }
        ],
        "o": {},
        "e": []
      }
      """
    #expect(text(value, pretty: true) == expected)
  }

  @Test(
    "strings are escaped where JSON, a terminal or a script needs it",
    arguments: [
      ("a\"b\\c/", #""a\"b\\c/""#), ("\u{8}\u{9}\u{A}\u{C}\u{D}", #""\b\t\n\f\r""#),
      ("\u{0}\u{1B}\u{1F}", #""\u0000\u001b\u001f""#), ("\u{7F}", #""\u007f""#),
      ("\u{80}\u{9B}\u{9F}\u{A0}", "\"\\u0080\\u009b\\u009f\u{A0}\""),
      ("\u{2027}\u{2028}\u{2029}", "\"\u{2027}\\u2028\\u2029\""),
      ("\u{202A}\u{202E}\u{202F}", "\"\\u202a\\u202e\u{202F}\""),
      ("\u{2065}\u{2066}\u{2069}\u{206A}", "\"\u{2065}\\u2066\\u2069\u{206A}\""),
      ("é中😀\u{10FFFF}", "\"é中😀\u{10FFFF}\""), ("", "\"\""),
    ])
  func escapes(string: String, expected: String) {
    #expect(Array(text(.string(string)).utf8) == Array(expected.utf8))
  }

  @Test(
    "numbers",
    arguments: [
      (JSONValue.integer(.min), "-9223372036854775808"), (.integer(.max), "9223372036854775807"),
      (.integer(0), "0"), (.integer(-10), "-10"), (.double(0.1), "0.1"), (.double(1), "1.0"),
      (.double(-0.0), "-0.0"), (.double(1e300), "1e+300"),
      (.double(.leastNonzeroMagnitude), "5e-324"),
      (.double(.nan), "null"), (.double(.infinity), "null"),
    ])
  func numbers(value: JSONValue, expected: String) {
    #expect(text(value) == expected)
  }

  @Test("what is written reads back the same, compact and pretty")
  func roundTrip() throws {
    for seed in UInt64(0)..<3000 {
      var generator = SeededGenerator(seed: seed)
      let value = randomValue(&generator, depth: 5)
      for pretty in [false, true] {
        let bytes = value.serialized(pretty: pretty)
        let back = try? JSONReader.read(bytes)
        #expect(back == value, "seed \(seed): \(String(decoding: bytes, as: UTF8.self))")
        let written = String(decoding: bytes, as: UTF8.self)
        #expect(isHarmless(written.filter { $0 != "\u{FEFF}" && $0 != "\n" }, allowing: hidden))
        #expect(back?.serialized(pretty: pretty) == bytes, "seed \(seed)")
      }
    }
  }

  // Kept by JSON as they are: they hide, but do no harm.
  private let hidden: Set<Unicode.Scalar> = ["\u{FEFF}", "\u{2060}", "\n"]

  private func randomValue(_ generator: inout SeededGenerator, depth: Int) -> JSONValue {
    switch Int.random(in: depth > 0 ? 0...8 : 2...8, using: &generator) {
    case 0:
      let count = Int.random(in: 0...15, using: &generator)
      return .array((0..<count).map { _ in randomValue(&generator, depth: depth - 2) })
    case 1:
      var members: [(key: String, value: JSONValue)] = []
      for _ in 0..<Int.random(in: 0...15, using: &generator) {
        let key = trickyText(&generator, piecesMax: 3)
        if members.contains(where: { JSONValue.sameBytes($0.key, key) }) { continue }
        members.append((key: key, value: randomValue(&generator, depth: depth - 2)))
      }
      return .object(members)
    case 2: return .integer(Int64.random(in: .min ... .max, using: &generator))
    case 3: return .integer(Int64.random(in: -1000...1000, using: &generator))
    case 4:
      let number = Double(bitPattern: generator.next())
      return .double(number.isFinite ? number : 0.5)
    case 5: return .bool(Bool.random(using: &generator))
    case 6: return .null
    default: return .string(trickyText(&generator))
    }
  }

  @Test("the builder leaves out what is empty, and keeps what must be there")
  func builder() {
    var object = JSONObject()
    object.put("id", "7")
    object.set("none", nil as String?)
    object.set("empty", "")
    object.set("noTags", [String]())
    object.set("noObject", JSONObject())
    object.set("zero", 0)
    object.set("no", false)
    object.set("nan", Double.nan)
    object.set("tags", ["b", "a"])
    object.set("null", value: .null)
    object.set("emptyArray", value: [])
    object.set("at", Timestamp(milliseconds: 0))
    object.put("always", [])
    object.put("id", "8")
    let expected =
      #"{"id":"8","zero":0,"no":false,"tags":["b","a"],"at":"1970-01-01T00:00:00Z","always":[]}"#
    #expect(text(object.value) == expected)
  }

  @Test("a streamed array is the array", arguments: [false, true], [0, 1, 3])
  func streamed(pretty: Bool, count: Int) {
    var stream = JSONArrayWriter(pretty: pretty)
    var bytes: [UInt8] = []
    let elements = (0..<count).map { ["n": .integer(Int64($0))] as JSONValue }
    for element in elements {
      stream.append(element)
      bytes += stream.take()
    }
    bytes += stream.finish()
    #expect(bytes == JSONValue.array(elements).serialized(pretty: pretty))
  }
}
