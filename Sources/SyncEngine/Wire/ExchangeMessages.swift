// SPDX-License-Identifier: MIT

public import Merge
public import Store

/// What a store holds: how far each writer's history goes, and the first bytes of the chain hash
/// there, by which the other side sees a forked history.
public struct VersionClaim: Hashable, Sendable {
  /// The end of each line that is held, in order: one a writer, unless its history was forked.
  public var tips: [ClaimedTip]

  /// A claim of these tips.
  public init(tips: [ClaimedTip]) { self.tips = tips }

  /// The writers of whose histories it gives ladders.
  public var laddered: Set<WriterID> {
    Set(tips.lazy.filter { $0.ladder != nil }.map(\.writer))
  }

  /// Whether it gives any.
  var hasLadders: Bool { tips.contains { $0.ladder != nil } }

  /// Steps of a ladder, at most: as many as double up to the greatest number of changes.
  static let ladderMax = 40

  func write(to out: inout ByteWriter) {
    out.count(tips.count)
    for tip in tips {
      out.raw(tip.writer.raw)
      out.number(tip.count)
    }
    for tip in tips { out.bytes += tip.hash }
    guard hasLadders else { return }
    for tip in tips {
      // 0 is no ladder, 1 one without steps.
      out.count(tip.ladder.map { $0.count + 1 } ?? 0)
      for hash in tip.ladder ?? [] { out.bytes += hash }
    }
  }

  static func read(_ reader: inout ByteReader, hasLadders: Bool) throws -> VersionClaim {
    let count = try reader.count(of: "writers", bytesEach: 25, limit: SyncLimits.writersMax)
    var tips: [ClaimedTip] = []
    tips.reserveCapacity(count)
    var lines = 0
    for _ in 0..<count {
      let start = reader.offset
      let tip = ClaimedTip(
        writer: WriterID(try reader.raw()), count: try reader.number(), hash: [])
      guard tip.count > 0, tip.count >> 40 == 0 else {
        throw MergeError.malformed(what: "a count of changes", offset: start)
      }
      if let last = tips.last,
        last.writer > tip.writer || last.writer == tip.writer && last.count > tip.count
      {
        throw MergeError.malformed(what: "writers out of order", offset: start)
      }
      // Each is looked for among all branches that we hold.
      lines = tips.last?.writer == tip.writer ? lines + 1 : 1
      guard lines <= SyncLimits.linesPerWriterMax else {
        throw MergeError.beyondLimit(
          what: "lines of one writer", value: UInt64(lines),
          limit: SyncLimits.linesPerWriterMax, offset: start)
      }
      tips.append(tip)
    }
    for place in tips.indices { tips[place].hash = Array(try reader.take(ClaimedTip.hashBytes)) }
    guard hasLadders else { return VersionClaim(tips: tips) }
    for place in tips.indices {
      let start = reader.offset
      let steps = try reader.number()
      guard steps <= UInt64(ladderMax) + 1 else {
        throw MergeError.beyondLimit(
          what: "steps of a ladder", value: steps, limit: ladderMax, offset: start)
      }
      if steps == 0 { continue }
      var ladder: [[UInt8]] = []
      for _ in 1..<steps { ladder.append(Array(try reader.take(ClaimedTip.hashBytes))) }
      tips[place].ladder = ladder
    }
    return VersionClaim(tips: tips)
  }
}

/// What the caller of an exchange sends. `docs/protocol.md` describes the bytes.
public struct ExchangeRequest: Hashable, Sendable {
  /// Which library the caller holds.
  public var library: LibraryID
  /// The caller's fingerprint.
  public var fingerprint: Bytes16
  /// What the caller holds; nil when it believes that both hold the same.
  public var claim: VersionClaim?
  /// Changes that the answerer is known to lack.
  public var changes: [EncodedChange]

  /// A request with all its parts.
  public init(
    library: LibraryID, fingerprint: Bytes16, claim: VersionClaim?, changes: [EncodedChange]
  ) {
    self.library = library
    self.fingerprint = fingerprint
    self.claim = claim
    self.changes = changes
  }
}

/// What the answerer of an exchange sends back.
public struct ExchangeAnswer: Hashable, Sendable {
  /// The answerer's fingerprint, after it merged what came.
  public var fingerprint: Bytes16
  /// What the answerer holds then; nil when both hold the same.
  public var claim: VersionClaim?
  /// The answerer can't tell what the caller holds: it must ask again and say.
  public var needsClaim: Bool
  /// Some history of the caller parts from the answerer's, who gives ladders of it and has taken
  /// nothing: the caller must ask again and give ladders of the same.
  public var needsLadders: Bool
  /// Changes that the caller lacks, in causal order.
  public var changes: [EncodedChange]
  /// There are more of them.
  public var more: Bool
  /// Changes of the caller that were refused, and why.
  public var refusals: [MergeReport.Refusal]
  /// SHA-256 of texts that the answerer wants.
  public var wantedTexts: [[UInt8]]

