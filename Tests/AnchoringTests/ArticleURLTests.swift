// SPDX-License-Identifier: MIT

import TestSupport
import Testing

@testable import Anchoring

@Suite("Article URLs")
struct ArticleURLTests {
  @Test(
    "addresses of one article have one identity",
    arguments: [
      ("https://example.org/a", "https://example.org/a"),
      ("http://example.org/a", "https://example.org/a"),
      ("HTTPS://WWW.Example.ORG/a", "https://example.org/a"),
      ("  https://example.org/a\n", "https://example.org/a"),
      ("https://example.org:443/a", "https://example.org/a"),
      ("http://example.org:80/a", "https://example.org/a"),
      ("http://example.org:443/a", "https://example.org/a"),
      ("https://example.org:/a", "https://example.org/a"),
      ("https://example.org.:0443/a", "https://example.org/a"),
      ("https://example.org/a/", "https://example.org/a"),
      ("https://example.org/a//", "https://example.org/a"),
      ("https://example.org/a#comments", "https://example.org/a"),
      ("https://example.org/a#:~:text=river", "https://example.org/a"),
      ("https://example.org/a?", "https://example.org/a"),
      ("https://example.org/./b/../a", "https://example.org/a"),
      ("https://example.org/%2e/b/%2E%2e/%61", "https://example.org/a"),
      ("https:\\\\example.org\\a", "https://example.org/a"),
      ("https://example.org/a?utm_source=x&utm_medium=y", "https://example.org/a"),
      ("https://example.org/a?fbclid=1&gclid=2&mc_cid=3&igshid=4", "https://example.org/a"),
      ("https://example.org/a?UTM_Source=x&amp;utm_medium=y&ref_src=z", "https://example.org/a"),
      ("https://example.org/a?%75tm_source=x", "https://example.org/a"),
      ("https://example.org", "https://example.org/"),
      ("https://example.org?utm_id=7#top", "https://example.org/"),
      ("https://example.org/../..", "https://example.org/"),
      ("https://example.org/a?id=7&utm_source=x&page=2", "https://example.org/a?id=7&page=2"),
      ("https://example.org/a?&&id=7&", "https://example.org/a?id=7"),
      ("https://example.org/caf%c3%a9", "https://example.org/caf%C3%A9"),
      ("https://example.org/café", "https://example.org/caf%C3%A9"),
      ("https://example.org/a b|c", "https://example.org/a%20b%7Cc"),
      ("https://example.org/100%", "https://example.org/100%25"),
      ("https://example.org/a?q=%7eb%2Fc", "https://example.org/a?q=~b%2Fc"),
      ("https://example.org/#!/story/5", "https://example.org/#!/story/5"),
      ("https://example.org/app#/story/5:~:text=x", "https://example.org/app#/story/5"),
      ("https://example.org/app#/", "https://example.org/app"),
      ("https://bücher.example/a", "https://bücher.example/a"),
      ("https://BÜCHER.example/a", "https://bücher.example/a"),
      ("https://xn--bcher-kva.example/a", "https://bücher.example/a"),
      ("https://b%C3%BCcher.example/a", "https://bücher.example/a"),
      ("https://www.xn--p1b6ci4b4b3a.xn--11b5bs3a9aj6g/", "https://उदाहरण.परीक्षा/"),
      ("https://ｅｘａｍｐｌｅ。org/a", "https://example.org/a"),
      ("https://[2001:DB8::1]:8080/a", "https://[2001:db8::1]:8080/a"),
      ("http://localhost:8080/a", "https://localhost:8080/a"),
      ("https://192.0.2.7/a", "https://192.0.2.7/a"),
    ])
  func hasIdentity(given: String, identity: String) throws {
    let url = try ArticleURL(given)
    #expect(url.identity == identity)
    #expect(try ArticleURL(url.identity).identity == identity)
    #expect(url.display == given.trimmingSpace)
  }

