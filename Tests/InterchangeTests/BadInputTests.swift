// SPDX-License-Identifier: MIT

import Foundation
import Interchange
import Merge
import Store
import Testing

@Suite("Import json of bad input")
struct BadInputTests {
  private static let header = #"{"postil":"export","version":1}"# + "\n"
  private static let home = "00000000000080008000000000000001"
  private static let article =
    #"{"type":"article","id":"\#(home)","title":"T","revisions":[{"text":"Some text."}]}"# + "\n"

  @Test(
    "A file that is no export is refused whole, in words",
    arguments: [
      ("", "empty"),
      ("\n", "ends too early"),
      ("hello", "line 1, column 1"),
      ("[1,2]\n", "does not begin with the header"),
      ("{\"id\":1}\n", "does not begin with the header"),
      ("{\"postil\":\"export\"}\n", "header is not that of one"),
      ("{\"postil\":\"export\",\"version\":\"1\"}\n", "header is not that of one"),
      ("{\"postil\":\"export\",\"version\":0}\n", "header is not that of one"),
      ("{\"postil\":\"export\",\"version\":2}\n", "upgrade"),
      ("{\"postil\":\"canonical\",\"version\":1}\n", "export json"),
      ("{\"postil\":\"backup\",\"version\":1}\n", "header is not that of one"),
      ("\u{FEFF}{\"postil\":\"export\",\"version\":1}\n", "byte order mark"),
      ("{\"postil\":\"export\",\"version\":1", "ends too early"),
      ("\u{0}\u{0}\n", "NUL"),
    ])
  func refused(_ text: String, _ part: String) throws {
    let scratch = try Scratch()
    let store = try scratch.store("a")
    let error = try #require(throws: InterchangeError.self) { try importing(text, into: store) }
    #expect(error.message.contains(part))
    #expect(error.code == (part == "upgrade" ? .newerFormat : .badInput))
    #expect(try store.holdings().version.isEmpty)
  }

