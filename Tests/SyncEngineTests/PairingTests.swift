// SPDX-License-Identifier: MIT

import Merge
import Store
import SyncEngine
import Testing

/// Pairing: who is let in, once, and by what.
@Suite struct PairingTests {
  private static let address = PeerAddress(host: "127.0.0.1", port: 7654)

  /// Two stores that don't know one another.
  private struct Machines {
    let scratch: Scratch
    let host: Store
    let guest: Store

    init() throws {
      scratch = try Scratch()
      host = try scratch.store("host", seed: 1)
      guest = try scratch.store("guest", seed: 2)
      try host.add("The river rose at night.")
    }

    func invite(_ role: Peer.Role = .write) throws -> Invite {
      try Pairing.invite(host, key: host.deviceKey, addresses: [address], role: role)
    }

    /// The guest's request, and the token that is in it.
    func request(_ invite: Invite, name: String = "guest") -> (PairRequest, DeviceToken) {
      let token = DeviceToken(random: guest.environment)
      let request = Pairing.request(
        invite, key: guest.deviceKey, token: token, addresses: [], name: name)
      return (request, token)
    }

    func accept(_ request: PairRequest, shown: [UInt8]? = nil) throws -> PairAnswer {
      try Pairing.accept(request, key: host.deviceKey, shown: shown ?? guest.deviceKey, host)
    }

    func join(
      _ invite: Invite, _ answer: PairAnswer, _ token: DeviceToken, merging: Bool = false
    ) throws -> Peer {
      try Pairing.join(
        invite, answer, key: guest.deviceKey, own: token, address: address, guest,
        merging: merging)
    }
  }

  private func code(_ body: () throws -> Void) -> SyncError.Code? {
    #expect(throws: SyncError.self) { try body() }?.code
  }

  @Test("a machine that joins can't make this one call plain HTTP, and the invitation stays good")
  func joinerNamesHTTP() throws {
    let machines = try Machines()
    let invite = try machines.invite()
    let token = DeviceToken(random: machines.guest.environment)
    func request(_ address: String) throws -> PairRequest {
      Pairing.request(
        invite, key: machines.guest.deviceKey, token: token, addresses: [try PeerAddress(address)],
        name: "guest")
    }
    #expect(code { _ = try machines.accept(request("http://127.0.0.1:9")) } == .notAllowed)
    #expect(try machines.host.peers().isEmpty)
    _ = try machines.accept(request("postil://127.0.0.1:9"))
    #expect(try machines.host.peers().map(\.addresses) == [["postil://127.0.0.1:9"]])
  }

  @Test("an invitation, a request and an answer make two peers that can exchange")
  func joined() async throws {
    let machines = try Machines()
    let (host, guest) = (machines.host, machines.guest)
    let invite = try Invite(link: try machines.invite().link)
    try Pairing.checkMayJoin(invite, guest, merging: false)
    let (request, token) = machines.request(invite)
    let peer = try machines.join(invite, try machines.accept(request), token)
    #expect(peer.addresses == [Self.address.url])
    #expect(peer.key == host.deviceKey)
    #expect(try guest.holdings().library == host.holdings().library)
    let seen = try #require(try host.peers().first)
    #expect(seen.id == peer.id)
    #expect(seen.name == "guest")
    #expect(seen.role == .write && peer.ownRole == .write)
    #expect(seen.key == guest.deviceKey)
    // People compare these.
    #expect(seen.code == peer.code)
    #expect(peer.code.wholeMatch(of: /\d{3} \d{3}/) != nil)
    // Each shows what the other keeps the hash of.
    let shown = try #require(DeviceToken(bytes: peer.token))
    #expect(try host.peer(tokenHash: shown.hash) == seen)
    let back = try #require(DeviceToken(bytes: seen.token))
    #expect(try guest.peer(tokenHash: back.hash)?.id == peer.id)
    #expect(shown != back)
    try await exchange(guest, with: host, as: peer.id)
    try expectInStep([host, guest])
  }

  @Test("an invitation works once, holds for ten minutes, and tells the role")
  func onceAndInTime() throws {
    let machines = try Machines()
    let invite = try machines.invite(.read)
    let (request, token) = machines.request(invite)
    let answer = try machines.accept(request)
    #expect(try machines.join(invite, answer, token).ownRole == .read)
    #expect(code { _ = try machines.accept(request) } == .notAllowed)
    let late = try machines.invite()
    machines.scratch.advance(milliseconds: Store.inviteLifetime)
    #expect(code { _ = try machines.accept(machines.request(late).0) } == .notAllowed)
    #expect(try machines.host.peers().count == 1)
  }

