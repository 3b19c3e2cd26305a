// SPDX-License-Identifier: MIT

import Merge
import Store
import Testing

/// What a store remembers of its peers, its invitations, and joining a library.
@Suite struct PeerTests {
  private func peer(_ number: UInt64, name: String = "desk", token: UInt8 = 1) -> Peer {
    Peer(
      id: Bytes16(high: 7, low: number), name: name,
      addresses: ["postil://127.0.0.1:1", "https://example.org"], role: .write, ownRole: .read,
      key: [UInt8](repeating: token, count: 32), token: [UInt8](repeating: token, count: 32),
      tokenHash: [UInt8](repeating: token, count: 32), code: "012 345")
  }

  @Test("a peer is remembered whole, found by its token, name or id, and forgotten")
  func remembered() throws {
    let scratch = try Scratch()
    let store = try scratch.store("a")
    var called = peer(2, name: "phone", token: 2)
    called.addresses = []
    called.role = .read
    try store.addPeer(peer(1))
    try store.addPeer(called)
    #expect(try store.peers() == [peer(1), called])
    #expect(try store.peer(tokenHash: called.tokenHash) == called)
    #expect(try store.peer(tokenHash: [9]) == nil)
    #expect(try store.peer(tokenHash: []) == nil)
    #expect(try store.peer(key: called.key) == called)
    #expect(try store.peer(key: [9]) == nil)
    #expect(try store.peer(named: "phone") == called)
    #expect(try store.peer(named: peer(1).id.uuidText) == peer(1))
    func code(_ name: String) -> StoreError.Code? {
      #expect(throws: StoreError.self) { try store.peer(named: name) }?.code
    }
    #expect(code("nobody") == .notFound)
    #expect(code("00000000") == .ambiguous)
    var renamed = peer(1)
    renamed.name = "other"
    try store.addPeer(renamed)
    #expect(try store.peers().map(\.name) == ["other", "phone"])
    try store.removePeer(renamed.id)
    try store.removePeer(renamed.id)
    #expect(try store.peers() == [called])
    #expect(try store.peer(tokenHash: peer(1).tokenHash) == nil)
  }

  @Test("a peer that was let in again stays when the state is made anew from a long log")
  func admittedAndRebuilt() throws {
    let scratch = try Scratch()
    let store = try scratch.store("a")
    try store.addPeer(peer(1))
    try store.revokePeer(peer(1))
    #expect(try store.peers() == [])
    // More than a replay writes out at once.
    let article = try store.add("The river rose at night.")
    for number in 0..<6 {
      _ = try store.highlight(
        article, "river", note: String(repeating: "\(number) words ", count: 90_000))
    }
    try store.addInvite(invite(1))
    _ = try store.redeemInvite(invite(1).id) { _ in peer(1) }
    #expect(try store.revokedDevices().isEmpty)
    try store.rebuild()
    #expect(try store.peers() == [peer(1)])
  }

  @Test("secrets are equal only when every byte is")
  func equalSecrets() {
    let secret = (0..<32).map { UInt8($0 * 8) }
    #expect(Chain.areEqual(secret, secret))
    #expect(Chain.areEqual([], []))
    #expect(!Chain.areEqual(secret, Array(secret.dropLast())))
    for place in secret.indices {
      for bit in 0..<8 {
        var other = secret
        other[place] ^= 1 << UInt8(bit)
        #expect(!Chain.areEqual(secret, other))
      }
    }
  }

  @Test("an exchange is noted with its time, and clears the failure before it")
  func noted() throws {
    let scratch = try Scratch()
    let store = try scratch.store("a")
    try store.addPeer(peer(1))
    try store.noteFailure(with: peer(1).id, "refused")
    #expect(try store.peers()[0].error == "refused")
    #expect(try store.peers()[0].exchanged == nil)
    let version = VersionVector([.init(writer: RawWriter(3).writer, count: 9)])
    let before = scratch.clock.read()
    try store.noteExchange(with: peer(1).id, version: version)
    let noted = try store.peers()[0]
    #expect(noted.error == nil)
    #expect(noted.version == version)
    #expect(try #require(noted.exchanged) > before)
    // Of nobody we know, nothing is noted.
    try store.noteExchange(with: peer(5).id, version: version)
    #expect(try store.peers().count == 1)
  }

