// SPDX-License-Identifier: MIT

import DeviceKeys
import Foundation
import HTTPTypes
import Hummingbird
import Logging
import Merge
import NIOCore
import Store
import SyncEngine

/// What peers are served with.
struct SyncRoutes: Sendable {
  let worker: StoreWorker
  let news: Broadcast
  let counters: Counters
  let device: DeviceKey
  let logger: Logger
  let notes: ExchangeNotes
  let moment: SharedWork<Moment>
  let inbox: TextInbox

  /// What every listener to events needs to know of the store.
  struct Moment: Sendable {
    let fingerprint: Bytes16
    /// The keys of the paired devices.
    let peers: Set<[UInt8]>
  }

  init(
    worker: StoreWorker, news: Broadcast, counters: Counters, device: DeviceKey,
    inbox: TextInbox, logger: Logger
  ) {
    self.worker = worker
    self.news = news
    self.counters = counters
    self.device = device
    self.inbox = inbox
    self.logger = logger
    notes = ExchangeNotes(worker)
    moment = SharedWork(worker) { store in
      try store.reading {
        Moment(
          fingerprint: try store.holdings().fingerprint, peers: Set(try store.peers().map(\.key)))
      }
    }
  }

  /// A line now and then, so that a dead connection is noticed on both sides.
  static let heartbeat = Duration.seconds(20)

  @Sendable func exchange(_ request: RouteRequest) async throws -> Response {
    guard let peer = request.peer else {
      throw RouteError(status: .unauthorized, message: "not paired")
    }
    let message = try ExchangeRequest(decoding: request.body)
    let (reply, isNews, forks) = try await worker.run { store in
      // It may have been removed, or made a reader, while its message came.
      guard let peer = try store.peer(key: peer.key) else { throw RouteGate.stranger }
      let responder = Responder(store: store)
      if message.changes.isEmpty { return (try responder.reply(to: message, from: peer), false, 0) }
      let (before, forks) = (try store.holdings().fingerprint, try store.forkCount())
      let reply = try responder.reply(to: message, from: peer)
      return (reply, reply.answer.fingerprint != before, try store.forkCount() - forks)
    }
    let answer = reply.answer
    if forks > 0 {
      logger.warning(
        "a writer was written twice; both histories are kept", metadata: ["peer": "\(peer.name)"])
    }
    counters.add(.exchangesServed)
    counters.add(.changesSent, answer.changes.count)
    counters.add(.changesRefused, answer.refusals.count)
    // Only what was merged is news: a refused change that was passed on as news would come again.
    if isNews {
      counters.add(.changesReceived, message.changes.count)
      news.notify()
    }
    if let version = reply.peerHolds {
      do {
        try await notes.note(peer.id, holds: version)
      } catch {
        // Only a guess for the next time; the answer is right without it.
        logger.warning(
          "can't note what a peer holds", metadata: ["peer": "\(peer.name)", "error": "\(error)"])
      }
    }
    return .bytes(answer.encoded(), type: "application/octet-stream")
  }

  @Sendable func getTexts(_ request: RouteRequest) async throws -> Response {
    let message = try TextRequest(decoding: request.body)
    let key = request.peer?.key ?? []
    let parts = try await worker.run { store in
      guard try store.peer(key: key) != nil else { throw RouteGate.stranger }
      return try Responder(store: store).texts(message)
    }
    return .bytes(parts.encoded(), type: "application/octet-stream")
  }

  @Sendable func putTexts(_ request: RouteRequest) async throws -> Response {
    guard let peer = request.peer, peer.role == .write else {
      throw RouteError(
        status: .forbidden, message: "you may read this library, and not write to it")
    }
    let parts = try TextParts(decoding: request.body).parts
    // What nobody asked for is not kept, not even in memory.
    let wanted = try await worker.run { try $0.wantedTexts(among: parts.map(\.hash)) }
    let whole = inbox.take(parts, wanted, from: peer.id)
    if !whole.isEmpty {
      try await worker.run { store in
        guard try store.peer(key: peer.key)?.role == .write else { throw RouteGate.stranger }
        try store.putTexts(whole)
      }
      news.notify()
    }
    return .bytes([], type: "application/octet-stream")
  }

  /// Server-sent events: `changed` with the fingerprint, at once and whenever it is another.
  @Sendable func events(_ request: RouteRequest) async throws -> Response {
    guard let peer = request.peer else {
      throw RouteError(status: .unauthorized, message: "not paired")
    }
    let moment = moment
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
        let now = try await moment.value()
        // A peer that was removed meanwhile hears nothing more.
        guard now.peers.contains(peer.key) else { break }
        if now.fingerprint == told { continue }
        told = now.fingerprint
        try await writer.write(
          ByteBuffer(string: "event: changed\ndata: \(now.fingerprint.uuidText)\n\n"))
      }
      try await writer.finish(nil)
    }
    return Response(
      status: .ok,
      headers: [.contentType: "text/event-stream", .cacheControl: "no-store"], body: body)
  }

  @Sendable func pair(_ request: RouteRequest) async throws -> Response {
    guard let message = try? JSONDecoder().decode(PairRequest.self, from: Data(request.body)) else {
      throw RouteError(status: .badRequest, message: "the pairing request can't be read")
    }
    let (own, shown) = (device.hash, request.key)
    let answer = try await worker.run {
      try Pairing.accept(message, key: own, shown: shown, $0)
    }
    news.notify()
    return .bytes(Array(try JSONEncoder().encode(answer)), type: "application/json")
  }
}
