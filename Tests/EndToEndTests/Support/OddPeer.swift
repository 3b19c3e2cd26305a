// SPDX-License-Identifier: MIT

import Foundation
import Synchronization

/// A server that pairs as a peer does, and then behaves as no peer should.
final class OddPeer: Sendable {
  /// What it does once it is paired.
  enum Manner: Sendable, CaseIterable {
    /// Answers with bytes that mean nothing, as HTTP 200.
    case garbage
    /// Answers with what isn't HTTP.
    case notHTTP
    /// Hangs up without a word.
    case hangsUp
    /// Promises more than it sends.
    case stopsHalfway
    /// Answers that something went wrong.
    case fails
    /// Sends without end.
    case neverEnds
    /// Takes the request and says nothing.
    case silent
  }

  let manner: Manner
  let port: Int
  /// The library that its link leads to.
  let library: String
  private let file: Int32
  private let isOver = Mutex(false)
  private let openedStreams = Mutex(0)

  /// Bytes of an answer that never ends, as far as anybody should listen.
  private static let endlessBytes = 64 << 20

  init(_ manner: Manner, library: String) throws {
    self.manner = manner
    self.library = library
    (file, port) = try Wire.listen()
    let thread = Thread { [self] in serve() }
    thread.start()
  }

  /// The link with which to join it.
  var link: String { Self.link(library: library, address: "http://127.0.0.1:\(port)") }

  /// A link to somewhere, with a secret and a key that nobody has.
  static func link(
    library: String = "b4bff99f-8a8b-ab5d-e660-ed7b22c89ca7", address: String
  ) -> String {
    pairing(library).link(name: "odd", address: address)
  }

  private static func pairing(_ library: String) -> PairingByHand {
    PairingByHand(
      library: PairingByHand.bytes(uuid: library), secret: [UInt8](repeating: 7, count: 16),
      host: [UInt8](repeating: 9, count: 32))
  }

  /// How often its notices were asked for.
  var streams: Int { openedStreams.withLock { $0 } }

  /// Stops serving.
  func stop() {
    isOver.withLock { $0 = true }
    shutdown(file, Int32(SHUT_RDWR))
    close(file)
  }

  private func serve() {
    while true {
      let connection = accept(file, nil, nil)
      guard connection >= 0, !isOver.withLock({ $0 }) else { return }
      let thread = Thread { [self] in
        answer(connection)
        close(connection)
      }
      thread.start()
    }
  }

  private func answer(_ connection: Int32) {
    guard let request = Wire.read(connection) else { return }
    let line = String(decoding: request.prefix(100), as: UTF8.self)
    if line.hasPrefix("POST /v1/pair ") {
      var whole = request
      while !whole.contains(UInt8(ascii: "}")) {
        guard let more = Wire.read(connection) else { return }
        whole += more
      }
      guard let json = try? JSON(reading: Wire.answer(whole).body) else { return }
      let answer = Self.pairing(library).answer(
        guest: PairingByHand.bytes(hex: json["key"].text),
        token: PairingByHand.bytes(hex: json["token"].text), name: "odd")
      reply(connection, "200 OK", Array(answer.utf8))
      return
    }
    if line.hasPrefix("GET /v1/events ") { openedStreams.withLock { $0 += 1 } }
    switch manner {
    case .garbage: reply(connection, "200 OK", (0..<4096).map { UInt8(truncatingIfNeeded: $0 * 7) })
    case .notHTTP: Wire.send(connection, Array("SSH-2.0-OpenSSH_9.2\r\n".utf8))
    case .hangsUp: break
    case .stopsHalfway: reply(connection, "200 OK", [1, 2, 3], promising: 4096)
    case .fails: reply(connection, "500 Internal Server Error", Array("\u{1B}[31mno".utf8))
    case .neverEnds: reply(connection, "200 OK", [], promising: Self.endlessBytes, filling: true)
    case .silent: waitForEnd(connection)
    }
  }

  private func reply(
    _ connection: Int32, _ status: String, _ body: [UInt8], promising length: Int? = nil,
    filling: Bool = false
  ) {
    let head =
      "HTTP/1.1 \(status)\r\nContent-Length: \(length ?? body.count)\r\nConnection: close\r\n\r\n"
    Wire.send(connection, Array(head.utf8) + body)
    guard filling, let length else { return }
    let block = [UInt8](repeating: 0x55, count: 1 << 16)
    for _ in 0..<(length / block.count) where !isOver.withLock({ $0 }) {
      Wire.send(connection, block)
    }
  }

  private func waitForEnd(_ connection: Int32) {
    while !isOver.withLock({ $0 }) {
      guard Wire.read(connection) != nil else { return }
    }
  }
}
