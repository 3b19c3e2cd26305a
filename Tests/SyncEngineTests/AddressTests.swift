// SPDX-License-Identifier: MIT

import Merge
import SyncEngine
import TestSupport
import Testing

/// What people type and paste: links, addresses, tokens. And when to call.
@Suite struct AddressTests {
  private static let invite = Invite(
    library: Samples.library, name: "Ann's “desk” & 😀 = 100 %", secret: Samples.fingerprint,
    key: (0..<32).map { UInt8($0 * 7) },
    addresses: [
      PeerAddress(host: "127.0.0.1", port: 7654), PeerAddress(host: "::1", port: 80),
      PeerAddress(host: "notes.example.org", port: 443, scheme: .https),
      PeerAddress(host: "localhost", port: 65535, scheme: .http),
    ])

  @Test("an invitation's link leads back to the invitation")
  func linkRoundTrip() throws {
    #expect(try Invite(link: Self.invite.link) == Self.invite)
    var plain = Self.invite
    plain.name = ""
    #expect(try Invite(link: plain.link) == plain)
    #expect(Self.invite.link.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F })
  }

  @Test("a cut link is refused, or has lost only addresses or letters of the name")
  func cutLinks() throws {
    let link = Self.invite.link
    for count in 0..<link.utf8.count {
      let cut = String(link.prefix(count))
      guard let read = try? Invite(link: cut) else { continue }
      #expect(read.library == Self.invite.library)
      #expect(read.secret == Self.invite.secret)
      #expect(!read.addresses.isEmpty)
    }
  }

  static let badLinks: [String] = {
    let good = invite.link
    let body = good.dropFirst("postil://pair?".count)
    return [
      "", "postil://", "http://pair?" + body, "postil://pair?", "postil://pair?s",
      good.replacing("s=", with: "t="), good.replacing("l=", with: "m="),
      good.replacing("k=", with: "k=A"), good.replacing("k=", with: "k=+"),
      good + "&n=%", good + "&n=%G0", good + "&n=%+1", good + "&x=%FF", good + "&a=",
      good + "&a=http://example.org:80", good + "&a=ftp://127.0.0.1:1",
      good + "&n=" + String(repeating: "x", count: Invite.bytesMax),
      String(good.prefix { $0 != "n" }),
      good + String(repeating: "&a=127.0.0.1:1", count: Invite.addressesMax),
    ]
  }()

  @Test("a link that is not whole is refused", arguments: badLinks)
  func badLink(link: String) {
    #expect(throws: SyncError.self) { try Invite(link: link) }
  }

  @Test("a link with one address fits a QR code of 45 modules, which fits a terminal")
  func shortLink() {
    var invite = Self.invite
    invite.name = "laptop"
    invite.addresses = [PeerAddress(host: "192.168.178.123", port: 7417)]
    // Version 7, level L, bytes: ISO/IEC 18004, table 7.
    #expect(invite.link.utf8.count <= 154, "\(invite.link)")
  }

  @Test(
    "addresses are taken, in one form",
    arguments: [
      ("127.0.0.1:1", "postil://127.0.0.1:1", "https://127.0.0.1:1"),
      ("postil://Desk.local:7417/", "postil://desk.local:7417", "https://desk.local:7417"),
      ("[2001:db8::1]:9", "postil://[2001:db8::1]:9", "https://[2001:db8::1]:9"),
      ("https://notes.example.org", "https://notes.example.org", "https://notes.example.org"),
      (
        "HTTPS://notes.example.org:8443/postil/", "https://notes.example.org:8443/postil",
        "https://notes.example.org:8443/postil"
      ),
      ("http://127.255.255.254:65535", "http://127.255.255.254:65535", nil),
      ("http://localhost:7654/", "http://localhost:7654", nil),
      ("http://[::1]:9", "http://[::1]:9", nil),
    ] as [(String, String, String?)])
  func addresses(text: String, url: String, base: String?) throws {
    let address = try PeerAddress(text)
    #expect(address.url == url)
    #expect(address.base == base ?? url)
    #expect(try PeerAddress(address.url) == address)
  }

