// SPDX-License-Identifier: MIT

public import Merge
public import Store
import Synchronization

/// Texts that peers push in parts, until they are whole.
///
/// A peer decides how many texts it begins and when it goes on with them. So only texts that the
/// store wants are begun, and there are bounds, beyond which others are forgotten; whoever pushes a
/// forgotten text starts it over.
public final class TextInbox: Sendable {
  /// Bytes of unfinished texts of one peer.
  public static let peerBytesMax = SyncLimits.wholeTextBytesMax
  /// Bytes of unfinished texts in all.
  public static let bytesMax = 4 * SyncLimits.wholeTextBytesMax

  private let peerMax: Int
  private let totalMax: Int
  private let begun = Mutex<[Bytes16: TextAssembly]>([:])

  /// An empty one; other bounds are for tests.
  public init(peerBytesMax: Int = peerBytesMax, bytesMax: Int = bytesMax) {
    peerMax = peerBytesMax
    totalMax = bytesMax
  }

  /// Takes parts of texts that are wanted; returns the texts that are whole now.
  public func take(
    _ parts: [TextPart], _ wanted: [TextName], from peer: Bytes16
  ) -> [(hash: [UInt8], content: [UInt8])] {
    let names = Set(wanted.map(\.hash))
    return begun.withLock { begun in
      var own = begun.removeValue(forKey: peer) ?? TextAssembly()
      let others = begun.values.reduce(0) { $0 + $1.byteCount }
      var whole: [(hash: [UInt8], content: [UInt8])] = []
      // Its hash alone tells what a text is. Its length in the log may be somebody's lie, beside
      // which the true one came later: whoever insisted on it would never have the text.
      for part in parts where names.contains(part.hash) {
        if let content = own.take(part) { whole.append((part.hash, content)) }
        if own.byteCount > peerMax { own.forgetAll(but: part.hash) }
        if own.byteCount > peerMax || own.byteCount + others > totalMax { own.forget(part.hash) }
      }
      if own.byteCount > 0 { begun[peer] = own }
      return whole
    }
  }

  /// Forgets what others than these peers began: those that were removed.
  public func keepOnly(_ peers: Set<Bytes16>) {
    begun.withLock { begun in begun = begun.filter { peers.contains($0.key) } }
  }

  /// Bytes of unfinished texts in all.
  public var byteCount: Int { begun.withLock { $0.values.reduce(0) { $0 + $1.byteCount } } }
}
