// SPDX-License-Identifier: MIT

import Foundation
import Merge
import Store
import SyncEngine
import Synchronization
import Testing

/// A whole meeting of two machines, message by message, as a released version sent it: pairing,
/// the first sync, in step, an edit, texts both ways. Each later version must read every message,
/// and come to the same when it answers the requests.
///
/// To write the recording of this version anew, as long as it isn't released:
/// `POSTIL_GOLDEN=write swift test --filter SyncEngineTests.RecordingTests`.
@Suite(.serialized) struct RecordingTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "Golden/recordings")
  private static let newest = "v1"

  static var versions: [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return Set(names.map { String($0.prefix { $0 != "." }) } + [newest]).sorted()
  }

  /// One message, as a line of JSON.
  struct Line: Codable, Equatable {
    /// The route, or `pair`.
    var route: String
    var request: String
    var answer: String
  }

  /// A recording: what was said, and what the server held in the end.
  struct Recording: Codable {
    var library: String
    var fingerprint: String
    var lines: [Line]
  }

  /// Passes calls on, and writes down what is said.
  private final class Recorder: Transport {
    let next: MemoryTransport
    let lines = Mutex<[Line]>([])

    init(_ next: MemoryTransport) { self.next = next }

    func call(_ route: SyncRoute, _ body: [UInt8]) async throws -> [UInt8] {
      let answer = try await next.call(route, body)
      let line = Line(
        route: route.rawValue, request: Data(body).base64EncodedString(),
        answer: Data(answer).base64EncodedString())
      lines.withLock { $0.append(line) }
      return answer
    }
  }

  /// The two machines before they meet: always the same.
  private static func machines(_ scratch: Scratch) throws -> (host: Store, guest: Store) {
    let (host, guest) = (
      try scratch.store("host", seed: 1), try scratch.store("guest", seed: 2)
    )
    let article = try host.add("The river rose at night.", url: "https://a.example/1")
    try host.note(article, "who says so?")
    return (host, guest)
  }

  private static let key = [UInt8](repeating: 0x11, count: 32)
  private static let guestKey = [UInt8](repeating: 0x22, count: 32)

  /// The meeting, from pairing on.
  private static func meet(_ host: Store, _ guest: Store) async throws -> Recording {
    let address = PeerAddress(host: "127.0.0.1", port: 7654)
    let invite = try Pairing.invite(host, key: key, addresses: [address], role: .write)
    let token = DeviceToken(random: guest.environment)
    let request = Pairing.request(
      invite, key: guestKey, token: token, addresses: [], name: "guest")
    let answer = try Pairing.accept(request, key: key, shown: guestKey, host)
    let peer = try Pairing.join(
      invite, answer, key: guestKey, own: token, address: address, guest, merging: false)
    var lines = [
      Line(
        route: "pair", request: try JSONEncoder().encode(request).base64EncodedString(),
        answer: try JSONEncoder().encode(answer).base64EncodedString())
    ]
    let recorder = Recorder(MemoryTransport(to: host, as: peer.id))
    let driver = SyncDriver(store: StoreWorker(guest, label: "guest"), transport: recorder)
    func exchange() async throws {
      let known = try guest.peers().first?.version ?? VersionVector()
      _ = try await driver.exchange(with: peer.id, known: known)
    }
    try await exchange()
    try await exchange()
    let article = try guest.add("Bread is flour, water, salt and time.")
    try guest.note(article, "time above all")
    try await exchange()
    try host.add(String(repeating: "A text of some length. ", count: 50))
    try await exchange()
    lines += recorder.lines.withLock { $0 }
    let held = try host.holdings()
    return Recording(
      library: held.library.raw.uuidText, fingerprint: held.fingerprint.uuidText, lines: lines)
  }

  @Test("the recording of this version is there, and holds every kind of message")
  func recorded() async throws {
    let file = Self.folder.appending(path: Self.newest + ".json")
    if ProcessInfo.processInfo.environment["POSTIL_GOLDEN"] == "write" {
      let scratch = try Scratch()
      let (host, guest) = try Self.machines(scratch)
      let recording = try await Self.meet(host, guest)
      try FileManager.default.createDirectory(
        at: Self.folder, withIntermediateDirectories: true)
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      try encoder.encode(recording).write(to: file)
    }
    let recording = try Self.read(Self.newest)
    #expect(
      Set(recording.lines.map(\.route))
        == ["pair", "/v1/exchange", "/v1/texts/get", "/v1/texts/put"])
    #expect(recording.lines.count >= 8)
  }

  @Test("every recorded message is read", arguments: versions)
  func read(version: String) throws {
    for line in try Self.read(version).lines {
      let (request, answer) = (try bytes(line.request), try bytes(line.answer))
      switch line.route {
      case "pair":
        _ = try JSONDecoder().decode(PairRequest.self, from: Data(request))
        _ = try JSONDecoder().decode(PairAnswer.self, from: Data(answer))
      case SyncRoute.exchange.rawValue:
        _ = try ExchangeRequest(decoding: request)
        _ = try ExchangeAnswer(decoding: answer)
      case SyncRoute.getTexts.rawValue:
        _ = try TextRequest(decoding: request)
        _ = try TextParts(decoding: answer)
      case SyncRoute.putTexts.rawValue: _ = try TextParts(decoding: request)
      default: Issue.record("an unknown route \(line.route)")
      }
    }
  }

  @Test(
    "a host that is told the recorded requests ends where the recorded one did", arguments: versions
  )
  func replayed(version: String) throws {
    let recording = try Self.read(version)
    let scratch = try Scratch()
    let host = try scratch.store("replay", seed: 9)
    let library = try #require(Bytes16(uuidText: recording.library))
    try host.adopt(LibraryID(library), merging: false)
    let peer = Peer(
      id: Bytes16(high: 1, low: 1), name: "guest", addresses: [], role: .write, ownRole: .write,
      key: Self.guestKey, token: Self.key, tokenHash: Self.key, code: "000 000")
    try host.addPeer(peer)
    var answers = 0
    for line in recording.lines {
      let request = try bytes(line.request)
      switch line.route {
      case SyncRoute.exchange.rawValue:
        let known = try #require(try host.peers().first)
        let answer = try Responder(store: host).answer(
          ExchangeRequest(decoding: request), from: known)
        #expect(answer.refusals == [])
        // What the host itself wrote meanwhile: as it told the guest.
        let told = try ExchangeAnswer(decoding: bytes(line.answer)).changes
        #expect(try host.merge(told).refusals == [])
        answers += 1
      case SyncRoute.putTexts.rawValue:
        let parts = try TextParts(decoding: request).parts
        try host.putTexts(parts.filter { $0.bytes.count == $0.total }.map { ($0.hash, $0.bytes) })
      default: break
      }
    }
    #expect(answers >= 4)
    #expect(try host.holdings().fingerprint.uuidText == recording.fingerprint)
    #expect(try host.doctor().problems == [])
  }

  private static func read(_ version: String) throws -> Recording {
    let file = folder.appending(path: version + ".json")
    return try JSONDecoder().decode(Recording.self, from: Data(contentsOf: file))
  }

  private func bytes(_ text: String) throws -> [UInt8] {
    [UInt8](try #require(Data(base64Encoded: text)))
  }
}