  @Test(
    "addresses of two articles keep two identities",
    arguments: [
      ("https://example.org/a", "https://example.org/A"),
      ("https://example.org/a?id=1", "https://example.org/a?id=2"),
      ("https://example.org/a?x=1&y=2", "https://example.org/a?y=2&x=1"),
      ("https://example.org/a?x", "https://example.org/a?x="),
      ("https://example.org/a?ref=1", "https://example.org/a?ref=2"),
      ("https://example.org/a?q=a+b", "https://example.org/a?q=a%2Bb"),
      ("https://example.org/a%2Fb", "https://example.org/a/b"),
      ("https://example.org/a", "https://m.example.org/a"),
      ("https://example.org/a", "https://amp.example.org/a"),
      ("https://example.org/a", "https://www2.example.org/a"),
      ("https://example.org/a", "https://example.org:8443/a"),
      ("https://example.org/a", "https://example.org:80/a"),
      ("https://example.org/#!/story/5", "https://example.org/#!/story/6"),
      ("https://example.org/#/story/5", "https://example.org/#/story/6"),
      ("https://example.org/a/b", "https://example.org/a//b"),
      ("https://straße.example/", "https://strasse.example/"),
      ("https://xn--bcher.example/", "https://bcher.example/"),
      ("https://example.org/a", "https://example.org/a.html"),
    ])
  func keepsApart(one: String, other: String) throws {
    #expect(try ArticleURL(one).identity != ArticleURL(other).identity)
  }

  @Test(
    "the site is the host without www and port",
    arguments: [
      ("https://www.example.org/a", "example.org"),
      ("http://News.Example.org:8080/", "news.example.org"),
      ("https://www.com/", "www.com"), ("https://www.www.com/", "www.com"),
      ("https://www.www.example.org/", "example.org"),
      ("https://xn--bcher-kva.example", "bücher.example"), ("https://[::1]/", "[::1]"),
    ])
  func hasSite(given: String, site: String) throws {
    #expect(try ArticleURL(given).site == site)
  }

  @Test(
    "what is no http address is refused, and why is said",
    arguments: [
      ("", .urlHasNoScheme), ("example.org/a", .urlHasNoScheme),
      ("//example.org/a", .urlHasNoScheme),
      ("example.org:8080/a", .urlHasNoScheme), ("localhost:8080", .urlHasNoScheme),
      ("/home/me/a.txt", .urlHasNoScheme), ("1http://a", .urlHasNoScheme),
      ("just words", .urlHasNoScheme),
      ("ftp://example.org", .urlSchemeUnknown(scheme: "ftp")),
      ("MailTo:me@example.org", .urlSchemeUnknown(scheme: "mailto")),
      ("javascript:alert(1)", .urlSchemeUnknown(scheme: "javascript")),
      ("file:///etc/passwd", .urlSchemeUnknown(scheme: "file")),
      ("https://", .urlHasNoHost), ("https:///a", .urlHasNoHost),
      ("http:example.org", .urlHasNoHost),
      ("https://:80/", .urlHasNoHost), ("https://?q", .urlHasNoHost),
      ("https://me:secret@example.org/", .urlHasCredentials),
      ("https://example.org\\@evil.example/", nil),
      ("https://me@example.org/", .urlHasCredentials),
      ("https://example.org:0/", .urlPortInvalid(port: "0")),
      ("https://example.org:65536/", .urlPortInvalid(port: "65536")),
      ("https://example.org:8a/", .urlPortInvalid(port: "8a")),
      ("https://example.org:80:80/", .urlPortInvalid(port: "80:80")),
      ("https://exa mple.org/", .urlHostInvalid(host: "exa mple.org")),
      ("https://example..org/", .urlHostInvalid(host: "example..org")),
      ("https://./", .urlHostInvalid(host: ".")),
      ("https://a<b/", .urlHostInvalid(host: "a<b")),
      ("https://%00/", .urlHostInvalid(host: "%00")),
      ("https://a%2Fb/", .urlHostInvalid(host: "a%2Fb")),
      ("https://[::1/", .urlHostInvalid(host: "[")),
      ("https://[example]/", .urlHostInvalid(host: "[example]")),
      ("https://exam\nple.org/", .urlHasControlCharacter(byteOffset: 12)),
      ("https://example.org/\u{0}", .urlHasControlCharacter(byteOffset: 20)),
    ] as [(String, AnchoringError?)])
  func refuses(given: String, error: AnchoringError?) throws {
    if let error {
      #expect(throws: error) { try ArticleURL(given) }
    } else {
      #expect(try ArticleURL(given).identity == "https://example.org/@evil.example")
    }
  }

