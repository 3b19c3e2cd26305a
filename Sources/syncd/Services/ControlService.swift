// SPDX-License-Identifier: MIT

import Control
import Foundation
import Glibc
import Host
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Store
import SyncEngine
import Synchronization

/// Serves commands of the same user over the store's Unix socket: one request a connection, a line
/// of JSON; lines of JSON in answer.
struct ControlService: Service {
  let path: String
  let worker: StoreWorker
  let line: PeerLine
  let news: Broadcast
  /// Where peers reach this daemon.
  let addresses: [PeerAddress]
  /// Where plain HTTP is served on this machine, if it is.
  let http: String?
  let logger: Logger

  /// A request line.
  struct Request: Codable {
    var command: String
    var peer: String?
    var waitSeconds: Double?
    var link: String?
    var merge: Bool?
    var role: String?
    var addresses: [String]?
  }

  /// What `addresses` answers.
  struct Reached: Codable {
    var addresses: [String]
    var http: String?
  }

  /// Commands at once.
  static let connectionsMax = 32
  private static let lineBytesMax = 16 << 10
  private static let arrivalSeconds = 10

  func run() async throws { try await run(ready: {}) }

  /// Serves; `ready` is called once commands can come.
  func run(ready: @Sendable () -> Void) async throws {
    unlink(path)
    let bound = try await bind()
    // A umask that takes even from the owner doesn't lock the owner out.
    chmod(path, 0o600)
    let slots = Slots(Self.connectionsMax)
    ready()
    defer { unlink(path) }
    try? await cancelWhenGracefulShutdown {
      try await bound.executeThenClose { connections in
        await withDiscardingTaskGroup { group in
          do {
            for try await connection in connections {
              group.addTask { await admit(connection, slots) }
            }
          } catch {
            logger.debug("the control socket closed", metadata: ["error": "\(error)"])
          }
          group.cancelAll()
        }
      }
    }
  }

  /// A connection, and whose process is at its other end, as the system says.
  private struct Connection: Sendable {
    let channel: NIOAsyncChannel<ByteBuffer, ByteBuffer>
    let user: UInt32?
  }

  private func bind() async throws -> NIOAsyncChannel<Connection, Never> {
    var place = path
    var directory: Int32 = -1
    if path.utf8.count >= ControlSocket.pathBytesMax - 1, let slash = path.lastIndex(of: "/") {
      // Too long for a socket's address: named through the open directory, which is short.
      directory = open(String(path[..<slash]), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
      place = "/proc/self/fd/\(directory)\(path[slash...])"
    }
    defer { if directory >= 0 { close(directory) } }
    let file = try Self.listeningSocket(place)
    do {
      return try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        // Who has said all it has to say and waits is answered; who is gone isn't waited for.
        .childChannelOption(.allowRemoteHalfClosure, value: true)
        .bind(file) { channel in
          // Asked before anything is read: a command that says its word and goes is still there.
          Self.user(of: channel).flatMapThrowing { user in
            Connection(
              channel: try NIOAsyncChannel(wrappingChannelSynchronously: channel), user: user)
          }
        }
    } catch {
      close(file)
      throw error
    }
  }

  /// A socket that listens. It gets its mode before its name, so that there is no moment in which
  /// others could open it, whatever the umask.
  private static func listeningSocket(_ place: String) throws -> Int32 {
    func failure(_ doing: String) -> Failure {
      Failure(.internal, "can't \(doing) \(place): \(String(cString: strerror(errno)))")
    }
    let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    let file = socket(AF_UNIX, kind | Int32(SOCK_NONBLOCK.rawValue), 0)
    guard file >= 0 else { throw failure("make a socket for") }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { target in
      for (index, byte) in place.utf8.prefix(target.count - 1).enumerated() {
        target[index] = byte
      }
    }
    let bound = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        fchmod(file, 0o600) == 0
          && Glibc.bind(file, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
      }
    }
    guard bound, listen(file, 64) == 0 else {
      defer { close(file) }
      throw failure("listen on")
    }
    return file
  }

  /// Serves a connection, if it is the store owner's and there are not too many.
  private func admit(_ connection: Connection, _ slots: Slots) async {
    let isOwn = connection.user == geteuid()
    if !isOwn {
      logger.warning(
        "a command of another user was refused",
        metadata: ["user": "\(connection.user.map { String($0) } ?? "unknown")"])
    }
    guard isOwn, slots.take() else {
      try? await connection.channel.executeThenClose { _, _ in }
      return
    }
    defer { slots.give() }
    await serve(connection.channel)
  }

  private static func user(of channel: any Channel) -> EventLoopFuture<UInt32?> {
    guard let provider = channel as? any SocketOptionProvider else {
      return channel.eventLoop.makeSucceededFuture(nil)
    }
    let credentials: EventLoopFuture<PeerCredentials> = provider.unsafeGetSocketOption(
      level: .socket, name: .init(rawValue: SO_PEERCRED))
    return credentials.map { $0.user }.flatMapErrorThrowing { _ in nil }
  }

  private func serve(_ connection: NIOAsyncChannel<ByteBuffer, ByteBuffer>) async {
    do {
      try await connection.executeThenClose { inbound, outbound in
        guard let line = try await Self.line(from: inbound) else { return }
        let hungUp = connection.channel.closeFuture
        let lines = AsyncStream<[UInt8]> { continuation in
          let work = Task {
            await answer(line) { continuation.yield($0) }
            continuation.finish()
          }
          continuation.onTermination = { _ in work.cancel() }
          hungUp.whenComplete { _ in work.cancel() }
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
      writer.write(Reached(addresses: addresses.map(\.url), http: http))
    case "sync":
      await writer.sync(
        SyncNow(line: self.line, worker: worker), peer: request.peer,
        waitSeconds: request.waitSeconds)
      news.notify()
    case "join":
      let join = JoinNow(line: self.line, worker: worker, addresses: addresses)
      // Goes on when the command is gone: the other side may hold its half of the pairing already.
      _ = await Task {
        await writer.join(join, link: request.link ?? "", merging: request.merge ?? false)
      }.value
      news.notify()
    case "invite":
      await writer.invite(
        InviteNow(device: self.line.device, worker: worker, addresses: addresses),
        role: request.role,
        addresses: request.addresses ?? [])
    default:
      writer.fail(Failure(.usage, "there is no command “\(request.command)”"))
    }
  }
}

/// `struct ucred` of Linux.
private struct PeerCredentials: Sendable {
  var process: Int32 = 0
  var user: UInt32 = 0
  var group: UInt32 = 0
}

/// So many at once.
private final class Slots: Sendable {
  private let left: Mutex<Int>

  init(_ count: Int) { left = Mutex(count) }

  func take() -> Bool {
    left.withLock { left in
      guard left > 0 else { return false }
      left -= 1
      return true
    }
  }

  func give() { left.withLock { $0 += 1 } }
}
