// SPDX-License-Identifier: MIT

import Merge
import Store
import SyncEngine
import Testing

/// Pairing: who is let in, once, and by what.
@Suite struct PairingTests {
  private static let address = "http://127.0.0.1:7654"

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

    /// The guest's request, and the token that is in it.
    func request(_ invite: Invite, secret: String? = nil) -> (PairRequest, DeviceToken) {
      let token = DeviceToken(random: guest.environment)
      let request = PairRequest(
        secret: secret ?? invite.secret.uuidText, name: "guest", addresses: [],
        token: token.hex)
      return (request, token)
    }
  }

  private func code(_ body: () throws -> Void) -> SyncError.Code? {
    #expect(throws: SyncError.self) { try body() }?.code
  }

  @Test("an invitation, a request and an answer make two peers that can exchange")
  func joined() async throws {
    let machines = try Machines()
    let (host, guest) = (machines.host, machines.guest)
    let link = try Pairing.invite(host, addresses: [Self.address], role: .write).link
    let invite = try Invite(link: link)
    try Pairing.checkMayJoin(invite, guest, merging: false)
    let (request, token) = machines.request(invite)
    let answer = try Pairing.accept(request, host)
    let peer = try Pairing.join(
      invite, answer, own: token, address: Self.address, guest, merging: false)
    #expect(peer.addresses == [Self.address])
    #expect(try guest.holdings().library == host.holdings().library)
    let seen = try #require(try host.peers().first)
    #expect(seen.id == peer.id)
    #expect(seen.name == "guest")
    #expect(seen.role == .write)
    // Each shows what the other keeps the hash of.
    let shown = try #require(peer.token.flatMap { DeviceToken(bytes: $0) })
    #expect(try host.peer(tokenHash: shown.hash) == seen)
    let back = try #require(seen.token.flatMap { DeviceToken(bytes: $0) })
    #expect(try guest.peer(tokenHash: back.hash)?.id == peer.id)
    #expect(shown != back)
    try await exchange(guest, with: host, as: peer.id)
    try expectInStep([host, guest])
  }

  @Test("an invitation works once, and holds for ten minutes")
  func onceAndInTime() throws {
    let machines = try Machines()
    let invite = try Pairing.invite(machines.host, addresses: [Self.address], role: .read)
    let (request, _) = machines.request(invite)
    #expect(try Pairing.accept(request, machines.host).role == "read")
    #expect(code { _ = try Pairing.accept(request, machines.host) } == .notAllowed)
    let late = try Pairing.invite(machines.host, addresses: [Self.address], role: .write)
    machines.scratch.advance(milliseconds: Store.inviteLifetime)
    #expect(
      code { _ = try Pairing.accept(machines.request(late).0, machines.host) } == .notAllowed)
    #expect(try machines.host.peers().count == 1)
  }

  @Test("five wrong secrets close every open invitation")
  func wrongSecrets() throws {
    let machines = try Machines()
    let invite = try Pairing.invite(machines.host, addresses: [Self.address], role: .write)
    for guess in 0..<Store.inviteTries {
      let wrong = Bytes16(high: 1, low: UInt64(guess)).uuidText
      let (request, _) = machines.request(invite, secret: wrong)
      #expect(code { _ = try Pairing.accept(request, machines.host) } == .notAllowed)
    }
    let (request, _) = machines.request(invite)
    #expect(code { _ = try Pairing.accept(request, machines.host) } == .notAllowed)
    #expect(try machines.host.peers() == [])
  }

  @Test("a request that can't be read is garbage, and uses nothing up")
  func garbage() throws {
    let machines = try Machines()
    let invite = try Pairing.invite(machines.host, addresses: [Self.address], role: .write)
    let good = machines.request(invite).0
    var bad: [PairRequest] = []
    for secret in ["", "x", good.secret + "0"] {
      var request = good
      request.secret = secret
      bad.append(request)
    }
    for token in ["", "00", String(repeating: "x", count: 64), String(repeating: "é", count: 32)] {
      var request = good
      request.token = token
      bad.append(request)
    }
    for addresses in [["nonsense"], [String](repeating: Self.address, count: 17)] {
      var request = good
      request.addresses = addresses
      bad.append(request)
    }
    for request in bad {
      let code = code { _ = try Pairing.accept(request, machines.host) }
      #expect(code == .garbage || code == .badInput)
    }
    var abroad = good
    abroad.addresses = ["http://example.org:80"]
    #expect(code { _ = try Pairing.accept(abroad, machines.host) } == .notAllowed)
    #expect(try machines.host.peers() == [])
    _ = try Pairing.accept(good, machines.host)
  }

  @Test("a name from elsewhere is kept short and without control characters")
  func names() throws {
    let machines = try Machines()
    let table = [
      ("\u{1B}[31mred\n", "[31mred"), ("", "unnamed"),
      (String(repeating: "x", count: 9999), String(repeating: "x", count: 50)),
    ]
    for (given, kept) in table {
      let invite = try Pairing.invite(machines.host, addresses: [Self.address], role: .write)
      var request = machines.request(invite).0
      request.name = given
      let id = try Pairing.accept(request, machines.host).id
      #expect(try machines.host.peers().first { $0.id.uuidText == id }?.name == kept)
    }
  }

  @Test("a store with a library of its own joins only when told to merge, and then keeps it all")
  func merging() async throws {
    let machines = try Machines()
    let (host, guest) = (machines.host, machines.guest)
    let own = try guest.add("The guest's own text.")
    let invite = try Pairing.invite(host, addresses: [Self.address], role: .write)
    #expect(
      code { try Pairing.checkMayJoin(invite, guest, merging: false) } == .failed)
    try Pairing.checkMayJoin(invite, guest, merging: true)
    let (request, token) = machines.request(invite)
    let answer = try Pairing.accept(request, host)
    #expect(throws: StoreError.self) {
      try Pairing.join(
        invite, answer, own: token, address: Self.address, guest, merging: false)
    }
    #expect(try guest.peers() == [])
    let peer = try Pairing.join(
      invite, answer, own: token, address: Self.address, guest, merging: true)
    try await exchange(guest, with: host, as: peer.id)
    try expectInStep([host, guest])
    #expect(try host.article(own).id == own)
    #expect(try host.status().articles == 2)
  }

  @Test("an answer of another library, or one that can't be read, joins nothing")
  func badAnswers() throws {
    let machines = try Machines()
    let invite = try Pairing.invite(machines.host, addresses: [Self.address], role: .write)
    let (request, token) = machines.request(invite)
    let good = try Pairing.accept(request, machines.host)
    var answers = [good, good, good]
    answers[0].library = Bytes16(high: 1, low: 1).uuidText
    answers[1].token = "short"
    answers[2].id = "?"
    let library = try machines.guest.holdings().library
    for answer in answers {
      let code = code {
        _ = try Pairing.join(
          invite, answer, own: token, address: Self.address, machines.guest, merging: true)
      }
      #expect(code == .garbage)
    }
    #expect(try machines.guest.holdings().library == library)
    #expect(try machines.guest.peers() == [])
  }
}