  @Test("very long addresses and labels are refused")
  func refusesLong() throws {
    let most = "https://example.org/" + String(repeating: "a", count: ArticleURL.maximumBytes - 20)
    #expect(try ArticleURL(most).identity == most)
    #expect(throws: AnchoringError.urlTooLong(bytes: 8193, limit: 8192)) {
      try ArticleURL(most + "a")
    }
    #expect(throws: AnchoringError.self) { try ArticleURL(most + most + most) }
    let label = String(repeating: "a", count: 64)
    #expect(throws: AnchoringError.urlHostInvalid(host: label)) {
      try ArticleURL("http://\(label)/")
    }
    let host = Array(repeating: "abcdefg", count: 40).joined(separator: ".")
    #expect(throws: AnchoringError.urlHostInvalid(host: host)) { try ArticleURL("http://\(host)/") }
  }

  @Test(
    "Punycode is decoded as RFC 3492 says",
    arguments: [
      ("bcher-kva", "bücher"), ("egbpdaj6bu4bxfgehfvwxn", "ليهمابتكلموشعربي؟"),
      ("ihqwcrb4cv8a8dqg056pqjye", "他们为什么不说中文"),
      ("i1baa7eci9glrd9b2ae1bj0hfcgg6iyaf8o0a1dig0cd", "यहलोगहिन्दीक्योंनहींबोलसकतेहैं"),
      ("3b-ww4c5e180e575a65lsy2b", "3年b組金八先生"), ("de-jg4avhby1noc0d", "パフィーdeルンバ"),
    ])
  func decodesPunycode(label: String, expected: String) throws {
    let decoded = try #require(Punycode.decoded(UTF8Coding.scalars(of: label)[...]))
    #expect(decoded == UTF8Coding.scalars(of: expected))
  }

  @Test(
    "malformed Punycode is left as it is",
    arguments: ["xn--", "xn--a", "xn--99999999", "xn--a-", "xn---", "xn--zzzzzzzzzzzzzzzzzzzz"])
  func leavesMalformed(label: String) throws {
    #expect(try ArticleURL("https://\(label).example/").site == label + ".example")
  }

  @Test("an identity read again is itself, whatever the address", arguments: 0..<400)
  func isIdempotent(seed: Int) throws {
    var random = SeededGenerator(seed: UInt64(seed))
    let pieces = [
      "/", "a", "B", "%", "%2e", "%C3", "é", "?", "&", "=", "#", "!", ".", "..", ":", "utm_id=1",
      "+",
      " ", "~", "\\", "x=1", "%zz", "ß", "\u{301}", "www.", "xn--bcher-kva", ";", "[", "\"", ":~:",
    ]
    var written =
      random.pick(["http://", "https://", "HTTPS://www."]) + random.pick(["", "a.b", "é."])
    for _ in 0..<random.below(14) { written += random.pick(pieces) }
    guard let url = try? ArticleURL(written) else { return }
    #expect(try ArticleURL(url.identity).identity == url.identity, "seed \(seed): \(written)")
    #expect(try ArticleURL(url.display).identity == url.identity, "seed \(seed): \(written)")
  }
}

extension String {
  /// Without spaces and line feeds at both ends.
  fileprivate var trimmingSpace: String {
    var scalars = unicodeScalars[...]
    while scalars.last == " " || scalars.last == "\n" { scalars.removeLast() }
    while scalars.first == " " { scalars.removeFirst() }
    return String(scalars)
  }
}
