// SPDX-License-Identifier: MIT

public import Merge
public import Store

/// What a store holds of one writer, and the first bytes of the chain hash there, by which the
/// other
/// side sees a forked history.
public struct VersionClaim: Hashable, Sendable {
  /// For each writer, how many changes are held.
  public var version: VersionVector
  /// For each writer, the first eight bytes of the chain hash of the last of them.
  public var hashes: [WriterID: [UInt8]]

  /// A claim with all its parts.
  public init(version: VersionVector, hashes: [WriterID: [UInt8]]) {
    self.version = version
    self.hashes = hashes
  }

  static let hashBytes = 8

  func write(to out: inout ByteWriter) {
    out.version(version)
    for entry in version.entries {
      let hash = hashes[entry.writer] ?? []
      for place in 0..<Self.hashBytes { out.bytes.append(place < hash.count ? hash[place] : 0) }
    }
  }

  static func read(_ reader: inout ByteReader) throws -> VersionClaim {
    let version = try reader.version()
    guard version.entries.count <= SyncLimits.writersMax else {
      throw SyncError(.garbage, "the peer names \(version.entries.count) writers")
    }
    var hashes: [WriterID: [UInt8]] = [:]
    for entry in version.entries { hashes[entry.writer] = Array(try reader.take(hashBytes)) }
    return VersionClaim(version: version, hashes: hashes)
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
  private static let hasClaim: UInt8 = 1

  /// The message's bytes.
  public func encoded() throws(SyncError) -> [UInt8] {
    var out = ByteWriter()
    out.bytes += magic
    out.raw(library.raw)
    out.raw(fingerprint)
    out.bytes.append(claim == nil ? 0 : Self.hasClaim)
    claim?.write(to: &out)
    try ChangeBatch.write(changes, to: &out)
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
      let claim = flags & Self.hasClaim == 0 ? nil : try VersionClaim.read(&reader)
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
  }

  /// The message's bytes.
  public func encoded() throws(SyncError) -> [UInt8] {
    var out = ByteWriter()
    out.bytes += magic
    out.raw(fingerprint)
    out.bytes.append(
      (claim == nil ? 0 : Flag.claim) | (needsClaim ? Flag.needsClaim : 0)
        | (more ? Flag.more : 0))
    claim?.write(to: &out)
    try ChangeBatch.write(changes, to: &out)
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
      if flags & Flag.claim != 0 { answer.claim = try VersionClaim.read(&reader) }
      answer.changes = try ChangeBatch.read(&reader)
      for _ in 0..<(try reader.count(of: "refusals", bytesEach: 18, limit: SyncLimits.writersMax)) {
        let name = ChangeName(writer: WriterID(try reader.raw()), sequence: try reader.number())
        answer.refusals.append(.init(name: name, reason: try reader.text()))
      }
      let texts = try reader.count(of: "texts", bytesEach: 32, limit: SyncLimits.textsMax)
      for _ in 0..<texts { answer.wantedTexts.append(Array(try reader.take(32))) }
      try reader.finish()
      return answer
    }
  }
}
