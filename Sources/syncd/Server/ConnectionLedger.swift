// SPDX-License-Identifier: MIT

import Merge
import NIOCore
import Synchronization

/// Every connection that is open, of all listeners together: who may stay when there are too many.
///
/// Opening connections costs an attacker nothing, so a full house must not mean that a paired
/// machine stays outside. A new connection is therefore let in at the cost of the oldest one that
/// has not shown who it is, and is turned away only when all that are here have.
final class ConnectionLedger: Sendable {
  /// How many there may be.
  struct Limits: Sendable {
    /// In all.
    var total = 512
    /// From one address, of those that have not shown who they are. Those that have are not
    /// counted: all peers of a machine may come through one tunnel or proxy.
    var strangersPerAddress = 32
    /// Of one peer: it needs two.
    var perPeer = 16
  }

  /// One connection.
  final class Entry: Sendable {
    let channel: any Channel
    let address: AddressKey
    /// The later it came, the higher.
    let number: UInt64
    /// Whose it is, once it has shown that.
    fileprivate let peer = Mutex<Bytes16?>(nil)

    fileprivate init(channel: any Channel, address: AddressKey, number: UInt64) {
      self.channel = channel
      self.address = address
      self.number = number
    }

    /// Closes it at once. It isn't counted any more, so it must not take its time.
    fileprivate func cut(forgettingUnsent: Bool = false) {
      channel.pipeline.fireUserInboundEventTriggered(
        CutConnection(forgetsUnsent: forgettingUnsent))
    }

    /// Whether it has shown who it is.
    var isKnown: Bool { peer.withLock { $0 != nil } }
  }

  private struct State {
    var entries: [ObjectIdentifier: Entry] = [:]
    var strangers: [AddressKey: Int] = [:]
    var next: UInt64 = 0
  }

  private let limits: Limits
  private let state = Mutex(State())

  init(limits: Limits = Limits()) { self.limits = limits }

  /// Takes a new connection in, and closes another one if there are too many; nil when all that are
  /// here have shown who they are.
  func admit(_ channel: any Channel) -> Entry? {
    let address = AddressKey(channel.remoteAddress)
    let (entry, leaver) = state.withLock { state -> (Entry?, Entry?) in
      var leaver: Entry?
      if state.strangers[address, default: 0] >= limits.strangersPerAddress {
        leaver = Self.oldest(state, from: address)
      } else if state.entries.count >= limits.total {
        leaver = Self.oldest(state, from: nil)
        if leaver == nil { return (nil, nil) }
      }
      if let leaver { Self.remove(leaver, &state) }
      state.next += 1
      let entry = Entry(channel: channel, address: address, number: state.next)
      state.entries[ObjectIdentifier(channel)] = entry
      state.strangers[address, default: 0] += 1
      return (entry, leaver)
    }
    leaver?.cut()
    guard let entry else { return nil }
    channel.closeFuture.whenComplete { [weak self] _ in self?.remove(entry) }
    return entry
  }

  /// Notes that a connection belongs to a peer, and closes the peer's oldest if it has too many.
  func authenticated(_ channel: any Channel, as peer: Bytes16) {
    let leaver = state.withLock { state -> Entry? in
      guard let entry = state.entries[ObjectIdentifier(channel)] else { return nil }
      let was = entry.peer.withLock { known -> Bytes16? in
        defer { known = peer }
        return known
      }
      if was == peer { return nil }
      if was == nil { Self.forgetStranger(entry.address, &state) }
      let own = state.entries.values.filter { $0.peer.withLock { $0 == peer } }
      guard own.count > limits.perPeer, let oldest = own.min(by: { $0.number < $1.number }) else {
        return nil
      }
      Self.remove(oldest, &state)
      return oldest
    }
    leaver?.cut()
  }

  /// Closes every connection of a peer at once, whatever it is doing.
  func close(peer: Bytes16) {
    let own = state.withLock { state -> [Entry] in
      let own = state.entries.values.filter { $0.peer.withLock { $0 == peer } }
      for entry in own { Self.remove(entry, &state) }
      return own
    }
    // What waits in the system's buffers must not go out either.
    for entry in own { entry.cut(forgettingUnsent: true) }
  }

  /// The peers that have a connection.
  var peers: Set<Bytes16> {
    state.withLock { Set($0.entries.values.compactMap { $0.peer.withLock { $0 } }) }
  }

  /// How many connections are open.
  var count: Int { state.withLock { $0.entries.count } }

  private func remove(_ entry: Entry) { state.withLock { Self.remove(entry, &$0) } }

  private static func oldest(_ state: State, from address: AddressKey?) -> Entry? {
    var oldest: Entry?
    for entry in state.entries.values where !entry.isKnown {
      if let address, entry.address != address { continue }
      if oldest.map({ entry.number < $0.number }) ?? true { oldest = entry }
    }
    return oldest
  }

  private static func remove(_ entry: Entry, _ state: inout State) {
    // An entry that had to leave is removed once more when its channel has closed; by then the
    // identifier may be another channel's.
    let key = ObjectIdentifier(entry.channel)
    guard state.entries[key] === entry else { return }
    state.entries[key] = nil
    if !entry.isKnown { forgetStranger(entry.address, &state) }
  }

  private static func forgetStranger(_ address: AddressKey, _ state: inout State) {
    let left = state.strangers[address, default: 0] - 1
    state.strangers[address] = left > 0 ? left : nil
  }
}

/// From where a connection comes, as far as that tells one sender from another: an IPv4 address, or
/// the network (/64) of an IPv6 address, since who has one of its addresses has them all.
struct AddressKey: Hashable, Sendable {
  private let text: String

  init(_ address: SocketAddress?) {
    switch address {
    case .v6(let address):
      let bytes = withUnsafeBytes(of: address.address.sin6_addr) { Array($0) }
      // ::ffff:a.b.c.d is an IPv4 address in another dress.
      if bytes[..<12].elementsEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]) {
        text = bytes[12...].map { "\($0)" }.joined(separator: ".")
      } else {
        text = bytes[..<8].map { "\($0)" }.joined(separator: ":")
      }
    case .v4(let address):
      let bytes = withUnsafeBytes(of: address.address.sin_addr) { Array($0) }
      text = bytes.map { "\($0)" }.joined(separator: ".")
    default:
      text = ""
    }
  }

  /// The address, for messages and for counting tries.
  var description: String { text }
}