  @Test(
    "plain HTTP to other machines is not allowed, whatever they look like",
    arguments: [
      "http://example.org:80", "http://10.0.0.1:80", "http://0.0.0.0:80", "http://[::]:80",
      "http://128.0.0.1:80", "http://127.0.0.1.example.org:80",
      "http://localhost.example.org:80", "http://127.1:80", "http://0127.0.0.1:80",
      "http://[::ffff:127.0.0.1]:80", "http://[fe80::1]:80", "http://2130706433:80",
    ])
  func elsewhere(text: String) {
    #expect(#expect(throws: SyncError.self) { try PeerAddress(text) }?.code == .notAllowed)
  }

  @Test(
    "what is no address is refused",
    arguments: [
      "", ":", ":80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536",
      "127.0.0.1:-1", "127.0.0.1:x", "ftp://127.0.0.1:80", "http://user@127.0.0.1:80",
      "127.0.0.1:80/path", "127.0.0.1:80?x", "local host:80", "http://127.0.0.1:80\u{0}",
      "ⓛocalhost:80", "[:80", "::1:80", "https://example.org/a/../b", "https://example.org/a//b",
      "https://example.org/a?b", "https://", "https:///path", "postil://127.0.0.1:1/path",
    ])
  func noAddress(text: String) {
    #expect(throws: SyncError.self) { try PeerAddress(text) }
  }

  @Test("a listener may leave the port to the system, a caller may not")
  func portZero() throws {
    #expect(try ListenAddress("127.0.0.1:0").port == 0)
    #expect(try ListenAddress("[::]:7417").isWildcard)
    #expect(try ListenAddress("0.0.0.0:7417").isWildcard)
    #expect(try !ListenAddress("192.0.2.1:7417").isLoopback)
    #expect(throws: SyncError.self) { try PeerAddress("127.0.0.1:0") }
    for text in ["", "7417", "http://127.0.0.1:1", "127.0.0.1:65536", "/tmp/socket:1"] {
      #expect(throws: SyncError.self) { try ListenAddress(text) }
    }
  }

  @Test("a token comes back from its digits and its header, and nothing else makes one")
  func tokens() throws {
    let token = try #require(DeviceToken(bytes: (0..<32).map { UInt8($0 * 8) }))
    #expect(DeviceToken(hex: token.hex) == token)
    #expect(DeviceToken(hex: token.hex.uppercased()) == token)
    #expect(DeviceToken(header: token.header) == token)
    #expect(token.hash.count == 32)
    #expect(token.hash != token.bytes)
    #expect(DeviceToken(bytes: []) == nil)
    #expect(DeviceToken(bytes: [UInt8](repeating: 0, count: 33)) == nil)
    for bad in [
      "", "00", token.hex + "0", String(token.hex.dropLast()), String(token.hex.dropLast()) + "g",
      String(repeating: "+f", count: 32), String(repeating: "é", count: 32),
      String(repeating: " 1", count: 32),
    ] {
      #expect(DeviceToken(hex: bad) == nil, "\(bad)")
    }
    for bad in [token.hex, "Bearer " + token.hex, "postil " + token.hex, "Postil  " + token.hex] {
      #expect(DeviceToken(header: bad) == nil, "\(bad)")
    }
  }

  @Test("a peer that can't be reached is called ever later, within bounds, and at odd times")
  func schedule() {
    var generator = SeededGenerator(seed: 1)
    var schedule = PeerSchedule()
    #expect(schedule.pause(random: generator.next()) == PeerSchedule.idlePause)
    var bound = PeerSchedule.firstPause
    for failure in 1...80 {
      schedule.failed()
      #expect(schedule.failures == failure)
      let pauses = (0..<40).map { _ in schedule.pause(random: generator.next()) }
      #expect(pauses.allSatisfy { $0 >= bound / 2 && $0 <= bound })
      #expect(Set(pauses).count > 5)
      #expect(schedule.pause(random: .max) <= PeerSchedule.longestPause)
      #expect(schedule.pause(random: 0) >= PeerSchedule.firstPause / 2)
      bound = min(bound * 2, PeerSchedule.longestPause)
    }
    schedule.succeeded()
    #expect(schedule.pause(random: 3) == PeerSchedule.idlePause)
  }
}
