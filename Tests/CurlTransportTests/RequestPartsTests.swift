// SPDX-License-Identifier: MIT

import Testing

@testable import CurlTransport

@Suite("Parts of requests and answers")
struct RequestPartsTests {
  private func collect(
    _ lines: [String], bytesMax: Int = 1000
  ) -> (steps: [HeaderCollector.Step], collector: HeaderCollector) {
    var collector = HeaderCollector(bytesMax: bytesMax)
    let steps = lines.map { collector.take(Array($0.utf8)) }
    return (steps, collector)
  }

  @Test("a head is complete with its empty line")
  func head() {
    let (steps, collector) = collect([
      "HTTP/1.1 404 Not Found\r\n", "A: b: c\r\n", "B:\t d \t\r\n", "C:\r\n", "\r\n",
    ])
    #expect(steps == [.more, .more, .more, .more, .complete])
    #expect(collector.status == 404)
    #expect(
      collector.headers.fields.map { "\($0.name)=\($0.value)" } == ["A=b: c", "B=d", "C="])
  }

  @Test("an interim answer leaves nothing behind, a trailer isn't taken")
  func interimAndTrailer() {
    let (steps, collector) = collect([
      "HTTP/1.1 103 Early\r\n", "A: b\r\n", "\r\n", "HTTP/1.0 200\n", "C: d\n", "\n", "E: f\r\n",
    ])
    #expect(steps == [.more, .more, .more, .more, .more, .complete, .more])
    #expect(collector.status == 200)
    #expect(collector.headers.fields.map(\.name) == ["C"])
  }

  @Test("a folded line goes on with the value before it")
  func folded() {
    let (steps, collector) = collect(["HTTP/1.1 200 OK\r\n", "A: b\r\n", "\t c \r\n", "\r\n"])
    #expect(steps.last == .complete)
    #expect(collector.headers["a"] == "b c")
  }

  @Test(
    "a line that makes no sense is refused",
    arguments: [
      ["nonsense\r\n"], ["HTTP/1.1\r\n"], ["HTTP/1.1 20 X\r\n"], ["HTTP/1.1 2000 X\r\n"],
      ["HTTP/1.1 -20 X\r\n"], ["HTTP/1.1 200 OK\r\n", "no colon\r\n"],
      ["HTTP/1.1 200 OK\r\n", ": no name\r\n"], ["HTTP/1.1 200 OK\r\n", " folded\r\n"],
      ["HTTP/1.1 101 Switching\r\n", "\r\n"],
    ])
  func malformed(lines: [String]) {
    #expect(collect(lines).steps.last == .malformed)
  }

  @Test("all lines count towards the limit")
  func limit() {
    let lines = ["HTTP/1.1 200 OK\r\n", "A: b\r\n", "\r\n"]
    #expect(collect(lines, bytesMax: 25).steps == [.more, .more, .complete])
    #expect(collect(lines, bytesMax: 24).steps == [.more, .more, .tooLarge])
    #expect(collect(lines, bytesMax: 16).steps.first == .tooLarge)
  }

  @Test(
    "a URL is shown without what may be secret",
    arguments: [
      ("http://h:1/p?q=s", "http://h:1/p"), ("http://h/p#s", "http://h/p"),
      ("http://u:s@h/p", "http://h/p"), ("http://u:s@s@h/p@x", "http://h/p@x"),
      ("s\u{1B}[31m", "s[31m"), ("", ""), ("http://h", "http://h"),
    ])
  func display(url: String, shown: String) {
    #expect(RequestTarget.display(url) == shown)
  }

  @Test("a shown URL has an end")
  func longDisplay() {
    #expect(RequestTarget.display("http://" + String(repeating: "h", count: 9000)).count == 200)
  }

  @Test("a duration is whole milliseconds, never 0 or too many")
  func milliseconds() {
    #expect(Duration.milliseconds(1500).curlMilliseconds == 1500)
    #expect(Duration.zero.curlMilliseconds == 1)
    #expect(Duration.microseconds(10).curlMilliseconds == 1)
    #expect(Duration.seconds(-5).curlMilliseconds == 1)
    #expect(Duration.seconds(Int64.max).curlMilliseconds == 2_000_000_000)
  }

  @Test(
    "a pinned key is a SHA-256 in base64, and nothing else",
    arguments: [
      ("sha256//" + String(repeating: "A", count: 43) + "=", true),
      ("sha256//ab+/" + String(repeating: "9", count: 39) + "=", true),
      (String(repeating: "A", count: 43) + "=", false),
      ("sha256//" + String(repeating: "A", count: 44), false),
      ("sha256//" + String(repeating: "A", count: 42) + "==", false),
      ("sha256//" + String(repeating: "A", count: 42) + ";=", false),
      ("/etc/ssl/key.pem", false), ("", false),
    ])
  func pin(text: String, isPin: Bool) {
    #expect(TLSIdentity.isPin(text) == isPin)
  }
}