  @Test("the same failure once more costs no commit, and another one does")
  func sameFailure() throws {
    let scratch = try Scratch()
    let store = try scratch.store("a")
    let watcher = try scratch.store("a")
    try store.addPeer(peer(1))
    try store.noteFailure(with: peer(1).id, "refused")
    let mark = try watcher.commitMark()
    try store.noteFailure(with: peer(1).id, "refused")
    #expect(try watcher.commitMark() == mark)
    try store.noteFailure(with: peer(1).id, "did not answer")
    #expect(try watcher.commitMark() != mark)
    #expect(try store.peers()[0].error == "did not answer")
  }

  private func invite(_ number: UInt64, role: Peer.Role = .write) -> InviteRecord {
    InviteRecord(
      id: Bytes16(high: 8, low: number), proof: [UInt8](repeating: 1, count: 32), role: role)
  }

  @Test("an invitation works once, and hands out what was kept of it")
  func once() throws {
    let scratch = try Scratch()
    let store = try scratch.store("a")
    try store.addInvite(invite(1, role: .read))
    let added = try store.redeemInvite(invite(1).id) { record in
      #expect(record == invite(1, role: .read))
      return peer(1)
    }
    #expect(try store.peers() == [added])
    #expect(try store.redeemInvite(invite(1).id) { _ in peer(2) } == nil)
    #expect(try store.peers().count == 1)
  }

  @Test("an invitation runs out by the clock")
  func expiry() throws {
    let scratch = try Scratch()
    let store = try scratch.store("a")
    try store.addInvite(invite(1))
    scratch.clock.advance(milliseconds: Store.inviteLifetime - 1000)
    try store.addInvite(invite(2))
    #expect(try store.redeemInvite(invite(1).id) { _ in peer(1) } != nil)
    scratch.clock.advance(milliseconds: Store.inviteLifetime)
    #expect(try store.redeemInvite(invite(2).id) { _ in peer(2) } == nil)
    #expect(try store.peers().count == 1)
  }

  @Test("wrong proofs use an invitation up, and only that one")
  func guesses() throws {
    let scratch = try Scratch()
    let store = try scratch.store("a")
    try store.addInvite(invite(1))
    try store.addInvite(invite(2))
    for _ in 0..<Store.inviteTries {
      #expect(try store.redeemInvite(invite(1).id) { _ in nil } == nil)
      #expect(try store.redeemInvite(invite(9).id) { _ in peer(9) } == nil)
    }
    #expect(try store.redeemInvite(invite(1).id) { _ in peer(1) } == nil)
    #expect(try store.redeemInvite(invite(2).id) { _ in peer(2) } != nil)
    #expect(try store.peers().count == 1)
  }

  @Test("an empty store takes on a library; one with a library of its own only when told to merge")
  func adopt() throws {
    let scratch = try Scratch()
    let stores = try scratch.stores(3)
    let library = try stores[0].holdings().library
    try stores[1].adopt(library, merging: false)
    #expect(try stores[1].holdings().library == library)
    try stores[2].add("The river rose at night.")
    let fingerprint = try stores[2].holdings().fingerprint
    let error = #expect(throws: StoreError.self) {
      try stores[2].adopt(library, merging: false)
    }
    #expect(error?.code == .ambiguous)
    #expect(try stores[2].holdings().library != library)
    try stores[2].adopt(library, merging: true)
    #expect(try stores[2].holdings().library == library)
    #expect(try stores[2].holdings().fingerprint == fingerprint)
    // The library it has already asks for nothing.
    try stores[2].adopt(library, merging: false)
    try stores[0].add("Bread is flour and water.")
    try stores[0].swap(with: stores[2])
    #expect(try stores[2].allArticles().count == 2)
    try expectSame(stores[0], stores[2])
  }
}
