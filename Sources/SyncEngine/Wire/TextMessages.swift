// SPDX-License-Identifier: MIT

import Merge
import Packing

/// A part of a text, as it goes from store to store.
public struct TextPart: Hashable, Sendable {
  /// SHA-256 of the whole text: 32 bytes.
  public var hash: [UInt8]
  /// Bytes of the whole text.
  public var total: Int
  /// Where this part begins, in bytes.
  public var offset: Int
  /// The part.
  public var bytes: [UInt8]

  /// A part with all its parts.
  public init(hash: [UInt8], total: Int, offset: Int, bytes: [UInt8]) {
    self.hash = hash
    self.total = total
    self.offset = offset
    self.bytes = bytes
  }
}

/// Asks for texts, each from an offset on.
public struct TextRequest: Hashable, Sendable {
  /// One text and where to begin.
  public struct Item: Hashable, Sendable {
    /// SHA-256 of the whole text.
    public var hash: [UInt8]
    /// The first byte that is wanted.
    public var offset: Int

    /// The text from `offset` on.
    public init(hash: [UInt8], offset: Int) {
      self.hash = hash
      self.offset = offset
    }
  }

  /// What is wanted, at most `SyncLimits.textsMax`.
  public var items: [Item]

  /// A request for these.
  public init(items: [Item]) { self.items = items }

  /// The message's bytes.
  public func encoded() -> [UInt8] {
    var out = ByteWriter()
    out.count(items.count)
    for item in items {
      out.bytes += item.hash
      out.count(item.offset)
    }
    return out.bytes
  }

  /// Reads a message.
  public init(decoding bytes: [UInt8]) throws(SyncError) {
    self = try SyncEngine.decoding {
      var reader = ByteReader(bytes)
      let count = try reader.count(of: "texts", bytesEach: 33, limit: SyncLimits.textsMax)
      var items: [Item] = []
      for _ in 0..<count {
        let hash = Array(try reader.take(32))
        let offset = try reader.number()
        guard offset <= UInt64(SyncLimits.wholeTextBytesMax) else {
          throw SyncError(.garbage, "the peer asks for byte \(offset) of a text")
        }
        items.append(Item(hash: hash, offset: Int(offset)))
      }
      try reader.finish()
      return TextRequest(items: items)
    }
  }
}

/// Parts of texts: the answer to a `TextRequest`, or what is pushed to one who wants them.
public struct TextParts: Hashable, Sendable {
  /// The parts; a text that the sender doesn't have is left out.
  public var parts: [TextPart]

  /// How the texts stand behind the table of parts: as they are, or as one Zstandard frame.
  private enum Coding {
    static let plain: UInt8 = 0
    static let packed: UInt8 = 1
  }

  /// Articles are long, and each goes once.
  private static let level: Int32 = 9

  /// Below this many bytes, packing costs more than it saves.
  private static let packedMin = 256

  /// These parts.
  public init(parts: [TextPart]) { self.parts = parts }

  /// The message's bytes.
  public func encoded() -> [UInt8] {
    var out = ByteWriter()
    out.count(parts.count)
    for part in parts {
      out.bytes += part.hash
      out.count(part.total)
      out.count(part.offset)
      out.count(part.bytes.count)
    }
    let texts = parts.flatMap(\.bytes)
    let packed = texts.count < Self.packedMin ? nil : Zstandard(level: Self.level).compress(texts)
    out.bytes.append(packed == nil ? Coding.plain : Coding.packed)
    out.bytes += packed ?? texts
    return out.bytes
  }

  /// Reads a message.
  public init(decoding bytes: [UInt8]) throws(SyncError) {
    self = try SyncEngine.decoding {
      var reader = ByteReader(bytes)
      let count = try reader.count(of: "texts", bytesEach: 35, limit: SyncLimits.textsMax)
      var parts: [TextPart] = []
      var sizes: [Int] = []
      var size = 0
      for _ in 0..<count {
        let hash = Array(try reader.take(32))
        let total = try reader.number()
        let offset = try reader.number()
        let bytes = try reader.number()
        guard total <= UInt64(SyncLimits.wholeTextBytesMax), offset <= total,
          bytes <= total - offset
        else { throw SyncError(.garbage, "the peer sent a part that is not within its text") }
        // At most `textsMax` times the greatest text: no sum that doesn't fit.
        size += Int(bytes)
        sizes.append(Int(bytes))
        parts.append(TextPart(hash: hash, total: Int(total), offset: Int(offset), bytes: []))
      }
      guard size <= 2 * SyncLimits.batchBytesMax else {
        throw SyncError(.garbage, "the peer sent \(size) bytes of texts")
      }
      let texts = try Self.texts(&reader, size: size)
      var start = 0
      for (place, size) in sizes.enumerated() {
        parts[place].bytes = Array(texts[start..<start + size])
        start += size
      }
      return TextParts(parts: parts)
    }
  }

  private static func texts(_ reader: inout ByteReader, size: Int) throws -> [UInt8] {
    switch try reader.byte() {
    case Coding.plain:
      let texts = Array(try reader.take(size))
      try reader.finish()
      return texts
    case Coding.packed:
      guard let texts = Zstandard().decompress(try reader.take(reader.remaining), count: size)
      else { throw SyncError(.garbage, "the peer sent texts that can't be unpacked") }
      return texts
    case let coding:
      throw SyncError(.garbage, "the peer sent texts of an unknown kind, \(coding)")
    }
  }
}
