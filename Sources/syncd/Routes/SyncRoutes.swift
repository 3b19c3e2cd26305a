// SPDX-License-Identifier: MIT

import Foundation
import HTTPTypes
import Hummingbird
import Merge
import NIOCore
import Store
import SyncEngine
import Synchronization

/// What peers are served with.
struct SyncRoutes: Sendable {
  let worker: StoreWorker
  let news: Broadcast
  let counters: Counters
  let assembly = TextInbox()

  /// A line now and then, so that a dead connection is noticed on both sides.
  static let heartbeat = Duration.seconds(20)

  var all: [Route] {
    [
      Route(
        method: .post, path: SyncRoute.exchange.rawValue, policy: .peer,
        bodyBytesMax: SyncLimits.messageBytesMax, handle: exchange),
      Route(
        method: .post, path: SyncRoute.getTexts.rawValue, policy: .peer,
        bodyBytesMax: 64 << 10, handle: getTexts),
      Route(
        method: .post, path: SyncRoute.putTexts.rawValue, policy: .peer,
        bodyBytesMax: SyncLimits.messageBytesMax, handle: putTexts),
      Route(method: .get, path: "/v1/events", policy: .peer, bodyBytesMax: 0, handle: events),
      Route(
        method: .post, path: "/v1/pair", policy: .invited, bodyBytesMax: 16 << 10, handle: pair),
    ]
  }

  @Sendable private func exchange(_ request: RouteRequest) async throws -> Response {
    guard let peer = request.peer else {
      throw RouteError(status: .unauthorized, message: "not paired")
    }
    let message = try ExchangeRequest(decoding: request.body)
    let (answer, isNews) = try await worker.run { store in
      let before = try store.holdings().fingerprint
      let answer = try Responder(store: store).answer(message, from: peer)
      return (answer, answer.fingerprint != before)
    }
    counters.add(.exchangesServed)
    counters.add(.changesSent, answer.changes.count)
    counters.add(.changesRefused, answer.refusals.count)
    // Only what was merged is news: a refused change that was passed on as news would come again.
    if isNews {
      counters.add(.changesReceived, message.changes.count)
      news.notify()
    }
    return .bytes(try answer.encoded(), type: "application/octet-stream")
  }

  @Sendable private func getTexts(_ request: RouteRequest) async throws -> Response {
    let message = try TextRequest(decoding: request.body)
    let parts = try await worker.run { try Responder(store: $0).texts(message) }
    return .bytes(parts.encoded(), type: "application/octet-stream")
  }

  @Sendable private func putTexts(_ request: RouteRequest) async throws -> Response {
    guard let peer = request.peer, peer.role == .write else {
      throw RouteError(
        status: .forbidden, message: "you may read this library, and not write to it")
    }
    let parts = try TextParts(decoding: request.body).parts
    let whole = assembly.take(parts, from: peer.id)
    if !whole.isEmpty {
      try await worker.run { try $0.putTexts(whole) }
      news.notify()
    }
    return .bytes([], type: "application/octet-stream")
  }

  /// Server-sent events: `changed` with the fingerprint, at once and whenever it is another.
  @Sendable private func events(_ request: RouteRequest) async throws -> Response {
    guard let peer = request.peer else {
      throw RouteError(status: .unauthorized, message: "not paired")
    }
    let worker = worker
    let notices = news.listen()
    let body = ResponseBody { writer in
      let (ticks, tick) = AsyncStream.makeStream(
        of: Bool.self, bufferingPolicy: .bufferingNewest(2))
      let forward = Task {
        for await _ in notices { tick.yield(true) }
        tick.finish()
      }
      let beat = Task {
        while !Task.isCancelled {
          try await Task.sleep(for: Self.heartbeat)
          tick.yield(false)
        }
      }
      defer {
        forward.cancel()
        beat.cancel()
      }
      var told: Bytes16?
      tick.yield(true)
      for await isNews in ticks {
        guard isNews else {
          try await writer.write(ByteBuffer(string: ": still here\n\n"))
          continue
        }
        // A peer that was removed meanwhile hears nothing more.
        let now = try await worker.run { store in
          try store.peer(tokenHash: peer.tokenHash).map { _ in try store.holdings().fingerprint }
        }
        guard let now else { break }
        if now == told { continue }
        told = now
        try await writer.write(
          ByteBuffer(string: "event: changed\ndata: \(now.uuidText)\n\n"))
      }
      try await writer.finish(nil)
    }
    return Response(
      status: .ok,
      headers: [.contentType: "text/event-stream", .cacheControl: "no-store"], body: body)
  }

  @Sendable private func pair(_ request: RouteRequest) async throws -> Response {
    guard let message = try? JSONDecoder().decode(PairRequest.self, from: Data(request.body)) else {
      throw RouteError(status: .badRequest, message: "the pairing request can't be read")
    }
    let answer = try await worker.run { try Pairing.accept(message, $0) }
    news.notify()
    return .bytes(Array(try JSONEncoder().encode(answer)), type: "application/json")
  }
}

/// Texts that peers push in parts.
final class TextInbox: Sendable {
  private let begun = Mutex<[Bytes16: TextAssembly]>([:])
  /// Peers whose unfinished texts are kept.
  private static let peersMax = 64

  /// Takes parts; returns the texts that are whole now.
  func take(_ parts: [TextPart], from peer: Bytes16) -> [(hash: [UInt8], content: [UInt8])] {
    begun.withLock { begun in
      if begun[peer] == nil && begun.count >= Self.peersMax { begun.removeAll() }
      var whole: [(hash: [UInt8], content: [UInt8])] = []
      for part in parts {
        if let content = begun[peer, default: TextAssembly()].take(part) {
          whole.append((part.hash, content))
        }
      }
      return whole
    }
  }
}