  /// An answer of one who holds the same.
  public init(fingerprint: Bytes16) {
    self.fingerprint = fingerprint
    needsClaim = false
    needsLadders = false
    changes = []
    more = false
    refusals = []
    wantedTexts = []
  }
}

/// The first bytes of every message: `PX` and the protocol's version.
private let magic: [UInt8] = [0x50, 0x58, 1]

extension ByteReader {
  fileprivate mutating func magic() throws {
    let start = try take(2)
    guard start.elementsEqual([0x50, 0x58]) else {
      throw SyncError(.garbage, "what the peer sent is not a sync message")
    }
    let version = try byte()
    guard version == 1 else {
      throw SyncError(
        .version, "the peer speaks version \(version) of the protocol, and this program 1")
    }
  }
}

/// Reads a message, and calls anything that is not one garbage.
func decoding<Message>(_ body: () throws -> Message) throws(SyncError) -> Message {
  do {
    return try body()
  } catch let error as SyncError {
    throw error
  } catch {
    throw SyncError(.garbage, "the peer sent a message that can't be read: \(error)")
  }
}

extension ExchangeRequest {
  private enum Flag {
    static let claim: UInt8 = 1
    static let ladders: UInt8 = 2
  }

  /// The message's bytes.
  public func encoded() -> [UInt8] {
    var out = ByteWriter()
    out.bytes += magic
    out.raw(library.raw)
    out.raw(fingerprint)
    let ladders = claim?.hasLadders == true ? Flag.ladders : 0
    out.bytes.append((claim == nil ? 0 : Flag.claim) | ladders)
    claim?.write(to: &out)
    ChangeBatch.write(changes, to: &out)
    return out.bytes
  }

  /// Reads a message.
  public init(decoding bytes: [UInt8]) throws(SyncError) {
    self = try SyncEngine.decoding {
      var reader = ByteReader(bytes)
      try reader.magic()
      let library = LibraryID(try reader.raw())
      let fingerprint = try reader.raw()
      let flags = try reader.byte()
      let hasLadders = flags & Flag.ladders != 0
      let claim =
        flags & Flag.claim == 0 ? nil : try VersionClaim.read(&reader, hasLadders: hasLadders)
      let changes = try ChangeBatch.read(&reader)
      try reader.finish()
      return ExchangeRequest(
        library: library, fingerprint: fingerprint, claim: claim, changes: changes)
    }
  }
}

extension ExchangeAnswer {
  private enum Flag {
    static let claim: UInt8 = 1
    static let needsClaim: UInt8 = 2
    static let more: UInt8 = 4
    static let ladders: UInt8 = 8
    static let needsLadders: UInt8 = 16
  }

  /// The message's bytes.
  public func encoded() -> [UInt8] {
    var out = ByteWriter()
    out.bytes += magic
    out.raw(fingerprint)
    out.bytes.append(
      (claim == nil ? 0 : Flag.claim) | (needsClaim ? Flag.needsClaim : 0)
        | (more ? Flag.more : 0) | (claim?.hasLadders == true ? Flag.ladders : 0)
        | (needsLadders ? Flag.needsLadders : 0))
    claim?.write(to: &out)
    ChangeBatch.write(changes, to: &out)
    out.count(refusals.count)
    for refusal in refusals {
      out.raw(refusal.name.writer.raw)
      out.number(refusal.name.sequence)
      out.text(refusal.reason)
    }
    out.count(wantedTexts.count)
    for hash in wantedTexts { out.bytes += hash }
    return out.bytes
  }

  /// Reads a message.
  public init(decoding bytes: [UInt8]) throws(SyncError) {
    self = try SyncEngine.decoding {
      var reader = ByteReader(bytes)
      try reader.magic()
      var answer = ExchangeAnswer(fingerprint: try reader.raw())
      let flags = try reader.byte()
      answer.needsClaim = flags & Flag.needsClaim != 0
      answer.more = flags & Flag.more != 0
      answer.needsLadders = flags & Flag.needsLadders != 0
      if flags & Flag.claim != 0 {
        answer.claim = try VersionClaim.read(&reader, hasLadders: flags & Flag.ladders != 0)
      }
      answer.changes = try ChangeBatch.read(&reader)
      for _ in 0..<(try reader.count(of: "refusals", bytesEach: 18, limit: SyncLimits.refusalsMax))
      {
        let name = ChangeName(writer: WriterID(try reader.raw()), sequence: try reader.number())
        answer.refusals.append(.init(name: name, reason: try reader.reason()))
      }
      let texts = try reader.count(of: "texts", bytesEach: 32, limit: SyncLimits.textsMax)
      for _ in 0..<texts { answer.wantedTexts.append(Array(try reader.take(32))) }
      try reader.finish()
      return answer
    }
  }
}

extension ByteReader {
  /// A sentence for people: no longer than one is.
  fileprivate mutating func reason() throws -> String {
    String(try text().prefix(SyncLimits.reasonLettersMax))
  }
}
