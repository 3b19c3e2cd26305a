// SPDX-License-Identifier: MIT
import TestSupport
import Testing

@testable import Terminal

private func read(_ text: String) throws(JSONError) -> JSONValue {
  try JSONReader.read(Array(text.utf8))
}

private func failure(_ bytes: [UInt8], firstLine: Int = 1) -> JSONError? {
  do {
    _ = try JSONReader.read(bytes, firstLine: firstLine)
    return nil
  } catch {
    return error
  }
}

private func failure(_ text: String) -> JSONError? { failure(Array(text.utf8)) }

@Suite("Reading JSON")
struct JSONReaderTests {
  @Test("values of every kind are read")
  func kinds() throws {
    #expect(try read(" null ") == .null)
    #expect(try read("true") == true)
    #expect(try read("\tfalse\r\n") == false)
    #expect(try read(#""a\"\\\/\b\f\n\r\t\u00e9\uD83D\uDE00""#) == "a\"\\/\u{8}\u{C}\n\r\té😀")
    #expect(try read("[]") == [])
    #expect(try read("{ }") == [:])
    #expect(try read(#"{"b":[1,{"a":null}],"a":""}"#) == ["b": [1, ["a": .null]], "a": ""])
  }

  @Test(
    "numbers stay whole when they are written so",
    arguments: [
      ("0", JSONValue.integer(0)), ("-1", .integer(-1)), ("9223372036854775807", .integer(.max)),
      ("-9223372036854775808", .integer(.min)), ("9223372036854775808", .double(0x1p63)),
      ("1.0", .double(1)), ("1e3", .double(1000)), ("-0", .double(-0.0)), ("1E-2", .double(0.01)),
      ("0.5e+1", .double(5)), ("123456789012345678901234567890", .double(1.2345678901234568e29)),
    ])
  func numbers(text: String, expected: JSONValue) throws {
    #expect(try read(text) == expected)
    #expect(try read("[\(text)]") == .array([expected]))
  }

  @Test("a whole number in any spelling has an integer value")
  func integerValues() throws {
    #expect(try read("1e3").integerValue == 1000)
    #expect(try read("1.5").integerValue == nil)
    #expect(try read("7").doubleValue == 7)
    #expect(try read("-0").doubleValue?.sign == .minus)
  }

  @Test(
    "what RFC 8259 doesn't allow is refused where it stands",
    arguments: [
      ("", JSONError.Code.endOfText, 0), ("  ", .endOfText, 2), ("[1,", .endOfText, 3),
      ("{\"a\"", .endOfText, 4), ("\"abc", .endOfText, 4), ("tru", .endOfText, 3),
      ("-", .endOfText, 1), ("1.", .endOfText, 2), ("1e", .endOfText, 2),
      ("\"\\u12", .endOfText, 5),
      ("\u{FEFF}1", .byteOrderMark, 0), ("1 2", .trailingText, 2), ("{}x", .trailingText, 2),
      ("01", .badNumber, 0), ("-01", .badNumber, 0), ("1.e3", .badNumber, 2), ("-a", .badNumber, 1),
      ("1ex", .badNumber, 2), ("1e999", .numberTooLarge, 0), ("[-1e999]", .numberTooLarge, 1),
      ("\"\\x\"", .badEscape, 1), ("\"\\u12G4\"", .badEscape, 1),
      ("\"\\uD800\"", .loneSurrogate, 1), ("\"\\uDC00\\uD800\"", .loneSurrogate, 1),
      ("\"\\uD800\\u0041\"", .loneSurrogate, 1), ("\"a\tb\"", .controlCharacter(9), 2),
      ("{\"a\":1,\"a\":2}", .duplicateKey("a"), 7),
      ("{\"a\":1,\"\\u0061\":2}", .duplicateKey("a"), 7),
    ])
  func refusals(text: String, code: JSONError.Code, offset: Int) {
    let error = failure(text)
    #expect(error?.code == code)
    #expect(error?.offset == offset)
  }