  @Test("five wrong proofs close an invitation, and no other")
  func wrongProofs() throws {
    let machines = try Machines()
    let invite = try machines.invite()
    let other = try machines.invite()
    var wrong = machines.request(invite).0
    wrong.proof = String(repeating: "ab", count: 32)
    for _ in 0..<Store.inviteTries {
      #expect(code { _ = try machines.accept(wrong) } == .notAllowed)
    }
    #expect(code { _ = try machines.accept(machines.request(invite).0) } == .notAllowed)
    var unknown = wrong
    unknown.invite = Bytes16(high: 1, low: 1).uuidText
    for _ in 0..<20 { #expect(code { _ = try machines.accept(unknown) } == .notAllowed) }
    _ = try machines.accept(machines.request(other).0)
    #expect(try machines.host.peers().count == 1)
  }

  @Test("the proof covers both keys and the token: nobody in between can put in another")
  func boundToKeys() throws {
    let machines = try Machines()
    let invite = try machines.invite()
    let stranger = String(repeating: "cd", count: 32)
    let good = machines.request(invite).0
    var other = good
    other.key = stranger
    // Where TLS shows the key, the request must name that one; behind a proxy, the proof tells.
    #expect(code { _ = try machines.accept(other) } == .notAllowed)
    #expect(
      code {
        _ = try Pairing.accept(other, key: machines.host.deviceKey, shown: nil, machines.host)
      }
        == .notAllowed)
    var token = good
    token.token = stranger
    #expect(code { _ = try machines.accept(token) } == .notAllowed)
    #expect(
      code {
        _ = try Pairing.accept(
          good, key: [UInt8](repeating: 9, count: 32), shown: nil, machines.host)
      }
        == .notAllowed)
    #expect(try machines.host.peers() == [])
    _ = try machines.accept(good)
  }

  @Test(
    "where a key is only named, a link to read replaces no pairing and lifts no revocation",
    arguments: [false, true])
  func namedKey(isRevoked: Bool) throws {
    let machines = try Machines()
    let host = machines.host
    _ = try machines.accept(machines.request(try machines.invite()).0)
    if isRevoked { try host.revokePeer(try #require(host.peers().first)) }
    let (peers, revoked) = (try host.peers(), try host.revokedDevices())
    let invite = try machines.invite(.read)
    let request = machines.request(invite, name: "other").0
    func named() throws -> PairAnswer {
      try Pairing.accept(request, key: host.deviceKey, shown: nil, host)
    }
    let error = #expect(throws: SyncError.self) { try named() }
    #expect(error?.code == .notAllowed)
    #expect(error?.message.contains("remove it first") == true)
    #expect(try host.peers() == peers)
    #expect(try host.revokedDevices() == revoked)
    // The invitation stays good, for who shows the key.
    #expect(try machines.accept(request).role == "read")
    #expect(try host.peers().map(\.role) == [.read])
    // Forgotten here, or never known, it may come behind a proxy too.
    try host.removePeer(try #require(host.peers().first).id)
    let again = machines.request(try machines.invite(.read)).0
    _ = try Pairing.accept(again, key: host.deviceKey, shown: nil, host)
    #expect(try host.peers().map(\.role) == [.read])
  }

  @Test("a request that can't be read is garbage, and uses nothing up")
  func garbage() throws {
    let machines = try Machines()
    let invite = try machines.invite()
    let good = machines.request(invite).0
    var bad: [PairRequest] = []
    for id in ["", "x", good.invite + "0"] {
      var request = good
      request.invite = id
      bad.append(request)
    }
    for hex in ["", "00", String(repeating: "x", count: 64), String(repeating: "é", count: 32)] {
      var requests = [good, good, good]
      requests[0].token = hex
      requests[1].key = hex
      requests[2].proof = hex
      bad += requests
    }
    for addresses in [["nonsense"], [String](repeating: Self.address.url, count: 17)] {
      var request = good
      request.addresses = addresses
      bad.append(request)
    }
    for request in bad {
      let code = code { _ = try machines.accept(request) }
      #expect(code == .garbage || code == .badInput)
    }
    var abroad = good
    abroad.addresses = ["http://example.org:80"]
    #expect(code { _ = try machines.accept(abroad) } == .notAllowed)
    #expect(try machines.host.peers() == [])
    _ = try machines.accept(good)
  }

  @Test("a name from elsewhere is kept short and without control characters")
  func names() throws {
    let machines = try Machines()
    let table = [
      ("\u{1B}[31mred\n", "[31mred"), ("", "unnamed"),
      (String(repeating: "x", count: 9999), String(repeating: "x", count: 50)),
    ]
    for (given, kept) in table {
      let request = machines.request(try machines.invite(), name: given).0
      let id = try machines.accept(request).id
      #expect(try machines.host.peers().first { $0.id.uuidText == id }?.name == kept)
    }
    // The same device, however often it is paired, is one peer.
    #expect(try machines.host.peers().count == 1)
  }

  @Test("a store with a library of its own joins only when told to merge, and then keeps it all")
  func merging() async throws {
    let machines = try Machines()
    let (host, guest) = (machines.host, machines.guest)
    let own = try guest.add("The guest's own text.")
    let invite = try machines.invite()
    #expect(code { try Pairing.checkMayJoin(invite, guest, merging: false) } == .failed)
    try Pairing.checkMayJoin(invite, guest, merging: true)
    let (request, token) = machines.request(invite)
    let answer = try machines.accept(request)
    #expect(throws: StoreError.self) { try machines.join(invite, answer, token) }
    #expect(try guest.peers() == [])
    let peer = try machines.join(invite, answer, token, merging: true)
    try await exchange(guest, with: host, as: peer.id)
    try expectInStep([host, guest])
    #expect(try host.article(own).id == own)
    #expect(try host.status().articles == 2)
  }

  @Test("an answer of another library, or one that can't be read or proven, joins nothing")
  func badAnswers() throws {
    let machines = try Machines()
    let invite = try machines.invite(.read)
    let (request, token) = machines.request(invite)
    let good = try machines.accept(request)
    let library = try machines.guest.holdings().library
    var unreadable = [good, good, good, good]
    unreadable[0].library = Bytes16(high: 1, low: 1).uuidText
    unreadable[1].token = "short"
    unreadable[2].id = "?"
    unreadable[3].role = "god"
    var untrue = [good, good, good, good]
    untrue[0].proof = String(repeating: "00", count: 32)
    untrue[1].role = "write"
    untrue[2].name = "other"
    untrue[3].token = String(repeating: "00", count: 32)
    for (answers, expected) in [(unreadable, SyncError.Code.garbage), (untrue, .notAllowed)] {
      for answer in answers {
        #expect(code { _ = try machines.join(invite, answer, token, merging: true) } == expected)
      }
    }
    #expect(try machines.guest.holdings().library == library)
    #expect(try machines.guest.peers() == [])
  }

  @Test("a device is revoked everywhere as the word spreads, and let in again by pairing anew")
  func revocation() async throws {
    let machines = try Machines()
    let (host, guest) = (machines.host, machines.guest)
    let third = try machines.scratch.store("third", seed: 3)
    let link = try pair(host, third)
    let invite = try machines.invite()
    let (request, token) = machines.request(invite)
    let peer = try machines.join(invite, try machines.accept(request), token)
    // The third machine knows the guest too, by a pairing of its own.
    try third.addPeer(
      Peer(
        id: Bytes16(high: 9, low: 9), name: "guest", addresses: [], role: .write, ownRole: .write,
        key: guest.deviceKey, token: [], tokenHash: [9], code: ""))
    try host.revokePeer(try #require(host.peers().first { $0.id == peer.id }))
    #expect(try host.peer(key: guest.deviceKey) == nil)
    #expect(try third.peer(key: guest.deviceKey) != nil)
    try await exchange(third, with: host, as: link)
    #expect(try third.peer(key: guest.deviceKey) == nil)
    #expect(try third.peers().map(\.id) == [link])
    #expect(try third.revokedDevices().map(\.name) == ["guest"])
    // The record is no work of the person's that could be taken back.
    #expect(throws: StoreError.self) { try host.undo(host.log(limit: 1).first?.name) }
    let again = try machines.invite()
    let (second, newToken) = machines.request(again)
    _ = try machines.join(again, try machines.accept(second), newToken)
    #expect(try host.peer(key: guest.deviceKey) != nil)
    #expect(try host.revokedDevices() == [])
    try await exchange(third, with: host, as: link)
    #expect(try third.revokedDevices() == [])
    try expectInStep([host, third])
  }
}
