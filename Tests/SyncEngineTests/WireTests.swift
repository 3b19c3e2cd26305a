// SPDX-License-Identifier: MIT

import Merge
import Store
import TestSupport
import Testing

@testable import SyncEngine

/// Messages: what is written is read, and nothing else is.
@Suite struct WireTests {
  @Test("sizes that have no sum are refused like any others that are too large")
  func sizesWithoutSum() {
    var bytes: [UInt8] = [0x50, 0x58, 1] + [UInt8](repeating: 0, count: 33)
    // Two blocks: a small one of nothing, and one that says it is as large as a number can be.
    bytes += [2, 2, 2, 0, 0] + [UInt8](repeating: 0xFF, count: 9) + [1, 0]
    #expect(throws: SyncError.self) { try ExchangeRequest(decoding: bytes) }
  }

  static let requests = Samples.requests
  static let answers = Samples.answers

  @Test("requests and answers come back as they were", arguments: Samples.requests)
  func requestRoundTrip(name: String, request: ExchangeRequest) throws {
    #expect(try ExchangeRequest(decoding: request.encoded()) == request)
  }

  @Test("answers come back as they were", arguments: Samples.answers)
  func answerRoundTrip(name: String, answer: ExchangeAnswer) throws {
    #expect(try ExchangeAnswer(decoding: answer.encoded()) == answer)
  }

  @Test("text messages come back as they were")
  func textRoundTrip() throws {
    for request in [TextRequest(items: []), Samples.textRequest] {
      #expect(try TextRequest(decoding: request.encoded()) == request)
    }
    for parts in [TextParts(parts: []), Samples.textParts] {
      #expect(try TextParts(decoding: parts.encoded()) == parts)
    }
  }

  /// Every message, and what reads it.
  private static func messages() throws -> [([UInt8], ([UInt8]) throws -> Void)] {
    var all: [([UInt8], ([UInt8]) throws -> Void)] = []
    for (_, request) in Samples.requests {
      all.append((request.encoded(), { _ = try ExchangeRequest(decoding: $0) }))
    }
    for (_, answer) in Samples.answers {
      all.append((answer.encoded(), { _ = try ExchangeAnswer(decoding: $0) }))
    }
    all.append((Samples.textRequest.encoded(), { _ = try TextRequest(decoding: $0) }))
    all.append((Samples.textParts.encoded(), { _ = try TextParts(decoding: $0) }))
    return all
  }

  @Test("the decoders refuse every truncation of a message, and bytes that are left over")
  func truncation() throws {
    for (bytes, read) in try Self.messages() {
      for count in 0..<bytes.count {
        let error = #expect(throws: SyncError.self) { try read(Array(bytes[..<count])) }
        #expect(error?.code == .garbage)
      }
      #expect(throws: SyncError.self) { try read(bytes + [0]) }
    }
  }

  @Test("no bit flip makes a decoder trap, or throw anything but a SyncError")
  func bitFlips() throws {
    for (bytes, read) in try Self.messages() {
      for place in bytes.indices {
        for bit in 0..<8 {
          var flipped = bytes
          flipped[place] ^= 1 << UInt8(bit)
          do { try read(flipped) } catch is SyncError {}
        }
      }
    }
  }

  @Test("random bytes are refused or read, and never trap", arguments: UInt64(1)...4)
  func randomBytes(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    for (_, read) in try Self.messages() {
      for _ in 0..<300 {
        let count = Int.random(in: 0...120, using: &generator)
        var bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
        if count > 3, Bool.random(using: &generator) {
          bytes.replaceSubrange(0..<3, with: [0x50, 0x58, 1])
        }
        do { try read(bytes) } catch is SyncError {}
      }
    }
  }

  @Test("another version of the protocol is told from garbage")
  func versions() throws {
    var bytes = Samples.requests[0].1.encoded()
    bytes[2] = 2
    let error = #expect(throws: SyncError.self) { try ExchangeRequest(decoding: bytes) }
    #expect(error?.code == .version)
    bytes[0] = 0x47
    let other = #expect(throws: SyncError.self) { try ExchangeRequest(decoding: bytes) }
    #expect(other?.code == .garbage)
  }

  @Test("counts that the bytes can't hold, or the protocol doesn't allow, are refused")
  func counts() throws {
    func refused(_ bytes: [UInt8], _ read: ([UInt8]) throws -> Void) {
      let error = #expect(throws: SyncError.self) { try read(bytes) }
      #expect(error?.code == .garbage)
    }
    let huge: [UInt8] = [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F]
    for (bytes, _) in try Self.messages() {
      refused(huge + bytes) { _ = try TextRequest(decoding: $0) }
      refused(huge + bytes) { _ = try TextParts(decoding: $0) }
    }
    let request = ExchangeRequest(
      library: Samples.library, fingerprint: Samples.fingerprint, claim: nil, changes: [])
    let head = request.encoded().dropLast()
    refused(head + huge) { _ = try ExchangeRequest(decoding: $0) }
    // One more than may be asked for.
    let items = (0...SyncLimits.textsMax).map { number in
      TextRequest.Item(hash: [UInt8](repeating: UInt8(number), count: 32), offset: 0)
    }
    refused(TextRequest(items: items).encoded()) { _ = try TextRequest(decoding: $0) }
    let far = TextRequest(items: [
      .init(hash: items[0].hash, offset: SyncLimits.wholeTextBytesMax + 1)
    ])
    refused(far.encoded()) { _ = try TextRequest(decoding: $0) }
    let outside = TextPart(hash: items[0].hash, total: 3, offset: 2, bytes: [1, 2])
    refused(TextParts(parts: [outside]).encoded()) { _ = try TextParts(decoding: $0) }
  }

  @Test("a claim of more lines of one writer than a store keeps, or of longer ladders, is refused")
  func manyLines() throws {
    func request(lines: Int, steps: Int) -> ExchangeRequest {
      let hash = [UInt8](repeating: 1, count: ClaimedTip.hashBytes)
      var request = Samples.requests[0].1
      request.claim = VersionClaim(
        tips: (0..<lines).map { line in
          ClaimedTip(
            writer: RawWriter(1).writer, count: UInt64(line) + 1, hash: hash,
            ladder: [[UInt8]](repeating: hash, count: steps))
        })
      return request
    }
    let most = request(lines: SyncLimits.linesPerWriterMax, steps: 40)
    #expect(try ExchangeRequest(decoding: most.encoded()) == most)
    for (lines, steps) in [(SyncLimits.linesPerWriterMax + 1, 1), (1, 41)] {
      let bytes = request(lines: lines, steps: steps).encoded()
      #expect(throws: SyncError.self) { try ExchangeRequest(decoding: bytes) }
    }
  }

  @Test("a claim of more writers than a library may have is refused")
  func manyWriters() throws {
    func claim(_ count: Int) -> VersionClaim {
      let version = VersionVector(
        (0..<count).reversed().map { .init(writer: RawWriter(UInt64($0)).writer, count: 1) })
      return VersionClaim(version: version, hashes: [:])
    }
    var request = Samples.requests[0].1
    request.claim = claim(SyncLimits.writersMax)
    let bytes = request.encoded()
    let read = try ExchangeRequest(decoding: bytes)
    #expect(read.claim?.version.entries.count == SyncLimits.writersMax)
    request.claim = claim(SyncLimits.writersMax + 1)
    let more = request.encoded()
    #expect(throws: SyncError.self) { try ExchangeRequest(decoding: more) }
  }
}