  @Test(
    "what stands in a wrong place is named",
    arguments: [
      ("[1,]", #"line 1, column 4: a value expected, not "]""#),
      ("{\"a\":1,}", #"line 1, column 8: a key in double quotes expected, not "}""#),
      ("{a:1}", #"line 1, column 2: a key in double quotes expected, not "a""#),
      ("[1 2]", #"line 1, column 4: a comma or "]" expected, not "2""#),
      ("{\"é\"\n 1}", #"line 2, column 2: a colon expected, not "1""#),
      ("[\"é\",\u{1}]", "line 1, column 6: a value expected, not the byte 0x01"),
      ("nul]", #"line 1, column 4: null expected, not "]""#),
      ("// x", #"line 1, column 1: a value expected, not "/""#),
      ("+1", #"line 1, column 1: a value expected, not "+""#),
      ("NaN", #"line 1, column 1: a value expected, not "N""#),
    ])
  func descriptions(text: String, expected: String) {
    #expect(failure(text)?.description == expected)
  }

  @Test("an error in a line of a file has the file's line")
  func firstLine() {
    #expect(failure(Array("[\n?]".utf8), firstLine: 41)?.line == 42)
  }

  @Test("a key in an error message is made safe and short")
  func safeKey() {
    let key = "\u{1B}[31m" + String(repeating: "x", count: 100)
    let escaped = "\\u001b[31m" + String(repeating: "x", count: 100)
    let error = failure("{\"\(escaped)\":1,\"\(escaped)\":2}")
    #expect(error?.code == .duplicateKey(key))
    #expect(error?.reason == "the key \"␛[31m\(String(repeating: "x", count: 34))…\" occurs twice")
  }

  @Test(
    "bytes that are not UTF-8 are refused where they stand",
    arguments: [
      ([0x22, 0x61, 0xFF, 0x22], 2), ([0x22, 0xC3, 0xA9, 0xC3, 0x22], 3),
      ([0x22, 0xED, 0xA0, 0x80, 0x22], 1), ([0x22, 0xC0, 0xAF, 0x22], 1),
      ([0x22, 0xF4, 0x90, 0x80, 0x80, 0x22], 1), ([0x22, 0x5C, 0x6E, 0x80, 0x22], 3),
    ] as [([UInt8], Int)])
  func invalidUTF8(bytes: [UInt8], offset: Int) {
    let error = failure(bytes)
    #expect(error?.code == .invalidUTF8)
    #expect(error?.offset == offset)
  }

  @Test("nesting is bounded")
  func depth() throws {
    func nested(_ depth: Int) -> String {
      String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }
    _ = try read(nested(JSONReader.depthMax))
    #expect(failure(nested(JSONReader.depthMax + 1))?.code == .tooDeep)
    #expect(failure(String(repeating: "[", count: 1_000_000))?.offset == JSONReader.depthMax)
    // Siblings don't add up.
    _ = try read("[" + [String](repeating: "[]", count: 200).joined(separator: ",") + "]")
  }

  @Test("keys are compared by bytes, in small objects and in large ones", arguments: [2, 5000])
  func keys(count: Int) throws {
    var members = (0..<count).map { "\"k\($0)\":\($0)" }
    members += ["\"\u{E9}\":1", "\"e\u{301}\":2"]
    let value = try read("{" + members.joined(separator: ",") + "}")
    #expect(value.members?.count == count + 2)
    #expect(value["\u{E9}"] == 1)
    #expect(value["e\u{301}"] == 2)
    let error = failure("{" + (members + ["\"k1\":0"]).joined(separator: ",") + "}")
    #expect(error?.code == .duplicateKey("k1"))
  }

  @Test("no prefix of a text is taken for it, and no damage traps")
  func damage() throws {
    let text = #"{"a":[1,-2.5e3,"x\u00e9\ud83d\ude00y",true,false,null,{"b":{}}],"é":"中"}"#
    let bytes = Array(text.utf8)
    for length in 0..<bytes.count {
      #expect(failure(Array(bytes[..<length])) != nil, "length \(length)")
    }
    for seed in UInt64(0)..<4000 {
      var generator = SeededGenerator(seed: seed)
      var damaged = bytes
      for _ in 0..<Int.random(in: 1...3, using: &generator) {
        let place = Int.random(in: 0..<damaged.count, using: &generator)
        damaged[place] = UInt8.random(in: 0...255, using: &generator)
      }
      if let error = failure(damaged) {
        #expect((0...damaged.count).contains(error.offset), "seed \(seed)")
        #expect(error.line >= 1 && error.column >= 1, "seed \(seed)")
      }
    }
  }
}
