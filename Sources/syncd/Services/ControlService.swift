// SPDX-License-Identifier: MIT

import Control
import CurlTransport
import Foundation
import Glibc
import Host
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Store
import SyncEngine

/// Serves commands of the same user over the store's Unix socket: one request a connection, a line
/// of
/// JSON; lines of JSON in answer.
struct ControlService: Service {
  let path: String
  let worker: StoreWorker
  let client: CurlClient
  let news: Broadcast
  let address: String
  let logger: Logger

  /// A request line.
  struct Request: Codable {
    var command: String
    var peer: String?
    var waitSeconds: Double?
    var link: String?
    var merge: Bool?
  }

  private static let lineBytesMax = 16 << 10
  private static let arrivalSeconds = 10

  func run() async throws { try await run(ready: {}) }

  /// Serves; `ready` is called once commands can come.
  func run(ready: @Sendable () -> Void) async throws {
    unlink(path)
    let bound = try await bind()
    chmod(path, 0o600)
    ready()
    defer { unlink(path) }
    try? await cancelWhenGracefulShutdown {
      try await bound.executeThenClose { connections in
        await withDiscardingTaskGroup { group in
          do {
            for try await connection in connections {
              group.addTask { await serve(connection) }
            }
          } catch {
            logger.debug("the control socket closed", metadata: ["error": "\(error)"])
          }
          group.cancelAll()
        }
      }
    }
  }

  private typealias Connection = NIOAsyncChannel<ByteBuffer, ByteBuffer>

  private func bind() async throws -> NIOAsyncChannel<Connection, Never> {
    var place = path
    var directory: Int32 = -1
    if path.utf8.count >= ControlSocket.pathBytesMax - 1, let slash = path.lastIndex(of: "/") {
      // Too long for a socket's address: named through the open directory, which is short.
      directory = open(String(path[..<slash]), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
      place = "/proc/self/fd/\(directory)\(path[slash...])"
    }
    defer { if directory >= 0 { close(directory) } }
    return try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .serverChannelOption(.backlog, value: 64)
      .bind(unixDomainSocketPath: place) { channel in
        channel.eventLoop.makeCompletedFuture {
          try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
        }
      }
  }

  private func serve(_ connection: Connection) async {
    do {
      try await connection.executeThenClose { inbound, outbound in
        guard let line = try await Self.line(from: inbound) else { return }
        let lines = AsyncStream<[UInt8]> { continuation in
          let work = Task {
            await answer(line) { continuation.yield($0) }
            continuation.finish()
          }
          continuation.onTermination = { _ in work.cancel() }
        }
        for await line in lines {
          try await outbound.write(ByteBuffer(bytes: line + [0x0A]))
        }
      }
    } catch {
      logger.debug("a command hung up", metadata: ["error": "\(error)"])
    }
  }

  private static func line(
    from inbound: NIOAsyncChannelInboundStream<ByteBuffer>
  ) async throws -> [UInt8]? {
    try await withThrowingTaskGroup(of: [UInt8]?.self) { group in
      group.addTask {
        var bytes: [UInt8] = []
        for try await buffer in inbound {
          bytes += buffer.readableBytesView
          if let end = bytes.firstIndex(of: 0x0A) { return Array(bytes[..<end]) }
          if bytes.count > lineBytesMax { return nil }
        }
        return nil
      }
      group.addTask {
        try await Task.sleep(for: .seconds(arrivalSeconds))
        return nil
      }
      defer { group.cancelAll() }
      return try await group.next() ?? nil
    }
  }

  private func answer(_ line: [UInt8], _ write: @escaping @Sendable ([UInt8]) -> Void) async {
    let writer = LineWriter(write)
    guard let request = try? JSONDecoder().decode(Request.self, from: Data(line)) else {
      writer.fail(Failure(.usage, "the command can't be read"))
      return
    }
    switch request.command {
    case "notice":
      news.notify()
    case "addresses":
      writer.write(["addresses": [address]])
    case "sync":
      await writer.sync(
        SyncNow(client: client, worker: worker), peer: request.peer,
        waitSeconds: request.waitSeconds)
      news.notify()
    case "join":
      let join = JoinNow(client: client, worker: worker, addresses: [address])
      await writer.join(join, link: request.link ?? "", merging: request.merge ?? false)
      news.notify()
    default:
      writer.fail(Failure(.usage, "there is no command “\(request.command)”"))
    }
  }
}
