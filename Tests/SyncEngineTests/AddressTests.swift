// SPDX-License-Identifier: MIT

import Merge
import SyncEngine
import TestSupport
import Testing

/// What people type and paste: links, addresses, tokens. And when to call.
@Suite struct AddressTests {
  private static let invite = Invite(
    library: Samples.library, name: "Ann's “desk” & 😀 = 100 %", secret: Samples.fingerprint,
    addresses: ["http://127.0.0.1:7654", "http://[::1]:80", "http://localhost:65535"])

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
      "", "postil://", "http://pair?" + body, "postil://pair?", "postil://pair?secret",
      good.replacing("secret=", with: "sacred="), good.replacing("library=", with: "l="),
      good + "&name=%", good + "&name=%G0", good + "&x=%FF", good + "&address=",
      good + "&address=http://example.org:80", good + "&address=ftp://127.0.0.1:1",
      good + "&name=" + String(repeating: "x", count: Invite.bytesMax),
      "postil://pair?library=\(invite.library.raw.uuidText)&secret=\(invite.secret.uuidText)",
      good + String(repeating: "&address=http://127.0.0.1:1", count: Invite.addressesMax),
    ]
  }()

  @Test("a link that is not whole is refused", arguments: badLinks)
  func badLink(link: String) {
    #expect(throws: SyncError.self) { try Invite(link: link) }
  }

  @Test(
    "loopback addresses are taken, in one form",
    arguments: [
      ("http://127.0.0.1:80", "http://127.0.0.1:80"), ("127.0.0.1:1", "http://127.0.0.1:1"),
      ("localhost:7654/", "http://localhost:7654"), ("[::1]:9", "http://[::1]:9"),
      ("http://127.255.255.254:65535", "http://127.255.255.254:65535"),
    ])
  func addresses(text: String, url: String) throws {
    let address = try PeerAddress(text)
    #expect(address.url == url)
    #expect(try PeerAddress(address.url) == address)
  }

  @Test(
    "addresses of other machines are not allowed, whatever they look like",
    arguments: [
      "http://example.org:80", "10.0.0.1:80", "0.0.0.0:80", "[::]:80", "128.0.0.1:80",
      "127.0.0.1.example.org:80", "localhost.example.org:80", "127.1:80", "0127.0.0.1:80",
      "[::ffff:127.0.0.1]:80", "[fe80::1]:80", "2130706433:80",
    ])
  func elsewhere(text: String) {
    #expect(#expect(throws: SyncError.self) { try PeerAddress(text) }?.code == .notAllowed)
  }

  @Test(
    "what is no address is refused",
    arguments: [
      "", ":", ":80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536",
      "127.0.0.1:-1", "127.0.0.1:x", "https://127.0.0.1:80", "http://user@127.0.0.1:80",
      "127.0.0.1:80/path", "127.0.0.1:80?x", "local host:80", "http://127.0.0.1:80\u{0}",
      "ⓛocalhost:80", "[:80",
    ])
  func noAddress(text: String) {
    #expect(throws: SyncError.self) { try PeerAddress(text) }
  }

  @Test("a listener may leave the port to the system, a caller may not")
  func portZero() throws {
    #expect(try PeerAddress("127.0.0.1:0", listening: true).port == 0)
    #expect(throws: SyncError.self) { try PeerAddress("127.0.0.1:0") }
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
