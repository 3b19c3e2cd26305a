// SPDX-License-Identifier: MIT

import Merge
import Store
import SyncEngine

/// What peers send, and what pairs them.
enum WireTargets {
  static let all = [requests, answers, textRequests, textParts, invites, addresses]

  private static let requests = FuzzTarget("requests") { bytes in
    guard let message = try? ExchangeRequest(decoding: bytes) else { return nil }
    let written = message.encoded()
    guard let again = try? ExchangeRequest(decoding: written) else {
      return "a request can't be read after it was written"
    }
    return same("a request", message, again)
  }

  private static let answers = FuzzTarget("answers") { bytes in
    guard let message = try? ExchangeAnswer(decoding: bytes) else { return nil }
    let written = message.encoded()
    guard let again = try? ExchangeAnswer(decoding: written) else {
      return "an answer can't be read after it was written"
    }
    return same("an answer", message, again)
  }

  private static let textRequests = FuzzTarget("text-requests") { bytes in
    guard let message = try? TextRequest(decoding: bytes) else { return nil }
    return same("the bytes of a text request", bytes, message.encoded())
  }

  private static let textParts = FuzzTarget("text-parts") { bytes in
    guard let message = try? TextParts(decoding: bytes) else { return nil }
    let inbox = TextInbox(peerBytesMax: 1000, bytesMax: 2000)
    for peer in 0..<3 {
      let wanted = message.parts.map { TextName(hash: $0.hash, byteCount: $0.total) }
      let whole = inbox.take(
        message.parts, wanted, from: Bytes16(high: UInt64(peer), low: UInt64(peer)))
      for text in whole where !wanted.contains(where: { $0.byteCount == text.content.count }) {
        return "a text has another length than was wanted"
      }
    }
    if inbox.byteCount > 2000 { return "the inbox holds \(inbox.byteCount) bytes" }
    return same("the bytes of text parts", bytes, message.encoded())
  }

  private static let invites = FuzzTarget("invites") { bytes in
    let link = String(decoding: bytes, as: UTF8.self)
    guard let invite = try? Invite(link: link) else { return nil }
    // Writing escapes more than a link needs, and may make it too long.
    guard invite.link.utf8.count <= Invite.bytesMax else { return nil }
    guard let again = try? Invite(link: invite.link) else {
      return "an invitation can't be read after it was written"
    }
    return same("an invitation", invite, again)
  }

  private static let addresses = FuzzTarget("addresses", bytesMax: 400) { bytes in
    let text = String(decoding: bytes, as: UTF8.self)
    if let address = try? PeerAddress(text) {
      guard let again = try? PeerAddress(address.url) else {
        return "an address can't be read after it was written"
      }
      if let problem = same("an address", address, again) { return problem }
    }
    if let address = try? ListenAddress(text) {
      let host = address.host.contains(":") ? "[\(address.host)]" : address.host
      guard let again = try? ListenAddress("\(host):\(address.port)") else {
        return "an address to listen on can't be read after it was written"
      }
      if let problem = same("an address to listen on", address, again) { return problem }
    }
    return nil
  }
}