  @Test("Binary garbage is refused, with line ends or without", arguments: [false, true])
  func garbage(hasLineEnds: Bool) throws {
    let scratch = try Scratch()
    let store = try scratch.store("a")
    var bytes = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7) }
    if !hasLineEnds { bytes.removeAll { $0 == 0x0A } }
    let error = try #require(throws: InterchangeError.self) { try importing(bytes, into: store) }
    #expect(error.code == .badInput)
    #expect(error.message.unicodeScalars.allSatisfy { $0.value >= 0x20 })
  }

  /// A line that is skipped, and a part of the reason.
  struct Bad: Sendable, CustomTestStringConvertible {
    let line: String
    let part: String
    var testDescription: String { part }

    init(_ line: String, _ part: String) {
      self.line = line
      self.part = part
    }

    static func annotation(_ members: String, _ part: String) -> Bad {
      let id = "00000000000080008000000000000009"
      return Bad(
        #"{"type":"annotation","id":"\#(id)","article":"\#(home)",\#(members)}"#, part)
    }

    static func article(_ members: String, _ part: String) -> Bad {
      Bad(#"{"type":"article","id":"00000000000080008000000000000002",\#(members)}"#, part)
    }
  }

  static let badLines: [Bad] = [
    Bad("{", "ends too early"), Bad("{} x", "text after"), Bad("[]", "not an object"),
    Bad("{}", "\"type\" is missing"), Bad(#"{"type":5}"#, "\"type\" is not text"),
    Bad(#"{"type":"film"}"#, "unknown \"type\" \"film\""),
    Bad(#"{"type":"article","type":"article"}"#, "occurs twice"),
    Bad(#"{"postil":"export","version":9}"#, "upgrade"),
    Bad(#"{"type":"article","title":"x"}"#, "\"id\" is missing"),
    Bad(#"{"type":"article","id":"xyz"}"#, "\"id\" is not an id"),
    Bad(#"{"type":"article","id":7}"#, "\"id\" is not an id"),
    .article(#""title":"x""#, "no text of it"), .article(#""title":7"#, "\"title\" is not text"),
    .article(#""title":"a\u0000b""#, "NUL"),
    .article(#""url":"javascript:alert(1)""#, "no web address"),
    .article(#""revisions":7"#, "not a list"), .article(#""revisions":[7]"#, "not an object"),
    .article(#""revisions":[{}]"#, "no \"text\""),
    .article(#""revisions":[{"text":""}]"#, "blank"),
    .article(#""revisions":[{"text":"a\u0000"}]"#, "NUL"),
    .article(#""revisions":[{"text":"a","sha256":"00"}]"#, "SHA-256"),
    .article(
      #""revisions":[{"text":"a","sha256":"\#(String(repeating: "0", count: 64))"}]"#,
      "not what its"),
    .article(
      #""revisions":[{"text":"e\u0301","sha256":"\#(hash("e\u{301}"))"}]"#, "canonical form"),
    .article(
      #""revisions":[{"missing":true,"sha256":"\#(hash("a"))","bytes":-1,"codePoints":1}]"#,
      "no \"text\""),
    .article(#""published":"yesterday","revisions":[]"#, "\"published\" is not a time"),
    .article(
      #""title":"\#(String(repeating: "x", count: 970_000))","revisions":[{"text":"a"}]"#,
      "bytes of text"),
    .annotation(#""article":"1""#, "occurs twice"),
    .annotation(#""parent":"00000000000080008000000000000003""#, "there is no annotation"),
    .annotation(#""parent":"00000000000080008000000000000009""#, "its own"),
    .annotation(#""created":"2026-13-01T00:00:00Z""#, "\"created\" is not a time"),
    .annotation(#""created":5"#, "\"created\" is not a time"),
    .annotation(#""tags":"news""#, "\"tags\" is not a list"),
    .annotation(#""tags":[7]"#, "\"tags\" is not text"),
    .annotation(#""tags":["a//b"]"#, "can't be a tag"),
    .annotation(#""start":5,"end":2"#, "no range"), .annotation(#""start":5"#, "no range"),
    .annotation(#""start":-1,"end":2"#, "\"start\" is not an offset"),
    .annotation(#""start":1.5,"end":2"#, "\"start\" is not an offset"),
    .annotation(#""start":1e300,"end":2"#, "\"start\" is not an offset"),
    .annotation(#""revision":"ab""#, "SHA-256"),
    .annotation(
      #""note":"\#(String(repeating: "x", count: 900_001))""#, "the note has 900001 bytes"),
    .annotation(#""note":"x\u0000""#, "NUL"),
    .annotation(
      #""tags":[\#((0..<1100).map { "\"t\($0)\"" }.joined(separator: ","))]"#, "more tags"),
    Bad(
      #"{"type":"annotation","id":"00000000000080008000000000000009"}"#, "\"article\" is missing"),
    Bad(
      #"{"type":"annotation","id":"00000000000080008000000000000009","article":"00000000000080008000000000000007"}"#,
      "there is no article 00000000-0000-8000-8000-000000000007"),
    Bad(#"{"type":"tag","name":"a"}"#, "\"renamedTo\" is missing"),
    Bad(#"{"type":"tag","name":"a","renamedTo":"a"}"#, "its own name"),
    Bad(#"{"type":"tag","name":"","renamedTo":"a"}"#, "can't be a tag"),
  ]

  private static func hash(_ text: String) -> String {
    Chain.sha256(Array(text.utf8)).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  @Test("A bad line is skipped and named, and the others are taken in", arguments: badLines)
  func badLine(_ bad: Bad) throws {
    let scratch = try Scratch()
    let store = try scratch.store("a")
    let good =
      #"{"type":"annotation","id":"0123456789abcdef0123456789abcdef","article":"\#(Self.home)"}"#
    let text = Self.header + Self.article + bad.line + "\n" + good + "\n"
    let report = try importing(text, into: store)
    #expect(report.read == 3 && report.addedArticles == 1 && report.addedAnnotations == 1)
    #expect(report.skippedCount == 1)
    let skip = try #require(report.skipped.first)
    #expect(skip.line == 3 && skip.reason.contains(bad.part), "\(skip.reason)")
    #expect(try store.doctor().problems == [])
  }

  @Test("The column of a mistake is told")
  func column() throws {
    let scratch = try Scratch()
    let text = Self.header + Self.article + #"{"type":"é", oops}"# + "\n"
    let report = try importing(text, into: scratch.store("a"))
    #expect(report.skipped.first?.line == 3 && report.skipped.first?.column == 14)
  }

  @Test("Bytes that are not UTF-8 are named with their column")
  func notUTF8() throws {
    let scratch = try Scratch()
    let bytes =
      Array((Self.header + Self.article + #"{"type":"a"#).utf8) + [0xFF] + Array("\"}\n".utf8)
    let report = try importing(bytes, into: scratch.store("a"))
    #expect(report.addedArticles == 1 && report.skippedCount == 1)
    #expect(report.skipped.first?.reason == "not UTF-8" && report.skipped.first?.column == 11)
  }

  @Test("A last line that is cut short is reported; one that only lacks its end is taken in")
  func truncated() throws {
    let scratch = try Scratch()
    let store = try scratch.store("a")
    let whole = Self.header + Self.article.dropLast()
    for length in [whole.count - 1, whole.count - 40, Self.header.count + 1] {
      let report = try importing(String(whole.prefix(length)), into: store)
      #expect(report.skippedCount == 1 && report.addedArticles == 0)
      #expect(report.skipped.first?.line == 2)
      #expect(report.skipped.first?.reason.contains("ends in the middle") == true)
    }
    #expect(try importing(whole, into: store).addedArticles == 1)
  }

  @Test("Lines that are too long are skipped without being held", arguments: [100, 3_000_000])
  func longLine(length: Int) throws {
    let scratch = try Scratch()
    var job = JSONImport()
    job.lineBytesMax = Self.article.utf8.count
    let text =
      Self.header + String(repeating: "x", count: length + 100) + "\n" + Self.article
      + String(repeating: "y", count: length + 100)
    let report = try job.run(into: scratch.store("a"), from: .bytes(Array(text.utf8)))
    #expect(report.addedArticles == 1 && report.skippedCount == 2)
    #expect(report.skipped.map(\.line) == [2, 4])
    #expect(report.skipped.first?.reason.contains("the line has more than") == true)
  }

  @Test("Many bad lines are counted, and the first hundred listed in order")
  func bounded() throws {
    let scratch = try Scratch()
    let lines = (0..<1000).map { _ in "nonsense\n" }.joined()
    let report = try importing(Self.header + lines, into: scratch.store("a"))
    #expect(report.skippedCount == 1000 && report.skipped.map(\.line) == Array(2...101))
    #expect(try scratch.store("b").holdings().version.isEmpty)
  }

  @Test("Blank lines and CRLF do no harm; unknown keys are let be")
  func forgiven() throws {
    let scratch = try Scratch()
    let article = Self.article.replacing("\"title\"", with: "\"new\":[1],\"title\"")
    let text = (Self.header + "\n  \n" + article).replacing("\n", with: "\r\n")
    let report = try importing(text, into: scratch.store("a"))
    #expect(report.read == 1 && report.addedArticles == 1 && report.skippedCount == 0)
  }

  @Test("Large records each get a change that holds them")
  func largeRecords() throws {
    let scratch = try Scratch()
    let store = try scratch.store("a")
    var text = Self.header + Self.article
    for number in 0..<12 {
      let note = String(repeating: "x", count: number % 3 == 0 ? 900_000 : 60_000)
      text += """
        {"type":"annotation","id":"0123456789abcdef01234567000000\(10 + number)",\
        "article":"\(Self.home)","note":"\(note)",\
        "tags":[\((0..<900).map { "\"t\($0)\"" }.joined(separator: ","))]}

        """
    }
    let report = try importing(text, into: store)
    #expect(report.addedAnnotations == 12 && report.skippedCount == 0)
    #expect(try store.doctor().problems == [])
  }

  @Test("A file that isn't there, a directory and one that fails are told apart")
  func files() throws {
    let scratch = try Scratch()
    func code(_ path: String) -> InterchangeError.Code? {
      do throws(InterchangeError) {
        _ = try ByteSource.file(path)
        return nil
      } catch {
        return error.code
      }
    }
    #expect(code(scratch.path + "/none") == .notFound)
    #expect(code(scratch.path) == .badInput)
    let store = try scratch.store("a")
    var calls = 0
    let failing = ByteSource { _ in
      calls += 1
      if calls > 1 { throw InterchangeError(.disk, "broken") }
      return Array((Self.header + Self.article).utf8)
    }
    #expect(throws: InterchangeError.self) { try JSONImport().run(into: store, from: failing) }
  }
}
